/**
 * Reading and writing Kafka's flexible encoding for the requests that matter for speed, where the library's general
 * reader would allocate per field, inflate batches, or throw away an answer because one item in it failed.
 *
 * Everything read is checked against the end of the answer. A length that lies must end as one broken connection,
 * never as an exception out of the event loop or as a gigabyte of memory.
 */
import { offsetFromWire, type Offset } from '../../core/model/index.ts'
import { UnreadableAnswer } from './errors.ts'

export class WireReader {
  readonly #bytes: Buffer
  /** The same bytes: what a Buffer reads in a function of its own is a load here. */
  readonly #view: DataView
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Moves over `length` bytes and returns where they begin. */
  skip(length: number): number {
    const at = this.#at
    if (length < 0 || at + length > this.#bytes.length)
      throw new UnreadableAnswer(`a length of ${length} at byte ${at} of ${this.#bytes.length}`)
    this.#at = at + length
    return at
  }

  get at(): number {
    return this.#at
  }

  /** Goes back to where it was. */
  returnTo(at: number): void {
    this.#at = Math.min(at, this.#at)
  }

  /** What was read since then; a view. */
  since(from: number): Buffer {
    return this.#bytes.subarray(from, this.#at)
  }

  /** Moves over `bytes` where they come next; tells whether they did. */
  skipIf(bytes: Buffer): boolean {
    const end = this.#at + bytes.length
    if (end > this.#bytes.length || bytes.compare(this.#bytes, this.#at, end) !== 0) return false
    this.#at = end
    return true
  }

  /** A view, not a copy. */
  take(length: number): Buffer {
    const at = this.skip(length)
    return this.#bytes.subarray(at, at + length)
  }

  int8(): number {
    return this.#view.getInt8(this.skip(1))
  }

  int16(): number {
    return this.#view.getInt16(this.skip(2))
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4))
  }

  /** At a place within what `skip` moved over: of entries by the hundred thousand each is checked once, not each field. */
  int8At(at: number): number {
    return this.#view.getInt8(at)
  }

  int16At(at: number): number {
    return this.#view.getInt16(at)
  }

  int32At(at: number): number {
    return this.#view.getInt32(at)
  }

  /** Identifiers are opaque and may use all 64 bits. */
  bigint64(): bigint {
    return this.#view.getBigInt64(this.skip(8))
  }

  /** Offsets and times: 64 bits on the wire, a checked number here. */
  offset(): Offset {
    return this.offsetAt(this.skip(8))
  }

  offsetAt(at: number): Offset {
    const high = this.#view.getInt32(at)
    // two halves instead of a bigint: this runs several times per partition of every answer
    if (high >= 0 && high < 0x200000) return high * 4294967296 + this.#view.getUint32(at + 4)
    const value = this.#view.getBigInt64(at)
    try {
      return offsetFromWire(value)
    } catch {
      throw new UnreadableAnswer(`an offset of ${value}`)
    }
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.skip(1)] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new UnreadableAnswer(`a number of more than five bytes at byte ${this.#at}`)
  }

  /** Length of a compact array, string or byte block; -1 is null. */
  compactLength(): number {
    return this.unsignedVarint() - 1
  }

  uuidHex(): string {
    return this.take(16).toString('hex')
  }

  string(): string {
    return this.take(this.compactLength()).toString('utf8')
  }

  nullableString(): string | null {
    const length = this.compactLength()
    return length < 0 ? null : this.take(length).toString('utf8')
  }

  /** Skips what later versions added; `known` reads the fields it knows from a reader that ends where the field ends. */
  taggedFields(known?: (tag: number, field: WireReader) => void): void {
    // nearly always there are none
    if (this.#bytes[this.#at] === 0) {
      this.#at++
      return
    }
    for (let left = this.unsignedVarint(); left > 0; left--) {
      const tag = this.unsignedVarint()
      const field = this.take(this.unsignedVarint())
      known?.(tag, new WireReader(field))
    }
  }
}

/** Bytes that a compact string of `text` takes at most: a five-byte length and three bytes a UTF-16 unit. */
export const compactStringBytesMax = (text: string): number => 5 + text.length * 3

/** Writes into one buffer, which the caller makes large enough beforehand. */
export class WireWriter {
  readonly #bytes: Buffer
  #at = 0

  constructor(space: number | Buffer) {
    this.#bytes = typeof space === 'number' ? Buffer.allocUnsafe(space) : space
  }

  int8(value: number): this {
    this.#at = this.#bytes.writeInt8(value, this.#at)
    return this
  }

  int16(value: number): this {
    this.#at = this.#bytes.writeInt16BE(value, this.#at)
    return this
  }

  int32(value: number): this {
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
    return this
  }

  int64(value: number): this {
    this.int32(Math.floor(value / 4294967296))
    this.#at = this.#bytes.writeUInt32BE(value >>> 0, this.#at)
    return this
  }

  unsignedVarint(value: number): this {
    let rest = value
    for (; rest > 0x7f; rest >>>= 7) this.#at = this.#bytes.writeUInt8((rest & 0x7f) | 0x80, this.#at)
    this.#at = this.#bytes.writeUInt8(rest, this.#at)
    return this
  }

  /** Length prefix of a compact array, string or byte block. */
  compactLength(length: number): this {
    return this.unsignedVarint(length + 1)
  }

  string(text: string): this {
    this.compactLength(Buffer.byteLength(text))
    this.#at += this.#bytes.write(text, this.#at)
    return this
  }

  nullableString(text: string | null): this {
    return text === null ? this.compactLength(-1) : this.string(text)
  }

  uuidHex(hex: string): this {
    const written = this.#bytes.write(hex, this.#at, 16, 'hex')
    if (written !== 16 || hex.length !== 32) throw new RangeError(`not a topic id of 32 hex digits: "${hex}"`)
    this.#at += written
    return this
  }

  append(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
    return this
  }

  noTaggedFields(): this {
    return this.int8(0)
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }
}
