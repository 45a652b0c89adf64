/**
 * Members sorted by how much they hold, with two ends that are worked on at once: the poorest get, the richest give.
 *
 * At the low end stands a run of members that all began with the same count. Each gets one in turn; when all have got
 * one, the run has risen by one step and takes in those that already stood there. The high end is its mirror image.
 * So neither end ever has to be sorted again. The two ends may be worked on until their levels differ by one or less.
 *
 * `count` belongs to the caller, who adds and subtracts as it acts on the answers.
 * Source: the balancer inside UniformHeterogeneousAssignmentBuilder (4.1.1).
 */
export class WealthLadder {
  readonly #count: Int32Array
  readonly #sorted: number[]
  /** The run of the poorest is [0, end). */
  #poorEnd = 0
  #poorLevel: number
  #nextPoor = 0
  /** The run of the richest is [start, end); beyond its end stand those that were set aside. */
  #richStart: number
  #richEnd: number
  #richLevel: number
  #nextRich: number

  /** `members`: at least one, ascending; among equals the lower number is the poorer. */
  constructor(members: readonly number[], count: Int32Array) {
    this.#count = count
    this.#sorted = members.toSorted((a, b) => (count[a] as number) - (count[b] as number) || a - b)
    this.#poorLevel = this.#countAt(0) - 1
    this.#richStart = this.#sorted.length
    this.#richEnd = this.#sorted.length
    this.#richLevel = this.#countAt(this.#sorted.length - 1) + 1
    this.#nextRich = this.#sorted.length - 1
  }

  /** What the richest holds more than the poorest. */
  get spread(): number {
    return this.#countAt(this.#sorted.length - 1) - this.#countAt(0)
  }

  /** Whether the two ends have met: another move would make nothing more even. */
  get isLevel(): boolean {
    return this.#richLevel - this.#poorLevel <= 1
  }

  /** The member that gets next; it is counted on to have got one more. */
  nextPoorest(): number {
    if (this.#nextPoor >= this.#poorEnd) {
      this.#poorLevel++
      while (this.#poorEnd < this.#sorted.length && this.#countAt(this.#poorEnd) === this.#poorLevel)
        this.#poorEnd++
      this.#nextPoor = 0
    }
    return this.#sorted[this.#nextPoor++] as number
  }

  /** The member that gives next, or -1 when nobody has anything to give. */
  nextRichest(): number {
    if (this.#nextRich < this.#richStart) {
      // a run of which all were set aside says nothing of its level: go down to whoever stands before it
      const runIsEmpty = this.#richEnd <= this.#richStart && this.#richStart > 0
      this.#richLevel = runIsEmpty ? this.#countAt(this.#richStart - 1) : this.#richLevel - 1
      while (this.#richStart > 0 && this.#countAt(this.#richStart - 1) === this.#richLevel) this.#richStart--
      this.#nextRich = this.#richEnd - 1
    }
    if (this.#nextRich < 0) return -1
    return this.#sorted[this.#nextRich--] as number
  }

  /** The last answer of `nextRichest` gives nothing, now or later. */
  setAside(): void {
    const at = this.#nextRich + 1
    const member = this.#sorted[at] as number
    this.#richEnd--
    this.#sorted[at] = this.#sorted[this.#richEnd] as number
    this.#sorted[this.#richEnd] = member
  }

  #countAt(place: number): number {
    return this.#count[this.#sorted[place] as number] as number
  }
}
