/**
 * The client's `roundrobin` assignor: all partitions of all subscribed topics in one row, dealt to the members in turn;
 * who does not subscribe to the topic is passed over.
 *
 * Invariants: every partition of a subscribed topic goes to exactly one subscriber; with equal subscriptions the totals
 * differ by at most one (with differing ones they may differ a lot). What a member had before does not matter, so one
 * member more or less moves almost everything. Order of input does not matter.
 * Source: org.apache.kafka.clients.consumer.RoundRobinAssignor (4.1.1).
 */
import {
  type Assignment,
  draftAssignment,
  type GroupMember,
  type GroupTopic,
  inInstanceOrder,
  subscribedTopics,
} from './group.ts'

export const assignRoundRobin = (
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): Assignment => {
  const draft = draftAssignment(members)
  const table = inInstanceOrder(members).map(({ id, topics: names }) => ({ id, names: new Set(names) }))
  let turn = 0
  for (const { name, partitions } of subscribedTopics(members, topics)) {
    for (let partition = 0; partition < partitions; partition++) {
      // ends: `name` has a subscriber
      while (table[turn]?.names.has(name) !== true) turn = (turn + 1) % table.length
      draft.give((table[turn] as { id: string }).id, name, partition)
      turn = (turn + 1) % table.length
    }
  }
  return draft.done()
}
