/**
 * Offsets on Kafka's wire are 64-bit. Inside Lanekeeper they are JavaScript numbers.
 *
 * Why that is safe: a number counts exactly up to 2^53. A partition that takes a million records a second reaches
 * 2^53 after 285 years. A larger value from the wire is therefore corruption or hostility, never an offset, and
 * `offsetFromWire` refuses it instead of rounding. A bigint per record costs an allocation on the hot path.
 * At the edges (JSON, files) an offset is written as a decimal string.
 */
export type Offset = number

/** Kafka's "no offset": nothing committed, nothing known. */
export const NO_OFFSET = -1

export const offsetFromWire = (value: bigint): Offset => {
  if (value < -2n || value > 9007199254740991n) throw new RangeError(`offset out of range: ${value}`)
  return Number(value)
}
