import type { Batch } from './batch.ts'
import type { BrokerQueue } from './broker-queue.ts'

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

/** One partition as the producer sees it. */
export class Lane {
  readonly topic: string
  readonly partition: number
  leader = -1
  leaderEpoch = -1
  /** Sequence of the next batch; moves only when a batch is acknowledged. */
  sequence = 0
  /** Takes records. */
  open: Batch | null = null
  /** Full, in order, not yet sent. */
  readonly full: Batch[] = []
  /** Sent at least once and not settled; its bytes and sequence are fixed. */
  flight: Batch | null = null
  state: LaneState = 'idle'
  /** The queue it waits in; entries elsewhere are leftovers of an earlier leader. */
  queue: BrokerQueue | null = null
  /** Its copies are late: it travels apart, so that it does not hold up others. */
  late = false
  resumeAtMs = 0
  /** After backing off: whether the leader must be looked up first. */
  thenLookUp = false
  lookupNeeded = 0
  /** Why nothing more may be written, or null. Once set it stays. */
  stopped: string | null = null

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

  /** A leader is believed only with an epoch at least as high as the one known. True where the leader changed. */
  learnLeader(leader: number, leaderEpoch: number): boolean {
    if (leaderEpoch < this.leaderEpoch) return false
    const moved = leader !== this.leader
    this.leader = leader
    this.leaderEpoch = leaderEpoch
    return moved
  }
}
