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

/** Locals that `partitionOf` needs, each a vector but `shift`. */
export interface ReductionLocals {
  readonly times: number
  readonly positive: number
  readonly magic: number
  readonly shift: number
  readonly count: number
  readonly quotient: number
}

/** Finishes the state in `hash`, masks the sign off, and leaves the remainder by the count. */
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
  ...op.get(locals.shift),
  ...op.i64x2ShrU,
  ...op.get(hash),
  ...op.get(locals.magic),
  ...op.i64x2ExtmulHighI32x4U,
  ...op.get(locals.shift),
  ...op.i64x2ShrU,
  // the low halves of the four 64-bit quotients, in order
  ...op.i8x16Shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]),
  ...op.set(locals.quotient),
  ...op.get(hash),
  ...op.get(locals.quotient),
  ...op.get(locals.count),
  ...op.i32x4Mul,
  ...op.i32x4Sub,
]

/** Fills the constants of `partitionOf` from the parameters that carry them. */
export const prepareReduction = (locals: ReductionLocals, magicWord: number, countWord: number): Code => [
  ...splatInto(locals.times, op.i32Const(MULTIPLIER)),
  ...splatInto(locals.positive, op.i32Const(0x7fffffff)),
  ...splatInto(locals.magic, op.get(magicWord)),
  ...splatInto(locals.count, op.get(countWord)),
]
