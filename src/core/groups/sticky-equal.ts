/**
 * Sticky assignment when all members subscribe to the same topics.
 *
 * Goal: totals that differ by at most one, and as little taken away as that allows. Method: the share is
 * `floor(partitions ÷ members)`, and `partitions mod members` members get one more. Going through the members, each keeps
 * what it has up to the larger share while larger shares are left, else up to the share; what is over is free. Then the
 * free partitions are dealt in turn to those below the share, and the last of them, one each, to those on it.
 *
 * With racks, only what lies in the member's rack counts as owned, and before the general dealing there is one that
 * gives out only within racks.
 *
 * Invariants: every partition to exactly one member; totals differ by at most one. Who may keep a larger share depends
 * on the order of Kafka's hash map (`StickyInput.members`).
 * Source: AbstractStickyAssignor.ConstrainedAssignmentBuilder (4.1.1).
 */
import type { StickyInput } from './sticky-input.ts'

export interface StickyOutcome {
  /** Member of each partition; -1: nobody subscribes. */
  readonly owner: Int32Array
  /** Partitions that a cooperative group must see given up first. Null: compare with what members claim. */
  readonly handedOver: readonly number[] | null
  /** Ascending; all others stayed with whom they were kept by. Null: not known. */
  readonly freed: readonly number[] | null
}

export const assignStickyEqual = (input: StickyInput): StickyOutcome => new EqualBuilder(input).build()

class EqualBuilder {
  readonly #input: StickyInput
  readonly #owner: Int32Array
  readonly #count: Int32Array
  readonly #share: number
  readonly #largerShare: number
  /** Larger shares that may still be handed out. */
  #largerLeft: number
  /** Who gave up a partition, because it was over its share or in the wrong rack. */
  readonly #givenUpBy = new Map<number, number>()
  readonly #handedOver: number[] = []
  #below: number[] = []
  /** On the share exactly, and open for a larger one. */
  #onShare: number[] = []

  constructor(input: StickyInput) {
    this.#input = input
    const members = input.members.length
    this.#owner = input.keptBy.slice()
    this.#count = new Int32Array(members)
    this.#share = Math.floor(input.partitionCount / members)
    this.#largerShare = Math.ceil(input.partitionCount / members)
    this.#largerLeft = input.partitionCount % members
  }

  build(): StickyOutcome {
    this.#input.members.forEach((_, member) => this.#keepOwned(member))
    const byId = (a: number, b: number): number =>
      (this.#input.placeById[a] as number) - (this.#input.placeById[b] as number)
    this.#below.sort(byId)
    this.#onShare.sort(byId)
    const { racks } = this.#input
    const freed: number[] = []
    for (let partition = 0; partition < this.#owner.length; partition++)
      if (this.#owner[partition] === -1) freed.push(partition)
    const inOrder = racks.present
      ? freed.toSorted((a, b) => racks.membersNear(a) - racks.membersNear(b) || a - b)
      : freed
    this.#deal(racks.decide ? this.#dealWithinRacks(inOrder) : inOrder)
    return { owner: this.#owner, handedOver: this.#handedOver, freed }
  }

  #keepOwned(member: number): void {
    const owned = this.#believed(member)
    let keeps = owned.length
    if (owned.length < this.#share) this.#below.push(member)
    else if (owned.length >= this.#largerShare && this.#largerLeft > 0) {
      keeps = this.#largerShare
      this.#takeLarger()
    } else {
      keeps = this.#share
      if (this.#largerLeft > 0) this.#onShare.push(member)
    }
    const over = owned.length - keeps
    if (over === 1) this.#giveUp(this.#lastOf(owned), member)
    else if (over > 1)
      for (const partition of this.#lowIndicesFirst(owned).subarray(keeps)) this.#giveUp(partition, member)
    this.#count[member] = keeps
  }

  #giveUp(partition: number, member: number): void {
    this.#owner[partition] = -1
    this.#givenUpBy.set(partition, member)
  }

  /** What the member may start from, without what others claim or lies in the wrong rack. */
  #believed(member: number): Int32Array {
    const { racks, contested, kept } = this.#input
    const claimed = kept[member] as Int32Array
    if (contested.size === 0 && !racks.decide) return claimed
    return claimed.filter(partition => {
      if (racks.isFar(member, partition)) this.#giveUp(partition, member)
      else if (contested.has(partition)) this.#owner[partition] = -1
      else return true
      return false
    })
  }

  /** Low indices of all topics first: what is over its share is then spread over the topics. */
  #lowIndicesFirst(owned: Int32Array): Int32Array {
    const ranks = new Float64Array(owned.length)
    for (let at = 0; at < owned.length; at++) ranks[at] = this.#rankOf(owned[at] as number)
    ranks.sort()
    return Int32Array.from(ranks, rank => rank % this.#input.partitionCount)
  }

  /** The one that comes last in that order; nothing needs sorting when a member joins and many give up one each. */
  #lastOf(owned: Int32Array): number {
    let last = -1
    let highest = -1
    for (let at = 0; at < owned.length; at++) {
      const rank = this.#rankOf(owned[at] as number)
      if (rank <= highest) continue
      highest = rank
      last = owned[at] as number
    }
    return last
  }

  /** Index within the topic and number in all, as one number: numbers are sorted without a call for each comparison. */
  #rankOf(partition: number): number {
    const { topicOf, firstOf, partitionCount } = this.#input
    return (partition - (firstOf[topicOf[partition] as number] as number)) * partitionCount + partition
  }

  #takeLarger(): void {
    this.#largerLeft--
    if (this.#largerLeft === 0) this.#onShare = []
  }

  #give(partition: number, member: number): number {
    this.#owner[partition] = member
    const from = this.#givenUpBy.get(partition)
    if ((from !== undefined && from !== member) || this.#input.contested.has(partition))
      this.#handedOver.push(partition)
    const count = (this.#count[member] as number) + 1
    this.#count[member] = count
    return count
  }

  /** Returns what found no taker in its rack. */
  #dealWithinRacks(free: readonly number[]): number[] {
    const { racks } = this.#input
    const left: number[] = []
    let turn = 0
    for (const partition of free) {
      const at = firstFrom(this.#below, turn, member => racks.isNear(member, partition))
      if (at >= 0) {
        const member = this.#below[at] as number
        const count = this.#give(partition, member)
        turn = at + 1
        if (count >= this.#share) {
          this.#below.splice(at, 1)
          turn = at
          if (count < this.#largerShare && this.#largerLeft > 0) this.#onShare.push(member)
        }
        turn = this.#below.length === 0 ? 0 : turn % this.#below.length
        continue
      }
      const larger = firstFrom(this.#onShare, 0, member => racks.isNear(member, partition))
      if (larger < 0) {
        left.push(partition)
        continue
      }
      const [member] = this.#onShare.splice(larger, 1) as [number]
      this.#give(partition, member)
      this.#takeLarger()
    }
    return left
  }

  #deal(free: readonly number[]): void {
    let next = 0
    while (next < free.length && this.#below.length > 0) {
      const still: number[] = []
      for (const [at, member] of this.#below.entries()) {
        if (next === free.length) {
          still.push(...this.#below.slice(at))
          break
        }
        if (this.#give(free[next++] as number, member) < this.#share) still.push(member)
        else this.#onShare.push(member)
      }
      this.#below = still
    }
    for (const member of this.#onShare.slice(0, free.length - next))
      this.#give(free[next++] as number, member)
  }
}

/** Index of the first element from `start` on, going round, that `accepts`; -1 when none. */
const firstFrom = (list: readonly number[], start: number, accepts: (element: number) => boolean): number => {
  for (let step = 0; step < list.length; step++) {
    const at = (start + step) % list.length
    if (accepts(list[at] as number)) return at
  }
  return -1
}
