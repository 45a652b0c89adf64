/**
 * CRC-32C (Castagnoli) in plain JavaScript, eight bytes a step by eight tables of 256 entries ("slicing by 8").
 * For tests and the simulation, which must run anywhere; the real path is given a native one (eight times faster).
 */
const POLYNOMIAL_REFLECTED = 0x82f63b78
const SLICES = 8

const tables = /* @__PURE__ */ ((): Int32Array => {
  const table = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL_REFLECTED : crc >>> 1
    table[byte] = crc
  }
  for (let entry = 256; entry < table.length; entry++) {
    const before = table[entry - 256] as number
    table[entry] = (before >>> 8) ^ (table[before & 0xff] as number)
  }
  return table
})()

const lookup = (slice: number, byte: number): number => tables[(slice << 8) | (byte & 0xff)] as number

/** CRC-32C of `bytes`, unsigned. */
export const crc32c = (bytes: Uint8Array): number => {
  let crc = -1
  let at = 0
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      lookup(7, low) ^
      lookup(6, low >>> 8) ^
      lookup(5, low >>> 16) ^
      lookup(4, low >>> 24) ^
      lookup(3, bytes[at + 4] as number) ^
      lookup(2, bytes[at + 5] as number) ^
      lookup(1, bytes[at + 6] as number) ^
      lookup(0, bytes[at + 7] as number)
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ lookup(0, crc ^ (bytes[at] as number))
  return ~crc >>> 0
}
