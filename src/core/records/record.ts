import { type Offset, readUtf8 } from '../model/index.ts'
import { Cursor } from './cursor.ts'

export interface RecordHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

/**
 * A record as it lies in a fetched batch. Offset and time are at hand; key, value and headers are cut out when asked
 * for, because a view costs more than reading the lengths around it and many readers want one of the three.
 *
 * The views share memory with the fetched bytes: a record that is kept keeps its whole batch. Copy what outlives it.
 */
export class FetchedRecord {
  readonly offset: Offset
  /** Milliseconds since 1970: the producer's time, or the broker's where the topic says LogAppendTime. */
  readonly timestampMs: number
  private readonly bytes: Uint8Array
  private readonly keyAt: number
  private readonly keyLength: number
  private readonly valueLength: number
  private readonly headersAt: number

  /** Lengths are checked by the reader: -1 is null. */
  constructor(
    offset: Offset,
    timestampMs: number,
    bytes: Uint8Array,
    keyAt: number,
    keyLength: number,
    valueLength: number,
    headersAt: number,
  ) {
    this.offset = offset
    this.timestampMs = timestampMs
    this.bytes = bytes
    this.keyAt = keyAt
    this.keyLength = keyLength
    this.valueLength = valueLength
    this.headersAt = headersAt
  }

  /** Bytes of key and value. */
  get sizeBytes(): number {
    return Math.max(0, this.keyLength) + Math.max(0, this.valueLength)
  }

  /** A number that equal keys share, without cutting the key out; null without a key. FNV-1a with a final fold. */
  get keyHash(): number | null {
    const { bytes, keyAt, keyLength } = this
    if (keyLength < 0) return null
    let hash = 0x811c9dc5
    for (let at = keyAt, end = keyAt + keyLength; at < end; at++)
      hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
    return hash ^ (hash >>> 15)
  }

  get key(): Uint8Array | null {
    return this.keyLength < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyLength)
  }

  get value(): Uint8Array | null {
    // the value ends where the headers begin, so its start needs no field of its own
    return this.valueLength < 0
      ? null
      : this.bytes.subarray(this.headersAt - this.valueLength, this.headersAt)
  }

  /** In written order; names may repeat. */
  get headers(): readonly RecordHeader[] {
    const cursor = new Cursor(this.bytes, this.headersAt)
    const headers: RecordHeader[] = []
    for (let left = cursor.varint(); left > 0; left--) {
      const keyLength = cursor.varint()
      const key = readUtf8(this.bytes, cursor.at, cursor.at + keyLength)
      cursor.at += keyLength
      const valueLength = cursor.varint()
      if (valueLength < 0) headers.push({ key, value: null })
      else {
        headers.push({ key, value: this.bytes.subarray(cursor.at, cursor.at + valueLength) })
        cursor.at += valueLength
      }
    }
    return headers
  }
}
