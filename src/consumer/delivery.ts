import type { Offset } from '../core/model/index.ts'
import { FetchedRecord, type RecordHeader } from '../core/records/index.ts'
import type { BatchDelivery } from './batch-delivery.ts'
import { type DeliveryScope, RECORD_OVERHEAD_BYTES } from './delivery-scope.ts'
import type { LaneItem } from './lane-work.ts'

/** A record as a handler sees it. Key, value and headers are views into the fetched bytes: copy what you keep. */
export interface ConsumedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** Milliseconds since 1970. */
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
  /** 32 hex digits; a topic that was deleted and created again under its name has another one. */
  readonly topicId: string
  /** Earlier attempts at this record by this process that failed. */
  readonly attempts: number
  /**
   * Whether this process still owns the partition at this moment, by the clock. Ask right before the effect, and do
   * nothing after a no: the record is then not counted as processed, here or anywhere. Between the answer and the
   * write the process can still be stopped; exact fencing needs a conditional write or a transaction at the sink.
   */
  owned(): boolean
  /** Aborted when the partition is lost, or given up before the handler ended. For waiting; not a proof of ownership. */
  readonly signal: AbortSignal
}

/** What the lanes of a consumer carry: with `handleBatch` batches, else records. */
export type LaneDelivery = Delivery | BatchDelivery

/** One object for a record from the fetched bytes to the end of its handler: a second one would cost as much again. */
export class Delivery extends FetchedRecord implements ConsumedRecord, LaneItem {
  slot = -1
  attempts = 0
  condemned: LaneItem['condemned'] = null
  declined = false
  readonly #scope: DeliveryScope

  constructor(scope: DeliveryScope, ...record: ConstructorParameters<typeof FetchedRecord>) {
    super(...record)
    this.#scope = scope
  }

  get recordCount(): number {
    return 1
  }

  get heldBytes(): number {
    return RECORD_OVERHEAD_BYTES + this.sizeBytes
  }

  get topic(): string {
    return this.#scope.topic
  }

  get topicId(): string {
    return this.#scope.topicId
  }

  /** `topic-partition`. */
  get name(): string {
    return this.#scope.name
  }

  get partition(): number {
    return this.#scope.partition
  }

  get signal(): AbortSignal {
    return this.#scope.signal
  }

  owned(): boolean {
    const owned = this.#scope.mayAct()
    if (!owned) this.declined = true
    return owned
  }
}
