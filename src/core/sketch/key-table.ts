import { type KeyWords, wordsOf } from './key-words.ts'

/**
 * Distinct keys with a place each, found by their bytes: open addressing over columns. A Map would need each key as a
 * string, and making strings of bytes costs several times what everything else here costs.
 *
 * Places are dense, 0 to size − 1, so whoever counts something per key keeps a column beside the table and indexes it
 * by place.
 *
 * Keys lie in words of four bytes: comparing them byte by byte would be most of the time that a key takes which is there
 * already. A slot holds the hash beside the place, so that a key is only touched when it is very likely the one.
 */
export class KeyTable {
  /** Key i is `lengths[i]` bytes from word `starts[i]` on. */
  #words: Int32Array
  #wordsUsed = 0
  #size = 0
  #starts: Uint32Array
  #lengths: Uint32Array
  #hashes: Int32Array
  /** Pairs of place + 1 (0: free) and hash. Twice as many as keys at least, so that probing stays short. */
  #slots: Int32Array

  /** `room`: keys to have memory for at once, a power of two; it grows beyond that by itself. */
  constructor(room = 1 << 10) {
    this.#words = new Int32Array(room * 4)
    this.#starts = new Uint32Array(room)
    this.#lengths = new Uint32Array(room)
    this.#hashes = new Int32Array(room)
    this.#slots = new Int32Array(room * 4)
  }

  get size(): number {
    return this.#size
  }

  /** Place of the key, which is `size` as it was before the call if the key is new. */
  place(key: KeyWords): number {
    const slots = this.#slots
    const { hash } = key
    const mask = slots.length - 1
    let slot = firstSlot(hash, mask)
    for (let entry = slots[slot] as number; entry !== 0; entry = slots[slot] as number) {
      if (slots[slot + 1] === hash && this.#equals(entry - 1, key)) return entry - 1
      slot = (slot + 2) & mask
    }
    const place = this.#size
    this.#append(key)
    slots[slot] = place + 1
    slots[slot + 1] = hash
    if (this.#size * 4 > slots.length) this.#rehash(slots.length * 2)
    return place
  }

  has(key: KeyWords): boolean {
    const slots = this.#slots
    const { hash } = key
    const mask = slots.length - 1
    for (let slot = firstSlot(hash, mask); ; slot = (slot + 2) & mask) {
      const entry = slots[slot] as number
      if (entry === 0) return false
      if (slots[slot + 1] === hash && this.#equals(entry - 1, key)) return true
    }
  }

  /**
   * Forgets every key that `keep` does not want. The others move up in order, and `moved` is told each move (also one
   * to the same place), so that columns can follow.
   */
  retain(keep: (place: number) => boolean, moved: (from: number, to: number) => void): void {
    const words = this.#words
    const starts = this.#starts
    const lengths = this.#lengths
    let kept = 0
    let used = 0
    for (let place = 0; place < this.#size; place++) {
      if (!keep(place)) continue
      const length = lengths[place] as number
      const start = starts[place] as number
      const end = start + wordsOf(length)
      starts[kept] = used
      lengths[kept] = length
      if (used === start) used = end
      else for (let at = start; at < end; at++) words[used++] = words[at] as number
      this.#hashes[kept] = this.#hashes[place] as number
      moved(place, kept++)
    }
    this.#size = kept
    this.#wordsUsed = used
    this.#rehash(this.#slots.length)
  }

  /** The key at a place, as a view that the next change may spoil. */
  key(place: number): Uint8Array {
    return new Uint8Array(this.#words.buffer, (this.#starts[place] as number) * 4, this.#lengths[place])
  }

  /** Puts the key at a place into `into`. */
  take(place: number, into: KeyWords): void {
    into.copy(
      this.#words,
      this.#starts[place] as number,
      this.#lengths[place] as number,
      this.#hashes[place] as number,
    )
  }

  /** The hash of the key at a place. */
  hash(place: number): number {
    return this.#hashes[place] as number
  }

  #equals(place: number, { words: theirs, length }: KeyWords): boolean {
    if (this.#lengths[place] !== length) return false
    const words = this.#words
    const start = this.#starts[place] as number
    for (let index = wordsOf(length) - 1; index >= 0; index--)
      if (words[start + index] !== theirs[index]) return false
    return true
  }

  #append({ words: theirs, length, hash }: KeyWords): void {
    const start = this.#wordsUsed
    const count = wordsOf(length)
    if (start + count > this.#words.length) this.#growWords(start + count)
    if (this.#size === this.#starts.length) this.#growColumns()
    const words = this.#words
    // short keys: a loop is faster than a call that copies
    for (let index = 0; index < count; index++) words[start + index] = theirs[index] as number
    this.#starts[this.#size] = start
    this.#lengths[this.#size] = length
    this.#hashes[this.#size] = hash
    this.#wordsUsed = start + count
    this.#size++
  }

  #growWords(needed: number): void {
    const room = new Int32Array(Math.max(this.#words.length * 2, needed))
    room.set(this.#words.subarray(0, this.#wordsUsed))
    this.#words = room
  }

  #growColumns(): void {
    const room = this.#starts.length * 2
    const [starts, lengths, hashes] = [new Uint32Array(room), new Uint32Array(room), new Int32Array(room)]
    starts.set(this.#starts)
    lengths.set(this.#lengths)
    hashes.set(this.#hashes)
    this.#starts = starts
    this.#lengths = lengths
    this.#hashes = hashes
  }

  #rehash(length: number): void {
    if (length === this.#slots.length) this.#slots.fill(0)
    else this.#slots = new Int32Array(length)
    const slots = this.#slots
    const hashes = this.#hashes
    const mask = length - 1
    for (let place = 0; place < this.#size; place++) {
      const hash = hashes[place] as number
      let slot = firstSlot(hash, mask)
      while (slots[slot] !== 0) slot = (slot + 2) & mask
      slots[slot] = place + 1
      slots[slot + 1] = hash
    }
  }
}

/** Pairs begin at even indexes. */
const firstSlot = (hash: number, mask: number): number => ((hash ^ (hash >>> 15)) << 1) & mask
