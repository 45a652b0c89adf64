import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'
import { crc32Combine } from './crc32-combine.ts'

/**
 * One gzip file from parts that were compressed each by itself, so that a part that says what it said before is
 * compressed once.
 *
 * Each part ends with a sync flush: on a whole byte, and with no block marked as the last. Parts behind one another are
 * therefore one deflate stream, and one member, which every reader of gzip takes; several members some read only the
 * first of. Between parts no repetition is found, which is nothing where a part is longer than deflate's 32 KB.
 *
 * Compressing runs beside the event loop: 200,000 series would hold up the next look for a tenth of a second.
 */
export interface GzipPart {
  readonly deflated: Uint8Array
  /** Of the text. */
  readonly crc: number
  readonly length: number
}

/** Reads the chunks before it returns; they may be written over afterwards. */
export const gzipPart = async (chunks: readonly Uint8Array[]): Promise<GzipPart> => {
  const text = Buffer.concat(chunks)
  const crc = crc32(text)
  const deflated = await compress(text, { level: 1, finishFlush: constants.Z_SYNC_FLUSH })
  return { deflated, crc, length: text.length }
}

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
  return Buffer.concat([HEAD, ...parts.map(({ deflated }) => deflated), end])
}

const compress = promisify<Buffer, { readonly level: number; readonly finishFlush: number }, Buffer>(
  deflateRaw,
)

/** RFC 1952: magic, deflate, no flags, no time, fastest, unknown system. */
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255])
/** RFC 1951: a last block with nothing in it. */
const END = Buffer.from([3, 0])
