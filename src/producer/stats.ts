import type { LatencyFigures } from '../core/sketch/index.ts'

/** Figures of a producer since it was made. */
export interface ProducerStats {
  readonly recordsAccepted: number
  readonly recordsAcknowledged: number
  readonly recordsFailed: number
  readonly recordsInDoubt: number
  /** Accepted and not settled. */
  readonly recordsPending: number
  /** Batch tries sent, repeats included. */
  readonly batches: number
  /** Bytes of those, after compression. */
  readonly bytes: number
  readonly requests: number
  readonly requestsInFlight: number
  readonly retries: number
  readonly lookUps: number
  /** Capacity of all buffers in use. */
  readonly bufferedBytes: number
  /** Answers per partition by Kafka's code, 0 included; requests without an answer count under -1. */
  readonly answersByCode: ReadonlyMap<number, number>
  /** From the first record of a batch to its acknowledgement, weighted by records. */
  readonly latency: LatencyFigures
  /** Partitions that take no more records, and why. */
  readonly stopped: readonly { readonly topic: string; readonly partition: number; readonly why: string }[]
}
