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
  ownershipSize,
} from './group.ts'
import { mergeOwnerships, subscribedOwnership } from './ownership.ts'
import { assignServerUniformMixed } from './server-uniform-mixed.ts'
import {
  hashOfText,
  hashOfTopicId,
  inTableOrder,
  numbersInTableOrder,
  slotsWhenCopied,
  slotsWhenGrown,
} from './table-order.ts'

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
  const subscribed = existingTopics(members[0] as GroupMember, allTopics)
  const owned = members.map(member => subscribedOwnership(member.owned, subscribed))
  const free = new FreeRow([...subscribed.values()], owned)
  const total = [...subscribed.values()].reduce((sum, topic) => sum + topic.partitions, 0)
  const share = Math.floor(total / members.length)
  let largerLeft = total % members.length

  const assignment = new Map<string, Ownership>()
  const below: { readonly memberId: string; readonly room: number }[] = []
  members.forEach(({ id }, index) => {
    const larger = largerLeft > 0
    const { kept, given, room } = keepUpTo(share + (larger ? 1 : 0), owned[index] as Ownership, subscribed)
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

/** In the order of the subscription, which decides among ids of one hash slot. */
const existingTopics = (
  member: GroupMember,
  allTopics: readonly GroupTopic[],
): ReadonlyMap<string, GroupTopic> => {
  const named = new Map(allTopics.map(topic => [topic.name, topic]))
  const existing = new Map<string, GroupTopic>()
  for (const name of member.topics) {
    const topic = named.get(name)
    if (topic !== undefined) existing.set(name, topic)
  }
  return existing
}

/**
 * Topics in the order of a hash table keyed by topic id. Where ids are not known no order is the true one, and names
 * decide.
 */
const inTopicOrder = (topics: readonly GroupTopic[], slots: number): readonly GroupTopic[] =>
  topics.some(topic => topic.id === null)
    ? topics.toSorted(byName)
    : inTableOrder(topics, topic => hashOfTopicId(topic.id ?? ''), slots)

const byName = (a: GroupTopic, b: GroupTopic): number => compareText(a.name, b.name)

interface Kept {
  readonly kept: Ownership
  /** What is over the quota, by topic, in the order in which it becomes free. */
  readonly given: Ownership
  /** What the quota leaves to be filled. */
  readonly room: number
}

const keepUpTo = (quota: number, before: Ownership, subscribed: ReadonlyMap<string, GroupTopic>): Kept => {
  const size = ownershipSize(before)
  if (size <= quota) return { kept: before, given: new Map(), room: quota - size }
  const held = [...before.keys()].map(name => subscribed.get(name) as GroupTopic).sort(byName)
  const kept = new Map(before)
  const given = new Map<string, Int32Array>()
  let room = quota
  for (const { name } of inTopicOrder(held, slotsWhenGrown(held.length))) {
    const partitions = before.get(name) as Int32Array
    if (partitions.length <= room) {
      room -= partitions.length
      continue
    }
    // which ones go is decided by the order of the hash set that holds them
    const walked = numbersInTableOrder(partitions, slotsWhenCopied(partitions.length))
    given.set(name, walked.subarray(room))
    if (room === 0) kept.delete(name)
    else kept.set(name, walked === partitions ? walked.subarray(0, room) : walked.slice(0, room).sort())
    room = 0
  }
  return { kept, given, room }
}

/** Partitions without an owner in a row, given out from its front. Numbered through all topics. */
class FreeRow {
  readonly #topics: readonly GroupTopic[]
  readonly #firstOf: Int32Array
  readonly #indexOf: ReadonlyMap<string, number>
  readonly #row: number[] = []
  #next = 0

  constructor(topics: readonly GroupTopic[], owned: readonly Ownership[]) {
    this.#topics = topics
    this.#firstOf = new Int32Array(topics.length)
    this.#indexOf = new Map(topics.map(({ name }, index) => [name, index]))
    let total = 0
    topics.forEach(({ partitions }, index) => {
      this.#firstOf[index] = total
      total += partitions
    })
    const isOwned = new Uint8Array(total)
    for (const ownership of owned)
      for (const [name, list] of ownership) mark(isOwned, this.#firstNumber(name), list)
    const free = new Map<GroupTopic, number[]>()
    // a search for the next zero byte runs at memory speed: what is owned costs nothing here
    for (let number = isOwned.indexOf(0); number >= 0; number = isOwned.indexOf(0, number + 1)) {
      const topic = topics[this.#topicIndexOf(number)] as GroupTopic
      const numbers = free.get(topic)
      if (numbers === undefined) free.set(topic, [number])
      else numbers.push(number)
    }
    for (const topic of inTopicOrder([...free.keys()], slotsWhenCopied(topics.length)))
      for (const number of free.get(topic) ?? []) this.#row.push(number)
  }

  add(topic: string, partition: number): void {
    this.#row.push(this.#firstNumber(topic) + partition)
  }

  /** The next `count`, or as many as there are. */
  take(count: number): Ownership {
    const numbers = new Int32Array(Math.min(count, this.#row.length - this.#next))
    for (let index = 0; index < numbers.length; index++) numbers[index] = this.#row[this.#next++] as number
    numbers.sort()
    const taken = new Map<string, Int32Array>()
    let start = 0
    while (start < numbers.length) {
      const index = this.#topicIndexOf(numbers[start] as number)
      const { name, partitions } = this.#topics[index] as GroupTopic
      const first = this.#firstOf[index] as number
      let end = start
      while (end < numbers.length && (numbers[end] as number) < first + partitions) end++
      taken.set(
        name,
        numbers.slice(start, end).map(number => number - first),
      )
      start = end
    }
    return taken
  }

  #firstNumber(topic: string): number {
    return this.#firstOf[this.#indexOf.get(topic) as number] as number
  }

  /** The last topic that starts at or before `number`: by halving. */
  #topicIndexOf(number: number): number {
    let low = 0
    let high = this.#topics.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#firstOf[middle] as number) <= number) low = middle
      else high = middle - 1
    }
    return low
  }
}

/**
 * A list is ascending and without duplicates, so one that spans no more than its length is a run; a fresh assignment
 * has hardly anything else. The loop is a function of its own so that it is compiled as such.
 */
const mark = (marks: Uint8Array, first: number, list: Int32Array): void => {
  const from = list[0] as number
  const to = list[list.length - 1] as number
  if (to - from === list.length - 1) marks.fill(1, first + from, first + to + 1)
  else for (let index = 0; index < list.length; index++) marks[first + (list[index] as number)] = 1
}
