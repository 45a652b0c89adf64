/**
 * CRC-32 of Ethernet and zip (reflected polynomial 0xEDB88320): librdkafka's default partitioner hashes with it. Not
 * the CRC-32C that protects record batches; a key hashed with that one lands elsewhere.
 */
const POLYNOMIAL = 0xedb88320

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0)
  return remainder
})

/** Signed 32-bit checksum of `length` bytes from `start`; 0 of no bytes. */
export const crc32 = (bytes: Uint8Array, length: number = bytes.length, start = 0): number => {
  let remainder = -1
  for (let at = start; at < start + length; at++)
    remainder = (remainder >>> 8) ^ (table[(remainder ^ (bytes[at] as number)) & 0xff] as number)
  return ~remainder
}
