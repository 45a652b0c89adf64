/**
 * The murmur2 that kafkajs shipped before version 2 and still calls `LegacyPartitioner`. Source:
 * kafkajs src/producer/partitioners/legacy/murmur2.js. It was meant to be Java's and differs in two ways, which are
 * kept here because topics in the field were written with them:
 *
 *  - it multiplies as JavaScript does, in floating point: products above 2^53 lose their low bits before they are cut
 *    to 32 bits, so `Math.imul` would be wrong here;
 *  - its loop runs once more where the length is no multiple of four, over the bytes left and zeros, before those bytes
 *    are mixed in again.
 */
const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995
const SHIFT = 24

/** Signed 32-bit hash of `length` bytes from `start`. */
export const murmur2Legacy = (bytes: Uint8Array, length: number = bytes.length, start = 0): number => {
  const end = start + length
  const byteAt = (at: number): number => (at < end ? (bytes[at] as number) : 0)
  let hash = SEED ^ length
  let at = start
  for (; at < end; at += 4) {
    const word = byteAt(at) + (byteAt(at + 1) << 8) + (byteAt(at + 2) << 16) + (byteAt(at + 3) << 24)
    const product = word * MULTIPLIER
    hash = (hash * MULTIPLIER) ^ (((product ^ (product >>> SHIFT)) * MULTIPLIER) | 0)
  }
  const left = length % 4
  if (left > 0) {
    const tail = end - left
    hash ^= byteAt(tail) | (byteAt(tail + 1) << 8) | (byteAt(tail + 2) << 16)
    hash *= MULTIPLIER
  }
  hash ^= hash >>> 13
  hash *= MULTIPLIER
  return hash ^ (hash >>> 15)
}
