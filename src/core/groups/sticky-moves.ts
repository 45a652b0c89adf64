import type { StickyInput } from './sticky-input.ts'
import { FirstInTable, hashOfPartition, hashOfText } from './table-order.ts'

/**
 * Which partitions have moved from whom to whom, so that no two members swap partitions of a topic for nothing.
 * A partition that moves on counts as moved from its first owner; one that comes home is forgotten.
 * Source: AbstractStickyAssignor.PartitionMovements (4.1.1).
 */
export class StickyMoves {
  readonly #input: StickyInput
  readonly #moved = new Map<number, { readonly from: number; readonly to: number }>()
  /** By topic, giver and taker. */
  readonly #byPair = new Map<string, FirstInTable>()

  constructor(input: StickyInput) {
    this.#input = input
  }

  /** What to move from `owner` to `taker` if `partition` is due: maybe another one of its topic, going home. */
  insteadOf(partition: number, owner: number, taker: number): number {
    const from = this.#moved.get(partition)?.from ?? owner
    const comingHome = this.#byPair.get(this.#pair(partition, taker, from))?.first()
    return comingHome ?? partition
  }

  note(partition: number, from: number, to: number): void {
    const earlier = this.#moved.get(partition)
    if (earlier === undefined) {
      this.#add(partition, from, to)
      return
    }
    this.#forget(partition, earlier.from, earlier.to)
    if (earlier.from !== to) this.#add(partition, earlier.from, to)
  }

  #add(partition: number, from: number, to: number): void {
    this.#moved.set(partition, { from, to })
    const pair = this.#pair(partition, from, to)
    const partitions = this.#byPair.get(pair) ?? new FirstInTable(each => this.#hashOf(each))
    partitions.add(partition)
    this.#byPair.set(pair, partitions)
  }

  #forget(partition: number, from: number, to: number): void {
    this.#moved.delete(partition)
    const pair = this.#pair(partition, from, to)
    const partitions = this.#byPair.get(pair)
    partitions?.delete(partition)
    if (partitions?.size === 0) this.#byPair.delete(pair)
  }

  #pair(partition: number, from: number, to: number): string {
    return `${this.#input.topicOf[partition]}:${from}:${to}`
  }

  #hashOf(partition: number): number {
    const topic = this.#input.topicOf[partition] as number
    const index = partition - (this.#input.firstOf[topic] as number)
    return hashOfPartition(hashOfText(this.#input.topics[topic]?.name ?? ''), index)
  }
}
