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

  add(latencyMs: number): void {
    this.#sketch.accept(Math.max(0, latencyMs))
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
