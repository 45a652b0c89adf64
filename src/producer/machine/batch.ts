import type { BrokerId } from '../../core/model/index.ts'
import { BatchBuilder, type BatchMemory } from '../../core/records/index.ts'
import type { OnOutcome, ProducerRecord } from '../outcome.ts'

/** Waits for a set of batches; see `ProducerMachine.flush`. */
export interface FlushToken {
  remaining: number
}

/** Somebody who wants to know what became of a record. */
export interface Listener {
  /** Position of the record in its batch. */
  readonly index: number
  readonly record: ProducerRecord
  readonly timestampMs: number
  readonly onOutcome: OnOutcome
}

/** Records of one partition on their way, with what is known of their fate. */
export class Batch extends BatchBuilder {
  readonly createdMs: number
  /** Null until the batch first leaves; from then on every try sends exactly these bytes. */
  bytes: Uint8Array | null = null
  tries = 0
  /** When it first left; NaN before. */
  firstSentMs = Number.NaN
  /** Every broker that was ever given it. */
  readonly triedBrokers: BrokerId[] = []
  /** Answers in a row that said "copies are late": the next try gives the broker longer. */
  lateAnswers = 0
  /** Some try ended without proof that nothing was appended. It never becomes false again. */
  uncertain = false
  listeners: Listener[] | null = null
  flushes: FlushToken[] | null = null

  constructor(memory: BatchMemory, createdMs: number, expectedBytes: number) {
    super(expectedBytes, memory)
    this.createdMs = createdMs
  }

  leaves(broker: BrokerId, nowMs: number): void {
    if (this.tries++ === 0) this.firstSentMs = nowMs
    if (!this.triedBrokers.includes(broker)) this.triedBrokers.push(broker)
  }

  /** Call before the record is appended. */
  listen(record: ProducerRecord, timestampMs: number, onOutcome: OnOutcome): void {
    this.listeners ??= []
    this.listeners.push({ index: this.count, record, timestampMs, onOutcome })
  }
}
