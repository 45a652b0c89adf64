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
import { type Assignment, type GroupMember, type GroupTopic, noOwnership, type Ownership } from './group.ts'
import { mergeOwnerships, withoutThese } from './ownership.ts'
import { assignStickyEqual, type StickyOutcome } from './sticky-equal.ts'
import { assignStickyGeneral } from './sticky-general.ts'
import { prepareSticky, type StickyInput } from './sticky-input.ts'

export const assignSticky = (members: readonly GroupMember[], topics: readonly GroupTopic[]): Assignment => {
  const { input, outcome } = stickyTarget(members, topics)
  return toAssignment(members, input, outcome)
}

export const assignCooperativeSticky = (
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): Assignment => {
  const { input, outcome } = stickyTarget(members, topics)
  for (const partition of outcome.handedOver ?? stillClaimed(input, outcome.owner))
    outcome.owner[partition] = -1
  return toAssignment(members, input, outcome)
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

/**
 * The maps that members came with, changed where something changed. After one member joined or left nearly everybody
 * gets back its own, and making a million entries anew would cost more than all that was decided.
 */
const toAssignment = (
  members: readonly GroupMember[],
  input: StickyInput,
  { owner, freed }: StickyOutcome,
): Assignment => {
  const { isWhole, kept, keptBy } = input
  const lost: number[][] = input.members.map(() => [])
  const gained: number[][] = input.members.map(() => [])
  const compare = (partition: number): void => {
    const before = keptBy[partition] as number
    const after = owner[partition] as number
    if (before === after && (before < 0 || isWhole[before] === true)) return
    if (before >= 0) (lost[before] as number[]).push(partition)
    if (after >= 0) (gained[after] as number[]).push(partition)
  }
  const onlyFreedDiffer = freed !== null && kept.every((list, member) => isWhole[member] || list.length === 0)
  if (onlyFreedDiffer) freed.forEach(compare)
  else for (let partition = 0; partition < owner.length; partition++) compare(partition)
  const held = new Map(
    input.members.map(({ id, owned }, member) => {
      const had = owned !== null && isWhole[member] === true ? owned : noOwnership
      const less = lost[member] as number[]
      const more = gained[member] as number[]
      const left =
        less.length === 0 || had === noOwnership ? had : withoutThese(had, ownershipOf(input, less))
      return [id, more.length === 0 ? left : mergeOwnerships(left, ownershipOf(input, more))]
    }),
  )
  return new Map(members.map(({ id }) => [id, held.get(id) ?? noOwnership]))
}

/**
 * Numbers of partitions, ascending, by topic. Partitions that are dealt in turn give a member the same of many topics,
 * and one list then serves them all: a million lists of one partition each take longer to go through than all that is
 * decided here.
 */
const ownershipOf = ({ topics, topicOf, firstOf }: StickyInput, partitions: readonly number[]): Ownership => {
  const result = new Map<string, Int32Array>()
  let list = new Int32Array(0)
  for (let start = 0, end = 0; start < partitions.length; start = end) {
    const topic = topicOf[partitions[start] as number] as number
    while (end < partitions.length && topicOf[partitions[end] as number] === topic) end++
    const first = firstOf[topic] as number
    let isSame = end - start === list.length
    for (let at = start; isSame && at < end; at++)
      isSame = (partitions[at] as number) - first === list[at - start]
    if (!isSame) {
      list = new Int32Array(end - start)
      for (let at = start; at < end; at++) list[at - start] = (partitions[at] as number) - first
    }
    result.set((topics[topic] as GroupTopic).name, list)
  }
  return result
}
