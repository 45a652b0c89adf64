import { type Code, op } from './assembler.ts'

/** What both functions of the module are made of. Vectors are four keys; every step works on all of them. */
export const MULTIPLIER = 0x5bd1e995
export const SEED = 0x9747b28c | 0

/** Constants are kept in locals: the engine does not move them out of a loop by itself. */
export const splatInto = (local: number, value: Code): Code => [...value, ...op.i32x4Splat, ...op.set(local)]

/** Leaves x ^ (x >>> by), where x is the local. */
export const folded = (local: number, by: number): Code => [
  ...op.get(local),
  ...op.get(local),
  ...op.i32Const(by),
  ...op.i32x4ShrU,
  ...op.v128Xor,
]

/** Locals with the constants of `partitionOf`, each a vector; `shift` is code that leaves a number. */
export interface ReductionConstants {
  readonly times: number
  readonly positive: number
  readonly magic: number
  readonly shift: Code
  readonly count: number
}

export interface ReductionLocals extends ReductionConstants {
  readonly quotient: number
}

/**
 * Finishes the state in `hash`, masks the sign off, and leaves the remainder by the count, which is at least 2. The
 * quotient is the upper half of each 64-bit product, shifted.
 */
export const partitionOf = (hash: number, locals: ReductionLocals): Code => [
  ...folded(hash, 13),
  ...op.get(locals.times),
  ...op.i32x4Mul,
  ...op.set(hash),
  ...folded(hash, 15),
  ...op.get(locals.positive),
  ...op.v128And,
  ...op.set(hash),
  ...op.get(hash),
  ...op.get(locals.magic),
  ...op.i64x2ExtmulLowI32x4U,
  ...op.get(hash),
  ...op.get(locals.magic),
  ...op.i64x2ExtmulHighI32x4U,
  ...op.i8x16Shuffle(words(1, 3, 5, 7)),
  ...locals.shift,
  ...op.i32x4ShrU,
  ...op.set(locals.quotient),
  ...op.get(hash),
  ...op.get(locals.quotient),
  ...op.get(locals.count),
  ...op.i32x4Mul,
  ...op.i32x4Sub,
]

/** Fills the constants of `partitionOf` from the parameters that carry them. */
export const prepareReduction = (locals: ReductionConstants, magicWord: number, countWord: number): Code => [
  ...splatInto(locals.times, op.i32Const(MULTIPLIER)),
  ...splatInto(locals.positive, op.i32Const(0x7fffffff)),
  ...splatInto(locals.magic, op.get(magicWord)),
  ...splatInto(locals.count, op.get(countWord)),
]

/** (1 << 8 · left) - 1 as a mask: the bytes of a word that belong to a tail of `left` bytes. */
export const tailBytes = (left: number): number => (1 << (8 * left)) - 1

/** Byte lanes of a shuffle that takes whole words from two vectors, 0 to 3 of the first and 4 to 7 of the second. */
export const words = (...indices: readonly number[]): readonly number[] =>
  indices.flatMap(index => [0, 1, 2, 3].map(byte => index * 4 + byte))

/**
 * The two rounds of shuffles that turn four rows of four words into columns: words of two rows in turn, then pairs of
 * words in turn.
 */
export const LOW_WORDS = words(0, 4, 1, 5)
export const HIGH_WORDS = words(2, 6, 3, 7)
export const LOW_PAIRS = words(0, 1, 4, 5)
export const HIGH_PAIRS = words(2, 3, 6, 7)
