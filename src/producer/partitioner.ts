/**
 * From a record to its partition: a client's convention, a strategy of `core/routing`, or a function of the user's.
 *
 * A record that names its partition never comes here. The answer depends on the record, the count, and, where a
 * strategy lets records of a kind take several lanes in turn, on how many came before; never on brokers or load. So
 * two producers with the same partitioner agree without talking.
 */
import { partitionCount } from '../core/model/index.ts'
import {
  type Convention,
  type ConventionName,
  conventions,
  type RoutedRecord,
  type Spread,
  type Strategy,
} from '../core/routing/index.ts'
import type { Random } from '../ports/random.ts'
import type { ProducerRecord } from './outcome.ts'

/** Any partition will do: the one whose batch is being filled, so that batches stay full. */
export const ANY_PARTITION = -1
/** The record cannot be placed; `whyRefused` says why. */
export const NO_PARTITION = -2

export interface Partitioner {
  /** What the convention writes into keys for half of a surrogate pair. */
  readonly loneSurrogate: number
  /**
   * Partition among `count`, ANY_PARTITION or NO_PARTITION. The key as bytes: `keyLength` of `key` count, and `key` is
   * null where the record has none. A number outside of the topic is reported as such by the caller.
   */
  partitionOf(record: ProducerRecord, key: Uint8Array | null, keyLength: number, count: number): number
  /** About the record that was answered with NO_PARTITION last. */
  whyRefused(count: number): string
}

/** A rule of the user's: a partition, or null to leave the record to the convention. */
export type PartitionFunction = (record: ProducerRecord, count: number) => number | null

/** As the clients of a convention do it. */
export const conventionPartitioner = (name: ConventionName, random: Random): Partitioner => {
  const convention: Convention = conventions[name]
  const { nullKey, emptyKey, loneSurrogate } = convention
  let turn = 0
  const spread = (how: Spread, count: number): number => {
    if (how === 'sticky') return ANY_PARTITION
    return how === 'random' ? Math.floor(random.next() * count) : turn++ % count
  }
  return {
    loneSurrogate: loneSurrogate ?? REPLACEMENT,
    partitionOf: (record, key, keyLength, count) => {
      if (loneSurrogate === null && typeof record.key === 'string' && !record.key.isWellFormed())
        return NO_PARTITION
      if (key === null) {
        if (nullKey === 'partition 0') return 0
        return nullKey === 'as the empty key'
          ? convention.partitionOf(NO_BYTES, 0, count)
          : spread(nullKey, count)
      }
      if (keyLength === 0 && emptyKey !== 'hashed') return spread(emptyKey, count)
      return convention.partitionOf(key, keyLength, count)
    },
    whyRefused: () => `the key holds half of a surrogate pair, which ${convention.client} refuses`,
  }
}

const REPLACEMENT = 0xfffd
const NO_BYTES = new Uint8Array(0)

/**
 * A strategy of `core/routing`. `describe` says what the strategy may see of a key beside its bytes: a tenant, a region,
 * a lane. A strategy that adds lanes behind the hashed ones gets the last of the topic's partitions for them.
 */
export const strategyPartitioner = (
  strategy: Strategy,
  convention: ConventionName,
  describe: (key: Uint8Array | null) => RoutedRecord,
): Partitioner => {
  let turn = 0
  return {
    loneSurrogate: conventions[convention].loneSurrogate ?? REPLACEMENT,
    partitionOf: (_record, key, keyLength, count) => {
      if (misfitOn(strategy, count) !== null) return NO_PARTITION
      const lanes = strategy.lanesOf(
        describe(key === null ? null : key.subarray(0, keyLength)),
        partitionCount(countBefore(strategy, count)),
      )
      if (lanes.length === 0) return NO_PARTITION
      if (lanes.length === 1) return lanes[0] as number
      if (strategy.order === 'per producer and batch') return ANY_PARTITION
      return lanes[turn++ % lanes.length] as number
    },
    whyRefused: count =>
      misfitOn(strategy, count) ?? `strategy ${strategy.name} gives this record no partition`,
  }
}

/** Why the strategy cannot place records on a topic that has `count` partitions in all; null where it can. */
export const misfitOn = (strategy: Strategy, count: number): string | null => {
  const base = countBefore(strategy, count)
  if (base < 1)
    return `strategy ${strategy.name} needs ${count - base} partitions of its own, and the topic has ${count}`
  const misfit = strategy.misfit(base)
  return misfit === null ? null : `strategy ${strategy.name} does not fit ${count} partitions: ${misfit}`
}

/** The count on which the strategy has `count` lanes in all. */
const countBefore = (strategy: Strategy, count: number): number => 2 * count - strategy.lanesIn(count)

/** A function first; what it leaves open, and what it throws at, is told or left to `otherwise`. */
export const functionPartitioner = (choose: PartitionFunction, otherwise: Partitioner): Partitioner => {
  let problem: string | null = null
  return {
    loneSurrogate: otherwise.loneSurrogate,
    partitionOf: (record, key, keyLength, count) => {
      problem = null
      let chosen: number | null
      try {
        chosen = choose(record, count)
      } catch (error) {
        problem = `the partition function threw: ${error instanceof Error ? error.message : String(error)}`
        return NO_PARTITION
      }
      if (chosen === null) return otherwise.partitionOf(record, key, keyLength, count)
      if (Number.isInteger(chosen) && chosen >= 0 && chosen < count) return chosen
      problem = `the partition function answered ${String(chosen)}, and the topic has ${count} partitions`
      return NO_PARTITION
    },
    whyRefused: count => problem ?? otherwise.whyRefused(count),
  }
}
