import type { BrokerId } from '../model/index.ts'
import type { KeyShare, Share } from '../sketch/index.ts'
import type { PartitionKeys } from './key-evidence.ts'
import type { TopicHealth } from './topics.ts'

/**
 * Why a partition is busier than the others.
 *
 * Its excess is what it takes above the median partition. A cause is named when it explains at least half of the excess
 * even at the low end of its interval, and the first that does is the answer:
 *
 *   1 keyless    records without a key: their producer stays with one partition for too long, or always
 *   2 one-key    a single key
 *   3 few-keys   the heaviest `FEW` together
 *   4 broker     its leader's partitions are busier than those of other brokers, all of them: a producer that prefers
 *                a fast broker, or leaders that were placed by load of another day
 *   5 many-keys  keys were seen, and none of the above: there is no heavy one, only more or busier keys than elsewhere
 *   6 unknown    no record of it was seen
 *
 * Keyless comes before keys because a key's share is of all records. The broker comes after keys: one celebrity makes
 * its broker busier too.
 */
export type HotCause =
  | { readonly kind: 'keyless'; readonly share: Share }
  | { readonly kind: 'one-key'; readonly key: KeyShare; readonly share: Share; readonly timesWithout: number }
  | { readonly kind: 'few-keys'; readonly keys: number; readonly share: number }
  | { readonly kind: 'broker'; readonly broker: BrokerId; readonly times: number }
  | { readonly kind: 'many-keys'; readonly keys: number }
  | { readonly kind: 'unknown' }

const EXPLAINS = 0.5
const FEW = 10
/** Leaders of one broker, the hot one left out, over those of the others. */
const BROKER_TIMES = 1.5
const BROKER_LEADERS_MIN = 3

/** By what a partition is hot: a column of rates, and what the ordinary one of them carries. */
export interface HotBy {
  readonly unit: 'records' | 'bytes'
  readonly perSecond: Float64Array
  readonly medianPerSecond: number
}

export const hotCause = (
  topic: TopicHealth,
  partition: number,
  keys: PartitionKeys | null,
  by: HotBy = {
    unit: 'records',
    perSecond: topic.recordsPerSecond,
    medianPerSecond: topic.skew.medianPerSecond,
  },
): HotCause => {
  const rate = by.perSecond[partition] ?? Number.NaN
  const excess = 1 - by.medianPerSecond / rate
  if (keys !== null && excess > 0) {
    const byKeys = causeInKeys(rate, excess * EXPLAINS, keys, by)
    if (byKeys !== null) return byKeys
  }
  const byBroker = causeInBroker(topic, partition, by)
  if (byBroker !== null) return byBroker
  return keys === null ? { kind: 'unknown' } : { kind: 'many-keys', keys: keys.distinct }
}

const causeInKeys = (rate: number, needed: number, keys: PartitionKeys, by: HotBy): HotCause | null => {
  const { unit, perSecond } = by
  // what records without a key weigh is not sampled, only how many there are
  if (unit === 'records' && keys.keyless.low >= needed) return { kind: 'keyless', share: keys.keyless }
  const heaviest = keys.heaviest.toSorted((a, b) => b[unit].low - a[unit].low)
  const [first] = heaviest
  if (first !== undefined && first[unit].low >= needed) {
    const mean = (perSecond.reduce(plusKnown, 0) || Number.NaN) / perSecond.length
    const share = first[unit]
    return { kind: 'one-key', key: first, share, timesWithout: (rate * (1 - share.share)) / mean }
  }
  const few = heaviest.slice(0, FEW)
  const share = few.reduce((sum, key) => sum + key[unit].low, 0)
  return few.length > 1 && share >= needed ? { kind: 'few-keys', keys: few.length, share } : null
}

const causeInBroker = (topic: TopicHealth, hot: number, { perSecond }: HotBy): HotCause | null => {
  const broker = topic.info.partitions[hot]?.leader ?? null
  if (broker === null) return null
  const own = { sum: 0, leaders: 0 }
  const others = { sum: 0, leaders: 0 }
  topic.info.partitions.forEach(({ leader }, p) => {
    const rate = perSecond[p] ?? Number.NaN
    if (p === hot || leader === null || Number.isNaN(rate)) return
    const side = leader === broker ? own : others
    side.sum += rate
    side.leaders++
  })
  if (own.leaders < BROKER_LEADERS_MIN || others.leaders < BROKER_LEADERS_MIN) return null
  const times = own.sum / own.leaders / (others.sum / others.leaders)
  return times >= BROKER_TIMES ? { kind: 'broker', broker, times } : null
}

const plusKnown = (sum: number, value: number): number => (Number.isNaN(value) ? sum : sum + value)
