import type { BrokerId, ClusterSnapshot, GroupObservation } from '../model/index.ts'
import { formatCount } from '../model/index.ts'
import { movedByTopic } from './owners.ts'

/** Something that happened between two looks, for the band above the curves. `topic` null: the whole cluster. */
export interface ClusterEvent {
  readonly topic: string | null
  readonly text: string
}

/** Brokers that left or returned, leaders that moved, topics that came, went or grew. */
export const snapshotEvents = (before: ClusterSnapshot, after: ClusterSnapshot): readonly ClusterEvent[] => {
  if (before === after) return []
  const events: ClusterEvent[] = []
  const alive = (snapshot: ClusterSnapshot): ReadonlySet<BrokerId> =>
    new Set(snapshot.brokers.filter(broker => broker.alive).map(broker => broker.id))
  const [then, now] = [alive(before), alive(after)]
  for (const id of then) if (!now.has(id)) events.push({ topic: null, text: `Broker ${id} left` })
  for (const id of now) if (!then.has(id)) events.push({ topic: null, text: `Broker ${id} joined` })
  for (const [name, topic] of after.topics) {
    const old = before.topics.get(name)
    if (old === undefined) events.push({ topic: name, text: `Topic ${name} created` })
    else if (old.topicId !== topic.topicId) events.push({ topic: name, text: `Topic ${name} recreated` })
    else {
      const added = topic.partitions.length - old.partitions.length
      if (added > 0) events.push({ topic: name, text: `${formatCount(added)} partitions added to ${name}` })
      let moved = 0
      let lost = 0
      topic.partitions.forEach((partition, p) => {
        const leader = old.partitions[p]?.leader
        if (leader === undefined || leader === partition.leader) return
        if (partition.leader === null) lost++
        else moved++
      })
      if (moved > 0) events.push({ topic: name, text: `${leaders(moved)} of ${name} moved` })
      if (lost > 0) events.push({ topic: name, text: `${leaders(lost)} of ${name} lost` })
    }
  }
  for (const name of before.topics.keys())
    if (!after.topics.has(name)) events.push({ topic: null, text: `Topic ${name} deleted` })
  return events
}

/** Members that joined or left, and partitions that changed hands. One event per group and topic. */
export const groupEvents = (
  before: readonly GroupObservation[],
  after: readonly GroupObservation[],
): readonly ClusterEvent[] => {
  const old = new Map(before.map(group => [group.groupId, group]))
  return after.flatMap(group => {
    const previous = old.get(group.groupId)
    if (previous === undefined) return []
    const change = memberChange(previous.members.length, group.members.length)
    return [...movedByTopic(previous, group)].map(([topic, moved]) => ({
      topic,
      text: `Group ${group.groupId}: ${formatCount(moved)} partitions changed hands${change}`,
    }))
  })
}

const leaders = (count: number): string => `${formatCount(count)} ${count === 1 ? 'leader' : 'leaders'}`

const memberChange = (before: number, now: number): string =>
  before === now ? '' : `, members ${formatCount(before)} to ${formatCount(now)}`
