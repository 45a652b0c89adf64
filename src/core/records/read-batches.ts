/**
 * From the bytes of a fetch answer to records.
 *
 * Goal: every record at or after the position, once, in order, and nothing else; a position to go on from that always
 * moves when a whole batch was read; bytes that nobody vouches for can neither crash, hang, nor exhaust memory.
 *
 * Method: batch by batch. The checksum comes first, because every other field may be a lie until it matches. Then the
 * batch is inflated under a cap. Then each record's lengths are compared with the end of the record, and the record's
 * end with the end of the batch.
 *
 * - A broker answers from the start of the batch that holds the position: earlier records are skipped.
 * - The last batch may be cut off at the size limit: it is left for the next fetch.
 * - Compaction leaves gaps and empty batches, transactions leave markers: the position moves by the batch's last
 *   offset, not by its last record, or the fetch loop would ask for the same batch for ever.
 * - read_committed: the broker names the aborted transactions that touch the answer by (producer id, first offset). A
 *   producer's batches are dropped from that offset up to its abort marker. One producer may abort twice in one
 *   answer, so the list is walked in offset order and a marker closes one entry. A transaction whose marker is beyond
 *   the answer is named again in the next: no state is kept between answers.
 *
 * Not done here: checks against the high watermark or log start, leader epochs, and fetching. Source:
 * org.apache.kafka.clients.consumer.internals.CompletedFetch.
 */
import type { CompressionName, Offset } from '../model/index.ts'
import { BatchFault } from './batch-fault.ts'
import {
  type BatchHeader,
  compressionOf,
  isControl,
  isLogAppendTime,
  isTransactional,
  readBatchHeader,
} from './batch-header.ts'
import { readInt16, readInt32, readInt64 } from './bytes.ts'
import { Cursor } from './cursor.ts'
import * as layout from './layout.ts'
import { FetchedRecord } from './record.ts'

export interface ReadOptions {
  /** Position asked for; records below it are not handed out. */
  readonly from: Offset
  readonly isolation: 'read_uncommitted' | 'read_committed'
  /** As the broker named them, in any order. */
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: Offset }[]
  readonly crc32c: (bytes: Uint8Array) => number
  /** Must throw rather than return more than `maxBytes`. */
  readonly decompress: (codec: CompressionName, bytes: Uint8Array, maxBytes: number) => Uint8Array
  /** Most bytes one batch may inflate to. Reading stops early, without error, once a call inflated that much in all. */
  readonly maxInflatedBytes: number
  /** `topic-partition`, for the text of errors. */
  readonly where?: string
}

export interface ReadResult {
  /** Where to fetch from next. Equals `from` when the answer was empty. */
  readonly nextOffset: Offset
  /** Leader epoch of the last batch read; -1 when none was. */
  readonly lastEpoch: number
}

/**
 * Takes one record as numbers and the bytes that they point into: the arguments of a `FetchedRecord`. Whoever needs an
 * object makes it, of its own class, once.
 */
export type RecordVisitor = (
  offset: Offset,
  timestampMs: number,
  bytes: Uint8Array,
  keyAt: number,
  keyLength: number,
  valueLength: number,
  headersAt: number,
) => void

/** Reads the `records` of one partition of a fetch answer batch by batch, when asked, in order. */
export class BatchReader {
  /** Every record below was handed out, or is not for this reader. */
  nextOffset: Offset
  lastEpoch = -1
  /** What the batches so far took after decompression, beside their bytes. */
  inflatedBytes = 0
  readonly #bytes: Uint8Array
  readonly #options: ReadOptions
  readonly #where: string
  readonly #filter: AbortedFilter | null
  #at = 0

  constructor(bytes: Uint8Array, options: ReadOptions) {
    this.#bytes = bytes
    this.#options = options
    this.#where = options.where ?? 'the partition'
    this.#filter =
      options.isolation === 'read_committed' && options.aborted.length > 0
        ? new AbortedFilter(options.aborted)
        : null
    this.nextOffset = options.from
  }

  /**
   * Hands the records of the next batch to `visit`. False when no whole batch is left.
   *
   * Throws `BatchFault` at a batch that cannot be read; `fault.offset` is where reading stands.
   */
  next(visit: RecordVisitor): boolean {
    const bytes = this.#bytes
    const at = this.#at
    const where = this.#where
    if (at + layout.LENGTH_COUNTS_FROM > bytes.length) return this.#end()
    const sizeBytes = layout.LENGTH_COUNTS_FROM + readInt32(bytes, at + layout.BATCH_LENGTH)
    const baseOffset = readInt64(bytes, at)
    if (sizeBytes < layout.RECORDS || !Number.isSafeInteger(baseOffset) || baseOffset < 0)
      throw new BatchFault(
        'corrupt',
        where,
        this.nextOffset,
        `batch of ${sizeBytes} bytes, base ${baseOffset}`,
      )
    if (at + sizeBytes > bytes.length) return this.#end()

    const header = checkedHeader(bytes, at, sizeBytes, where, this.#options.crc32c)
    const lastOffset = baseOffset + header.lastOffsetDelta
    if (lastOffset >= this.nextOffset) {
      const filter = this.#filter
      filter?.startUpTo(lastOffset)
      if (isControl(header.attributes)) filter?.marker(header, bytes, at)
      else if (filter === null || !filter.drops(header)) {
        const records = recordsOf(bytes, at, header, where, this.#options)
        if (records.inflated) this.inflatedBytes += records.bytes.length
        handOut(records, header, this.nextOffset, where, visit)
      }
      this.nextOffset = lastOffset + 1
      this.lastEpoch = header.leaderEpoch
    }
    this.#at = at + sizeBytes
    return true
  }

  #end(): false {
    const { length } = this.#bytes
    if (this.#at === 0 && length > 0)
      throw new BatchFault('incomplete', this.#where, this.nextOffset, `no whole batch in ${length} bytes`)
    return false
  }
}

/**
 * Hands the records of `bytes` (a partition's `records` of a fetch answer) to `onRecord`, in order.
 *
 * Throws `BatchFault` at the first batch that cannot be read; what came before it has been handed out, and
 * `fault.offset` is where reading stands.
 */
export const readBatches = (
  bytes: Uint8Array,
  options: ReadOptions,
  onRecord: (record: FetchedRecord) => void,
): ReadResult => {
  const reader = new BatchReader(bytes, options)
  const visit: RecordVisitor = (...record) => onRecord(new FetchedRecord(...record))
  while (reader.inflatedBytes < options.maxInflatedBytes && reader.next(visit));
  return { nextOffset: reader.nextOffset, lastEpoch: reader.lastEpoch }
}

/**
 * Where reading will stand behind the whole batches of `bytes`, by their headers alone. Nothing is checked: what it says
 * is worth as much as the bytes, and whoever reads them afterwards finds out.
 */
export const headersEnd = (bytes: Uint8Array, from: Offset): ReadResult => {
  let nextOffset = from
  let lastEpoch = -1
  for (let at = 0; at + layout.RECORDS <= bytes.length; ) {
    const sizeBytes = layout.LENGTH_COUNTS_FROM + readInt32(bytes, at + layout.BATCH_LENGTH)
    const lastOffset =
      readInt64(bytes, at + layout.BASE_OFFSET) + readInt32(bytes, at + layout.LAST_OFFSET_DELTA)
    if (sizeBytes < layout.RECORDS || at + sizeBytes > bytes.length || !Number.isSafeInteger(lastOffset))
      break
    if (lastOffset >= nextOffset) {
      nextOffset = lastOffset + 1
      lastEpoch = readInt32(bytes, at + layout.LEADER_EPOCH)
    }
    at += sizeBytes
  }
  return { nextOffset, lastEpoch }
}

const checkedHeader = (
  bytes: Uint8Array,
  at: number,
  sizeBytes: number,
  where: string,
  crc32c: ReadOptions['crc32c'],
): BatchHeader => {
  const header = readBatchHeader(bytes, at)
  const magic = bytes[at + layout.MAGIC]
  if (magic !== layout.MAGIC_2)
    throw new BatchFault('unsupported', where, header.baseOffset, `record format ${magic} is not read`)
  const crc = crc32c(bytes.subarray(at + layout.ATTRIBUTES, at + sizeBytes))
  if (crc !== header.crc)
    throw new BatchFault(
      'corrupt',
      where,
      header.baseOffset,
      `checksum ${crc.toString(16)}, stored ${header.crc.toString(16)}`,
    )
  if (header.count < 0 || header.lastOffsetDelta < 0 || header.count > header.lastOffsetDelta + 1)
    throw new BatchFault(
      'corrupt',
      where,
      header.baseOffset,
      `${header.count} records in ${header.lastOffsetDelta + 1} offsets`,
    )
  return header
}

interface RecordBytes {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly inflated: boolean
}

const recordsOf = (
  bytes: Uint8Array,
  at: number,
  header: BatchHeader,
  where: string,
  { decompress, maxInflatedBytes }: ReadOptions,
): RecordBytes => {
  const codec = compressionOf(header.attributes)
  if (codec === null)
    throw new BatchFault(
      'unsupported',
      where,
      header.baseOffset,
      `unknown codec in attributes ${header.attributes}`,
    )
  const start = at + layout.RECORDS
  const end = at + header.sizeBytes
  if (codec === 'none') return { bytes, start, end, inflated: false }
  let inflated: Uint8Array
  try {
    inflated = decompress(codec, bytes.subarray(start, end), maxInflatedBytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new BatchFault('not-inflated', where, header.baseOffset, `${codec}: ${reason}`, cause)
  }
  return { bytes: inflated, start: 0, end: inflated.length, inflated: true }
}

const handOut = (
  { bytes, start, end }: RecordBytes,
  header: BatchHeader,
  from: Offset,
  where: string,
  visit: RecordVisitor,
): void => {
  const stampMs = isLogAppendTime(header.attributes) ? header.maxTimestampMs : null
  const cursor = new Cursor(bytes, start)
  let previousDelta = -1
  for (let index = 0; index < header.count; index++) {
    const length = cursor.varint()
    const recordAt = cursor.at
    const recordEnd = recordAt + length
    cursor.at++ // attributes of the record: none are defined
    const timestampMs = header.baseTimestampMs + cursor.varlong()
    const offsetDelta = cursor.varint()
    const keyLength = cursor.varint()
    const keyAt = cursor.at
    if (keyLength > 0) cursor.at += keyLength
    // a length that points outside would make the next varint read another record's bytes
    const valueLength = cursor.at <= recordEnd ? cursor.varint() : -2
    if (valueLength > 0) cursor.at += valueLength
    const headersAt = cursor.at
    if (
      length < 0 ||
      recordEnd > end ||
      keyLength < -1 ||
      valueLength < -1 ||
      offsetDelta <= previousDelta ||
      offsetDelta > header.lastOffsetDelta ||
      !skipHeaders(cursor, recordEnd)
    )
      throw new BatchFault(
        'corrupt',
        where,
        header.baseOffset,
        `record ${index} of ${header.count} has lengths that do not fit`,
      )
    previousDelta = offsetDelta
    const offset = header.baseOffset + offsetDelta
    if (offset >= from) visit(offset, stampMs ?? timestampMs, bytes, keyAt, keyLength, valueLength, headersAt)
  }
  if (cursor.at !== end)
    throw new BatchFault(
      'corrupt',
      where,
      header.baseOffset,
      `${end - cursor.at} bytes after the last record`,
    )
}

/** Moves over the headers; true where they end exactly at the end of the record. */
const skipHeaders = (cursor: Cursor, recordEnd: number): boolean => {
  if (cursor.at >= recordEnd) return false
  let left = cursor.varint()
  if (left < 0) return false
  for (; left > 0 && cursor.at < recordEnd; left--) {
    const keyLength = cursor.varint()
    if (keyLength < 0) return false
    cursor.at += keyLength
    if (cursor.at >= recordEnd) return false
    const valueLength = cursor.varint()
    if (valueLength > 0) cursor.at += valueLength
  }
  return left === 0 && cursor.at === recordEnd
}

const ABORT_MARKER = 0

class AbortedFilter {
  private readonly waiting: { readonly producerId: bigint; readonly firstOffset: Offset }[]
  private next = 0
  private readonly open = new Set<bigint>()

  constructor(aborted: ReadOptions['aborted']) {
    this.waiting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Opens the transactions that begin at or before `offset`. */
  startUpTo(offset: Offset): void {
    for (let entry = this.waiting[this.next]; entry !== undefined; entry = this.waiting[this.next]) {
      if (entry.firstOffset > offset) return
      this.open.add(entry.producerId)
      this.next++
    }
  }

  drops(header: BatchHeader): boolean {
    return isTransactional(header.attributes) && this.open.has(header.producerId)
  }

  /** A marker's key is version int16, type int16. Markers are never compressed. */
  marker(header: BatchHeader, bytes: Uint8Array, at: number): void {
    const cursor = new Cursor(bytes, at + layout.RECORDS)
    cursor.varint()
    cursor.at++
    cursor.varlong()
    cursor.varint()
    if (cursor.varint() >= 4 && readInt16(bytes, cursor.at + 2) === ABORT_MARKER)
      this.open.delete(header.producerId)
  }
}
