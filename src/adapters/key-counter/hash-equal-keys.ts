import { type Code, I32, op, V128, whileTrue, type WasmFunction } from './assembler.ts'
import {
  folded,
  HIGH_PAIRS,
  HIGH_WORDS,
  LOW_PAIRS,
  LOW_WORDS,
  MULTIPLIER,
  partitionOf,
  prepareReduction,
  type ReductionConstants,
  SEED,
  splatInto,
  tailBytes,
} from './murmur2-steps.ts'

/**
 * Packed keys that all have one length, as most keys in the field do: UUIDs, padded numbers, 64-bit integers.
 *
 * Method. The length is known when the module is assembled, and key i lies at i · length: no offset is read, no pointer
 * is taken out of a vector, nothing is compared, and no step of the hash is a loop. What is left for four keys of 16
 * bytes is four loads, eight shuffles that turn rows into columns, four rounds of murmur2 and one remainder: some
 * seventy instructions. Two such groups go side by side, stage by stage, so that one works while the other waits for its
 * multiplications. More than two gain nothing: the processor's vector units are then busy.
 *
 * What it does not do: keys that do not fill a step of eight are the caller's. It reads up to 15 bytes past the last key.
 */
export const KEYS_A_STEP = 8
const KEYS_A_GROUP = 4

/**
 * hashEqualKeys(bytes, steps, magic, count, lanes): routes 8 · steps keys of `lengthBytes` each, behind each other
 * from `bytes` on, and writes their partitions to `lanes`.
 */
export const hashEqualKeys = (lengthBytes: number, shift: number): WasmFunction => {
  const [bytes, steps, magicWord, countWord, lanes] = [0, 1, 2, 3, 4]
  const [end, times, positive, magic, count, start, firstOfGroups] = [5, 6, 7, 8, 9, 10, 11]
  const reduction: ReductionConstants = { times, positive, magic, shift: op.i32Const(shift), count }
  const initial = SEED ^ lengthBytes
  const stages = [0, 1].map(group =>
    groupStages({
      lengthBytes,
      keys: op.get(bytes),
      keysOffset: group * KEYS_A_GROUP * lengthBytes,
      lanes: op.get(lanes),
      lanesOffset: group * KEYS_A_GROUP * 4,
      start,
      reduction,
      firstLocal: firstOfGroups + group * LOCALS_A_GROUP,
    }),
  )
  const advance = (pointer: number, by: number): Code => [
    ...op.get(pointer),
    ...op.i32Const(by),
    ...op.i32Add,
    ...op.set(pointer),
  ]
  return {
    name: 'hashEqualKeys',
    parameters: 5,
    locals: [I32, ...new Array<number>(5 + 2 * LOCALS_A_GROUP).fill(V128)],
    body: [
      ...prepareReduction(reduction, magicWord, countWord),
      // what the first word is mixed into is a constant: it is multiplied here and not for every key
      ...splatInto(start, op.i32Const(lengthBytes < 4 ? initial : Math.imul(initial, MULTIPLIER))),
      ...op.get(bytes),
      ...op.get(steps),
      ...op.i32Const(KEYS_A_STEP * lengthBytes),
      ...op.i32Mul,
      ...op.i32Add,
      ...op.set(end),
      ...whileTrue(
        [...op.get(bytes), ...op.get(end), ...op.i32LtS],
        [...inTurn(stages), ...advance(bytes, KEYS_A_STEP * lengthBytes), ...advance(lanes, KEYS_A_STEP * 4)],
      ),
    ],
  }
}

interface Group {
  readonly lengthBytes: number
  /** Leaves the address of the step's keys; those of this group begin `keysOffset` behind. */
  readonly keys: Code
  readonly keysOffset: number
  readonly lanes: Code
  readonly lanesOffset: number
  readonly start: number
  readonly reduction: ReductionConstants
  readonly firstLocal: number
}

const LOCALS_A_GROUP = 11

/** Four keys from load to store, cut where another group may step in. */
const groupStages = (group: Group): readonly Code[] => {
  const { lengthBytes, keysOffset, start, reduction, firstLocal } = group
  const [a, b, c, d, lowAB, lowCD, highAB, highCD, hash, word, quotient] = Array.from(
    { length: LOCALS_A_GROUP },
    (_, index) => firstLocal + index,
  ) as [number, number, number, number, number, number, number, number, number, number, number]
  const rows = [a, b, c, d]
  const mulByM: Code = [...op.get(reduction.times), ...op.i32x4Mul]
  const shuffle = (one: number, other: number, bytes: readonly number[], into: number): Code => [
    ...op.get(one),
    ...op.get(other),
    ...op.i8x16Shuffle(bytes),
    ...op.set(into),
  ]
  const mixWord = (column: number, isFirst: boolean): Code => [
    ...op.get(column),
    ...mulByM,
    ...op.set(word),
    ...folded(word, 24),
    ...mulByM,
    ...(isFirst ? op.get(start) : [...op.get(hash), ...mulByM]),
    ...op.v128Xor,
    ...op.set(hash),
  ]
  const mixTail = (column: number, isFirst: boolean): Code => [
    ...op.get(column),
    ...op.i32Const(tailBytes(lengthBytes % 4)),
    ...op.i32x4Splat,
    ...op.v128And,
    ...op.get(isFirst ? start : hash),
    ...op.v128Xor,
    ...mulByM,
    ...op.set(hash),
  ]
  const stages: Code[] = []
  for (let at = 0; at < lengthBytes; at += 16) {
    const columns = Math.min(4, Math.ceil((lengthBytes - at) / 4))
    stages.push(
      rows.flatMap((row, key) => [
        ...group.keys,
        ...op.v128Load(keysOffset + key * lengthBytes + at),
        ...op.set(row),
      ]),
      [...shuffle(a, b, LOW_WORDS, lowAB), ...shuffle(c, d, LOW_WORDS, lowCD)],
      columns > 2 ? [...shuffle(a, b, HIGH_WORDS, highAB), ...shuffle(c, d, HIGH_WORDS, highCD)] : [],
      // rows are used up: their locals take the columns
      [
        ...shuffle(lowAB, lowCD, LOW_PAIRS, a),
        ...(columns > 1 ? shuffle(lowAB, lowCD, HIGH_PAIRS, b) : []),
        ...(columns > 2 ? shuffle(highAB, highCD, LOW_PAIRS, c) : []),
        ...(columns > 3 ? shuffle(highAB, highCD, HIGH_PAIRS, d) : []),
      ],
      ...rows.slice(0, columns).map((column, index) => {
        const wordAt = at + 4 * index
        return wordAt + 4 <= lengthBytes ? mixWord(column, wordAt === 0) : mixTail(column, wordAt === 0)
      }),
    )
  }
  stages.push([
    ...group.lanes,
    ...partitionOf(hash, { ...reduction, quotient }),
    ...op.v128Store(group.lanesOffset),
  ])
  return stages
}

/** First stages of all groups, then their second ones, and so on. */
const inTurn = (groups: readonly (readonly Code[])[]): Code =>
  (groups[0] ?? []).flatMap((_, stage) => groups.flatMap(stages => stages[stage] ?? []))

/**
 * lengthsDiffer(offsets, steps, length, result): leaves four words of zeros at `result` where the 8 · steps keys behind
 * `offsets` all have `length` bytes, others where one does not.
 */
export const lengthsDiffer = (): WasmFunction => {
  const [offsets, steps, length, result, end, expected, differing] = [0, 1, 2, 3, 4, 5, 6]
  const compareFour = (at: number): Code => [
    ...op.get(offsets),
    ...op.v128Load(at + 4),
    ...op.get(offsets),
    ...op.v128Load(at),
    ...op.i32x4Sub,
    ...op.get(expected),
    ...op.v128Xor,
    ...op.get(differing),
    ...op.v128Or,
    ...op.set(differing),
  ]
  return {
    name: 'lengthsDiffer',
    parameters: 4,
    locals: [I32, V128, V128],
    body: [
      ...splatInto(expected, op.get(length)),
      ...op.get(offsets),
      ...op.get(steps),
      ...op.i32Const(KEYS_A_STEP * 4),
      ...op.i32Mul,
      ...op.i32Add,
      ...op.set(end),
      ...whileTrue(
        [...op.get(offsets), ...op.get(end), ...op.i32LtS],
        [
          ...compareFour(0),
          ...compareFour(16),
          ...op.get(offsets),
          ...op.i32Const(KEYS_A_STEP * 4),
          ...op.i32Add,
          ...op.set(offsets),
        ],
      ),
      ...op.get(result),
      ...op.get(differing),
      ...op.v128Store(0),
    ],
  }
}
