import type { BrokerId, LanekeeperError, Offset } from '../core/model/index.ts'
import type { FetchedRecord } from '../core/records/index.ts'

/** Where the records of one partition go. */
export interface FetchSink {
  /** Whether it has enough for now; `Fetcher.wake` follows when it has not. */
  full(): boolean
  take(record: FetchedRecord): void
  /** An answer was taken: every record below the cursor's position has been handed out. */
  advanced(): void
  /** Reading stopped for good. */
  stopped(error: LanekeeperError): void
}

/** Where the reading of one partition stands. Like the work it feeds, it lives for one period of ownership. */
export class FetchCursor {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly sink: FetchSink
  /** Next offset to ask for. */
  position: Offset
  /** Leader epoch of the last batch read: the broker checks by it that its log and ours are one. */
  lastEpoch = -1
  /** The leader in whose queue the cursor waits. */
  leader: BrokerId | null = null
  leaderEpoch = -1
  /** Monotonic; not asked for before (a leader is moving). */
  notBeforeMs = 0
  active = true
  /** From the last answer; -1 before the first. `end` is what this isolation level can read up to. */
  end: Offset = -1
  logStart: Offset = -1

  constructor(topic: string, topicId: string, partition: number, position: Offset, sink: FetchSink) {
    this.topic = topic
    this.topicId = topicId
    this.partition = partition
    this.position = position
    this.sink = sink
  }

  get name(): string {
    return `${this.topic}-${this.partition}`
  }
}
