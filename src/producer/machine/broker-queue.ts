import type { BrokerId } from '../../core/model/index.ts'
import type { ProduceChannel } from '../../ports/broker-link.ts'
import { AnswerTime } from './answer-time.ts'
import type { Batch } from './batch.ts'
import type { Lane, Line } from './lane.ts'

/** A request that is out. */
export interface OpenRequest {
  readonly number: number
  readonly broker: BrokerQueue
  readonly channel: ProduceChannel
  readonly lanes: readonly Lane[]
  readonly sentAtMs: number
}

/** First in, first out, without moving the rest at every take. */
class Fifo {
  private items: Lane[] = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  peek(): Lane | undefined {
    return this.items[this.head]
  }

  push(lane: Lane): void {
    this.items.push(lane)
  }

  drop(): void {
    this.head++
    if (this.head === this.items.length) {
      this.items = []
      this.head = 0
    } else if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
  }
}

/** One broker: the partitions that wait for it and the requests that are out to it. */
export class BrokerQueue implements Line {
  readonly id: BrokerId
  readonly waiting: Record<ProduceChannel, Fifo> = { produce: new Fifo(), 'produce-retry': new Fifo() }
  /** Requests that are out. */
  readonly inFlight: Record<ProduceChannel, number> = { produce: 0, 'produce-retry': 0 }
  requests = 0
  batches = 0
  bytes = 0
  retries = 0
  recordsAcknowledged = 0
  batchesSettled = 0
  queueMsSum = 0
  /** Requests without an answer. */
  failures = 0
  /** Set by throttling, and after a failed connection. */
  pausedUntilMs = 0
  failuresInRow = 0
  /** Of requests with fresh batches. */
  readonly answerTime = new AnswerTime()
  urgent = false

  constructor(id: BrokerId) {
    this.id = id
  }

  acknowledged({ count, firstSentMs, createdMs }: Batch): void {
    this.recordsAcknowledged += count
    this.batchesSettled++
    this.queueMsSum += firstSentMs - createdMs
  }

  /** Puts the lane at the end of the line of its channel. An older entry in another queue becomes void. */
  add(lane: Lane): void {
    lane.state = 'waiting'
    lane.queue = this
    this.waiting[lane.late ? 'produce-retry' : 'produce'].push(lane)
  }

  /** The first lane that really waits here; entries of lanes that went elsewhere are dropped on the way. */
  next(channel: ProduceChannel): Lane | null {
    const line = this.waiting[channel]
    for (let lane = line.peek(); lane !== undefined; lane = line.peek()) {
      const here =
        lane.state === 'waiting' && lane.queue === this && lane.late === (channel === 'produce-retry')
      if (here) return lane
      line.drop()
    }
    return null
  }

  take(channel: ProduceChannel): void {
    this.waiting[channel].drop()
  }
}
