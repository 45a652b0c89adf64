/** Where deliveries of one partition belong, in one period of ownership, and who may act on them. */
export interface DeliveryScope {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  /** `topic-partition`. */
  readonly name: string
  /** Aborted when the period of ownership ends before its handlers do. */
  readonly signal: AbortSignal
  /** Whether this process still owns the partition at this moment, by the clock. */
  readonly mayAct: () => boolean
}

/** Bytes a record costs beside its key and value. */
export const RECORD_OVERHEAD_BYTES = 100
