import type { ErrorCode, Offset } from '../core/model/index.ts'
import type { RecordHeader } from '../core/records/index.ts'

/** Text is written as UTF-8, keys as Java's StringSerializer does it. Bytes are copied: reuse them freely. */
export interface ProducerRecord {
  readonly topic: string
  /** Records of one key go to one partition, in order. Null or absent: no key, any partition. */
  readonly key?: Uint8Array | string | null
  /** Null is a tombstone in a compacted topic. */
  readonly value: Uint8Array | string | null
  readonly headers?: readonly RecordHeader[]
  /** Milliseconds since 1970; by default the time of `send`. */
  readonly timestampMs?: number
  /** Overrides routing by key. */
  readonly partition?: number
}

/**
 * What became of a record. There is no fourth case: nothing is dropped silently.
 *
 * - `acknowledged`: in the log, on all in-sync replicas.
 * - `failed`: not in the log, and never will be.
 * - `in-doubt`: sent and never answered for good; it may be in the log or not. Sending it again may repeat it.
 */
export type Outcome =
  | {
      readonly kind: 'acknowledged'
      readonly topic: string
      readonly partition: number
      /** -1 where the broker recognised a repeat and no longer knew its offset. */
      readonly offset: Offset
      /** The time in the log; the broker's where the topic says LogAppendTime. */
      readonly timestampMs: number
    }
  | {
      readonly kind: 'failed'
      readonly code: ErrorCode
      /** True where the same record may be accepted if sent again later. */
      readonly retriable: boolean
      readonly why: string
    }
  | { readonly kind: 'in-doubt'; readonly why: string }

export type OnOutcome = (outcome: Outcome, record: ProducerRecord) => void
