import type { BrokerId, LanekeeperError, Offset } from '../core/model/index.ts'
import type { BatchReader } from '../core/records/index.ts'
import { Fifo } from './fifo.ts'

/** Who reads one partition. */
export interface FetchSink {
  /** Bytes came, and wait for `Fetcher.read`. */
  arrived(): void
  /** Reading stopped for good. */
  stopped(error: LanekeeperError): void
}

/** The part of one answer that is about one partition. */
export interface FetchedBytes {
  readonly reader: BatchReader
  readonly sizeBytes: number
}

/** Where the reading of one partition stands. Like the work it feeds, it lives for one period of ownership. */
export class FetchCursor {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly sink: FetchSink
  /** Next offset to ask for. */
  position: Offset
  /** Every record below was handed out by `Fetcher.read`; the others up to `position` wait in `backlog`. */
  handedOut: Offset
  readonly backlog = new Fifo<FetchedBytes>()
  backlogBytes = 0
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
    this.handedOut = position
    this.sink = sink
  }

  get name(): string {
    return `${this.topic}-${this.partition}`
  }
}
