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

  /** False where `part` is none of what a record may hold, which only callers without types can do. */
  set(part: unknown): boolean {
    if (typeof part === 'string') {
      const most = utf8BytesMax(part.length)
      if (most > this.scratch.length) this.scratch = new Uint8Array(most)
      this.bytes = this.scratch
      this.length = writeUtf8(part, this.scratch, 0, this.loneSurrogate)
      return true
    }
    if (part !== null && !(part instanceof Uint8Array)) return false
    this.bytes = part
    this.length = part === null ? -1 : part.length
    return true
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

  /** What is wrong with the record, in words, or null. The types forbid it all; JavaScript does not. */
  read(record: ProducerRecord): string | null {
    const { key, value, headers, timestampMs } = record
    // no key and "key: undefined" are one thing to a JavaScript caller; a value that was forgotten is a mistake
    if (!this.key.set(key ?? null)) return `its key is ${described(key)}, not bytes, text or null`
    if (!this.value.set(value)) return `its value is ${described(value)}, not bytes, text or null`
    this.sizeBytes = RECORD_OVERHEAD_BYTES + Math.max(0, this.key.length) + Math.max(0, this.value.length)
    if (timestampMs !== undefined && !(Number.isSafeInteger(timestampMs) && timestampMs >= 0))
      return `timestampMs ${String(timestampMs)} is not milliseconds since 1970`
    return headers === undefined ? null : this.readHeaders(headers)
  }

  private readHeaders(headers: NonNullable<ProducerRecord['headers']>): string | null {
    if (!Array.isArray(headers)) return `its headers are ${described(headers)}, not a list of { key, value }`
    for (const { key, value } of headers) {
      if (typeof key !== 'string') return `the key of a header is ${described(key)}, not text`
      if (value !== null && !(value instanceof Uint8Array))
        return `header ${key} is ${described(value)}, not bytes or null`
      this.sizeBytes += 10 + utf8BytesMax(key.length) + (value?.length ?? 0)
    }
    return null
  }
}

/** `a number`, `an object`, `undefined`. */
const described = (value: unknown): string => {
  if (value === undefined) return 'undefined'
  const type = Array.isArray(value) ? 'array' : typeof value
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}
