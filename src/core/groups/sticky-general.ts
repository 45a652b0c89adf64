/**
 * Sticky assignment when members subscribe to different topics.
 *
 * Goal: nobody has two partitions more than somebody who could take one of them. Method: everybody starts from what it
 * has and still subscribes to (and, with racks, what lies in its rack); free partitions go, topics with the fewest
 * subscribers first, to the poorest subscriber; then partitions move from richer to poorer subscribers until no move
 * helps. If partitions were free, and nobody lost one by a changed subscription, moves among those are tried first. If
 * the moves end no more balanced than they began, they are undone.
 *
 * A partition that is to go from A to B stays when another of its topic has gone from B to A: that one goes back
 * instead. So two members do not swap.
 *
 * Invariants: every partition of a subscribed topic goes to exactly one subscriber. The greedy end is not always the
 * best balance possible, as in Kafka.
 * What it does not do: return a partition to a former owner that no longer subscribes to its topic, which Kafka's code
 * would let happen, and its consumer would then refuse.
 * Source: AbstractStickyAssignor.GeneralAssignmentBuilder (4.1.1).
 */
import type { StickyOutcome } from './sticky-equal.ts'
import type { StickyInput } from './sticky-input.ts'
import { StickyMoves } from './sticky-moves.ts'

export const assignStickyGeneral = (input: StickyInput): StickyOutcome => new GeneralBuilder(input).build()

class GeneralBuilder {
  readonly #input: StickyInput
  readonly #subscribes: readonly ReadonlySet<number>[]
  /** Partitions a member could have at most. */
  readonly #countMax: readonly number[]
  readonly #subscriberCount: number[]
  readonly #moves: StickyMoves
  #owner: Int32Array
  #count: Int32Array
  /** Partitions by member and topic. */
  #ofTopic: Int32Array
  /** Members that may still give or take, poorest first. */
  #byWealth: number[] = []

  constructor(input: StickyInput) {
    const { members, topics, partitionCount } = input
    this.#input = input
    this.#subscribes = members.map(
      member =>
        new Set([...topics.keys()].filter(topic => member.topics.includes(topics[topic]?.name ?? ''))),
    )
    const partitionsOf = (topic: number): number => topics[topic]?.partitions ?? 0
    this.#countMax = this.#subscribes.map(subscribed =>
      [...subscribed].reduce((sum, topic) => sum + partitionsOf(topic), 0),
    )
    this.#subscriberCount = topics.map(
      (_, topic) => this.#subscribes.filter(subscribed => subscribed.has(topic)).length,
    )
    this.#moves = new StickyMoves(input)
    this.#owner = new Int32Array(partitionCount).fill(-1)
    this.#count = new Int32Array(members.length)
    this.#ofTopic = new Int32Array(members.length * topics.length)
  }

  build(): StickyOutcome {
    const revoked = this.#keepOwned()
    this.#byWealth = this.#input.members.map((_, member) => member)
    this.#byWealth.sort((a, b) => this.#poorerFirst(a, b))
    const all = this.#scarceTopicsFirst()
    const free = all.filter(partition => this.#owner[partition] === -1)
    const startsEmpty = this.#count[this.#byWealth.at(-1) as number] === 0
    this.#placeFree(free)
    this.#byWealth = this.#byWealth.filter(member => this.#mayTakePart(member))
    this.#balance(all, revoked ? [] : free, startsEmpty)
    return { owner: this.#owner, handedOver: null, freed: null }
  }

  /** Whether a member lost something that it still claimed. */
  #keepOwned(): boolean {
    const { kept, racks, topicOf } = this.#input
    let revoked = false
    kept.forEach((partitions, member) => {
      for (const partition of partitions) {
        if (this.#subscribes[member]?.has(topicOf[partition] as number) && !racks.isFar(member, partition))
          this.#own(partition, member)
        else revoked = true
      }
    })
    return revoked
  }

  #own(partition: number, member: number): void {
    this.#owner[partition] = member
    this.#addTo(member, partition, 1)
  }

  #addTo(member: number, partition: number, change: 1 | -1): void {
    const cell = member * this.#input.topics.length + (this.#input.topicOf[partition] as number)
    this.#ofTopic[cell] = (this.#ofTopic[cell] as number) + change
    this.#count[member] = (this.#count[member] as number) + change
  }

  #poorerFirst(a: number, b: number): number {
    const { placeById } = this.#input
    const difference = (this.#count[a] as number) - (this.#count[b] as number)
    return difference === 0 ? (placeById[a] as number) - (placeById[b] as number) : difference
  }

  /** Puts a member whose count is about to change, or has changed, out of or into its place. */
  #takeOut(member: number): void {
    this.#byWealth.splice(this.#byWealth.indexOf(member), 1)
  }

  #putIn(member: number): void {
    let low = 0
    let high = this.#byWealth.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#poorerFirst(this.#byWealth[middle] as number, member) < 0) low = middle + 1
      else high = middle
    }
    this.#byWealth.splice(low, 0, member)
  }

  /** All partitions, topics with the fewest subscribers first: who has little choice is served first. */
  #scarceTopicsFirst(): number[] {
    const { topics, firstOf } = this.#input
    const order = [...topics.keys()].sort(
      (a, b) => (this.#subscriberCount[a] as number) - (this.#subscriberCount[b] as number) || a - b,
    )
    return order.flatMap(topic =>
      Array.from(
        { length: topics[topic]?.partitions ?? 0 },
        (_, index) => (firstOf[topic] as number) + index,
      ),
    )
  }

  #placeFree(free: readonly number[]): void {
    const { racks } = this.#input
    const left = racks.decide
      ? free.filter(partition => !this.#placeAt(partition, member => !racks.isFar(member, partition)))
      : free
    for (const partition of left) this.#placeAt(partition, () => true)
  }

  #placeAt(partition: number, accepts: (member: number) => boolean): boolean {
    const topic = this.#input.topicOf[partition] as number
    const taker = this.#byWealth.find(member => this.#subscribes[member]?.has(topic) && accepts(member))
    if (taker === undefined) return false
    this.#takeOut(taker)
    this.#own(partition, taker)
    this.#putIn(taker)
    return true
  }

  #isContended(topic: number): boolean {
    return (this.#subscriberCount[topic] as number) >= 2
  }

  #mayTakePart(member: number): boolean {
    if ((this.#count[member] as number) < (this.#countMax[member] as number)) return true
    return [...(this.#subscribes[member] as ReadonlySet<number>)].some(topic => this.#isContended(topic))
  }

  #balance(all: readonly number[], free: readonly number[], startsEmpty: boolean): void {
    const contended = (partition: number): boolean =>
      this.#isContended(this.#input.topicOf[partition] as number)
    const before = { owner: this.#owner.slice(), count: this.#count.slice() }
    this.#moveWhileItHelps(free.filter(contended))
    const moved = this.#moveWhileItHelps(all.filter(contended))
    if (!moved || startsEmpty) return
    const takingPart = this.#byWealth
    if (imbalance(takingPart, this.#count) >= imbalance(takingPart, before.count)) this.#owner = before.owner
  }

  /** Whether anything moved. */
  #moveWhileItHelps(partitions: readonly number[]): boolean {
    const { formerly, topicOf } = this.#input
    let movedAtAll = false
    let moved = true
    while (moved) {
      moved = false
      for (const partition of partitions) {
        if (this.#isBalanced()) break
        const owner = this.#owner[partition] as number
        const topic = topicOf[partition] as number
        const former = formerly.get(partition)
        const poorest = this.#byWealth.find(member => this.#subscribes[member]?.has(topic)) as number
        const taker =
          former !== undefined && this.#subscribes[former]?.has(topic) && this.#isMuchRicher(owner, former)
            ? former
            : poorest
        if (!this.#isMuchRicher(owner, taker)) continue
        this.#move(this.#moves.insteadOf(partition, owner, taker), taker)
        moved = true
      }
      movedAtAll ||= moved
    }
    return movedAtAll
  }

  #isMuchRicher(owner: number, than: number): boolean {
    return (this.#count[owner] as number) > (this.#count[than] as number) + 1
  }

  #move(partition: number, taker: number): void {
    const giver = this.#owner[partition] as number
    this.#takeOut(giver)
    this.#takeOut(taker)
    this.#moves.note(partition, giver, taker)
    this.#addTo(giver, partition, -1)
    this.#own(partition, taker)
    this.#putIn(taker)
    this.#putIn(giver)
  }

  /** No member that could take more sees a much richer owner of something it subscribes to. */
  #isBalanced(): boolean {
    const poorest = this.#byWealth[0]
    const richest = this.#byWealth.at(-1)
    if (poorest === undefined || richest === undefined) return true
    if (!this.#isMuchRicher(richest, poorest)) return true
    const topicCount = this.#input.topics.length
    const richestOf = new Int32Array(topicCount)
    // ascending, so the last one that holds any of the topic is the richest
    for (const member of this.#byWealth)
      for (const topic of this.#subscribes[member] as ReadonlySet<number>)
        if (this.#ofTopic[member * topicCount + topic] !== 0) richestOf[topic] = this.#count[member] as number
    return this.#byWealth.every(member => {
      const count = this.#count[member] as number
      if (count === this.#countMax[member]) return true
      return [...(this.#subscribes[member] as ReadonlySet<number>)].every(
        topic => (richestOf[topic] as number) <= count + 1,
      )
    })
  }
}

/** Sum of the differences of all pairs of members. */
const imbalance = (members: readonly number[], count: Int32Array): number => {
  const counts = members.map(member => count[member] as number).sort((a, b) => a - b)
  // in ascending order the one at `index` is subtracted from by those after it and subtracts from those before it
  return counts.reduce((sum, value, index) => sum + value * (2 * index - counts.length + 1), 0)
}
