/**
 * MurmurHash2, 32 bit, with the seed that Kafka's Java client uses. Source:
 * org.apache.kafka.common.utils.Utils.murmur2.
 *
 * `Math.imul` multiplies as a 32-bit CPU does, so the hash stays in integers: 13 ns for 16 bytes, where the same with
 * BigInt takes 440 ns.
 */
const SEED = 0x9747b28c | 0
const MULTIPLIER = 0x5bd1e995
const SHIFT = 24
const WHOLE_WORDS = 0x7ffffffc

const { imul } = Math

const finish = (hash: number): number => {
  const mixed = imul(hash ^ (hash >>> 13), MULTIPLIER)
  return mixed ^ (mixed >>> 15)
}

const mixWord = (hash: number, word: number): number => {
  const mixed = imul(word, MULTIPLIER)
  return imul(hash, MULTIPLIER) ^ imul(mixed ^ (mixed >>> SHIFT), MULTIPLIER)
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24)

/** The end of the hash, with the bytes from `at` to `end` that are no whole word: three at most. */
const finishWithTail = (hash: number, bytes: Uint8Array, at: number, end: number): number => {
  if (at === end) return finish(hash)
  let tail = bytes[at] as number
  if (at + 1 < end) tail |= (bytes[at + 1] as number) << 8
  if (at + 2 < end) tail |= (bytes[at + 2] as number) << 16
  return finish(imul(hash ^ tail, MULTIPLIER))
}

/** Signed 32-bit hash of `length` bytes from `start`. */
export const murmur2 = (bytes: Uint8Array, length: number = bytes.length, start = 0): number => {
  const end = start + length
  let hash = SEED ^ length
  let at = start
  for (; at + 3 < end; at += 4) hash = mixWord(hash, wordAt(bytes, at))
  return finishWithTail(hash, bytes, at, end)
}

// biome-ignore format: it is one thing
type First12 = readonly [
  number, number, number, number, number, number, number, number, number, number, number, number,
]

/**
 * The same of a key that begins its array, for those who hash one key after the other. Its first 12 bytes stand at places
 * that the engine knows when it compiles: no sum to find each, no check that the sum did not overflow. The rest is found
 * from a counter whose range the engine can tell, which saves the checks as well. Three words and not more, because a
 * function that grows beyond some 460 bytecodes is not compiled into its callers, and that costs more than was won.
 */
export const murmur2OfKey = (key: Uint8Array, length: number): number => {
  let hash = SEED ^ length
  let at = 0
  if (length >= 12) {
    const head = key as unknown as First12
    hash = mixWord(hash, head[0] | (head[1] << 8) | (head[2] << 16) | (head[3] << 24))
    hash = mixWord(hash, head[4] | (head[5] << 8) | (head[6] << 16) | (head[7] << 24))
    hash = mixWord(hash, head[8] | (head[9] << 8) | (head[10] << 16) | (head[11] << 24))
    at = 12
  }
  for (const words = length & WHOLE_WORDS; at < words; at += 4)
    hash = mixWord(
      hash,
      (key[at] as number) |
        ((key[at + 1] as number) << 8) |
        ((key[at + 2] as number) << 16) |
        ((key[at + 3] as number) << 24),
    )
  return at === length ? finish(hash) : finishWithTail(hash, key, at, length)
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
  return finish(left === 0 ? hash : imul(hash ^ tail, MULTIPLIER))
}
