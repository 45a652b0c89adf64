/**
 * Keys and their weights, found by their bytes: open addressing over columns. A Map would need each key as a string,
 * and making strings of bytes costs several times what everything else here costs.
 */
export class KeyTable {
  #bytes = new Uint8Array(1 << 16)
  #used = 0
  #size = 0
  /** Key i is bytes[starts[i] … starts[i + 1]). */
  #starts = new Uint32Array(1 << 10)
  #hashes = new Int32Array(1 << 10)
  #weights = new Float64Array(1 << 10)
  /** Index + 1 of a key; 0 is free. Twice as many as keys at least, so that probing stays short. */
  #slots = new Int32Array(1 << 11)

  get size(): number {
    return this.#size
  }

  /** Adds to the weight of the key bytes[start … start + length); true if it was not there. */
  add(bytes: Uint8Array, start: number, length: number, hash: number, weight: number): boolean {
    const mask = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (let entry = this.#slots[slot] as number; entry !== 0; entry = this.#slots[slot] as number) {
      const index = entry - 1
      if (this.#hashes[index] === hash && this.#equals(index, bytes, start, length)) {
        this.#weights[index] = (this.#weights[index] as number) + weight
        return false
      }
      slot = (slot + 1) & mask
    }
    this.#append(bytes, start, length, hash, weight)
    this.#slots[slot] = this.#size
    if (this.#size * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2)
    return true
  }

  has(bytes: Uint8Array, start: number, length: number, hash: number): boolean {
    const mask = this.#slots.length - 1
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] as number
      if (entry === 0) return false
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, bytes, start, length)) return true
    }
  }

  /** Takes `cut` off every weight and forgets the keys that have nothing left. */
  cutAll(cut: number): void {
    let kept = 0
    let used = 0
    for (let index = 0; index < this.#size; index++) {
      const start = this.#starts[index] as number
      const end = this.#starts[index + 1] as number
      const weight = (this.#weights[index] as number) - cut
      if (weight <= 0) continue
      this.#bytes.copyWithin(used, start, end)
      used += end - start
      this.#hashes[kept] = this.#hashes[index] as number
      this.#weights[kept] = weight
      this.#starts[++kept] = used
    }
    this.#size = kept
    this.#used = used
    this.#rehash(this.#slots.length)
  }

  /** A copy of all weights; index = the key's place. */
  weights(): Float64Array {
    return this.#weights.slice(0, this.#size)
  }

  /** The key at a place, as a view that the next change may spoil. */
  key(index: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[index], this.#starts[index + 1])
  }

  #equals(index: number, bytes: Uint8Array, start: number, length: number): boolean {
    const from = this.#starts[index] as number
    if ((this.#starts[index + 1] as number) - from !== length) return false
    for (let at = 0; at < length; at++) if (this.#bytes[from + at] !== bytes[start + at]) return false
    return true
  }

  #append(bytes: Uint8Array, start: number, length: number, hash: number, weight: number): void {
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
    this.#weights[this.#size] = weight
    this.#starts[++this.#size] = this.#used
  }

  #growColumns(): void {
    const room = this.#starts.length * 2
    const [starts, hashes, weights] = [new Uint32Array(room), new Int32Array(room), new Float64Array(room)]
    starts.set(this.#starts)
    hashes.set(this.#hashes)
    weights.set(this.#weights)
    this.#starts = starts
    this.#hashes = hashes
    this.#weights = weights
  }

  #rehash(slots: number): void {
    this.#slots = new Int32Array(slots)
    const mask = slots - 1
    for (let index = 0; index < this.#size; index++) {
      const hash = this.#hashes[index] as number
      let slot = (hash ^ (hash >>> 15)) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = index + 1
    }
  }
}
