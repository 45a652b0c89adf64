/**
 * From a record to its place in a batch: the checks that need no broker, the partition, the bytes.
 *
 * A record passes through here once, on the hot path of a million a second, so nothing is allocated for one that is in
 * order and has no listener: key and value are encoded straight into the batch of its partition.
 */
import type { BatchMemory } from '../../core/records/index.ts'
import type { Random } from '../../ports/random.ts'
import type { ProducerOptions } from '../options.ts'
import type { OnOutcome, ProducerRecord } from '../outcome.ts'
import { NO_PARTITION, type Partitioner } from '../partitioner.ts'
import { Batch, type FlushToken } from './batch.ts'
import type { Lane } from './lane.ts'
import { type Failed, failure, notWritten } from './ledger.ts'
import { RecordBytes } from './record-bytes.ts'
import type { Topic } from './topic.ts'

/** What the machine does with what comes out. */
export interface IntakeOutlets {
  refuse(record: ProducerRecord, onOutcome: OnOutcome | null, outcome: Failed): void
  /** A lane that rested has its first record. */
  begin(lane: Lane): void
  /** A batch that is full waits in the line of a broker: it need not linger. */
  hurry(lane: Lane): void
}

/** A batch begins with the room that the one before it took and this much more, since to grow is to copy it. */
const EXPECTED_GROWTH = 1.5
/**
 * Of the memory, for all partitions of a topic: when 1,000 fall silent, their next batches must not take all of it. A
 * power of two more may become of it, as buffers are.
 */
const EXPECTED_SHARE_MAX = 1 / 4

export class Intake {
  private readonly options: ProducerOptions
  private readonly partitioner: Partitioner
  private readonly random: Random
  private readonly memory: BatchMemory
  private readonly outlets: IntakeOutlets
  private readonly at: RecordBytes

  constructor(
    options: ProducerOptions,
    partitioner: Partitioner,
    random: Random,
    memory: BatchMemory,
    outlets: IntakeOutlets,
  ) {
    this.options = options
    this.partitioner = partitioner
    this.random = random
    this.memory = memory
    this.outlets = outlets
    this.at = new RecordBytes(partitioner.loneSurrogate)
  }

  place(
    topic: Topic,
    lanes: readonly Lane[],
    record: ProducerRecord,
    onOutcome: OnOutcome | null,
    wallMs: number,
    nowMs: number,
  ): void {
    const lane = this.accepted(topic, lanes, record, onOutcome)
    if (lane === null) return
    const timestampMs = record.timestampMs ?? wallMs
    const { key, value, sizeBytes } = this.at
    const batch = this.openBatch(topic, lane, sizeBytes, nowMs)
    if (onOutcome !== null) batch.listen(record, timestampMs, onOutcome)
    batch.append(timestampMs, key.bytes, value.bytes, record.headers, key.length, value.length)
  }

  /** The lane of the record, whose bytes are then in `at`; null where the record was refused. */
  private accepted(
    topic: Topic,
    lanes: readonly Lane[],
    record: ProducerRecord,
    onOutcome: OnOutcome | null,
  ): Lane | null {
    const { options, at, outlets } = this
    const problem = at.read(record) ?? (options.keyRequired && at.key.length < 0 ? 'it has no key' : null)
    if (problem !== null) {
      outlets.refuse(
        record,
        onOutcome,
        failure('RECORD_INVALID', `a record for ${topic.name}: ${problem}`, false),
      )
      return null
    }
    if (at.sizeBytes > options.maxRequestBytes) {
      const why = `a record of ${at.sizeBytes} bytes for ${topic.name} is above max.request.size ${options.maxRequestBytes}`
      outlets.refuse(record, onOutcome, failure('RECORD_TOO_LARGE', why, false))
      return null
    }
    const partition = record.partition ?? this.partitionByRule(record, lanes.length)
    if (partition === NO_PARTITION) {
      const why = `a record for ${topic.name}: ${this.partitioner.whyRefused(lanes.length)}`
      outlets.refuse(record, onOutcome, failure('RECORD_INVALID', why, false))
      return null
    }
    const lane = topic.laneAt(lanes, partition, this.random)
    if (lane === undefined) {
      const why = `${topic.name} has no partition ${partition}, it has ${lanes.length}: 0 to ${lanes.length - 1}`
      outlets.refuse(record, onOutcome, failure('PARTITION_UNKNOWN', why, false))
      return null
    }
    // a lane that stopped was emptied: most records need not look
    if (lane.open === null && lane.stopped !== null) {
      outlets.refuse(record, onOutcome, notWritten(lane.stopped))
      return null
    }
    return lane
  }

  private partitionByRule(record: ProducerRecord, count: number): number {
    const { key } = this.at
    return this.partitioner.partitionOf(record, key.bytes, key.length, count)
  }

  private openBatch(topic: Topic, lane: Lane, needBytes: number, nowMs: number): Batch {
    if (lane.open !== null) {
      const sizeBytes = lane.open.sizeBytes + needBytes
      if (sizeBytes <= this.options.batchBytes && sizeBytes <= topic.batchBytesMax) return lane.open
      this.closeOpenBatch(lane)
    }
    const batch = new Batch(this.memory, nowMs, this.expectedBytes(lane, topic.lanes?.length ?? 1))
    lane.open = batch
    this.outlets.begin(lane)
    return batch
  }

  private expectedBytes({ lastBatchBytes }: Lane, lanes: number): number {
    const { batchBytes, bufferBytes } = this.options
    return Math.min(lastBatchBytes * EXPECTED_GROWTH, batchBytes, (bufferBytes * EXPECTED_SHARE_MAX) / lanes)
  }

  /** Every batch that the lane holds at this moment settles into the token; what comes later does not. */
  flushLane(lane: Lane, token: FlushToken): void {
    this.closeOpenBatch(lane)
    for (const batch of lane.flight === null ? lane.full : [lane.flight, ...lane.full]) {
      token.remaining++
      batch.flushes ??= []
      batch.flushes.push(token)
    }
  }

  private closeOpenBatch(lane: Lane): void {
    if (lane.open === null) return
    lane.full.push(lane.open)
    lane.open = null
    this.outlets.hurry(lane)
  }
}
