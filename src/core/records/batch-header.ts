import type { CompressionName, Offset } from '../model/index.ts'
import { readBigInt64, readInt16, readInt32, readInt64, writeInt32, writeInt64 } from './bytes.ts'
import * as layout from './layout.ts'

/** The fixed part of a batch, as numbers. */
export interface BatchHeader {
  readonly baseOffset: Offset
  readonly lastOffsetDelta: number
  readonly count: number
  /** -1n: the producer was not idempotent. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly attributes: number
  /** Whole batch, header included. */
  readonly sizeBytes: number
  readonly baseTimestampMs: number
  readonly maxTimestampMs: number
  readonly leaderEpoch: number
  /** CRC-32C as stored, unsigned. */
  readonly crc: number
}

/** Reads the header at `at`; `bytes` must hold all of it. */
export const readBatchHeader = (bytes: Uint8Array, at: number): BatchHeader => ({
  baseOffset: readInt64(bytes, at + layout.BASE_OFFSET),
  lastOffsetDelta: readInt32(bytes, at + layout.LAST_OFFSET_DELTA),
  count: readInt32(bytes, at + layout.RECORD_COUNT),
  producerId: readBigInt64(bytes, at + layout.PRODUCER_ID),
  producerEpoch: readInt16(bytes, at + layout.PRODUCER_EPOCH),
  baseSequence: readInt32(bytes, at + layout.BASE_SEQUENCE),
  attributes: readInt16(bytes, at + layout.ATTRIBUTES),
  sizeBytes: layout.LENGTH_COUNTS_FROM + readInt32(bytes, at + layout.BATCH_LENGTH),
  baseTimestampMs: readInt64(bytes, at + layout.BASE_TIMESTAMP),
  maxTimestampMs: readInt64(bytes, at + layout.MAX_TIMESTAMP),
  leaderEpoch: readInt32(bytes, at + layout.LEADER_EPOCH),
  crc: readInt32(bytes, at + layout.CRC) >>> 0,
})

/**
 * Calls `visit` with the header and start of every whole batch in `bytes`, in order, and returns the position after
 * the last. Nothing is inflated and no checksum is compared: for counting, and for a broker's own bookkeeping.
 */
export const forEachBatchHeader = (
  bytes: Uint8Array,
  visit: (header: BatchHeader, at: number) => void,
): number => {
  let at = 0
  while (at + layout.RECORDS <= bytes.length) {
    const header = readBatchHeader(bytes, at)
    if (header.sizeBytes < layout.RECORDS || at + header.sizeBytes > bytes.length) break
    visit(header, at)
    at += header.sizeBytes
  }
  return at
}

/** What a broker does at append: both fields lie before the checksum, which stays right. Changes `batch`. */
export const assignOffsets = (batch: Uint8Array, baseOffset: Offset, leaderEpoch: number): void => {
  writeInt64(batch, layout.BASE_OFFSET, baseOffset)
  writeInt32(batch, layout.LEADER_EPOCH, leaderEpoch)
}

/** The codec that `attributes` names, or null where no such codec exists. */
export const compressionOf = (attributes: number): CompressionName | null =>
  layout.CODECS[attributes & layout.COMPRESSION_MASK] ?? null

export const isTransactional = (attributes: number): boolean => (attributes & layout.TRANSACTIONAL) !== 0
/** Control batches are commit and abort markers: they take an offset and carry nothing for readers. */
export const isControl = (attributes: number): boolean => (attributes & layout.CONTROL) !== 0
export const isLogAppendTime = (attributes: number): boolean => (attributes & layout.LOG_APPEND_TIME) !== 0
