/**
 * Big-endian and zigzag integers without BigInt: a 64-bit value is two 32-bit halves, joined in a double. Exact up to
 * 2^53, which every offset and every time of this millennium is below.
 */
const TWO_32 = 4294967296

export const writeInt16 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export const writeInt32 = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export const writeInt64 = (bytes: Uint8Array, at: number, value: number): void => {
  writeInt32(bytes, at, Math.floor(value / TWO_32))
  writeInt32(bytes, at + 4, value >>> 0)
}

export const readInt16 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) >> 16) | (bytes[at + 1] as number)

export const readInt32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number)

export const readInt64 = (bytes: Uint8Array, at: number): number =>
  readInt32(bytes, at) * TWO_32 + (readInt32(bytes, at + 4) >>> 0)

/** Identifiers are opaque 64-bit values, so these two stay bigint; they are read once a batch at most. */
export const readBigInt64 = (bytes: Uint8Array, at: number): bigint =>
  (BigInt(readInt32(bytes, at)) << 32n) | BigInt(readInt32(bytes, at + 4) >>> 0)

export const writeBigInt64 = (bytes: Uint8Array, at: number, value: bigint): void => {
  writeInt32(bytes, at, Number(BigInt.asIntN(32, value >> 32n)))
  writeInt32(bytes, at + 4, Number(BigInt.asIntN(32, value)))
}

/** Bytes that the unsigned 32-bit `value` takes as a varint. */
export const varintSize = (value: number): number => {
  if (value >>> 7 === 0) return 1
  if (value >>> 14 === 0) return 2
  if (value >>> 21 === 0) return 3
  return value >>> 28 === 0 ? 4 : 5
}

/** Writes the unsigned 32-bit `value` and returns the position after it. */
export const writeVarint = (bytes: Uint8Array, at: number, value: number): number => {
  let rest = value
  let position = at
  while (rest >>> 7 !== 0) {
    bytes[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[position++] = rest
  return position
}

/** Small magnitudes become small unsigned numbers: 0, -1, 1, -2 … → 0, 1, 2, 3 … */
export const zigzag = (value: number): number => (value << 1) ^ (value >> 31)

/** True where `zigzag` of the value fits in 32 bits. */
export const fitsInt32 = (value: number): boolean => value === (value | 0)

/** Zigzag varint of a 64-bit value, for what does not fit `writeVarint(zigzag(…))`. Returns the position after it. */
export const writeVarlong = (bytes: Uint8Array, at: number, value: number): number => {
  const high = Math.floor(value / TWO_32) | 0
  const low = (value >>> 0) | 0
  const sign = high >> 31
  let restHigh = ((high << 1) | (low >>> 31)) ^ sign
  let restLow = (low << 1) ^ sign
  let position = at
  while (restHigh !== 0 || restLow >>> 7 !== 0) {
    bytes[position++] = (restLow & 0x7f) | 0x80
    restLow = (restLow >>> 7) | (restHigh << 25)
    restHigh >>>= 7
  }
  bytes[position++] = restLow
  return position
}
