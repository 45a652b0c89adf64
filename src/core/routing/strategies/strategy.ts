import type { PartitionCount } from '../../model/index.ts'
import { type ConventionName, routeKey } from '../conventions.ts'

/**
 * A strategy decides which lanes the records of a key may be found on. It is one question, `lanesOf`, and four
 * sentences: what order it keeps, what it gives up, how many lanes one key can occupy, what a reader must do. A new
 * strategy is a new file.
 *
 * Records that may take several lanes take them in turn, so each of these lanes gets an equal part. The answer depends
 * on nothing but the record and the count: two producers agree without talking.
 */
export interface Strategy {
  readonly name: string
  readonly order: 'per key' | 'per key and bucket' | 'per producer and batch' | 'none'
  /** What the strategy keeps in order, and when. */
  readonly keeps: string
  readonly givesUp: string
  readonly readerMust: string
  /** The most lanes on which records of one key can lie, among `count`. */
  readonly lanesPerKeyMax: (count: number) => number
  /** What else should be known on `count` lanes, as a sentence with figures; null where nothing is. */
  readonly noteOn: (count: number) => string | null
  /** Lanes in all for a topic of `count` lanes; more than `count` where the strategy adds some. */
  readonly lanesIn: (count: number) => number
  /** Why the strategy cannot run on `count` lanes; null where it can. */
  readonly misfit: (count: number) => string | null
  /**
   * Lanes that records like this one take in turn, each in [0, lanesIn(count)); with repetitions where two choices
   * fall on one lane. Empty: such a record cannot be sent.
   */
  readonly lanesOf: (record: RoutedRecord, count: PartitionCount) => readonly number[]
}

export interface RoutedRecord {
  /** Null: a record without a key. */
  readonly key: Uint8Array | null
  /** Tenant, region or priority, for strategies that look at it. */
  readonly label?: string
  /** Partition named by the producer, for the explicit strategy. */
  readonly partition?: number
}

/** The lane of the `sequence`-th record of its kind; null where it cannot be sent. */
export const laneOf = (
  strategy: Strategy,
  record: RoutedRecord,
  sequence: number,
  count: PartitionCount,
): number | null => {
  const lanes = strategy.lanesOf(record, count)
  return lanes.length === 0 ? null : (lanes[sequence % lanes.length] as number)
}

/** Every lane, kept for the last count asked about: a topic has one count, and a million records ask. */
export const allLanes = (): ((count: number) => readonly number[]) => {
  let kept: readonly number[] = []
  return count => {
    if (kept.length !== count) kept = Array.from({ length: count }, (_, lane) => lane)
    return kept
  }
}

/** Where the convention puts a key; every lane where it spreads the record, none where it refuses it. */
export const lanesByHash = (
  convention: ConventionName,
): ((key: Uint8Array | string | null, count: PartitionCount) => readonly number[]) => {
  const everywhere = allLanes()
  return (key, count) => {
    const lane = routeKey(convention, key, count)
    if (typeof lane === 'number') return [lane]
    return lane === 'refused' ? [] : everywhere(count)
  }
}

/** What most strategies answer: no lanes are added, any count will do, nothing else to know. */
export const onAnyCount = {
  lanesIn: (count: number): number => count,
  misfit: (): string | null => null,
  noteOn: (): string | null => null,
}
