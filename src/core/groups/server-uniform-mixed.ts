/**
 * The server's `uniform` assignor when members subscribe to different topics.
 *
 * Goal: nobody has two partitions more than somebody who could take one of them, and little moves. Method: everybody
 * keeps what it still subscribes to; free partitions of each topic go to the poorest subscribers; then, topic by topic
 * and round by round, the richest subscribers hand their last partitions to the poorest. Topics with the most
 * partitions per subscriber come first, because they leave the least choice.
 *
 * Invariants: every partition of a subscribed topic goes to exactly one subscriber; among members with equal
 * subscriptions totals differ by at most one. Overlapping but different subscriptions end nearly balanced: the rounds
 * are limited, as in Kafka.
 * Source: org.apache.kafka.coordinator.group.assignor.UniformHeterogeneousAssignmentBuilder (4.1.1).
 */
import { compareText, type GroupMember, type GroupTopic, type Ownership } from './group.ts'
import { subscribedOwnership } from './ownership.ts'
import { WealthLadder } from './wealth-ladder.ts'

/** Kafka's limit: subscriptions that overlap in chains may need many rounds, each of which halves the imbalance. */
const ROUNDS_MAX = 16

interface MixedTopic {
  readonly topic: GroupTopic
  /** Numbers of the subscribed members, ascending. */
  readonly subscribers: readonly number[]
  /** Member of each partition; -1: nobody yet. */
  readonly owner: Int32Array
}

/** `members` in the order in which the server walks them. */
export const assignServerUniformMixed = (
  members: readonly GroupMember[],
  allTopics: readonly GroupTopic[],
): Map<string, Ownership> => {
  const count = new Int32Array(members.length)
  const topics = allTopics
    .map(topic => ({
      topic,
      subscribers: [...members.keys()].filter(member => members[member]?.topics.includes(topic.name)),
      owner: new Int32Array(topic.partitions).fill(-1),
    }))
    .filter(({ subscribers }) => subscribers.length > 0)
    .toSorted(leastChoiceFirst)

  const named = new Map(allTopics.map(topic => [topic.name, topic]))
  members.forEach((member, index) => {
    const subscribed = new Map([...named].filter(([name]) => member.topics.includes(name)))
    const kept = subscribedOwnership(member.owned, subscribed)
    for (const { topic, owner } of topics)
      for (const partition of kept.get(topic.name) ?? []) {
        owner[partition] = index
        count[index] = (count[index] as number) + 1
      }
  })
  for (const topic of topics) placeFree(topic, count)
  balance(topics, count)

  const assignment = new Map(members.map(({ id }) => [id, new Map<string, Int32Array>()]))
  for (const { topic, owner } of topics) {
    const partitions = Map.groupBy(owner.keys(), partition => owner[partition] as number)
    for (const [member, list] of partitions)
      assignment.get((members[member] as GroupMember).id)?.set(topic.name, Int32Array.from(list))
  }
  return assignment
}

const leastChoiceFirst = (a: MixedTopic, b: MixedTopic): number =>
  b.topic.partitions / b.subscribers.length - a.topic.partitions / a.subscribers.length ||
  a.subscribers.length - b.subscribers.length ||
  byTopicId(a.topic, b.topic)

/** Kafka compares the halves of an id as signed numbers. */
const byTopicId = (a: GroupTopic, b: GroupTopic): number => {
  if (a.id === null || b.id === null) return compareText(a.name, b.name)
  return compareText(signedOrder(a.id), signedOrder(b.id))
}

const signedOrder = (id: string): string => {
  const half = (digits: string): string =>
    ((Number.parseInt(digits.slice(0, 1), 16) ^ 8).toString(16) + digits.slice(1)).toLowerCase()
  return half(id.slice(0, 16)) + half(id.slice(16))
}

const placeFree = ({ subscribers, owner }: MixedTopic, count: Int32Array): void => {
  if (!owner.includes(-1)) return
  const ladder = new WealthLadder(subscribers, count)
  owner.forEach((member, partition) => {
    if (member !== -1) return
    const taker = ladder.nextPoorest()
    owner[partition] = taker
    count[taker] = (count[taker] as number) + 1
  })
}

/** Until a whole round of topics has moved nothing, or the limit is reached. */
const balance = (topics: readonly MixedTopic[], count: Int32Array): void => {
  const contended = topics.filter(({ subscribers }) => subscribers.length >= 2)
  let lastMoved = -1
  for (let round = 0; round < ROUNDS_MAX; round++)
    for (const [index, topic] of contended.entries()) {
      if (index === lastMoved) return
      if (balanceTopic(topic, count) || lastMoved === -1) lastMoved = index
    }
}

/** Whether anything moved. */
const balanceTopic = ({ subscribers, owner }: MixedTopic, count: Int32Array): boolean => {
  const ladder = new WealthLadder(subscribers, count)
  if (ladder.spread <= 1) return false
  const heldBy = Map.groupBy(owner.keys(), partition => owner[partition] as number)
  let moved = false
  for (;;) {
    let giver = ladder.nextRichest()
    // rich, but with nothing of this topic left to give
    while (giver !== -1 && (heldBy.get(giver)?.length ?? 0) === 0) {
      ladder.setAside()
      giver = ladder.nextRichest()
    }
    if (giver === -1) return moved
    const partition = heldBy.get(giver)?.pop() as number
    const taker = ladder.nextPoorest()
    if (ladder.isLevel) return moved
    owner[partition] = taker
    count[giver] = (count[giver] as number) - 1
    count[taker] = (count[taker] as number) + 1
    moved = true
  }
}
