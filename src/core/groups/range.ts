/**
 * The client's `range` assignor: each topic by itself, cut into consecutive runs, one for each subscriber; the first
 * `partitions mod subscribers` of them get one more.
 *
 * So equally numbered partitions of topics with the same count and the same subscribers come to the same member (which
 * is what joins need), and for the same reason the extra partitions of every topic pile up on the first members.
 *
 * With racks, first a pass that gives out only what lies in a member's own rack, within the same quotas, then the
 * ordinary pass for the rest. Topics with equal count and subscribers go through the first pass together, partition by
 * partition, so that the equal numbers stay together.
 *
 * Invariants: every partition of a subscribed topic goes to exactly one subscriber; within a topic the counts differ
 * by at most one. What a member had before does not matter. Order of input does not matter.
 * Source: org.apache.kafka.clients.consumer.RangeAssignor (4.1.1).
 */
import {
  type Assignment,
  draftAssignment,
  type GroupMember,
  type GroupTopic,
  inInstanceOrder,
  subscribedTopics,
} from './group.ts'
import { rackOf, racksDecide, racksOfMembers, racksOfPartitions } from './racks.ts'

export const assignRange = (members: readonly GroupMember[], topics: readonly GroupTopic[]): Assignment => {
  const draft = draftAssignment(members)
  const ordered = inInstanceOrder(members)
  const cuts = subscribedTopics(members, topics).map(topic => new TopicCut(topic, ordered, draft.give))
  if (cuts.some(cut => cut.racksDecide)) giveWithinRacks(cuts)
  for (const cut of cuts) cut.giveRuns(() => true)
  return draft.done()
}

/** One topic on its way to being given out. */
class TopicCut {
  readonly topic: GroupTopic
  readonly subscribers: readonly GroupMember[]
  readonly racksDecide: boolean
  readonly #give: (memberId: string, topic: string, partition: number) => void
  readonly #racks: readonly (readonly string[])[]
  readonly #left: Set<number>
  readonly #given = new Map<string, number>()
  readonly #share: number
  #largerSharesLeft: number

  constructor(
    topic: GroupTopic,
    ordered: readonly GroupMember[],
    give: (memberId: string, topic: string, partition: number) => void,
  ) {
    this.topic = topic
    this.subscribers = ordered.filter(member => member.topics.includes(topic.name))
    this.#give = give
    this.#racks = racksOfPartitions(topic)
    this.racksDecide = racksDecide(racksOfMembers(this.subscribers), this.#racks)
    this.#left = new Set(this.#racks.keys())
    this.#share = Math.floor(topic.partitions / this.subscribers.length)
    this.#largerSharesLeft = topic.partitions % this.subscribers.length
  }

  /** How many more `member` may get. */
  room(member: GroupMember): number {
    const share = this.#share + (this.#largerSharesLeft > 0 ? 1 : 0)
    return Math.max(0, share - (this.#given.get(member.id) ?? 0))
  }

  /** A member without a rack is at home everywhere. */
  isNear(member: GroupMember, partition: number): boolean {
    const rack = rackOf(member)
    return rack === null || (this.#racks[partition] as readonly string[]).includes(rack)
  }

  give(member: GroupMember, partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#left.delete(partition)
      this.#give(member.id, this.topic.name, partition)
    }
    const given = (this.#given.get(member.id) ?? 0) + partitions.length
    this.#given.set(member.id, given)
    if (given > this.#share) this.#largerSharesLeft--
  }

  giveRuns(accepts: (member: GroupMember, partition: number) => boolean): void {
    for (const member of this.subscribers) {
      const room = this.room(member)
      const run: number[] = []
      for (const partition of this.#left) {
        if (run.length === room) break
        if (accepts(member, partition)) run.push(partition)
      }
      if (run.length > 0) this.give(member, run)
    }
  }
}

const giveWithinRacks = (cuts: readonly TopicCut[]): void => {
  const alike = Map.groupBy(cuts, cut =>
    JSON.stringify([cut.topic.partitions, ...cut.subscribers.map(member => member.id)]),
  )
  for (const group of alike.values()) {
    const [only] = group
    if (group.length > 1) giveTogether(group)
    else if (only?.racksDecide) only.giveRuns((member, partition) => only.isNear(member, partition))
  }
}

const giveTogether = (cuts: readonly TopicCut[]): void => {
  const [{ topic, subscribers }] = cuts as [TopicCut]
  if (racksOfMembers(subscribers).size === 0) return
  const open = new Set(subscribers)
  for (let partition = 0; partition < topic.partitions && open.size > 0; partition++) {
    const taker = [...open].find(member =>
      cuts.every(cut => cut.isNear(member, partition) && cut.room(member) > 0),
    )
    if (taker === undefined) continue
    for (const cut of cuts) cut.give(taker, [partition])
    if (cuts.every(cut => cut.room(taker) === 0)) open.delete(taker)
  }
}
