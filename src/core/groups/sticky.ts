/**
 * The client's `sticky` and `cooperative-sticky` assignors: balanced as far as subscriptions allow, and of all that a
 * member has as much stays as balance allows. Both compute the same target; they differ in how the group gets there.
 *
 * - `sticky` is eager: all members have given up everything before the rebalance, so the target holds at once.
 * - `cooperative-sticky` is not: members keep working, so a partition may not be given to its new owner before the old
 *   one has let go. Such partitions are left out of the first assignment. Members give up what they were not assigned
 *   and join again; in that second rebalance the partitions are free and find their owner. With differing
 *   subscriptions or with racks the second may move others again, so that a third follows.
 *
 * Sources: AbstractStickyAssignor, StickyAssignor, CooperativeStickyAssignor (4.1.1).
 */
import { type Assignment, draftAssignment, type GroupMember, type GroupTopic } from './group.ts'
import { assignStickyEqual, type StickyOutcome } from './sticky-equal.ts'
import { assignStickyGeneral } from './sticky-general.ts'
import { prepareSticky, type StickyInput } from './sticky-input.ts'

export const assignSticky = (members: readonly GroupMember[], topics: readonly GroupTopic[]): Assignment => {
  const { input, outcome } = stickyTarget(members, topics)
  return toAssignment(members, input, outcome.owner)
}

export const assignCooperativeSticky = (
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): Assignment => {
  const { input, outcome } = stickyTarget(members, topics)
  const owner = outcome.owner.slice()
  for (const partition of outcome.handedOver ?? stillClaimed(input, outcome.owner)) owner[partition] = -1
  return toAssignment(members, input, owner)
}

const stickyTarget = (
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): { readonly input: StickyInput; readonly outcome: StickyOutcome } => {
  const input = prepareSticky(members, topics)
  return { input, outcome: input.equal ? assignStickyEqual(input) : assignStickyGeneral(input) }
}

/** Partitions that one member is to get while another one claims them. */
const stillClaimed = (input: StickyInput, owner: Int32Array): readonly number[] => {
  const claimedByOwner = new Set<number>()
  const claimedByOthers = new Set<number>()
  input.claims.forEach((claims, member) => {
    for (const partition of claims)
      (owner[partition] === member ? claimedByOwner : claimedByOthers).add(partition)
  })
  return [...claimedByOthers].filter(partition => !claimedByOwner.has(partition))
}

const toAssignment = (members: readonly GroupMember[], input: StickyInput, owner: Int32Array): Assignment => {
  const draft = draftAssignment(members)
  owner.forEach((member, partition) => {
    const memberId = input.members[member]?.id
    const topic = input.topicOf[partition] as number
    const name = input.topics[topic]?.name
    if (memberId !== undefined && name !== undefined)
      draft.give(memberId, name, partition - (input.firstOf[topic] as number))
  })
  return draft.done()
}
