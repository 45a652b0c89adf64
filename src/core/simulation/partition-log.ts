/**
 * The log of one partition: record batches as they were sent, with the offset and leader epoch that the broker
 * writes into them.
 *
 * Invariants: start ≤ high watermark ≤ end; offsets have no gaps; what lies below the high watermark never changes.
 * Old batches are dropped whole, oldest first, and never at or above the high watermark: a demo may run for a day.
 *
 * What it does not do: a log per replica. All replicas share this one, so that no leader can lack an acknowledged
 * record and nothing is ever truncated; a leader change that loses data cannot be shown. No compaction,
 * no stamping at append, no conversion of formats.
 */
import type { Offset } from '../model/index.ts'
import {
  assignOffsets,
  type BatchHeader,
  compressionOf,
  crc32c,
  isControl,
  isTransactional,
  readBatches,
} from '../records/index.ts'
import { LogTransactions } from './log-transactions.ts'
import { ProducerState } from './producer-state.ts'

interface LoggedBatch {
  readonly baseOffset: Offset
  readonly lastOffset: Offset
  readonly maxTimestampMs: number
  readonly attributes: number
  readonly bytes: Uint8Array
}

export class PartitionLog {
  readonly producers = new ProducerState()
  readonly transactions = new LogTransactions()
  #batches: LoggedBatch[] = []
  #startOffset: Offset = 0
  #endOffset: Offset = 0
  #highWatermark: Offset = 0
  #sizeBytes = 0

  get startOffset(): Offset {
    return this.#startOffset
  }

  get endOffset(): Offset {
    return this.#endOffset
  }

  get highWatermark(): Offset {
    return this.#highWatermark
  }

  /** Where the first record lies that is neither committed nor aborted. */
  get lastStableOffset(): Offset {
    return this.transactions.lastStableOffset(this.#highWatermark)
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Appends a copy of one whole batch; returns its base offset. */
  append(batch: Uint8Array, header: BatchHeader, leaderEpoch: number): Offset {
    const bytes = batch.slice()
    const baseOffset = this.#endOffset
    assignOffsets(bytes, baseOffset, leaderEpoch)
    this.#batches.push({
      baseOffset,
      lastOffset: baseOffset + header.lastOffsetDelta,
      maxTimestampMs: header.maxTimestampMs,
      attributes: header.attributes,
      bytes,
    })
    this.#endOffset = baseOffset + header.lastOffsetDelta + 1
    this.#sizeBytes += bytes.length
    if (isControl(header.attributes)) return baseOffset
    if (isTransactional(header.attributes))
      this.transactions.wrote(header.producerId, header.producerEpoch, baseOffset)
    this.producers.remember(
      {
        producerId: header.producerId,
        producerEpoch: header.producerEpoch,
        baseSequence: header.baseSequence,
        recordCount: header.count,
      },
      baseOffset,
    )
    return baseOffset
  }

  /** Every in-sync replica has everything. True when that was news. */
  replicated(): boolean {
    if (this.#highWatermark === this.#endOffset) return false
    this.#highWatermark = this.#endOffset
    return true
  }

  /** Drops the oldest batches until the log has at most `maxBytes`, as far as they are replicated. */
  trim(maxBytes: number): void {
    let dropped = 0
    for (const batch of this.#batches) {
      if (this.#sizeBytes <= maxBytes || batch.lastOffset >= this.#highWatermark) break
      this.#sizeBytes -= batch.bytes.length
      this.#startOffset = batch.lastOffset + 1
      dropped++
    }
    if (dropped > 0) this.#batches = this.#batches.slice(dropped)
  }

  /** Bytes a reader at `from` could get that reads below `end` only. */
  readableBytes(from: Offset, end: Offset): number {
    let bytes = 0
    for (let index = this.#indexOf(from); index < this.#batches.length; index++) {
      const batch = this.#batches[index] as LoggedBatch
      if (batch.lastOffset >= end) break
      bytes += batch.bytes.length
    }
    return bytes
  }

  /**
   * Whole batches from the one that holds `from` up to `end`, at most `maxBytes`; the first one comes whatever its size
   * when `atLeastOne`, so that a reader with a small limit gets on. Null: none.
   */
  read(from: Offset, end: Offset, maxBytes: number, atLeastOne: boolean): Uint8Array | null {
    const parts: Uint8Array[] = []
    let size = 0
    for (let index = this.#indexOf(from); index < this.#batches.length; index++) {
      const batch = this.#batches[index] as LoggedBatch
      const fits = size + batch.bytes.length <= maxBytes || (atLeastOne && parts.length === 0)
      if (batch.lastOffset >= end || !fits) break
      parts.push(batch.bytes)
      size += batch.bytes.length
    }
    if (parts.length === 0) return null
    const joined = new Uint8Array(size)
    let at = 0
    for (const part of parts) {
      joined.set(part, at)
      at += part.length
    }
    return joined
  }

  /**
   * First offset whose record is at least as young, -1 when there is none. In a compressed batch, which a pure model
   * cannot inflate, the batch's first offset stands for it.
   */
  offsetAt(timestampMs: number): Offset {
    for (const batch of this.#batches) {
      if (batch.lastOffset >= this.#highWatermark) break
      if (batch.maxTimestampMs < timestampMs) continue
      return compressionOf(batch.attributes) === 'none'
        ? firstRecordSince(batch, timestampMs)
        : batch.baseOffset
    }
    return -1
  }

  /** Index of the batch that holds `offset`, or of the first one after it. */
  #indexOf(offset: Offset): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#batches[middle] as LoggedBatch).lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

const firstRecordSince = (batch: LoggedBatch, timestampMs: number): Offset => {
  let found = batch.baseOffset
  let searching = true
  readBatches(
    batch.bytes,
    {
      from: batch.baseOffset,
      isolation: 'read_uncommitted',
      aborted: [],
      crc32c,
      decompress: () => new Uint8Array(),
      maxInflatedBytes: 1,
    },
    record => {
      if (searching && record.timestampMs >= timestampMs) {
        found = record.offset
        searching = false
      }
    },
  )
  return found
}
