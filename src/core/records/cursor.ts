/**
 * A reading position in bytes that nobody vouches for. Reading past the end yields zeros, as typed arrays do, so a
 * loop always ends; whoever reads a length compares it with what is left, and compares the position with the end of
 * the record afterwards. That is two comparisons a record instead of one a byte.
 */
const TWO_32 = 4294967296

export class Cursor {
  bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  /** A zigzag varint of 32 bits. */
  varint(): number {
    const bytes = this.bytes
    let byte = bytes[this.at++] as number
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = bytes[this.at++] as number
      value |= (byte & 0x7f) << shift
      if (!(byte >= 0x80)) break
    }
    return (value >>> 1) ^ -(value & 1)
  }

  /** A zigzag varint of 64 bits, exact up to 2^53. */
  varlong(): number {
    const bytes = this.bytes
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.at++] as number
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high |= bits >>> 4
      } else high |= bits << (shift - 32)
      if (!(byte >= 0x80)) break
    }
    const sign = -(low & 1)
    const half = ((low >>> 1) | (high << 31)) ^ sign
    return ((high >>> 1) ^ sign) * TWO_32 + (half >>> 0)
  }
}
