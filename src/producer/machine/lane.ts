import type { Offset } from '../../core/model/index.ts'
import { LaneFigures, type PartitionFigures } from '../figures.ts'
import type { Batch } from './batch.ts'
import { CompressionWorth } from './compression-worth.ts'
import type { ProducerIdentity } from './identity.ts'

/**
 * Where a partition's next batch stands.
 *
 * - `idle`: nothing to send.
 * - `waiting`: in the queue of its leader.
 * - `requested`: in a request that is out. At most one batch of a partition ever is.
 * - `backing-off`: until `resumeAtMs`.
 * - `unplaced`: until a look-up answers that started after the failure (number ≥ `lookupNeeded`).
 */
export type LaneState = 'idle' | 'waiting' | 'requested' | 'backing-off' | 'unplaced'

/** A broker's queue as a lane in it sees it. */
export interface Line {
  /** Something in it need not wait for company, so the whole line leaves. */
  urgent: boolean
}

/** One partition as the producer sees it. */
export class Lane {
  /** Takes records. First, to lie beside what the engine looks at in any object: each record of 1,000 lanes finds it cold. */
  open: Batch | null = null
  readonly topic: string
  readonly partition: number
  leader = -1
  leaderEpoch = -1
  /** Sequence of the next batch; moves only when a batch is known to be in the log. */
  sequence = 0
  /** A producer id of its own; null: that of the producer. */
  identity: ProducerIdentity | null = null
  /** Full, in order, not yet sent. */
  readonly full: Batch[] = []
  /** What the last batch that left held: the next will probably hold as much. */
  lastBatchBytes = 0
  /** Sent at least once and not settled; its bytes and sequence are fixed. */
  flight: Batch | null = null
  state: LaneState = 'idle'
  /** The queue it waits in; entries elsewhere are leftovers of an earlier leader. */
  queue: Line | null = null
  /** Its copies are late: it travels apart, so that it does not hold up others. */
  late = false
  /**
   * Tries of the flight since its leader took over: what backing off counts. Brokers learn of a new leader one by one, so
   * it may refuse at first what it leads; by all the tries that a dead one before it took, that would cost a second.
   */
  triesHere = 0
  resumeAtMs = 0
  /** After backing off: whether the leader must be looked up first. */
  thenLookUp = false
  lookupNeeded = 0
  /** Why nothing more may be written, or null. Only a settled doubt takes it back. */
  stopped: string | null = null
  /** Where the last acknowledged batch ended; -1 while none did, or where the broker no longer knew. */
  endOffset: Offset = -1
  readonly compression = new CompressionWorth()
  readonly figures = new LaneFigures()

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** The batch that goes or went first. */
  get first(): Batch | null {
    return this.flight ?? this.full[0] ?? this.open
  }

  /** Takes a batch out that is the first, or the only one that takes records. */
  remove(batch: Batch): void {
    if (this.flight === batch) this.flight = null
    else if (this.open === batch) this.open = null
    else this.full.shift()
  }

  /** A batch of so many records is in the log at `baseOffset`, or at an offset that the broker no longer knew (-1). */
  advance(baseOffset: Offset, records: number): void {
    this.sequence = (this.sequence + records) & 0x7fffffff
    this.endOffset = baseOffset < 0 ? -1 : baseOffset + records
  }

  /** After a settled doubt: goes on with the sequence that is right now, or from 0 under a fresh producer id. */
  reopen(fresh: ProducerIdentity | null): void {
    this.stopped = null
    this.late = false
    if (fresh === null) return
    this.identity = fresh
    this.sequence = 0
  }

  snapshot(): PartitionFigures {
    const { topic, partition, leader, stopped, figures } = this
    const { recordsAcknowledged, batches, bytes, retries, batchesSettled, queueMsSum, deliveryMsMax } =
      figures
    return {
      topic,
      partition,
      leader,
      recordsAcknowledged,
      batches,
      bytes,
      retries,
      batchesSettled,
      queueMsSum,
      deliveryMsMax,
      inFlight: this.state === 'requested',
      stopped,
    }
  }

  /** A leader is believed only with an epoch at least as high as the one known. True where the leader changed. */
  learnLeader(leader: number, leaderEpoch: number): boolean {
    if (leaderEpoch < this.leaderEpoch) return false
    const moved = leader !== this.leader
    if (moved) this.triesHere = 0
    this.leader = leader
    this.leaderEpoch = leaderEpoch
    return moved
  }
}
