import { DDSketch } from '@datadog/sketches-js'

export interface LatencySummary {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/**
 * From a record's timestamp to the end of its processing, in constant memory. Percentiles are within 1 % of a value
 * that was measured. Clocks of two machines may differ: what would be negative counts as 0.
 */
export class LatencySketch {
  readonly #sketch = new DDSketch({ relativeAccuracy: 0.01 })

  /** `records`: how many it stands for. */
  add(latencyMs: number, records = 1): void {
    this.#sketch.accept(Math.max(0, latencyMs), records)
  }

  /** Null before the first record. */
  summary(): LatencySummary | null {
    if (this.#sketch.count === 0) return null
    return {
      count: this.#sketch.count,
      p50Ms: this.#sketch.getValueAtQuantile(0.5),
      p99Ms: this.#sketch.getValueAtQuantile(0.99),
      maxMs: this.#sketch.max,
    }
  }
}

/** Measured one by one, so that a quiet consumer shows figures from its first record on. */
const EACH_UNTIL = 1024
/** A prime: with 16, every tenth record of a batch of ten would be measured never, or always. */
const THEN_EVERY = 17

/**
 * Which records to measure: reading the clock and finding the bucket cost as much as all the ordering, so of many records
 * one speaks for its neighbours.
 */
export class LatencySampling {
  #seen = 0

  /** How many records the next one stands for; 0: do not measure it. */
  next(): number {
    if (this.#seen < EACH_UNTIL) {
      this.#seen++
      return 1
    }
    return ++this.#seen % THEN_EVERY === 0 ? THEN_EVERY : 0
  }
}
