/**
 * Writes a record batch v2 in one pass: each record is encoded straight into the batch's buffer as it is appended, and
 * sealing fills in the header. No record object, no second copy, one checksum.
 *
 * The bytes are fixed when the batch is sealed. A retry sends exactly these, with the same producer id, epoch and
 * sequence, so that the broker can tell a repeat from a new batch.
 */
import { type CompressionName, utf8Bytes } from '../model/index.ts'
import {
  fitsInt32,
  varintSize,
  writeBigInt64,
  writeInt16,
  writeInt32,
  writeInt64,
  writeVarint,
  writeVarlong,
  zigzag,
} from './bytes.ts'
import * as layout from './layout.ts'
import type { RecordHeader } from './record.ts'

/** Where batches take their buffers from and return them to, so that a producer can count and reuse them. */
export interface BatchMemory {
  /** A buffer of at least `leastBytes`; its content is arbitrary. */
  take(leastBytes: number): Uint8Array
  give(buffer: Uint8Array): void
}

const plainMemory: BatchMemory = { take: leastBytes => new Uint8Array(leastBytes), give: () => undefined }

export interface SealOptions {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  /** The batch belongs to the open transaction of the producer id. Default false. */
  readonly transactional?: boolean
  /** The batch is the marker that ends a transaction: what brokers write. Default false. */
  readonly control?: boolean
  readonly codec: CompressionName
  /** Needed unless `codec` is `none`. */
  readonly compress?: (codec: CompressionName, bytes: Uint8Array) => Uint8Array
  readonly crc32c: (bytes: Uint8Array) => number
}

/** The most a record needs besides key, value and headers: length, attributes and five varints. */
const RECORD_OVERHEAD_MAX = 5 + 1 + 10 + 5 + 5 + 5 + 5
/** Below this a loop over bytes is faster than the call of `TypedArray.set`. */
const LOOP_BYTES_MAX = 48

const NO_HEADERS: readonly RecordHeader[] = []
const NO_BYTES = new Uint8Array(0)

export class BatchBuilder {
  // in this order: what each record touches lies together
  private end = layout.RECORDS
  private buffer: Uint8Array
  private records = 0
  private sealed: Uint8Array | null = null
  private baseTimestampMs = 0
  /** Beside the base, because a small integer lies in the object itself and a time of today does not. */
  private maxTimestampDeltaMs = 0
  protected readonly memory: BatchMemory

  constructor(initialBytes: number, memory: BatchMemory = plainMemory) {
    this.memory = memory
    this.buffer = memory.take(Math.max(initialBytes, layout.RECORDS + RECORD_OVERHEAD_MAX))
  }

  get count(): number {
    return this.records
  }

  /** Header included, before compression. */
  get sizeBytes(): number {
    return this.end
  }

  /** What the batch holds of its memory, used or not. */
  get capacityBytes(): number {
    return this.buffer.length
  }

  /**
   * Encodes one record; all bytes are copied. `keyLength` and `valueLength` say how many bytes of `key` and `value`
   * count, so that a caller may reuse one scratch buffer for all its texts.
   */
  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] = NO_HEADERS,
    keyLength: number = key === null ? -1 : key.length,
    valueLength: number = value === null ? -1 : value.length,
  ): void {
    if (this.sealed !== null) throw new Error('append after seal')
    if (this.records === 0) this.baseTimestampMs = timestampMs
    const timestampDelta = timestampMs - this.baseTimestampMs
    if (timestampDelta > this.maxTimestampDeltaMs) this.maxTimestampDeltaMs = timestampDelta

    const encodedHeaders = headers.length === 0 ? null : encodeHeaders(headers)
    const headerBytes = encodedHeaders === null ? 1 : encodedHeaders.length
    this.reserve(RECORD_OVERHEAD_MAX + Math.max(keyLength, 0) + Math.max(valueLength, 0) + headerBytes)

    const bytes = this.buffer
    const shortDelta = fitsInt32(timestampDelta)
    const zigzagTime = shortDelta ? zigzag(timestampDelta) : 0
    const zigzagOffset = zigzag(this.records)
    const zigzagKey = zigzag(keyLength)
    const zigzagValue = zigzag(valueLength)
    const bodyBytes =
      1 +
      (shortDelta ? varintSize(zigzagTime) : varlongSize(timestampDelta)) +
      varintSize(zigzagOffset) +
      varintSize(zigzagKey) +
      Math.max(keyLength, 0) +
      varintSize(zigzagValue) +
      Math.max(valueLength, 0) +
      headerBytes

    let at = writeVarint(bytes, this.end, zigzag(bodyBytes))
    bytes[at++] = 0
    at = shortDelta ? writeVarint(bytes, at, zigzagTime) : writeVarlong(bytes, at, timestampDelta)
    at = writeVarint(bytes, at, zigzagOffset)
    at = writeVarint(bytes, at, zigzagKey)
    if (key !== null) at = copy(key, keyLength, bytes, at)
    at = writeVarint(bytes, at, zigzagValue)
    if (value !== null) at = copy(value, valueLength, bytes, at)
    if (encodedHeaders === null) bytes[at++] = 0
    else at = copy(encodedHeaders, headerBytes, bytes, at)
    this.end = at
    this.records++
  }

  /**
   * Fixes the bytes and returns them: a view of the batch's own buffer. Compression is kept only where it is smaller.
   * Calling again returns the same bytes.
   */
  seal(options: SealOptions): Uint8Array {
    if (this.sealed !== null) return this.sealed
    if (this.records === 0) throw new Error('seal of an empty batch')
    const codec = this.compressInPlace(options)
    const bytes = this.buffer
    writeInt64(bytes, layout.BASE_OFFSET, 0)
    writeInt32(bytes, layout.BATCH_LENGTH, this.end - layout.LENGTH_COUNTS_FROM)
    writeInt32(bytes, layout.LEADER_EPOCH, -1)
    bytes[layout.MAGIC] = layout.MAGIC_2
    writeInt16(bytes, layout.ATTRIBUTES, attributesOf(codec, options))
    writeInt32(bytes, layout.LAST_OFFSET_DELTA, this.records - 1)
    writeInt64(bytes, layout.BASE_TIMESTAMP, this.baseTimestampMs)
    writeInt64(bytes, layout.MAX_TIMESTAMP, this.baseTimestampMs + this.maxTimestampDeltaMs)
    writeBigInt64(bytes, layout.PRODUCER_ID, options.producerId)
    writeInt16(bytes, layout.PRODUCER_EPOCH, options.producerEpoch)
    writeInt32(bytes, layout.BASE_SEQUENCE, options.baseSequence)
    writeInt32(bytes, layout.RECORD_COUNT, this.records)
    writeInt32(bytes, layout.CRC, options.crc32c(bytes.subarray(layout.ATTRIBUTES, this.end)))
    this.sealed = bytes.subarray(0, this.end)
    return this.sealed
  }

  /** Gives the buffer back. Nothing of this batch, sealed bytes included, may be used afterwards. */
  release(): void {
    this.memory.give(this.buffer)
    this.buffer = NO_BYTES
    this.sealed = NO_BYTES
  }

  private compressInPlace({ codec, compress }: SealOptions): CompressionName {
    if (codec === 'none') return 'none'
    if (compress === undefined) throw new Error(`seal with ${codec} needs a compress function`)
    const packed = compress(codec, this.buffer.subarray(layout.RECORDS, this.end))
    if (packed.length >= this.end - layout.RECORDS) return 'none'
    this.buffer.set(packed, layout.RECORDS)
    this.end = layout.RECORDS + packed.length
    return codec
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return
    const larger = this.memory.take(Math.max(this.end + bytes, this.buffer.length * 2))
    larger.set(this.buffer.subarray(0, this.end))
    this.memory.give(this.buffer)
    this.buffer = larger
  }
}

const attributesOf = (
  codec: CompressionName,
  { transactional = false, control = false }: SealOptions,
): number =>
  layout.CODECS.indexOf(codec) | (transactional ? layout.TRANSACTIONAL : 0) | (control ? layout.CONTROL : 0)

const copy = (from: Uint8Array, length: number, into: Uint8Array, at: number): number => {
  if (length > LOOP_BYTES_MAX) into.set(length === from.length ? from : from.subarray(0, length), at)
  else for (let index = 0; index < length; index++) into[at + index] = from[index] as number
  return at + length
}

const varlongScratch = new Uint8Array(10)
const varlongSize = (value: number): number => writeVarlong(varlongScratch, 0, value)

const encodeHeaders = (headers: readonly RecordHeader[]): Uint8Array => {
  const keys = headers.map(header => utf8Bytes(header.key))
  let room = 5
  for (const [index, header] of headers.entries())
    room += 10 + (keys[index]?.length ?? 0) + (header.value?.length ?? 0)
  const bytes = new Uint8Array(room)
  let at = writeVarint(bytes, 0, zigzag(headers.length))
  for (const [index, { value }] of headers.entries()) {
    const key = keys[index] as Uint8Array
    at = copy(key, key.length, bytes, writeVarint(bytes, at, zigzag(key.length)))
    at = writeVarint(bytes, at, zigzag(value === null ? -1 : value.length))
    if (value !== null) at = copy(value, value.length, bytes, at)
  }
  return bytes.subarray(0, at)
}
