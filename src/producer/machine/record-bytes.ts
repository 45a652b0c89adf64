import { REPLACEMENT_CHARACTER, utf8BytesMax, writeUtf8 } from '../../core/model/index.ts'
import type { ProducerRecord } from '../outcome.ts'

/** Lengths, times and header framing of one record at most; only decides when a batch counts as full. */
export const RECORD_OVERHEAD_BYTES = 40

/** One text or byte string of a record as bytes: `length` of them count, -1 is null. Text lies in a reused scratch. */
export class Part {
  bytes: Uint8Array | null = null
  length = -1
  private scratch: Uint8Array = new Uint8Array(1024)
  private readonly loneSurrogate: number

  constructor(loneSurrogate: number) {
    this.loneSurrogate = loneSurrogate
  }

  set(part: Uint8Array | string | null): void {
    if (typeof part !== 'string') {
      this.bytes = part
      this.length = part === null ? -1 : part.length
      return
    }
    const most = utf8BytesMax(part.length)
    if (most > this.scratch.length) this.scratch = new Uint8Array(most)
    this.bytes = this.scratch
    this.length = writeUtf8(part, this.scratch, 0, this.loneSurrogate)
  }
}

/** Key and value of the record at hand as bytes, without an allocation per record. Valid until the next `read`. */
export class RecordBytes {
  readonly key: Part
  readonly value = new Part(REPLACEMENT_CHARACTER)
  /** What the record takes in a batch, at most. */
  sizeBytes = 0

  /** `loneSurrogate`: what the routing convention writes into keys for half of a surrogate pair. */
  constructor(loneSurrogate: number) {
    this.key = new Part(loneSurrogate)
  }

  read({ key, value, headers }: ProducerRecord): void {
    this.key.set(key)
    this.value.set(value)
    this.sizeBytes = RECORD_OVERHEAD_BYTES + Math.max(0, this.key.length) + Math.max(0, this.value.length)
    if (headers === undefined) return
    for (const header of headers)
      this.sizeBytes += 10 + utf8BytesMax(header.key.length) + (header.value?.length ?? 0)
  }
}
