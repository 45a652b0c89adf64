import type { BrokerId } from '../../core/model/index.ts'
import { BatchBuilder, type BatchMemory, readBatches } from '../../core/records/index.ts'
import type { Codecs } from '../../ports/codecs.ts'
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
  /** What the broker said last; null until it said something. */
  lastCode: number | null = null
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

  /**
   * The records of a batch that has left, in two new ones, with all who wait for them; this one is released. They are
   * read back from its bytes, because compression took the place of what it was given.
   */
  halves({ crc32c, decompress }: Pick<Codecs, 'crc32c' | 'decompress'>): readonly [Batch, Batch] {
    const { bytes, count, memory, createdMs, capacityBytes, flushes } = this
    if (bytes === null || count < 2) throw new Error(`no halves of ${count} records`)
    const firstCount = count >>> 1
    const halves = [new Batch(memory, createdMs, 0), new Batch(memory, createdMs, 0)] as const
    readBatches(
      bytes,
      {
        from: 0,
        isolation: 'read_uncommitted',
        aborted: [],
        crc32c,
        decompress,
        // what compression took the place of lay in the same buffer
        maxInflatedBytes: capacityBytes,
      },
      ({ offset, timestampMs, key, value, headers }) =>
        halves[offset < firstCount ? 0 : 1].append(timestampMs, key, value, headers),
    )
    for (const each of this.listeners ?? []) {
      const half = each.index < firstCount ? halves[0] : halves[1]
      half.listeners ??= []
      half.listeners.push({ ...each, index: each.index - (half === halves[0] ? 0 : firstCount) })
    }
    for (const token of flushes ?? []) token.remaining++
    for (const half of halves) half.flushes = flushes === null ? null : [...flushes]
    this.release()
    return halves
  }
}
