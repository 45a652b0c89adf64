/**
 * Checksums and compression on Node: zlib for gzip and zstd, the Kafka client's WebAssembly helpers for the raw snappy
 * and lz4 codecs. Every decompression is capped before memory is spent; see inflated-size.ts for the two codecs that
 * take no limit.
 */
// as a whole: on a Node without zstd a named import fails before `src/package/node-version.ts` can say what is needed
import zlib from 'node:zlib'
import { crc32c } from '@node-rs/crc32'
import { compressionsAlgorithms } from '@platformatic/kafka'
import type { Codecs, CompressionName } from '../../ports/codecs.ts'
import {
  lz4FrameSize,
  snappyBlocks,
  snappyBlockSize,
  XERIAL_HEADER_BYTES,
  XERIAL_MAGIC,
} from './inflated-size.ts'

/** The helpers want Buffers; a view costs no copy. */
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

/** Java's default block size. Larger blocks make some readers allocate more than they need. */
const XERIAL_BLOCK_BYTES = 32 * 1024

const compressSnappy = (bytes: Uint8Array): Uint8Array => {
  const header = Buffer.alloc(XERIAL_HEADER_BYTES)
  header.set(XERIAL_MAGIC)
  header.writeInt32BE(1, 8)
  header.writeInt32BE(1, 12)
  const parts: Uint8Array[] = [header]
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK_BYTES) {
    const block = compressionsAlgorithms.snappy.compressSync(
      asBuffer(bytes.subarray(at, at + XERIAL_BLOCK_BYTES)),
    )
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

const tooLarge = (codec: CompressionName, size: number, maxBytes: number): RangeError =>
  new RangeError(`${codec}: inflates to ${size} bytes, ${maxBytes} are allowed`)

const decompressSnappy = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  const blocks = snappyBlocks(bytes)
  const size = blocks.reduce((sum, block) => sum + snappyBlockSize(block), 0)
  if (size > maxBytes) throw tooLarge('snappy', size, maxBytes)
  return Buffer.concat(blocks.map(block => compressionsAlgorithms.snappy.decompressSync(asBuffer(block))))
}

const decompressLz4 = (bytes: Uint8Array, maxBytes: number): Uint8Array => {
  const size = lz4FrameSize(bytes)
  if (size > maxBytes) throw tooLarge('lz4', size, maxBytes)
  return compressionsAlgorithms.lz4.decompressSync(asBuffer(bytes))
}

/** Level 1: batches are small and the broker waits; higher levels cost several times the time for a few percent. */
const ZSTD_OPTIONS = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } }
const GZIP_OPTIONS = { level: 1 }

export const nodeCodecs: Codecs = {
  crc32c: bytes => crc32c(bytes),

  compress: (codec, bytes) => {
    switch (codec) {
      case 'none':
        return bytes
      case 'gzip':
        return zlib.gzipSync(bytes, GZIP_OPTIONS)
      case 'snappy':
        return compressSnappy(bytes)
      case 'lz4':
        return compressionsAlgorithms.lz4.compressSync(asBuffer(bytes))
      case 'zstd':
        return zlib.zstdCompressSync(bytes, ZSTD_OPTIONS)
    }
  },

  decompress: (codec, bytes, maxBytes) => {
    switch (codec) {
      case 'none':
        return bytes
      case 'gzip':
        return zlib.gunzipSync(bytes, { maxOutputLength: maxBytes })
      case 'snappy':
        return decompressSnappy(bytes, maxBytes)
      case 'lz4':
        return decompressLz4(bytes, maxBytes)
      case 'zstd':
        return zlib.zstdDecompressSync(bytes, { maxOutputLength: maxBytes })
    }
  },
}
