import { type BrokerId, formatCount } from '../core/model/index.ts'

/** What one partition's writing came to, since the producer was made. */
export interface PartitionFigures {
  readonly topic: string
  readonly partition: number
  /** The broker that leads it as far as we know; -1: nobody. */
  readonly leader: number
  readonly recordsAcknowledged: number
  /** Batch tries sent, repeats included. */
  readonly batches: number
  /** Bytes of those, after compression. */
  readonly bytes: number
  readonly retries: number
  /** Batches that are settled. */
  readonly batchesSettled: number
  /** From a batch's first record until it first left, summed over the settled batches. */
  readonly queueMsSum: number
  /** From a batch's first record until its acknowledgement: the longest wait so far. */
  readonly deliveryMsMax: number
  /** A batch of it is in a request that is out. */
  readonly inFlight: boolean
  /** Why it takes no more records, or null. */
  readonly stopped: string | null
}

export interface BrokerFigures {
  readonly broker: BrokerId
  readonly requests: number
  /** Batch tries sent, repeats included. */
  readonly batches: number
  readonly bytes: number
  readonly retries: number
  /** What it has acknowledged, and the batches that was in. */
  readonly recordsAcknowledged: number
  readonly batchesSettled: number
  /** From a batch's first record until it first left, summed over those. */
  readonly queueMsSum: number
  /** Requests that got no answer. */
  readonly failures: number
  readonly requestsInFlight: number
}

/** Counts of one partition, kept by its lane. */
export class LaneFigures {
  recordsAcknowledged = 0
  batches = 0
  bytes = 0
  retries = 0
  batchesSettled = 0
  queueMsSum = 0
  deliveryMsMax = 0

  /** `tries` counts this one. */
  sent(bytes: number, tries: number): void {
    this.batches++
    this.bytes += bytes
    if (tries > 1) this.retries++
  }

  acknowledged(records: number, queueMs: number, deliveryMs: number): void {
    this.recordsAcknowledged += records
    this.batchesSettled++
    this.queueMsSum += queueMs
    if (deliveryMs > this.deliveryMsMax) this.deliveryMsMax = deliveryMs
  }
}

/** Below this a batch is thin; above so many batches a second that matters, since brokers pay per batch. */
const THIN_RECORDS = 4
const MANY_BATCHES_PER_SECOND = 500

/**
 * What to do when batches are thin, or null. Brokers pay for a batch, not for a record: one with three copies costs them
 * a few hundred microseconds whatever is in it.
 */
export const thinBatchAdvice = (run: {
  readonly records: number
  readonly batches: number
  readonly seconds: number
  readonly partitions: number
  readonly lingerMs: number
}): string | null => {
  const { records, batches, seconds, partitions, lingerMs } = run
  const perBatch = records / batches
  const batchesPerSecond = batches / seconds
  if (!(perBatch < THIN_RECORDS) || !(batchesPerSecond > MANY_BATCHES_PER_SECOND)) return null
  const perPartition = records / seconds / partitions
  const lingerWanted = Math.ceil((THIN_RECORDS / perPartition) * 1000)
  return (
    `Batches are thin: ${perBatch.toFixed(1)} records each, ${formatCount(Math.round(batchesPerSecond))} batches a second, ` +
    `and brokers pay per batch. ${formatCount(Math.round(records / seconds))} records a second over ` +
    `${formatCount(partitions)} partitions are ${perPartition.toFixed(1)} a partition: ` +
    (lingerWanted <= LINGER_MS_BEARABLE
      ? `linger.ms ${lingerWanted} instead of ${lingerMs} would gather ${THIN_RECORDS}.`
      : `no bearable linger.ms gathers ${THIN_RECORDS}; fewer partitions do, or no key where order does not matter.`)
  )
}

const LINGER_MS_BEARABLE = 500
