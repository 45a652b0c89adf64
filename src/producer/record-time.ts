import type { Clock } from '../ports/clock.ts'

/** Records that may share one reading of the clock, when they come as fast as they can. */
const RECORDS_A_READING_MAX = 32
/** Records between two readings that lie further apart than this are timed one by one. */
const TOGETHER_MS = 1

/**
 * When a record is taken. Two readings of the clock a record are a seventh of all that a record costs, so records that
 * come in one burst share them: at first each is timed, then every second, up to RECORDS_A_READING_MAX, for as long as
 * the burst goes on, but never beyond a turn of the event loop. A program that sends, computes for a while and sends
 * again without a turn between gets timestamps that are as late as it computed, for so many records at most.
 */
export class RecordTime {
  private readonly clock: Clock
  private left = 0
  private share = 1
  private turnAwaited = false
  wallMs = 0
  monotonicMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Call before each record. */
  pass(): void {
    if (this.left === 0) this.read()
    else this.left--
  }

  private read(): void {
    const { clock } = this
    const monotonicMs = clock.monotonicMs()
    const together = monotonicMs - this.monotonicMs < TOGETHER_MS
    this.monotonicMs = monotonicMs
    this.wallMs = clock.wallMs()
    this.share = together ? Math.min(this.share * 2, RECORDS_A_READING_MAX) : 1
    this.left = this.share - 1
    if (this.left === 0 || this.turnAwaited) return
    this.turnAwaited = true
    clock.soon(() => {
      this.turnAwaited = false
      this.left = 0
    })
  }
}
