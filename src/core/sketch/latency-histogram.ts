/** Milliseconds; NaN while there are none. */
export interface LatencyFigures {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const BUCKETS_PER_DOUBLING = 8
const LEAST_MS = 0.125
const BUCKETS = 22 * BUCKETS_PER_DOUBLING

/** Counts in buckets that grow by 9 %, from 0.125 ms to 9 min: a quantile is at most 9 % too high. */
export class LatencyHistogram {
  private readonly counts = new Float64Array(BUCKETS)
  private total = 0
  private max = Number.NaN

  add(latencyMs: number, count: number): void {
    const bucket = Math.ceil(Math.log2(Math.max(latencyMs, LEAST_MS) / LEAST_MS) * BUCKETS_PER_DOUBLING)
    const index = Math.min(BUCKETS - 1, bucket)
    this.counts[index] = (this.counts[index] as number) + count
    this.total += count
    if (!(latencyMs <= this.max)) this.max = latencyMs
  }

  figures(): LatencyFigures {
    return { p50Ms: this.quantile(0.5), p99Ms: this.quantile(0.99), maxMs: this.max }
  }

  private quantile(share: number): number {
    let left = share * this.total
    for (let index = 0; index < BUCKETS; index++) {
      left -= this.counts[index] as number
      if (left <= 0 && this.total > 0)
        return Math.min(this.max, LEAST_MS * 2 ** (index / BUCKETS_PER_DOUBLING))
    }
    return Number.NaN
  }
}
