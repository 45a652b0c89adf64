import type { PartitionCount } from '../../model/index.ts'
import type { ConventionName } from '../conventions.ts'
import { lanesByHash, onAnyCount, type Strategy } from './strategy.ts'

/**
 * One key written as several: a suffix is appended before hashing, so the key's records are found on up to as many lanes
 * as there are suffixes. Two suffixes can fall on one lane, which then carries both parts: the hash does not know that
 * they should be apart.
 *
 * `composite` appends a bucket that means something (a day, a session, a device), so order holds inside the bucket.
 * `salted` appends a turn, so no order is left; it is meant for hot keys only, and all others are hashed as they are.
 */
const suffixed = (
  convention: ConventionName,
  separator: string,
  suffixes: number,
): ((key: Uint8Array, count: PartitionCount) => readonly number[]) => {
  const byHash = lanesByHash(convention)
  const endings = Array.from({ length: suffixes }, (_, index) =>
    Uint8Array.from(`${separator}${index}`, character => character.charCodeAt(0)),
  )
  return (key, count) =>
    endings.flatMap(ending => {
      const whole = new Uint8Array(key.length + ending.length)
      whole.set(key)
      whole.set(ending, key.length)
      return byHash(whole, count)
    })
}

export const compositeStrategy = (buckets: number, convention: ConventionName = 'java'): Strategy => {
  const byHash = lanesByHash(convention)
  const byBucket = suffixed(convention, ':', buckets)
  return {
    ...onAnyCount,
    name: `composite:${buckets}`,
    order: 'per key and bucket',
    keeps: 'records of a key within one bucket, when the bucket is part of the record and not drawn',
    givesUp: 'order between two buckets of a key',
    readerMust: `merge up to ${buckets} lanes to see a whole key`,
    lanesPerKeyMax: count => Math.min(buckets, count),
    lanesOf: ({ key }, count) => (key === null ? byHash(null, count) : byBucket(key, count)),
  }
}

/** `hotKeys`: keys that are salted; none named means every key is. */
export const saltedStrategy = (
  salts: number,
  hotKeys: readonly Uint8Array[] = [],
  convention: ConventionName = 'java',
): Strategy => {
  const byHash = lanesByHash(convention)
  const bySalt = suffixed(convention, '#', salts)
  const hot = new Set(hotKeys.map(identity))
  return {
    ...onAnyCount,
    name: `salted:${salts}`,
    order: hot.size === 0 ? 'none' : 'per key',
    keeps: hot.size === 0 ? 'nothing' : `order per key for all keys but the ${hot.size} named`,
    givesUp: hot.size === 0 ? 'order per key' : 'order of the salted keys',
    readerMust: `merge up to ${salts} lanes for a salted key, and know the number of salts`,
    lanesPerKeyMax: count => Math.min(salts, count),
    lanesOf: ({ key }, count) =>
      key !== null && (hot.size === 0 || hot.has(identity(key))) ? bySalt(key, count) : byHash(key, count),
  }
}

/** Bytes as a text to look them up by; nothing is decoded. */
const identity = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
