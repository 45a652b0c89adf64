import type { Clock, Timer } from '../ports/clock.ts'
import type { ScenarioRecord } from './streamsocial.ts'

/**
 * Paces a scenario into a sink at the asked rate, times what its shape makes of it at each moment.
 *
 * Goal: that rate on average, spread evenly over each moment, at a cost that is small beside sending itself.
 * Method: a tick every 20 ms earns `rate × elapsed` credit and spends it. A finer timer would cost more CPU than the
 * records do. Credit is capped at one second's worth: after a pause (SIGSTOP, a full buffer, a laptop that slept) a
 * system that comes back must not be hit by everything it missed at once; what was not sent is counted as skipped.
 * When the sink says that it is full, nothing is sent until it has drained. The rate rises from nothing to the asked one
 * over `rampMs`: the first record into a partition makes each of its brokers open files and write an epoch to disk,
 * and a thousand partitions at once are a stall of many seconds.
 */
export interface TrafficSink {
  /** False: accepted, but no more now; wait for `drained`. */
  send(record: ScenarioRecord): boolean
  drained(): Promise<void>
}

/** What is sent, and how fast beside the asked rate; both by the milliseconds since the start. */
export interface PacedScenario {
  next(atMs: number): ScenarioRecord
  rateAt(atMs: number): number
}

export interface TrafficStats {
  readonly sent: number
  /** Records of the plan that were never made, because the sink was full or the process stood still. */
  readonly skipped: number
}

const TICK_MS = 20
const CREDIT_CAP_MS = 1000

export class Traffic {
  readonly #clock: Clock
  readonly #scenario: PacedScenario
  readonly #sink: TrafficSink
  readonly #recordsPerSecond: number
  readonly #rampMs: number
  #startedMs = 0
  #timer: Timer | null = null
  #lastMs = 0
  #credit = 0
  #full = false
  #running = false
  #sent = 0
  #skipped = 0

  constructor(
    clock: Clock,
    scenario: PacedScenario,
    sink: TrafficSink,
    pace: { readonly recordsPerSecond: number; readonly rampMs: number },
  ) {
    this.#clock = clock
    this.#scenario = scenario
    this.#sink = sink
    this.#recordsPerSecond = pace.recordsPerSecond
    this.#rampMs = pace.rampMs
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#startedMs = this.#clock.monotonicMs()
    this.#lastMs = this.#startedMs
    this.#arm()
  }

  /** After this returns no further record is sent. */
  stop(): void {
    this.#running = false
    this.#timer?.cancel()
    this.#timer = null
  }

  stats(): TrafficStats {
    return { sent: this.#sent, skipped: Math.round(this.#skipped) }
  }

  #arm(): void {
    this.#timer = this.#clock.after(TICK_MS, () => {
      this.#tick()
      if (this.#running) this.#arm()
    })
  }

  #tick(): void {
    const now = this.#clock.monotonicMs()
    const ramp = this.#rampMs === 0 ? 1 : Math.min(1, (now - this.#startedMs) / this.#rampMs)
    const atMs = now - this.#startedMs
    const perSecond = this.#recordsPerSecond * ramp * this.#scenario.rateAt(atMs)
    this.#credit += ((now - this.#lastMs) / 1000) * perSecond
    this.#lastMs = now
    const cap = (CREDIT_CAP_MS / 1000) * Math.max(perSecond, this.#recordsPerSecond)
    if (this.#credit > cap) {
      this.#skipped += this.#credit - cap
      this.#credit = cap
    }
    while (!this.#full && this.#credit >= 1) {
      this.#credit--
      this.#sent++
      if (!this.#sink.send(this.#scenario.next(atMs))) this.#waitForRoom()
    }
  }

  #waitForRoom(): void {
    this.#full = true
    const again = (): void => {
      this.#full = false
    }
    this.#sink.drained().then(again, again)
  }
}
