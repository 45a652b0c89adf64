/**
 * Numbers that are easily swapped carry a brand: an index is not a count, a broker is neither.
 * A brand exists at compile time only. Values enter through the functions below, which check them once.
 */
declare const brand: unique symbol
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/** A broker's `node.id`, 0 … 2^31-1. */
export type BrokerId = Brand<number, 'BrokerId'>
/** Zero-based position of a partition inside its topic. */
export type PartitionIndex = Brand<number, 'PartitionIndex'>
/** How many partitions a topic has, 1 … 1,000,000. */
export type PartitionCount = Brand<number, 'PartitionCount'>

/** More than any Kafka cluster bears (200,000 is the documented order of magnitude); bounds memory on bad input. */
export const PARTITION_COUNT_MAX = 1_000_000

export const brokerId = (value: number): BrokerId => {
  if (!Number.isInteger(value) || value < 0 || value > 0x7fffffff)
    throw new RangeError(`not a broker id: ${value}`)
  return value as BrokerId
}

export const partitionIndex = (value: number): PartitionIndex => {
  if (!Number.isInteger(value) || value < 0 || value >= PARTITION_COUNT_MAX)
    throw new RangeError(`not a partition index: ${value}`)
  return value as PartitionIndex
}

export const partitionCount = (value: number): PartitionCount => {
  if (!Number.isInteger(value) || value < 1 || value > PARTITION_COUNT_MAX)
    throw new RangeError(`not a partition count (1 to ${PARTITION_COUNT_MAX}): ${value}`)
  return value as PartitionCount
}
