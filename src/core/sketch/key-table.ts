/**
 * Distinct keys with a place each, found by their bytes: open addressing over columns. A Map would need each key as a
 * string, and making strings of bytes costs several times what everything else here costs.
 *
 * Places are dense, 0 to size − 1, so whoever counts something per key keeps a column beside the table and indexes it
 * by place. The hash comes from the caller, who often has it already.
 */
export class KeyTable {
  #bytes: Uint8Array
  #used = 0
  #size = 0
  /** Key i is bytes[starts[i] … starts[i + 1]). */
  #starts: Uint32Array
  #hashes: Int32Array
  /** Place + 1 of a key; 0 is free. Twice as many as keys at least, so that probing stays short. */
  #slots: Int32Array

  /** `room`: keys to have memory for at once, a power of two; it grows beyond that by itself. */
  constructor(room = 1 << 10) {
    this.#bytes = new Uint8Array(room * 16)
    this.#starts = new Uint32Array(room)
    this.#hashes = new Int32Array(room)
    this.#slots = new Int32Array(room * 2)
  }

  get size(): number {
    return this.#size
  }

  /** Place of the key bytes[start … start + length), which is `size` as it was before the call if the key is new. */
  place(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (let entry = this.#slots[slot] as number; entry !== 0; entry = this.#slots[slot] as number) {
      const place = entry - 1
      if (this.#hashes[place] === hash && this.#equals(place, bytes, start, length)) return place
      slot = (slot + 1) & mask
    }
    const place = this.#size
    this.#append(bytes, start, length, hash)
    this.#slots[slot] = this.#size
    if (this.#size * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2)
    return place
  }

  has(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
    const mask = this.#slots.length - 1
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number
      if (entry === 0) return false
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, bytes, start, length)) return true
    }
  }

  /**
   * Forgets every key that `keep` does not want. The others move up in order, and `moved` is told each move (also one
   * to the same place), so that columns can follow.
   */
  retain(keep: (place: number) => boolean, moved: (from: number, to: number) => void): void {
    let kept = 0
    let used = 0
    for (let place = 0; place < this.#size; place++) {
      if (!keep(place)) continue
      const start = this.#starts[place] as number
      const end = this.#starts[place + 1] as number
      if (used !== start)
        for (let at = start; at < end; at++) this.#bytes[used + at - start] = this.#bytes[at] as number
      used += end - start
      this.#hashes[kept] = this.#hashes[place] as number
      moved(place, kept)
      this.#starts[++kept] = used
    }
    this.#size = kept
    this.#used = used
    this.#rehash(this.#slots.length)
  }

  /** The key at a place, as a view that the next change may spoil. */
  key(place: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[place], this.#starts[place + 1])
  }

  /** The hash that came with the key. */
  hash(place: number): number {
    return this.#hashes[place] as number
  }

  #equals(place: number, bytes: Uint8Array, start: number, length: number): boolean {
    const from = this.#starts[place] as number
    if ((this.#starts[place + 1] as number) - from !== length) return false
    for (let at = 0; at < length; at++) if (this.#bytes[from + at] !== bytes[start + at]) return false
    return true
  }

  #append(bytes: Uint8Array, start: number, length: number, hash: number): void {
    if (this.#used + length > this.#bytes.length) {
      const room = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + length))
      room.set(this.#bytes.subarray(0, this.#used))
      this.#bytes = room
    }
    if (this.#size + 2 > this.#starts.length) this.#growColumns()
    // short keys: a loop is faster than a call that copies
    for (let at = 0; at < length; at++) this.#bytes[this.#used + at] = bytes[start + at] as number
    this.#used += length
    this.#hashes[this.#size] = hash
    this.#starts[++this.#size] = this.#used
  }

  #growColumns(): void {
    const room = this.#starts.length * 2
    const [starts, hashes] = [new Uint32Array(room), new Int32Array(room)]
    starts.set(this.#starts)
    hashes.set(this.#hashes)
    this.#starts = starts
    this.#hashes = hashes
  }

  #rehash(slots: number): void {
    if (slots === this.#slots.length) this.#slots.fill(0)
    else this.#slots = new Int32Array(slots)
    const mask = slots - 1
    for (let place = 0; place < this.#size; place++) {
      const hash = this.#hashes[place] as number
      let slot = (hash ^ (hash >>> 15)) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = place + 1
    }
  }
}
