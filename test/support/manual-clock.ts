import type { Clock, Timer } from '../../src/ports/clock.ts'

/**
 * A clock that stands until it is told to move. Timers fire in order of their time, then of their creation. Promises
 * settle between two actions, because `run` gives the microtask queue a turn after each.
 */
export class ManualClock implements Clock {
  nowMs = 0
  readonly #wallOffsetMs: number
  #timers: { atMs: number; readonly action: () => void }[] = []
  #soon: (() => void)[] = []

  constructor(wallOffsetMs = 1_700_000_000_000) {
    this.#wallOffsetMs = wallOffsetMs
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.nowMs
  }

  monotonicMs(): number {
    return this.nowMs
  }

  after(delayMs: number, action: () => void): Timer {
    const timer = { atMs: this.nowMs + delayMs, action }
    this.#timers.push(timer)
    return { cancel: () => this.#remove(timer) }
  }

  soon(action: () => void): void {
    this.#soon.push(action)
  }

  /** Runs everything that is due now, and what that makes due, until nothing is left to do at this moment. */
  async settle(): Promise<void> {
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      const soon = this.#soon
      this.#soon = []
      for (const action of soon) action()
      const due = this.#timers.filter(timer => timer.atMs <= this.nowMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (due !== undefined) {
        this.#remove(due)
        due.action()
      } else if (soon.length === 0) return
    }
  }

  /** Moves time forward, stopping at each timer on the way. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.nowMs + byMs
    await this.settle()
    for (;;) {
      const nextMs = Math.min(...this.#timers.map(timer => timer.atMs))
      if (nextMs > untilMs) break
      this.nowMs = nextMs
      await this.settle()
    }
    this.nowMs = untilMs
    await this.settle()
  }

  #remove(timer: { readonly atMs: number; readonly action: () => void }): void {
    this.#timers = this.#timers.filter(each => each !== timer)
  }
}
