/**
 * From a signed 32-bit hash to a lane. The three ways in use differ only for hashes with the sign bit set, which is half
 * of all keys, and `masked` and `unsigned` agree exactly where the count is a power of two: there the sign bit is no
 * part of the remainder.
 */
export type Reduction = (hash: number, count: number) => number

/** Java's `Utils.toPositive`: the sign bit is masked off, not negated (the smallest integer has no negation). */
export const toPositive = (hash: number): number => hash & 0x7fffffff

export const reductions = {
  /** Java and all who follow it. */
  masked: (hash, count) => toPositive(hash) % count,
  /** The hash read as unsigned: librdkafka's CRC, `@platformatic/kafka`. */
  unsigned: (hash, count) => (hash >>> 0) % count,
  /** Remainder first, sign off after: Sarama. The order matters, |hash| of the smallest integer is negative in Go. */
  'remainder without sign': (hash, count) => Math.abs(hash % count),
} as const satisfies Record<string, Reduction>

export type ReductionName = keyof typeof reductions
