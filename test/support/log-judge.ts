import type { Outcome } from '../../src/producer/outcome.ts'

/**
 * What a writer was told about its records, by their number, and whether a reader's view of the log agrees. Each reader
 * gets a judge of its own, so that two clients that read the same bytes differently would be seen.
 */
const PENDING = -1
const FAILED = -2
const IN_DOUBT = -3

export class Outcomes {
  /** Partition, or one of the marks above. */
  readonly partition: Int32Array
  readonly offset: Float64Array
  acknowledged = 0
  failed = 0
  inDoubt = 0

  constructor(recordsMax: number) {
    this.partition = new Int32Array(recordsMax).fill(PENDING)
    this.offset = new Float64Array(recordsMax).fill(Number.NaN)
  }

  /** Record `id` was told what became of it. A second outcome for one record is a defect of its own. */
  take(id: number, outcome: Outcome): void {
    if (this.partition[id] !== PENDING) throw new Error(`record ${id} has two outcomes`)
    if (outcome.kind === 'acknowledged') {
      this.partition[id] = outcome.partition
      this.offset[id] = outcome.offset
      this.acknowledged++
    } else if (outcome.kind === 'failed') {
      this.partition[id] = FAILED
      this.failed++
    } else {
      this.partition[id] = IN_DOUBT
      this.inDoubt++
    }
  }

  get settled(): number {
    return this.acknowledged + this.failed + this.inDoubt
  }
}

export interface LogVerdict {
  readonly read: number
  /** Acknowledged and not in the log. */
  readonly lost: number
  readonly duplicated: number
  /** Behind a later record of its key. */
  readonly reordered: number
  /** In another partition or at another offset than its outcome says. */
  readonly misplaced: number
  /** Told as failed, and in the log all the same. */
  readonly failedButThere: number
}

export class LogJudge {
  readonly #outcomes: Outcomes
  readonly #keyOf: (id: number) => number
  readonly #seen: Uint8Array
  readonly #lastOfKey: Int32Array
  #read = 0
  #duplicated = 0
  #reordered = 0
  #misplaced = 0
  #failedButThere = 0

  /** `keyOf` numbers the key of a record, below `keys`. */
  constructor(outcomes: Outcomes, keys: number, keyOf: (id: number) => number) {
    this.#outcomes = outcomes
    this.#keyOf = keyOf
    this.#seen = new Uint8Array(outcomes.partition.length)
    this.#lastOfKey = new Int32Array(keys).fill(-1)
  }

  /** Records of one partition must come in the order of their offsets. */
  take(id: number, partition: number, offset: number): void {
    this.#read++
    if (this.#seen[id] === 1) {
      this.#duplicated++
      return
    }
    this.#seen[id] = 1
    const key = this.#keyOf(id)
    if (id < (this.#lastOfKey[key] as number)) this.#reordered++
    else this.#lastOfKey[key] = id
    const told = this.#outcomes.partition[id] as number
    if (told === FAILED) this.#failedButThere++
    if (told < 0) return
    const toldOffset = this.#outcomes.offset[id] as number
    if (told !== partition || (toldOffset >= 0 && toldOffset !== offset)) this.#misplaced++
  }

  verdict(): LogVerdict {
    let lost = 0
    for (const [id, partition] of this.#outcomes.partition.entries())
      if (partition >= 0 && this.#seen[id] === 0) lost++
    return {
      read: this.#read,
      lost,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      misplaced: this.#misplaced,
      failedButThere: this.#failedButThere,
    }
  }
}

/** True where the reader found nothing wrong. */
export const holds = ({ lost, duplicated, reordered, misplaced, failedButThere }: LogVerdict): boolean =>
  lost + duplicated + reordered + misplaced + failedButThere === 0
