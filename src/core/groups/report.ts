/**
 * What one rebalance did to a group: who has how much, what changed hands, what had to move at least, who idles and
 * why, and what stood still meanwhile. Facts only; `explain.ts` makes sentences of them.
 */
import { type AssignorName, assignors } from './assign.ts'
import {
  type Assignment,
  equalSubscriptions,
  type GroupMember,
  type GroupTopic,
  noOwnership,
  type Ownership,
  ownershipSize,
  subscribedTopics,
} from './group.ts'

/**
 * Why a member has nothing.
 * - `subscribes-to-nothing`: none of its topics exists.
 * - `too-few-partitions`: what it subscribes to has fewer partitions than members. No assignor can help.
 * - `cut-per-topic`: there are enough partitions in all, but each topic by itself has too few, and every topic leaves
 *   out the same members. Another assignor would give it work.
 * - `waits`: its share must first be given up by its present owners.
 * - `others-subscribe`: what it subscribes to went to members that subscribe to it too.
 */
export type IdleReason =
  | 'subscribes-to-nothing'
  | 'too-few-partitions'
  | 'cut-per-topic'
  | 'waits'
  | 'others-subscribe'

export interface MemberReport {
  readonly memberId: string
  readonly partitions: number
  readonly byTopic: ReadonlyMap<string, number>
  readonly gained: number
  readonly lost: number
  /** Null: it has work. */
  readonly idle: IdleReason | null
}

export interface StepReport {
  readonly members: readonly MemberReport[]
  readonly fewest: number
  readonly most: number
  /** Taken from a member that stayed. */
  readonly moved: number
  /** The fewest that any balanced assignment takes from members that stayed. Null: subscriptions differ. */
  readonly movedAtLeast: number | null
  /** Of members that left: without an owner until the rebalance is over. */
  readonly orphaned: number
  /** Without an owner after the step: `cooperative-sticky` gives them out in the next rebalance. */
  readonly unassigned: number
  /** Partitions of members that stayed, not read during the rebalance. */
  readonly pausedPartitions: number
  /** Members that stayed and stop reading something. */
  readonly pausedMembers: number
}

/**
 * @param before what everybody owned, members that left included; null for a new group.
 * @param members as they joined this rebalance.
 */
export const reportStep = (
  assignor: AssignorName,
  before: Assignment | null,
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
  after: Assignment,
): StepReport => {
  const present = subscribedTopics(members, topics)
  const total = present.reduce((sum, topic) => sum + topic.partitions, 0)
  const given = [...after.values()].reduce((sum, ownership) => sum + ownershipSize(ownership), 0)
  const reports = members.map((member): MemberReport => {
    const ownership = after.get(member.id) ?? noOwnership
    const had = before?.get(member.id) ?? noOwnership
    const stays = commonSize(had, ownership)
    return {
      memberId: member.id,
      partitions: ownershipSize(ownership),
      byTopic: new Map([...ownership].map(([topic, partitions]) => [topic, partitions.length])),
      gained: ownershipSize(ownership) - stays,
      lost: ownershipSize(had) - stays,
      idle: ownership.size > 0 ? null : idleReason(assignor, member, members, present, given < total),
    }
  })
  const counts = reports.map(report => report.partitions)
  const held = members.map(member => ownershipSize(before?.get(member.id) ?? noOwnership))
  const moved = reports.reduce((sum, report) => sum + report.lost, 0)
  const eager = assignors[assignor].style === 'eager'
  const staying = new Set(members.map(member => member.id))
  return {
    members: reports,
    fewest: Math.min(...counts),
    most: Math.max(...counts),
    moved,
    movedAtLeast: equalSubscriptions(members) ? leastMoves(total, held) : null,
    orphaned: [...(before ?? [])].reduce(
      (sum, [memberId, ownership]) => sum + (staying.has(memberId) ? 0 : ownershipSize(ownership)),
      0,
    ),
    unassigned: total - given,
    pausedPartitions: eager ? held.reduce((sum, count) => sum + count, 0) : moved,
    pausedMembers: eager
      ? held.filter(count => count > 0).length
      : reports.filter(report => report.lost > 0).length,
  }
}

/**
 * The fewest partitions that must be taken from their owners for a balanced assignment under equal subscriptions.
 *
 * Let a member hold `h` of `P` partitions, `M` members, `q = floor(P ÷ M)`; `e = P mod M` members get `q + 1`. A member
 * keeps at most `min(h, q + 1)`, and more than `q` only if it is one of the `e`. So at most
 * `Σ min(h, q) + min(e, members with h > q)` can stay, and there is an assignment in which that many do.
 */
const leastMoves = (partitions: number, held: readonly number[]): number => {
  const share = Math.floor(partitions / held.length)
  const above = held.filter(count => count > share).length
  const stay = held.reduce((sum, count) => sum + Math.min(count, share), 0)
  const owned = held.reduce((sum, count) => sum + count, 0)
  return owned - stay - Math.min(partitions % held.length, above)
}

const commonSize = (left: Ownership, right: Ownership): number => {
  let common = 0
  for (const [topic, partitions] of left) {
    const others = right.get(topic)
    if (others === partitions) common += partitions.length
    else if (others !== undefined) {
      let at = 0
      for (const partition of partitions) {
        while (at < others.length && (others[at] as number) < partition) at++
        if (others[at] === partition) common++
      }
    }
  }
  return common
}

const idleReason = (
  assignor: AssignorName,
  member: GroupMember,
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
  someWait: boolean,
): IdleReason => {
  const own = topics.filter(topic => member.topics.includes(topic.name))
  if (own.length === 0) return 'subscribes-to-nothing'
  const rivals = members.filter(other => other.topics.some(name => own.some(topic => topic.name === name)))
  const partitions = own.reduce((sum, topic) => sum + topic.partitions, 0)
  if (partitions < rivals.length) return 'too-few-partitions'
  if (someWait) return 'waits'
  return assignor === 'range' || assignor === 'serverRange' ? 'cut-per-topic' : 'others-subscribe'
}
