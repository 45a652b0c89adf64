/**
 * Is the reader slow or the writer fast? Both look like lag. Told by two things: whether what waits is all on the
 * partitions of one member, and whether those partitions get more than the others.
 */
import type { GroupMember } from '../../model/index.ts'
import type { GroupEvidence } from './evidence.ts'

export interface LagOwner {
  readonly member: GroupMember
  readonly partitions: number
  /** Part of the group's waiting records that waits on its partitions. */
  readonly share: number
  /** What those partitions get, over the mean of what the group reads; NaN when not known. */
  readonly arrivingOverMean: number
}

const MOST = 0.8
/** A member with more than half of all partitions has most of the lag whatever it does. */
const PARTITIONS_SHARE_MAX = 0.5

/** The member on whose partitions nearly all of the lag is; null where it is spread, or nobody else is there. */
export const lagOwner = ({ group, topics }: GroupEvidence): LagOwner | null => {
  const { members } = group.observed
  if (members.length < 2 || !(group.lagRecords > 0)) return null
  const lags = new Float64Array(members.length)
  const rates = new Float64Array(members.length)
  const partitions = new Float64Array(members.length)
  for (const { topic, owner, lagRecords } of group.topics) {
    const perSecond = topics.get(topic)?.recordsPerSecond
    owner.forEach((member, p) => {
      if (member < 0) return
      lags[member] = (lags[member] ?? 0) + (lagRecords[p] || 0)
      rates[member] = (rates[member] ?? 0) + (perSecond?.[p] ?? Number.NaN)
      partitions[member] = (partitions[member] ?? 0) + 1
    })
  }
  const furthest = lags.indexOf(Math.max(...lags))
  const member = members[furthest]
  const own = partitions[furthest] ?? 0
  const all = partitions.reduce((sum, count) => sum + count, 0)
  const share = (lags[furthest] ?? 0) / group.lagRecords
  if (member === undefined || share < MOST || own > all * PARTITIONS_SHARE_MAX) return null
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / all
  return { member, partitions: own, share, arrivingOverMean: (rates[furthest] ?? Number.NaN) / own / mean }
}
