/**
 * A hash of a key's bytes for tables and counters: MurmurHash3 x86_32 (Austin Appleby, public domain) with a seed of our
 * own.
 *
 * Not the hash that partitioners use, on purpose. All keys of one partition agree in that hash modulo the partition
 * count, so a counter fed with it would see a fraction of the hash's values, with a pattern, and count wrong.
 */
const SEED = 0x4c4b_1a7e
const ADDEND = 0xe6546b64 | 0

export const keyHash = (bytes: Uint8Array, start: number, length: number, seed: number = SEED): number => {
  let hash = seed
  let at = start
  for (const end = start + length - 3; at < end; at += 4) {
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    word = Math.imul(word, 0xcc9e2d51)
    hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593)
    // cut to 32 bits at once: a sum that may leave them is computed in floating point
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + ADDEND) | 0
  }
  const left = start + length - at
  if (left > 0) {
    let tail = bytes[at] as number
    if (left > 1) tail |= (bytes[at + 1] as number) << 8
    if (left > 2) tail |= (bytes[at + 2] as number) << 16
    tail = Math.imul(tail, 0xcc9e2d51)
    hash ^= Math.imul((tail << 15) | (tail >>> 17), 0x1b873593)
  }
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
