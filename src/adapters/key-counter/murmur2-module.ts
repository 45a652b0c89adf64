import { assemble, type Code, I32, ifElse, op, V128, whileTrue, type WasmFunction } from './assembler.ts'

/**
 * Java's murmur2 and its partition, four keys at a time.
 *
 * Method. The four 32-bit lanes of a vector are four keys; every step of the hash is one instruction for all of them.
 * The remainder, for which vectors have no instruction, is a multiplication by the count's reciprocal: for h < 2^31 and
 * count ≤ 2^l, with magic = ⌊2^(31+l) ÷ count⌋ + 1, the quotient is exactly (h · magic) >> (31 + l) (Granlund and
 * Montgomery, 1994). The scalar path in core/routing is the oracle: the test compares every integer.
 *
 * Two functions. `hashKeys` for packed keys of any lengths: words while all four keys have one, then the tails together
 * if the lengths are equal, else key by key. `countWords` for generated keys: the state behind the shared head is
 * given, the words come from a table, and what comes out are counts per lane.
 */
const MULTIPLIER = 0x5bd1e995
const SEED = 0x9747b28c | 0

const splat = (value: number): Code => [...op.i32Const(value), ...op.i32x4Splat]
const mulBy = (value: Code): Code => [...value, ...op.i32x4Mul]
/** x ^= x >>> by, where x is the local. */
const foldInto = (local: number, by: number): Code => [
  ...op.get(local),
  ...op.get(local),
  ...op.i32Const(by),
  ...op.i32x4ShrU,
  ...op.v128Xor,
]

/** Leaves hash mod count for the masked hashes in `hash`, given magic and shift as locals. Uses `quotient`. */
const remainder = (hash: number, magic: number, shift: number, count: number, quotient: number): Code => [
  ...op.get(hash),
  ...op.get(magic),
  ...op.i64x2ExtmulLowI32x4U,
  ...op.get(shift),
  ...op.i64x2ShrU,
  ...op.get(hash),
  ...op.get(magic),
  ...op.i64x2ExtmulHighI32x4U,
  ...op.get(shift),
  ...op.i64x2ShrU,
  // the low halves of the four 64-bit quotients, in order
  ...op.i8x16Shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]),
  ...op.set(quotient),
  ...op.get(hash),
  ...op.get(quotient),
  ...op.get(count),
  ...op.i32x4Mul,
  ...op.i32x4Sub,
]

/**
 * countWords(words, wordCount, state, hasTail, magic, shift, count, counts): adds 1 to counts[lane] for each word, where
 * state already has the tail of this round mixed in by XOR. wordCount is a multiple of 4.
 */
const countWords = (): WasmFunction => {
  const [words, wordCount, state, hasTail, magicWord, shift, countWord, counts] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [end, hash, magic, count, start, lanes, quotient, address] = [8, 9, 10, 11, 12, 13, 14, 15]
  const bump = (lane: number): Code => [
    ...op.get(lanes),
    ...op.i32x4ExtractLane(lane),
    ...op.get(counts),
    ...op.i32Add,
    ...op.tee(address),
    ...op.get(address),
    ...op.i32Load(0),
    ...op.i32Const(1),
    ...op.i32Add,
    ...op.i32Store(0),
  ]
  const finish: Code = [
    ...foldInto(hash, 13),
    ...mulBy(splat(MULTIPLIER)),
    ...op.set(hash),
    ...foldInto(hash, 15),
    ...splat(0x7fffffff),
    ...op.v128And,
    ...op.set(hash),
    ...remainder(hash, magic, shift, count, quotient),
    ...op.i32Const(2),
    ...op.i32x4Shl,
    ...op.set(lanes),
    ...bump(0),
    ...bump(1),
    ...bump(2),
    ...bump(3),
    ...op.get(words),
    ...op.i32Const(16),
    ...op.i32Add,
    ...op.set(words),
  ]
  const mixed: Code = [...op.get(words), ...op.v128Load(0), ...op.get(start), ...op.v128Xor]
  const more: Code = [...op.get(words), ...op.get(end), ...op.i32LtS]
  return {
    name: 'countWords',
    parameters: 8,
    locals: [I32, V128, V128, V128, V128, V128, V128, I32],
    body: [
      ...op.get(words),
      ...op.get(wordCount),
      ...op.i32Const(2),
      ...op.i32Shl,
      ...op.i32Add,
      ...op.set(end),
      ...op.get(magicWord),
      ...op.i32x4Splat,
      ...op.set(magic),
      ...op.get(countWord),
      ...op.i32x4Splat,
      ...op.set(count),
      ...op.get(state),
      ...op.i32x4Splat,
      ...op.set(start),
      ...ifElse(
        op.get(hasTail),
        whileTrue(more, [...mixed, ...mulBy(splat(MULTIPLIER)), ...op.set(hash), ...finish]),
        whileTrue(more, [...mixed, ...op.set(hash), ...finish]),
      ),
    ],
  }
}

/**
 * hashKeys(bytes, offsets, groups, magic, shift, count, lanes): groups of four keys whose offsets start at `offsets`
 * (absolute addresses, one more than keys); writes four partitions a group to `lanes`. Reads up to 3 bytes past the
 * last key.
 */
const hashKeys = (): WasmFunction => {
  const [offsets, groups, magicWord, shift, countWord, out] = [0, 1, 2, 3, 4, 5]
  const [p0, p1, p2, p3, left, end] = [6, 7, 8, 9, 10, 11]
  const [starts, lengths, hash, word, magic, count, quotient, lane, scalar] = [
    12, 13, 14, 15, 16, 17, 18, 19, 20,
  ]
  const pointers = [p0, p1, p2, p3] as const
  const extract = (vector: number, index: number): Code => [...op.get(vector), ...op.i32x4ExtractLane(index)]
  const gather: Code = [
    ...op.get(p0),
    ...op.v128Load32Zero(0),
    ...op.set(word),
    ...[p1, p2, p3].flatMap((pointer, index) => [
      ...op.get(pointer),
      ...op.get(word),
      ...op.v128Load32Lane(0, index + 1),
      ...op.set(word),
    ]),
  ]
  const mixWord: Code = [
    ...op.get(word),
    ...mulBy(splat(MULTIPLIER)),
    ...op.set(word),
    ...foldInto(word, 24),
    ...mulBy(splat(MULTIPLIER)),
    ...op.get(hash),
    ...mulBy(splat(MULTIPLIER)),
    ...op.v128Xor,
    ...op.set(hash),
  ]
  const advance: Code = pointers.flatMap(pointer => [
    ...op.get(pointer),
    ...op.i32Const(4),
    ...op.i32Add,
    ...op.set(pointer),
  ])
  /** (1 << 8 · left) - 1: the bytes of a word that belong to a tail of `left` bytes. */
  const tailMask: Code = [
    ...op.i32Const(1),
    ...op.get(left),
    ...op.i32Const(3),
    ...op.i32Shl,
    ...op.i32Shl,
    ...op.i32Const(1),
    ...op.i32Sub,
  ]
  const vectorTail: Code = ifElse(op.get(left), [
    ...gather,
    ...op.get(word),
    ...tailMask,
    ...op.i32x4Splat,
    ...op.v128And,
    ...op.get(hash),
    ...op.v128Xor,
    ...mulBy(splat(MULTIPLIER)),
    ...op.set(hash),
  ])
  /** The rest of one key, from the state in its lane of `hash`. */
  const scalarRest = (index: number): Code => {
    const pointer = pointers[index] as number
    const times: Code = [...op.i32Const(MULTIPLIER), ...op.i32Mul]
    return [
      ...extract(hash, index),
      ...op.set(scalar),
      ...extract(starts, index),
      ...extract(lengths, index),
      ...op.i32Add,
      ...op.get(pointer),
      ...op.i32Sub,
      ...op.set(left),
      ...whileTrue(
        [...op.i32Const(3), ...op.get(left), ...op.i32LtS],
        [
          ...op.get(pointer),
          ...op.i32Load(0),
          ...times,
          ...op.set(lane),
          ...op.get(lane),
          ...op.get(lane),
          ...op.i32Const(24),
          ...op.i32ShrU,
          ...XOR,
          ...times,
          ...op.get(scalar),
          ...times,
          ...XOR,
          ...op.set(scalar),
          ...op.get(pointer),
          ...op.i32Const(4),
          ...op.i32Add,
          ...op.set(pointer),
          ...op.get(left),
          ...op.i32Const(4),
          ...op.i32Sub,
          ...op.set(left),
        ],
      ),
      ...ifElse(op.get(left), [
        ...op.get(pointer),
        ...op.i32Load(0),
        ...tailMask,
        ...op.i32And,
        ...op.get(scalar),
        ...XOR,
        ...times,
        ...op.set(scalar),
      ]),
      ...op.get(hash),
      ...op.get(scalar),
      ...op.i32x4ReplaceLane(index),
      ...op.set(hash),
    ]
  }
  const least = (a: Code, b: Code): Code => [
    ...a,
    ...b,
    ...a,
    ...b,
    ...op.i32LtS,
    0x1b, // select
  ]
  const lengthOf = (index: number): Code => extract(lengths, index)
  return {
    name: 'hashKeys',
    parameters: 6,
    locals: [I32, I32, I32, I32, I32, I32, V128, V128, V128, V128, V128, V128, V128, I32, I32],
    body: [
      ...op.get(magicWord),
      ...op.i32x4Splat,
      ...op.set(magic),
      ...op.get(countWord),
      ...op.i32x4Splat,
      ...op.set(count),
      ...op.get(offsets),
      ...op.get(groups),
      ...op.i32Const(4),
      ...op.i32Shl,
      ...op.i32Add,
      ...op.set(end),
      ...whileTrue(
        [...op.get(offsets), ...op.get(end), ...op.i32LtS],
        [
          ...op.get(offsets),
          ...op.v128Load(0),
          ...op.set(starts),
          ...op.get(offsets),
          ...op.v128Load(4),
          ...op.get(starts),
          ...op.i32x4Sub,
          ...op.set(lengths),
          ...pointers.flatMap((pointer, index) => [...extract(starts, index), ...op.set(pointer)]),
          ...op.get(lengths),
          ...splat(SEED),
          ...op.v128Xor,
          ...op.set(hash),
          // words that all four keys have
          ...least(least(lengthOf(0), lengthOf(1)), least(lengthOf(2), lengthOf(3))),
          ...op.set(left),
          ...whileTrue(
            [...op.i32Const(3), ...op.get(left), ...op.i32LtS],
            [
              ...gather,
              ...mixWord,
              ...advance,
              ...op.get(left),
              ...op.i32Const(4),
              ...op.i32Sub,
              ...op.set(left),
            ],
          ),
          ...ifElse(
            [...op.get(lengths), ...lengthOf(0), ...op.i32x4Splat, ...op.i32x4Eq, ...op.i32x4AllTrue],
            vectorTail,
            [...scalarRest(0), ...scalarRest(1), ...scalarRest(2), ...scalarRest(3)],
          ),
          ...foldInto(hash, 13),
          ...mulBy(splat(MULTIPLIER)),
          ...op.set(hash),
          ...foldInto(hash, 15),
          ...splat(0x7fffffff),
          ...op.v128And,
          ...op.set(hash),
          ...op.get(out),
          ...remainder(hash, magic, shift, count, quotient),
          ...op.v128Store(0),
          ...op.get(out),
          ...op.i32Const(16),
          ...op.i32Add,
          ...op.set(out),
          ...op.get(offsets),
          ...op.i32Const(16),
          ...op.i32Add,
          ...op.set(offsets),
        ],
      ),
    ],
  }
}

/** i32.xor */
const XOR: Code = [0x73]

export const murmur2Module = (): Uint8Array<ArrayBuffer> => assemble([countWords(), hashKeys()])

/** Reciprocal of a count for hashes below 2^31, as `remainder` wants it. */
export const reciprocalOf = (count: number): { readonly magic: number; readonly shift: number } => {
  const bits = count === 1 ? 0 : 32 - Math.clz32(count - 1)
  // 2^(31 + bits) is exact in a float, but its quotient need not be: BigInt for this one division
  const magic = Number((1n << BigInt(31 + bits)) / BigInt(count) + 1n)
  return { magic: magic | 0, shift: 31 + bits }
}
