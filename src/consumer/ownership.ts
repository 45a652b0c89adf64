import { type LanekeeperError, NO_OFFSET, type Offset } from '../core/model/index.ts'
import type { LaneDelivery } from './delivery.ts'
import type { FetchCursor } from './fetch-cursor.ts'
import type { LaneWork } from './lane-work.ts'
import type { PartitionKey } from './member.ts'

/**
 * One partition in one period of ownership: where it is read, what runs, what was committed. Created on assignment,
 * dead after release or loss, never used again.
 */
export class Ownership {
  readonly key: PartitionKey
  readonly topic: string
  readonly partition: number
  readonly work: LaneWork<LaneDelivery>
  /** Null until the position to begin with is known. */
  cursor: FetchCursor | null = null
  /** Where reading began. */
  begunAt: Offset = NO_OFFSET
  committed: Offset = NO_OFFSET
  /** `frontier.finishes` when that was committed: what was finished above it went along. */
  committedFinishes = 0
  /** `figures.tellings` when that was committed: what a watcher should know of a record that fails went along. */
  committedTellings = 0
  /** False once the cluster refused the text that says what is finished above the committed offset, and what fails. */
  remembersFinished = true
  /**
   * A commit of it went unanswered and may be carried out after those that follow it: one more is due from this moment
   * (monotonic) on, even if nothing was done since. Infinity: none is.
   */
  confirmFromMs = Infinity
  /** Its last commit is on the way; periodic commits leave it alone, so that none follows the acknowledgement. */
  sealed = false
  /** The topic was deleted and created again: commits are by name, and an offset of the old one would skip in the new. */
  outlived = false
  /** Why nothing more is read or processed, until the partition is assigned again. */
  stopped: LanekeeperError | null = null

  constructor(key: PartitionKey, topic: string, partition: number, work: LaneWork<LaneDelivery>) {
    this.key = key
    this.topic = topic
    this.partition = partition
    this.work = work
  }

  get name(): string {
    return this.work.name
  }

  get mayCommit(): boolean {
    return this.live && !this.outlived
  }

  get live(): boolean {
    return this.work.live
  }

  /** Everything below is done; `NO_OFFSET` before the first position. */
  get frontier(): Offset {
    return this.cursor === null ? NO_OFFSET : this.work.frontier.lowestUnfinished(this.cursor.handedOut)
  }

  /** Offsets that are done and not committed. */
  get uncommittedOffsets(): number {
    return Math.max(0, this.frontier - Math.max(this.begunAt, this.committed))
  }

  get commitDue(): boolean {
    if (!this.mayCommit || this.cursor === null) return false
    if (this.frontier > this.committed) return true
    const { frontier, figures } = this.work
    const hasNews = frontier.finishes > this.committedFinishes || figures.tellings > this.committedTellings
    return this.remembersFinished && hasNews
  }
}
