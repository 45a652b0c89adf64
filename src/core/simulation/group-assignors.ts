/**
 * Which member should own which partition: the two assignors of Kafka's server.
 *
 * - `uniform` gives every member of a topic's subscribers its equal share over all topics, and leaves with a member
 *   what it already has as far as its share goes.
 * - `range` cuts each topic by itself into consecutive runs, so that equally numbered partitions of several topics
 *   come to the same member.
 *
 * Invariants: every partition of a subscribed topic goes to exactly one subscriber; shares of members with the same
 * subscription differ by at most one under `uniform` (Kafka's homogeneous case).
 * Source: org.apache.kafka.coordinator.group.assignor.UniformAssignor, RangeAssignor.
 *
 * What it does not do: give the very partitions Kafka's give. Their result depends on the order of a hash map; what
 * may be relied on are the invariants. Racks are ignored, as by Kafka 4.
 */
import { contains, type PartitionSet } from './partition-set.ts'

export interface Subscriber {
  readonly memberId: string
  readonly topicIds: ReadonlySet<string>
  /** What the last target gave it. */
  readonly current: PartitionSet
}

export type AssignorName = 'uniform' | 'range'

/** Target of every subscriber. `counts`: partitions of each topic by id. */
export const assign = (
  assignor: AssignorName,
  subscribers: readonly Subscriber[],
  counts: ReadonlyMap<string, number>,
): Map<string, PartitionSet> => {
  const ordered = [...subscribers].sort((left, right) => (left.memberId < right.memberId ? -1 : 1))
  const target = new Map<string, Map<string, Set<number>>>(ordered.map(one => [one.memberId, new Map()]))
  const give = (memberId: string, topicId: string, partition: number): void => {
    const topics = target.get(memberId) as Map<string, Set<number>>
    const members = topics.get(topicId) ?? new Set<number>()
    topics.set(topicId, members.add(partition))
  }
  if (assignor === 'range') assignRanges(ordered, counts, give)
  else assignUniformly(ordered, counts, give)
  return target
}

type Give = (memberId: string, topicId: string, partition: number) => void

const assignRanges = (
  subscribers: readonly Subscriber[],
  counts: ReadonlyMap<string, number>,
  give: Give,
): void => {
  for (const [topicId, count] of counts) {
    const takers = subscribers.filter(one => one.topicIds.has(topicId))
    let next = 0
    takers.forEach((taker, index) => {
      const share = Math.floor(count / takers.length) + (index < count % takers.length ? 1 : 0)
      for (let given = 0; given < share; given++) give(taker.memberId, topicId, next++)
    })
  }
}

/**
 * First everybody keeps what it has up to its share, the larger shares going to those who can use them; then the
 * rest goes, one by one, to the subscriber that has least.
 */
const assignUniformly = (
  subscribers: readonly Subscriber[],
  counts: ReadonlyMap<string, number>,
  give: Give,
): void => {
  const wanted = [...counts].filter(([topicId]) => subscribers.some(one => one.topicIds.has(topicId)))
  const total = wanted.reduce((sum, [, count]) => sum + count, 0)
  const share = Math.floor(total / Math.max(1, subscribers.length))
  let larger = total % Math.max(1, subscribers.length)
  const held = new Map<string, number>()
  const taken = new Set<string>()
  for (const { memberId, topicIds, current } of subscribers) {
    let kept = 0
    for (const [topicId, count] of wanted) {
      if (!topicIds.has(topicId)) continue
      for (let partition = 0; partition < count; partition++) {
        if (!contains(current, topicId, partition) || taken.has(`${topicId}:${partition}`)) continue
        if (kept === share + (larger > 0 ? 1 : 0)) break
        give(memberId, topicId, partition)
        taken.add(`${topicId}:${partition}`)
        kept++
      }
    }
    if (kept > share) larger--
    held.set(memberId, kept)
  }
  for (const [topicId, count] of wanted) {
    const takers = subscribers.filter(one => one.topicIds.has(topicId))
    for (let partition = 0; partition < count; partition++) {
      if (taken.has(`${topicId}:${partition}`)) continue
      const poorest = takers.reduce((least, one) =>
        (held.get(one.memberId) ?? 0) < (held.get(least.memberId) ?? 0) ? one : least,
      )
      give(poorest.memberId, topicId, partition)
      held.set(poorest.memberId, (held.get(poorest.memberId) ?? 0) + 1)
    }
  }
}
