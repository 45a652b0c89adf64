import type { Assignment, GroupMember, GroupTopic } from './group.ts'
import { assignRange } from './range.ts'
import { assignRoundRobin } from './round-robin.ts'
import { assignServerRange } from './server-range.ts'
import { assignServerUniform } from './server-uniform.ts'
import { assignCooperativeSticky, assignSticky } from './sticky.ts'

/**
 * How a group gets from one assignment to the next.
 * - `eager`: everybody gives up everything, then gets its new share; the whole group stands still.
 * - `cooperative`: members keep working; what moves is given up in a first rebalance and given out in a second.
 * - `server`: the coordinator takes from one member and gives to the next, each at its own heartbeat.
 */
export type RebalanceStyle = 'eager' | 'cooperative' | 'server'

export type AssignorName =
  | 'range'
  | 'roundrobin'
  | 'sticky'
  | 'cooperative-sticky'
  | 'serverUniform'
  | 'serverRange'

export interface Assignor {
  readonly assign: (members: readonly GroupMember[], topics: readonly GroupTopic[]) => Assignment
  readonly style: RebalanceStyle
  /** The client setting, or the server's with `group.protocol=consumer`, that chooses it. */
  readonly chosenBy: string
  /** What people should know of it, in one sentence. */
  readonly character: string
}

export const assignors: Readonly<Record<AssignorName, Assignor>> = {
  range: {
    assign: assignRange,
    style: 'eager',
    chosenBy: 'partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor',
    character:
      'Cuts each topic by itself, so the extra partitions of every topic go to the same first members.',
  },
  roundrobin: {
    assign: assignRoundRobin,
    style: 'eager',
    chosenBy: 'partition.assignment.strategy=org.apache.kafka.clients.consumer.RoundRobinAssignor',
    character: 'Deals all partitions in turn; even, but one member more or less moves almost everything.',
  },
  sticky: {
    assign: assignSticky,
    style: 'eager',
    chosenBy: 'partition.assignment.strategy=org.apache.kafka.clients.consumer.StickyAssignor',
    character: 'Even, and little moves, but the whole group stops while it rebalances.',
  },
  'cooperative-sticky': {
    assign: assignCooperativeSticky,
    style: 'cooperative',
    chosenBy: 'partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    character: 'Even, and only what moves pauses, at the price of a second rebalance.',
  },
  serverUniform: {
    assign: assignServerUniform,
    style: 'server',
    chosenBy: 'group.protocol=consumer, group.remote.assignor=uniform (the default of that protocol)',
    character: 'Even, only what moves pauses, and no member waits for the others.',
  },
  serverRange: {
    assign: assignServerRange,
    style: 'server',
    chosenBy: 'group.protocol=consumer, group.remote.assignor=range',
    character:
      "Range's cuts, handed over one member at a time; extra partitions still go to the same first members.",
  },
}

export const assignorNames = Object.keys(assignors) as readonly AssignorName[]

/**
 * Who gets which partition.
 * @param members in the order in which the coordinator came to know them; ids and instance ids unique. Where Kafka's
 *   own result depends on a hash map, so does this one, and the order given here only breaks ties of hash slots.
 * @param topics those that exist. Subscriptions to others are ignored, and what members own of others is dropped.
 * @returns an entry for every member. `cooperative-sticky` leaves out what must be given up first.
 */
export const assignPartitions = (
  assignor: AssignorName,
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): Assignment => (members.length === 0 ? new Map() : assignors[assignor].assign(members, topics))
