/** Below this a pause of the broker for garbage would pass for a lost copy. */
const PATIENCE_MS_MIN = 400
const DEVIATIONS = 8
/** Shares of a new figure in the averages, those of RFC 6298. */
const GAIN = 1 / 8
const DEVIATION_GAIN = 1 / 4

/**
 * How long a broker takes to answer when all is well, and from that, how long it is given.
 *
 * The answer to a request waits for its slowest partition. While a broker is dead and not yet fenced, every partition
 * with a copy on it is slow, and each request that carries one more of them makes the partitions beside it wait for the
 * whole produce timeout; a record that comes just after such a request left waits for two. So the timeout is not the
 * configured one but what the broker's answers so far make of it, as TCP does with its retransmissions: their mean and
 * some deviations, never above what is configured. A broker that is slow because it is busy is thereby given more, and
 * one whose answers are not known yet is given all.
 */
export class AnswerTime {
  private meanMs = Number.NaN
  private deviationMs = 0

  /** Only of answers that no late copy held up: those took as long as they were given. */
  add(tookMs: number): void {
    if (Number.isNaN(this.meanMs)) {
      this.meanMs = tookMs
      this.deviationMs = tookMs / 2
      return
    }
    this.deviationMs += (Math.abs(tookMs - this.meanMs) - this.deviationMs) * DEVIATION_GAIN
    this.meanMs += (tookMs - this.meanMs) * GAIN
  }

  patienceMs(mostMs: number): number {
    if (Number.isNaN(this.meanMs)) return mostMs
    const wantedMs = Math.ceil(this.meanMs + this.deviationMs * DEVIATIONS)
    return Math.min(mostMs, Math.max(PATIENCE_MS_MIN, wantedMs))
  }
}
