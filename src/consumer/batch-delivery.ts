import type { Offset } from '../core/model/index.ts'
import { FetchedRecord, type RecordVisitor } from '../core/records/index.ts'
import { type DeliveryScope, RECORD_OVERHEAD_BYTES } from './delivery-scope.ts'
import type { LaneItem } from './lane-work.ts'

/**
 * Records of one partition, in log order, as `handleBatch` gets them: what has come, `maxPollRecords` at most, and never
 * waited for. Offsets may have gaps. Keys, values and headers are views into the fetched bytes, cut out when asked for:
 * copy what you keep.
 */
export interface ConsumedBatch {
  readonly topic: string
  readonly partition: number
  /** 32 hex digits; a topic that was deleted and created again under its name has another one. */
  readonly topicId: string
  /** At least one. */
  readonly records: readonly FetchedRecord[]
  /** Earlier attempts at this batch by this process that failed. */
  readonly attempts: number
  /**
   * Whether this process still owns the partition at this moment, by the clock. Ask right before the effect, and do
   * nothing after a no: none of the records then counts as processed.
   */
  owned(): boolean
  /** Aborted when the partition is lost, or given up before the handler ended. For waiting; not a proof of ownership. */
  readonly signal: AbortSignal
}

/** In a lane a batch is one item at the offset of its first record: nothing is committed past that before it is done. */
export class BatchDelivery implements ConsumedBatch, LaneItem {
  slot = -1
  attempts = 0
  condemned: LaneItem['condemned'] = null
  declined = false
  readonly key = null
  readonly keyHash = null
  readonly offset: Offset
  /** Of the record that has waited longest. */
  readonly timestampMs: number
  readonly heldBytes: number
  readonly records: readonly FetchedRecord[]
  readonly #scope: DeliveryScope

  constructor(scope: DeliveryScope, first: FetchedRecord, records: readonly FetchedRecord[]) {
    this.#scope = scope
    this.records = records
    this.offset = first.offset
    this.timestampMs = first.timestampMs
    this.heldBytes = records.reduce((sum, { sizeBytes }) => sum + RECORD_OVERHEAD_BYTES + sizeBytes, 0)
  }

  get recordCount(): number {
    return this.records.length
  }

  get topic(): string {
    return this.#scope.topic
  }

  get topicId(): string {
    return this.#scope.topicId
  }

  get partition(): number {
    return this.#scope.partition
  }

  /** `topic-partition`. */
  get name(): string {
    return this.#scope.name
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

/**
 * A feed that gathers records to batches of `recordsMax` at most. Whatever it read it adds before it returns: a record
 * that was kept back would lie below the position and in no lane, and a commit would pass it.
 *
 * @param isFinished whether an earlier owner, with an order by key, has finished the record at an offset
 * @param read hands out the records that came next; false when there are none
 */
export const batchFeed = (
  scope: DeliveryScope,
  recordsMax: number,
  isFinished: (offset: Offset) => boolean,
  read: (visit: RecordVisitor) => boolean,
  add: (batch: BatchDelivery) => void,
): (() => boolean) => {
  let gathered: FetchedRecord[] = []
  const visit: RecordVisitor = (...record) => {
    if (!isFinished(record[0])) gathered.push(new FetchedRecord(...record))
  }
  return () => {
    while (gathered.length < recordsMax && read(visit));
    const records = gathered
    gathered = []
    for (let from = 0; from < records.length; from += recordsMax) {
      const some = records.slice(from, from + recordsMax)
      const [first] = some
      if (first !== undefined) add(new BatchDelivery(scope, first, some))
    }
    return records.length > 0
  }
}
