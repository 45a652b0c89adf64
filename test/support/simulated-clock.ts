import { Agenda } from '../../src/core/simulation/index.ts'
import type { Clock } from '../../src/ports/clock.ts'

/**
 * Time that stands still until a test moves it. Timers due at the same moment run in the order in which they were
 * set, so a run depends on its seed alone. Between two timers all promises that can settle do settle.
 *
 * What it does not do: overtake the real event loop. Code under test that waits for real sockets or real timers never
 * comes to its end here.
 */
export class SimulatedClock implements Clock {
  readonly #agenda = new Agenda(0)
  readonly #startedWallMs: number

  /** `startedWallMs`: what the wall clock shows at monotonic zero. */
  constructor(startedWallMs = Date.UTC(2026, 0, 1)) {
    this.#startedWallMs = startedWallMs
  }

  wallMs(): number {
    return this.#startedWallMs + Math.floor(this.#agenda.nowMs)
  }

  monotonicMs(): number {
    return this.#agenda.nowMs
  }

  after(delayMs: number, action: () => void): { cancel(): void } {
    return this.#agenda.after(Math.max(0, delayMs), action)
  }

  soon(action: () => void): void {
    this.#agenda.after(0, action)
  }

  /** Lets `durationMs` pass, with everything that falls into it. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#agenda.nowMs + durationMs
    await settled()
    for (let next = this.#agenda.nextMs(); next !== null && next <= untilMs; next = this.#agenda.nextMs()) {
      this.#agenda.runNext()
      await settled()
    }
    this.#agenda.runUntil(untilMs)
  }

  /**
   * Lets time pass until `work` settles, and gives its result. Rejects when `limitMs` of simulated time were not
   * enough or nothing is left that could happen.
   */
  async run<Value>(work: Promise<Value>, limitMs = 600_000): Promise<Value> {
    let done = false
    const finish = (): void => {
      done = true
    }
    work.then(finish, finish)
    const untilMs = this.#agenda.nowMs + limitMs
    await settled()
    while (!done) {
      const next = this.#agenda.nextMs()
      if (next === null)
        throw new Error(`nothing is left to happen at ${this.#agenda.nowMs} ms, and the work waits`)
      if (next > untilMs) throw new Error(`the work did not end within ${limitMs} ms of simulated time`)
      this.#agenda.runNext()
      await settled()
    }
    return work
  }

  /** Lets time pass until the condition holds; rejects after `limitMs` of simulated time. */
  async until(condition: () => boolean, limitMs = 600_000): Promise<void> {
    const untilMs = this.#agenda.nowMs + limitMs
    await settled()
    while (!condition()) {
      const next = this.#agenda.nextMs()
      if (next === null || next > untilMs)
        throw new Error(`the condition did not come true within ${limitMs} ms of simulated time`)
      this.#agenda.runNext()
      await settled()
    }
  }
}

/** An immediate of Node runs after all promise reactions that are queued, also those queued by them. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
