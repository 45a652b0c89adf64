import type { CompressionName } from '../core/model/index.ts'

export type { CompressionName }

/** Checksums and compression, by libraries. Above this port nobody imports zlib or a native module. */
export interface Codecs {
  /** CRC-32C (Castagnoli) of the bytes, unsigned. */
  crc32c(bytes: Uint8Array): number
  compress(codec: CompressionName, bytes: Uint8Array): Uint8Array
  /** Throws when the result would pass `maxBytes`; the cap holds before memory is spent. */
  decompress(codec: CompressionName, bytes: Uint8Array, maxBytes: number): Uint8Array
}
