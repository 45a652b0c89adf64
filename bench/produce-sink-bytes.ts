/**
 * Kafka's requests and answers in both encodings, the old one with fixed lengths and the compact one with tagged fields,
 * for bench/produce-sink.ts: the contestants choose from both.
 */

/** One request, behind its size. */
export class Question {
  readonly bytes: Buffer
  readonly version: number
  readonly correlation: number
  at = 8
  readonly #compact: boolean

  constructor(bytes: Buffer, version: number, compact: boolean) {
    this.bytes = bytes
    this.version = version
    this.#compact = compact
    this.correlation = bytes.readInt32BE(4)
    const clientId = this.int16() // in the old encoding always
    this.at += Math.max(0, clientId)
    this.tags()
  }

  int16(): number {
    this.at += 2
    return this.bytes.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }

  /** Of an array or of a block of bytes. */
  count(): number {
    return this.#compact ? this.#varint() - 1 : this.int32()
  }

  text(): string | null {
    const length = this.#compact ? this.#varint() - 1 : this.int16()
    if (length < 0) return null
    this.at += length
    return this.bytes.toString('utf8', this.at - length, this.at)
  }

  tags(): void {
    if (!this.#compact) return
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint()
      this.at += this.#varint()
    }
  }

  #varint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }
}

/** One answer, with its size in front. */
export class Answer {
  #bytes = Buffer.allocUnsafe(4096)
  #at = 4
  readonly #compact: boolean

  constructor(correlation: number, compact: boolean, taggedHeader: boolean) {
    this.#compact = compact
    this.int32(correlation)
    if (taggedHeader) this.tags()
  }

  int8(value: number): this {
    this.#at = this.#room(1).writeInt8(value, this.#at)
    return this
  }

  int16(value: number): this {
    this.#at = this.#room(2).writeInt16BE(value, this.#at)
    return this
  }

  int32(value: number): this {
    this.#at = this.#room(4).writeInt32BE(value, this.#at)
    return this
  }

  int64(value: bigint): this {
    this.#at = this.#room(8).writeBigInt64BE(value, this.#at)
    return this
  }

  count(value: number): this {
    return this.#compact ? this.#varint(value + 1) : this.int32(value)
  }

  text(text: string | null): this {
    const length = text === null ? -1 : Buffer.byteLength(text)
    if (this.#compact) this.#varint(length + 1)
    else this.int16(length)
    return text === null ? this : this.raw(Buffer.from(text))
  }

  raw(bytes: Buffer): this {
    this.#at += bytes.copy(this.#room(bytes.length), this.#at)
    return this
  }

  /** No tagged fields. */
  tags(): this {
    return this.#compact ? this.int8(0) : this
  }

  finish(): Buffer {
    this.#bytes.writeInt32BE(this.#at - 4, 0)
    return this.#bytes.subarray(0, this.#at)
  }

  #varint(value: number): this {
    let rest = value
    for (; rest > 0x7f; rest >>>= 7) this.#room(1)[this.#at++] = (rest & 0x7f) | 0x80
    this.#room(1)[this.#at++] = rest
    return this
  }

  #room(bytes: number): Buffer {
    if (this.#at + bytes > this.#bytes.length) {
      const larger = Buffer.allocUnsafe((this.#at + bytes) * 2)
      this.#bytes.copy(larger, 0, 0, this.#at)
      this.#bytes = larger
    }
    return this.#bytes
  }
}
