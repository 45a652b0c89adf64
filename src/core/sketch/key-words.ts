/**
 * A key as sketches take it: its bytes as words of four, filled up with zeros, and a hash of them. One object serves for
 * one key after another, so that bytes are put together once, for the hash, and whoever compares or keeps the key has
 * four times less to do.
 *
 * The hash is MurmurHash3 x86_32 (Austin Appleby, public domain) with a seed of our own: not the hash that partitioners
 * use, on purpose. All keys of one partition agree in that hash modulo the partition count, so a counter fed with it
 * would see a fraction of the hash's values, with a pattern, and count wrong.
 */
export class KeyWords {
  /** The first `wordsOf(length)` are the key's. */
  words = new Int32Array(16)
  /** In bytes. */
  length = 0
  hash = 0

  /** Becomes the key bytes[start … start + length). */
  read(bytes: Uint8Array, start: number, length: number): this {
    this.#makeRoom(length)
    const words = this.words
    let hash = SEED
    let at = start
    let index = 0
    for (const end = start + length - 3; at < end; at += 4) {
      const word =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)
      words[index++] = word
      hash = mix(hash, word)
    }
    const left = start + length - at
    if (left > 0) {
      let tail = bytes[at] as number
      if (left > 1) tail |= (bytes[at + 1] as number) << 8
      if (left > 2) tail |= (bytes[at + 2] as number) << 16
      words[index] = tail
      hash ^= scramble(tail)
    }
    this.length = length
    this.hash = finish(hash, length)
    return this
  }

  /** Becomes the key of `length` bytes whose words begin at words[start], with the hash that it is known to have. */
  copy(words: Int32Array, start: number, length: number, hash: number): this {
    this.#makeRoom(length)
    for (let index = 0, count = wordsOf(length); index < count; index++)
      this.words[index] = words[start + index] as number
    this.length = length
    this.hash = hash
    return this
  }

  /** A key longer than 256 bytes becomes its first 248 and a hash of all: a table of keys of a megabyte each is no sketch. */
  shorten(): void {
    if (this.length <= KEY_BYTES_MAX) return
    const [one, two] = [this.#hashWith(1), this.#hashWith(2)]
    this.words[HASHED_FROM] = one
    this.words[HASHED_FROM + 1] = two
    this.length = KEY_BYTES_MAX
    this.hash = this.#hashWith(SEED)
  }

  #hashWith(seed: number): number {
    const whole = this.length >>> 2
    let hash = seed
    for (let index = 0; index < whole; index++) hash = mix(hash, this.words[index] as number)
    if (this.length % 4 > 0) hash ^= scramble(this.words[whole] as number)
    return finish(hash, this.length)
  }

  #makeRoom(length: number): void {
    if (wordsOf(length) > this.words.length)
      this.words = new Int32Array(Math.max(wordsOf(length), this.words.length * 2))
  }
}

/** Words that a key of so many bytes takes. */
export const wordsOf = (length: number): number => (length + 3) >>> 2

const KEY_BYTES_MAX = 256
const HASHED_FROM = 248 / 4

const SEED = 0x4c4b_1a7e
const ADDEND = 0xe6546b64 | 0

const scramble = (word: number): number => {
  const times = Math.imul(word, 0xcc9e2d51)
  return Math.imul((times << 15) | (times >>> 17), 0x1b873593)
}

const mix = (before: number, word: number): number => {
  const hash = before ^ scramble(word)
  // cut to 32 bits at once: a sum that may leave them is computed in floating point
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + ADDEND) | 0
}

const finish = (before: number, length: number): number => {
  let hash = before ^ length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
