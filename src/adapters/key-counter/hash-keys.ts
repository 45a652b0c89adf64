import { type Code, I32, ifElse, op, V128, whileTrue, type WasmFunction } from './assembler.ts'
import {
  folded,
  HIGH_PAIRS,
  HIGH_WORDS,
  LOW_PAIRS,
  LOW_WORDS,
  MULTIPLIER,
  partitionOf,
  prepareReduction,
  type ReductionLocals,
  SEED,
  splatInto,
} from './murmur2-steps.ts'

/**
 * hashKeys(offsets, groups, base, magic, shift, count, lanes): keys in groups of four. `offsets` is the address of the
 * packed keys' offsets, `base` what to add to them to get addresses; four partitions a group are written to `lanes`.
 * Reads up to 15 bytes past the last key.
 *
 * While all four keys have 16 bytes, their next four words each are loaded as rows and turned into columns; then word by
 * word while all have one; then the tails together where the keys are equally long, else key by key.
 */
export const hashKeys = (): WasmFunction => {
  const [offsets, groups, base, magicWord, shift, countWord, out] = [0, 1, 2, 3, 4, 5, 6]
  const [p0, p1, p2, p3, left, end, scalar, mixed] = [7, 8, 9, 10, 11, 12, 13, 14]
  const [starts, lengths, hash, word, bases, seed] = [15, 16, 17, 18, 19, 20]
  const [times, positive, magic, count, quotient] = [21, 22, 23, 24, 25]
  const [lowAB, lowCD, highAB, highCD, row0, row1, row2, row3] = [26, 27, 28, 29, 30, 31, 32, 33]
  const rows = [row0, row1, row2, row3] as const
  const same = 34
  const reduction: ReductionLocals = { times, positive, magic, shift: op.get(shift), count, quotient }
  const pointers = [p0, p1, p2, p3] as const
  const extract = (vector: number, index: number): Code => [...op.get(vector), ...op.i32x4ExtractLane(index)]
  const mulByM: Code = [...op.get(times), ...op.i32x4Mul]

  const gatherWord: Code = [
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
    ...mulByM,
    ...op.set(word),
    ...folded(word, 24),
    ...mulByM,
    ...op.get(hash),
    ...mulByM,
    ...op.v128Xor,
    ...op.set(hash),
  ]
  const advance = (bytes: number): Code => [
    ...pointers.flatMap(pointer => [
      ...op.get(pointer),
      ...op.i32Const(bytes),
      ...op.i32Add,
      ...op.set(pointer),
    ]),
    ...op.get(left),
    ...op.i32Const(bytes),
    ...op.i32Sub,
    ...op.set(left),
  ]
  const interleave = (a: Code, b: Code, lanes: readonly number[], into: number): Code => [
    ...a,
    ...b,
    ...op.i8x16Shuffle(lanes),
    ...op.set(into),
  ]
  /** Rows of four words become columns, each mixed in turn. */
  const mixFourWords: Code = [
    ...pointers.flatMap((pointer, index) => [
      ...op.get(pointer),
      ...op.v128Load(0),
      ...op.set(rows[index] as number),
    ]),
    ...interleave(op.get(row0), op.get(row1), LOW_WORDS, lowAB),
    ...interleave(op.get(row2), op.get(row3), LOW_WORDS, lowCD),
    ...interleave(op.get(row0), op.get(row1), HIGH_WORDS, highAB),
    ...interleave(op.get(row2), op.get(row3), HIGH_WORDS, highCD),
    ...interleave(op.get(lowAB), op.get(lowCD), LOW_PAIRS, word),
    ...mixWord,
    ...interleave(op.get(lowAB), op.get(lowCD), HIGH_PAIRS, word),
    ...mixWord,
    ...interleave(op.get(highAB), op.get(highCD), LOW_PAIRS, word),
    ...mixWord,
    ...interleave(op.get(highAB), op.get(highCD), HIGH_PAIRS, word),
    ...mixWord,
  ]
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
    ...gatherWord,
    ...op.get(word),
    ...tailMask,
    ...op.i32x4Splat,
    ...op.v128And,
    ...op.get(hash),
    ...op.v128Xor,
    ...mulByM,
    ...op.set(hash),
  ])
  /** The rest of one key, from the state in its lane of `hash`. */
  const scalarRest = (index: number): Code => {
    const pointer = pointers[index] as number
    const mul: Code = [...op.i32Const(MULTIPLIER), ...op.i32Mul]
    return [
      ...extract(hash, index),
      ...op.set(scalar),
      ...extract(starts, index),
      ...extract(lengths, index),
      ...op.i32Add,
      ...op.get(pointer),
      ...op.i32Sub,
      ...op.set(left),
      ...whileTrue(atLeast(left, 4), [
        ...op.get(pointer),
        ...op.i32Load(0),
        ...mul,
        ...op.tee(mixed),
        ...op.get(mixed),
        ...op.i32Const(24),
        ...op.i32ShrU,
        ...op.i32Xor,
        ...mul,
        ...op.get(scalar),
        ...mul,
        ...op.i32Xor,
        ...op.set(scalar),
        ...op.get(pointer),
        ...op.i32Const(4),
        ...op.i32Add,
        ...op.set(pointer),
        ...op.get(left),
        ...op.i32Const(4),
        ...op.i32Sub,
        ...op.set(left),
      ]),
      ...ifElse(op.get(left), [
        ...op.get(pointer),
        ...op.i32Load(0),
        ...tailMask,
        ...op.i32And,
        ...op.get(scalar),
        ...op.i32Xor,
        ...mul,
        ...op.set(scalar),
      ]),
      ...op.get(hash),
      ...op.get(scalar),
      ...op.i32x4ReplaceLane(index),
      ...op.set(hash),
    ]
  }
  const least = (a: Code, b: Code): Code => [...a, ...b, ...a, ...b, ...op.i32LtS, ...op.select]
  const lengthOf = (index: number): Code => extract(lengths, index)
  return {
    name: 'hashKeys',
    parameters: 7,
    locals: [...new Array<number>(8).fill(I32), ...new Array<number>(19).fill(V128), I32],
    body: [
      ...prepareReduction(reduction, magicWord, countWord),
      ...splatInto(bases, op.get(base)),
      ...splatInto(seed, op.i32Const(SEED)),
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
          ...op.get(starts),
          ...op.get(bases),
          ...op.i32x4Add,
          ...op.set(starts),
          ...pointers.flatMap((pointer, index) => [...extract(starts, index), ...op.set(pointer)]),
          ...op.get(lengths),
          ...op.get(seed),
          ...op.v128Xor,
          ...op.set(hash),
          ...op.get(lengths),
          ...lengthOf(0),
          ...op.tee(left),
          ...op.i32x4Splat,
          ...op.i32x4Eq,
          ...op.i32x4AllTrue,
          ...op.set(same),
          // bytes that all four keys have; most often they are equally long
          ...ifElse(op.get(same), NOTHING, [
            ...least(least(lengthOf(0), lengthOf(1)), least(lengthOf(2), lengthOf(3))),
            ...op.set(left),
          ]),
          ...whileTrue(atLeast(left, 16), [...mixFourWords, ...advance(16)]),
          ...whileTrue(atLeast(left, 4), [...gatherWord, ...mixWord, ...advance(4)]),
          ...ifElse(op.get(same), vectorTail, [0, 1, 2, 3].flatMap(scalarRest)),
          ...op.get(out),
          ...partitionOf(hash, reduction),
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

const NOTHING: Code = []

const atLeast = (local: number, value: number): Code => [
  ...op.i32Const(value - 1),
  ...op.get(local),
  ...op.i32LtS,
]
