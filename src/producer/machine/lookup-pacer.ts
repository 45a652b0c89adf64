/**
 * When to ask who leads what. One question is out at a time; each has a number, so that whoever failed can wait for
 * an answer to a question that was asked *after* its failure. An answer that was already under way may still name the
 * dead broker, and using it costs another full timeout.
 *
 * The first question goes at once, further ones while the answers do not help wait 20 ms doubling to 1 s.
 */
export class LookupPacer {
  private readonly gapMs: number
  private readonly gapMsMax: number
  private asked = 0
  private answered = 0
  private wanted = false
  private inVain = 0
  private notBeforeMs = 0

  constructor(gapMs: number, gapMsMax: number) {
    this.gapMs = gapMs
    this.gapMsMax = gapMsMax
  }

  get isOut(): boolean {
    return this.asked > this.answered
  }

  /** Number of the next question: what a failure of now must wait for. */
  want(): number {
    this.wanted = true
    return this.asked + 1
  }

  /** The time from which `ask` would succeed, or infinity. */
  dueMs(): number {
    return this.wanted && !this.isOut ? this.notBeforeMs : Number.POSITIVE_INFINITY
  }

  /** Marks the question as asked. Call only when due. */
  ask(nowMs: number): void {
    this.asked++
    this.wanted = false
    this.notBeforeMs = nowMs + this.gapMs
  }

  /** Returns the number of the question that is over. `helped`: nobody waits for what it did not say. */
  done(nowMs: number, helped: boolean): number {
    this.answered = this.asked
    this.inVain = helped ? 0 : Math.min(this.inVain + 1, 16)
    if (!helped)
      this.notBeforeMs = Math.max(
        this.notBeforeMs,
        nowMs + Math.min(this.gapMsMax, this.gapMs * 2 ** this.inVain),
      )
    return this.answered
  }
}
