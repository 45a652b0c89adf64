/**
 * Time for the simulated cluster: what is to happen later, in order. Nothing here reads a clock; whoever owns time
 * calls `runUntil` with it. Two actions due at the same moment run in the order in which they were entered, so that
 * a run depends on nothing but its inputs.
 *
 * Method: a binary heap ordered by (time, order of entry). Cancelling only marks; a marked entry is dropped when it
 * comes up, because session timers are renewed at every heartbeat and removing from the middle would cost more.
 */
export interface Appointment {
  /** Does nothing after the action has run. */
  cancel(): void
}

interface Entry extends Appointment {
  readonly atMs: number
  readonly order: number
  action: (() => void) | null
}

export class Agenda {
  #nowMs: number
  #entered = 0
  readonly #heap: Entry[] = []

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** A moment in the past means "next". */
  at(atMs: number, action: () => void): Appointment {
    const entry: Entry = {
      atMs: Math.max(atMs, this.#nowMs),
      order: this.#entered++,
      action,
      cancel() {
        this.action = null
      },
    }
    this.#heap.push(entry)
    this.#siftUp(this.#heap.length - 1)
    return entry
  }

  after(delayMs: number, action: () => void): Appointment {
    return this.at(this.#nowMs + delayMs, action)
  }

  /** When the next action is due; null: nothing to come. */
  nextMs(): number | null {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined) return null
      if (first.action !== null) return first.atMs
      this.#removeFirst()
    }
  }

  /** Runs everything due up to `nowMs`, including what those actions enter for that time. Time never goes back. */
  runUntil(nowMs: number): void {
    for (;;) {
      const next = this.nextMs()
      if (next === null || next > nowMs) break
      this.runNext()
    }
    this.#nowMs = Math.max(this.#nowMs, nowMs)
  }

  /** Runs the earliest action at its own time. False: nothing to come. */
  runNext(): boolean {
    if (this.nextMs() === null) return false
    const entry = this.#removeFirst()
    this.#nowMs = entry.atMs
    const action = entry.action
    entry.action = null
    action?.()
    return true
  }

  #removeFirst(): Entry {
    const heap = this.#heap
    const first = heap[0] as Entry
    const last = heap.pop() as Entry
    if (heap.length > 0) {
      heap[0] = last
      this.#siftDown(0)
    }
    return first
  }

  #siftUp(index: number): void {
    const heap = this.#heap
    const entry = heap[index] as Entry
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above] as Entry
      if (!earlier(entry, parent)) break
      heap[index] = parent
      index = above
    }
    heap[index] = entry
  }

  #siftDown(index: number): void {
    const heap = this.#heap
    const entry = heap[index] as Entry
    for (;;) {
      let below = 2 * index + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && earlier(heap[below + 1] as Entry, heap[below] as Entry)) below++
      const child = heap[below] as Entry
      if (!earlier(child, entry)) break
      heap[index] = child
      index = below
    }
    heap[index] = entry
  }
}

const earlier = (left: Entry, right: Entry): boolean =>
  left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
