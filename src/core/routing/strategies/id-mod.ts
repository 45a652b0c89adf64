import type { ConventionName } from '../conventions.ts'
import { lanesByHash, onAnyCount, type Strategy } from './strategy.ts'

/**
 * `id % n`: the digits at the end of the key, taken as the lane. It looks perfectly even while ids count up from 1 and
 * all are equally active, and it is the anti-pattern shown beside the hash: as soon as active ids share a remainder
 * (every tenth id is a reseller, ids are issued in steps by several databases) they share lanes. A key that does
 * not end in digits is hashed.
 */
export const idModStrategy = (convention: ConventionName = 'java'): Strategy => {
  const byHash = lanesByHash(convention)
  return {
    ...onAnyCount,
    name: 'id-mod',
    order: 'per key',
    keeps: 'all records of a key in order, as long as the partition count stays',
    givesUp: 'the mixing of a hash: any step in the ids becomes a step in the lanes',
    readerMust: 'nothing',
    lanesPerKeyMax: () => 1,
    lanesOf: ({ key }, count) => {
      const remainder = key === null ? null : trailingNumberMod(key, count)
      return remainder === null ? byHash(key, count) : [remainder]
    },
  }
}

/** The number that the digits at the end of `key` spell, modulo `count`; null without digits. Exact at any length. */
export const trailingNumberMod = (key: Uint8Array, count: number): number | null => {
  let start = key.length
  while (start > 0 && isDigit(key[start - 1] as number)) start--
  if (start === key.length) return null
  let remainder = 0
  for (let at = start; at < key.length; at++)
    remainder = (remainder * 10 + (key[at] as number) - ZERO) % count
  return remainder
}

const ZERO = 0x30
const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9
