/**
 * The server's `range` assignor (KIP-848): each topic by itself in consecutive runs, as the client's, without racks.
 *
 * Invariants: every partition of a subscribed topic goes to exactly one subscriber; within a topic the counts differ by
 * at most one. What a member had before does not matter. Order of input does not matter.
 * Source: org.apache.kafka.coordinator.group.assignor.RangeAssignor (4.1.1).
 */
import {
  type Assignment,
  draftAssignment,
  type GroupMember,
  type GroupTopic,
  inInstanceOrder,
  subscribedTopics,
} from './group.ts'

export const assignServerRange = (
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): Assignment => {
  const draft = draftAssignment(members)
  const ordered = inInstanceOrder(members)
  for (const { name, partitions } of subscribedTopics(members, topics)) {
    const subscribers = ordered.filter(member => member.topics.includes(name))
    const share = Math.floor(partitions / subscribers.length)
    const larger = partitions % subscribers.length
    let next = 0
    subscribers.forEach((member, index) => {
      const end = next + share + (index < larger ? 1 : 0)
      while (next < end) draft.give(member.id, name, next++)
    })
  }
  return draft.done()
}
