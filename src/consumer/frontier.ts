/**
 * The frontier of a partition: the lowest offset whose record is not finished.
 *
 * Goal. Records of one partition finish in any order, because many keys run side by side, but Kafka keeps a single
 * number per partition. Everything below the committed number counts as done for ever, so it must never pass a
 * record that is still running, failed, or waiting.
 *
 * Method. Records enter in offset order and get a slot, a running number that never repeats. Slots live in a ring of
 * (offset, finished). Finishing marks the slot; when it is the oldest one, the ring's head moves over everything
 * that is already finished behind it. Each slot is written once and passed once: constant time per record.
 *
 * Offsets have gaps (compaction, control batches, aborted records), slots have none, so distances that bound work
 * ("how far above the frontier may a record start") are counted in slots.
 *
 * What it does not do: it knows nothing of records that never entered. While the ring is empty the frontier is the
 * fetch position, which the owner of both knows; that is how commits pass control batches and filtered records.
 */
import type { Offset } from '../core/model/index.ts'
import type { OffsetRange } from './finished-ahead.ts'

const INITIAL_CAPACITY = 64

export class Frontier {
  #offsets = new Float64Array(INITIAL_CAPACITY)
  #finished = new Uint8Array(INITIAL_CAPACITY)
  #head = 0
  #tail = 0
  #finishes = 0
  /** Finished slots above the head. */
  #ahead = 0

  /** Slot of the oldest unfinished record; equal to `tail` when everything is finished. */
  get head(): number {
    return this.#head
  }

  /** Slot that the next record gets. */
  get tail(): number {
    return this.#tail
  }

  /** Records between the oldest unfinished one and the newest, finished ones among them included. */
  get span(): number {
    return this.#tail - this.#head
  }

  /** How many slots were ever finished: who remembers it can tell whether anything changed. */
  get finishes(): number {
    return this.#finishes
  }

  /** Enters a record; offsets come in ascending order. Returns its slot. */
  enter(offset: Offset): number {
    if (this.span === this.#offsets.length) this.#grow()
    const slot = this.#tail++
    const at = slot & (this.#offsets.length - 1)
    this.#offsets[at] = offset
    this.#finished[at] = 0
    return slot
  }

  /** Marks a slot as finished, at most once each. Returns by how many slots the head moved. */
  finish(slot: number): number {
    const mask = this.#offsets.length - 1
    this.#finished[slot & mask] = 1
    this.#finishes++
    if (slot !== this.#head) {
      this.#ahead++
      return 0
    }
    let head = slot + 1
    while (head < this.#tail && this.#finished[head & mask] === 1) head++
    this.#head = head
    this.#ahead -= head - slot - 1
    return head - slot
  }

  /** Lowest unfinished offset, or `whenEmpty` (the fetch position) if every record that entered is finished. */
  lowestUnfinished(whenEmpty: Offset): Offset {
    if (this.#head === this.#tail) return whenEmpty
    return this.#offsets[this.#head & (this.#offsets.length - 1)] as number
  }

  /** Finished records above the lowest unfinished one, as ascending ranges of offsets. */
  finishedAhead(): readonly OffsetRange[] {
    const mask = this.#offsets.length - 1
    const ranges: OffsetRange[] = []
    let slot = this.#head
    let left = this.#ahead
    // thousands may wait above the last finished one: nothing is looked for there
    while (left > 0 && slot < this.#tail) {
      if (this.#finished[slot & mask] === 0) {
        slot++
        continue
      }
      const begin = slot
      const from = this.#offsets[slot & mask] as number
      while (slot < this.#tail && this.#finished[slot & mask] === 1) slot++
      left -= slot - begin
      ranges.push({ from, to: (this.#offsets[(slot - 1) & mask] as number) + 1 })
    }
    return ranges
  }

  #grow(): void {
    const before = this.#offsets.length
    const offsets = new Float64Array(before * 2)
    const finished = new Uint8Array(before * 2)
    for (let slot = this.#head; slot < this.#tail; slot++) {
      const to = slot & (before * 2 - 1)
      const from = slot & (before - 1)
      offsets[to] = this.#offsets[from] as number
      finished[to] = this.#finished[from] as number
    }
    this.#offsets = offsets
    this.#finished = finished
  }
}
