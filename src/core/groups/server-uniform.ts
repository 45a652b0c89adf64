/**
 * The server's `uniform` assignor (KIP-848), the default of the new protocol.
 *
 * When all members subscribe to the same topics: the share is `floor(partitions ÷ members)`, and
 * `partitions mod members` members have one more. Members are walked in the order of the server's hash map. Each keeps
 * of its last target what fits into its share, with the larger one as long as there are larger ones left; who has no
 * use for the larger one leaves it to those after it, unless all of them will have to take one anyway. Then free
 * partitions, those of nobody first, fill up the members below their share. For differing subscriptions see
 * `server-uniform-mixed.ts`.
 *
 * Invariants: every partition of a subscribed topic goes to exactly one subscriber; with equal subscriptions totals
 * differ by at most one, and no partition moves that could stay (`moves.ts` has the bound and its reason). Racks are
 * ignored, as by Kafka 4.
 *
 * Speed: one pass marks what is owned (a byte a partition), one finds what is not; members whose share does not change
 * keep the very arrays they came with.
 *
 * What it does not do: keep partitions that a topic does not have.
 * Source: org.apache.kafka.coordinator.group.assignor.UniformHomogeneousAssignmentBuilder (4.1.1).
 */
import {
  type Assignment,
  compareText,
  equalSubscriptions,
  type GroupMember,
  type GroupTopic,
  type Ownership,
} from './group.ts'
import { mergeOwnerships, subscribedOwnership } from './ownership.ts'
import { assignServerUniformMixed } from './server-uniform-mixed.ts'
import { hashOfText, hashOfTopicId, inTableOrder, slotsWhenCopied, slotsWhenGrown } from './table-order.ts'

export const assignServerUniform = (
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): Assignment => {
  const walked = inTableOrder(members, member => hashOfText(member.id))
  return equalSubscriptions(members)
    ? assignEqualShares(walked, topics)
    : assignServerUniformMixed(walked, topics)
}

const assignEqualShares = (members: readonly GroupMember[], allTopics: readonly GroupTopic[]): Assignment => {
  const named = new Map(allTopics.map(topic => [topic.name, topic]))
  const subscribed = (members[0]?.topics ?? [])
    .map(name => named.get(name))
    .filter(topic => topic !== undefined)
  const topics = inTopicOrder(subscribed, slotsWhenCopied)
  const total = topics.reduce((sum, topic) => sum + topic.partitions, 0)
  const owned = members.map(member => subscribedOwnership(member, topics))
  const free = new FreeRow(topics, owned)
  const share = Math.floor(total / members.length)
  let largerLeft = total % members.length

  const assignment = new Map<string, Ownership>()
  const below: { readonly memberId: string; readonly room: number }[] = []
  members.forEach(({ id }, index) => {
    const before = owned[index] as Ownership
    const larger = largerLeft > 0
    const { kept, given, room } = keepUpTo(share + (larger ? 1 : 0), before, topics)
    for (const [topic, partitions] of given) for (const partition of partitions) free.add(topic, partition)
    const membersLeft = members.length - index
    const passesOn = larger && room > 0 && membersLeft > largerLeft
    if (larger && !passesOn) largerLeft--
    assignment.set(id, kept)
    if (room > (passesOn ? 1 : 0)) below.push({ memberId: id, room: passesOn ? room - 1 : room })
  })
  for (const { memberId, room } of below)
    assignment.set(memberId, mergeOwnerships(assignment.get(memberId) as Ownership, free.take(room)))
  return assignment
}

/**
 * Topics in the order of a hash table keyed by topic id. Where ids are not known no order is the true one, and names
 * decide.
 */
const inTopicOrder = (
  topics: readonly GroupTopic[],
  slots: (size: number) => number,
): readonly GroupTopic[] =>
  topics.some(topic => topic.id === null)
    ? topics.toSorted(byName)
    : inTableOrder(topics, topic => hashOfTopicId(topic.id ?? ''), slots(topics.length))

const byName = (a: GroupTopic, b: GroupTopic): number => compareText(a.name, b.name)

/** What a member with `quota` keeps and gives, and how much room it has left. */
const keepUpTo = (
  quota: number,
  before: Ownership,
  topics: readonly GroupTopic[],
): {
  readonly kept: Ownership
  readonly given: ReadonlyMap<string, readonly number[]>
  readonly room: number
} => {
  const given = new Map<string, readonly number[]>()
  let kept: Map<string, Int32Array> | null = null
  let room = quota
  const held = topics.filter(({ name }) => before.has(name)).sort(byName)
  for (const { name } of inTopicOrder(held, slotsWhenGrown)) {
    const partitions = before.get(name) as Int32Array
    if (partitions.length <= room) {
      room -= partitions.length
      continue
    }
    // which ones go is decided by the order of the hash set that holds them
    const walked = inTableOrder([...partitions], partition => partition, slotsWhenCopied(partitions.length))
    given.set(name, walked.slice(room))
    kept ??= new Map(before)
    if (room === 0) kept.delete(name)
    else kept.set(name, Int32Array.from(walked.slice(0, room)).sort())
    room = 0
  }
  return { kept: kept ?? before, given, room }
}

/** Partitions without an owner in a row, given out from its front. Numbered through all topics. */
class FreeRow {
  readonly #topics: readonly GroupTopic[]
  readonly #firstOf = new Map<string, number>()
  readonly #row: number[] = []
  #next = 0

  constructor(topics: readonly GroupTopic[], owned: readonly Ownership[]) {
    this.#topics = topics
    let first = 0
    for (const { name, partitions } of topics) {
      this.#firstOf.set(name, first)
      const isOwned = new Uint8Array(partitions)
      for (const ownership of owned) {
        const list = ownership.get(name)
        if (list === undefined) continue
        for (let index = 0; index < list.length; index++) isOwned[list[index] as number] = 1
      }
      for (let at = isOwned.indexOf(0); at >= 0; at = isOwned.indexOf(0, at + 1)) this.#row.push(first + at)
      first += partitions
    }
  }

  add(topic: string, partition: number): void {
    this.#row.push((this.#firstOf.get(topic) as number) + partition)
  }

  /** The next `count`, or as many as there are. */
  take(count: number): Ownership {
    const numbers = Int32Array.from(this.#row.slice(this.#next, this.#next + count)).sort()
    this.#next += numbers.length
    const taken = new Map<string, Int32Array>()
    let at = 0
    for (const { name, partitions } of this.#topics) {
      const first = this.#firstOf.get(name) as number
      let end = at
      while (end < numbers.length && (numbers[end] as number) < first + partitions) end++
      if (end > at)
        taken.set(
          name,
          numbers.slice(at, end).map(number => number - first),
        )
      at = end
    }
    return taken
  }
}
