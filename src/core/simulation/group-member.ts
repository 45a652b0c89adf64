/**
 * One member of a server-side consumer group (KIP-848) and the rule by which it moves from the partitions it has to
 * those it should have.
 *
 * Invariant: a partition belongs to at most one member at any time. A member that should give one up keeps it, as
 * `pendingRevocation`, until a heartbeat no longer names it as owned; only then another member may be given it. A
 * member that must give up something gets nothing new and keeps its epoch meanwhile.
 * Source: org.apache.kafka.coordinator.group.modern.consumer.CurrentAssignmentBuilder.
 */
import type { Appointment } from './agenda.ts'
import {
  difference,
  filtered,
  intersection,
  keysOf,
  noPartitions,
  type PartitionSet,
  sizeOf,
  union,
} from './partition-set.ts'

export interface GroupMemberState {
  memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  /** -2: a static member that left for a restart. */
  epoch: number
  previousEpoch: number
  topics: readonly string[]
  assignor: 'uniform' | 'range' | null
  rebalanceTimeoutMs: number
  assigned: PartitionSet
  pendingRevocation: PartitionSet
  /** Epoch at which each partition that the member holds was given to it, by `partitionKey`. */
  heldSince: ReadonlyMap<string, number>
  state: 'stable' | 'unrevoked' | 'unreleased'
  session: Appointment | null
  rebalance: Appointment | null
}

export const freshMember = (
  memberId: string,
  instanceId: string | null,
  clientId: string,
): GroupMemberState => ({
  memberId,
  instanceId,
  clientId,
  epoch: 0,
  previousEpoch: 0,
  topics: [],
  assignor: null,
  rebalanceTimeoutMs: 0,
  assigned: noPartitions,
  pendingRevocation: noPartitions,
  heldSince: new Map(),
  state: 'stable',
  session: null,
  rebalance: null,
})

/** Everything another member must wait for: what it owns and what it has not given back yet. */
export const holds = (member: GroupMemberState): PartitionSet =>
  union(member.assigned, member.pendingRevocation)

/**
 * One step towards `target` of `targetEpoch`, after a heartbeat that names `owned` (null: it did not say).
 * `isFree` tells whether no other member holds the partition.
 */
export const reconcile = (
  member: GroupMemberState,
  target: PartitionSet,
  targetEpoch: number,
  owned: PartitionSet | null,
  isFree: (topicId: string, partition: number) => boolean,
): void => {
  if (member.state === 'stable' && member.epoch === targetEpoch) return
  if (member.state === 'unrevoked' && stillOwns(owned, member.pendingRevocation)) return
  const kept = intersection(member.assigned, target)
  const toRevoke = difference(member.assigned, target)
  if (stillOwns(owned, toRevoke)) {
    member.assigned = kept
    member.pendingRevocation = toRevoke
    member.state = 'unrevoked'
    return
  }
  const wanted = difference(target, kept)
  const free = filtered(wanted, isFree)
  member.previousEpoch = member.epoch === targetEpoch ? member.previousEpoch : member.epoch
  member.epoch = targetEpoch
  member.assigned = union(kept, free)
  member.pendingRevocation = noPartitions
  member.heldSince = new Map(
    keysOf(member.assigned).map(key => [key, member.heldSince.get(key) ?? targetEpoch]),
  )
  member.state = sizeOf(free) === sizeOf(wanted) ? 'stable' : 'unreleased'
}

const stillOwns = (owned: PartitionSet | null, revoked: PartitionSet): boolean =>
  sizeOf(revoked) > 0 && (owned === null || sizeOf(intersection(owned, revoked)) > 0)
