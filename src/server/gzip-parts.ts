import { constants, crc32, createDeflateRaw } from 'node:zlib'
import { crc32Combine } from './crc32-combine.ts'

/**
 * One gzip file from parts that were compressed each by itself, so that a part that says what it said before is
 * compressed once.
 *
 * Each part ends with a full flush: on a whole byte, with no block marked as the last, and with nothing behind it that
 * refers to what lies before. Parts behind one another, in whatever order, are therefore one deflate stream, and one
 * member, which every reader of gzip takes; several members some read only the first of. Between parts no repetition is
 * found, which is nothing where a part is longer than deflate's 32 KB.
 *
 * Compressing runs beside the event loop: 200,000 series would hold up the next look for a tenth of a second.
 *
 * One deflater for all parts, and room for their text that is kept. Both lie outside of V8's heap, which counts them all the
 * same and marks the whole heap when they have become many: a new deflater takes a quarter of a megabyte, and a dozen of
 * them and of copies of the text would be made with every scrape.
 */
export interface GzipPart {
  readonly deflated: readonly Uint8Array[]
  /** Of the text. */
  readonly crc: number
  readonly length: number
}

export class GzipParts {
  readonly #deflater = createDeflateRaw({ level: 1, chunkSize: OUTPUT_BYTES, flush: constants.Z_FULL_FLUSH })
  /** Text of the parts that are not compressed yet, one after the other. */
  #room = Buffer.alloc(0)
  #taken = 0
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  /** Reads the chunks before it returns; they may be written over afterwards. */
  part(chunks: readonly Uint8Array[]): Promise<GzipPart> {
    const text = this.#keep(chunks)
    const crc = crc32(text)
    this.#waiting++
    const deflate = async (): Promise<GzipPart> => {
      try {
        return { deflated: text.length === 0 ? [] : await this.#deflate(text), crc, length: text.length }
      } finally {
        if (--this.#waiting === 0) this.#beginAnew()
      }
    }
    const part = this.#last.then(deflate, deflate)
    this.#last = part
    return part
  }

  #keep(chunks: readonly Uint8Array[]): Buffer {
    const from = this.#taken
    this.#taken += chunks.reduce((sum, { length }) => sum + length, 0)
    if (this.#taken > this.#room.length) return Buffer.concat(chunks)
    let at = from
    for (const chunk of chunks) {
      this.#room.set(chunk, at)
      at += chunk.length
    }
    return this.#room.subarray(from, at)
  }

  /** Nobody's text is needed any more. Where they did not all fit there is room for as many the next time. */
  #beginAnew(): void {
    if (this.#taken > this.#room.length) this.#room = Buffer.allocUnsafeSlow(this.#taken)
    this.#taken = 0
  }

  #deflate(text: Buffer): Promise<readonly Uint8Array[]> {
    return new Promise((resolve, reject) => {
      const deflated: Uint8Array[] = []
      const take = (bytes: Uint8Array): void => void deflated.push(bytes)
      this.#deflater.on('data', take)
      // called when the last byte of it, with its flush, was handed out
      this.#deflater.write(text, failure => {
        this.#deflater.off('data', take)
        if (failure) reject(failure)
        else resolve(deflated)
      })
    })
  }
}

const OUTPUT_BYTES = 64 * 1024

export const gzipFile = (parts: readonly GzipPart[]): Buffer => {
  let crc = 0
  let length = 0
  for (const part of parts) {
    crc = crc32Combine(crc, part.crc, part.length)
    length += part.length
  }
  const end = Buffer.alloc(END.length + 8)
  END.copy(end)
  end.writeUInt32LE(crc, END.length)
  end.writeUInt32LE(length % 2 ** 32, END.length + 4)
  return Buffer.concat([HEAD, ...parts.flatMap(({ deflated }) => deflated), end])
}

/** RFC 1952: magic, deflate, no flags, no time, fastest, unknown system. */
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255])
/** RFC 1951: a last block with nothing in it. */
const END = Buffer.from([3, 0])
