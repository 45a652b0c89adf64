import { KeyTable, KeyWords } from '../sketch/index.ts'
import { chunkWeight, type KeyChunk } from './key-chunk.ts'
import { keyCount } from './packed-keys.ts'

/**
 * Which keys there are and what each weighs, of a stream of any length in bounded memory.
 *
 * Exact up to `capacity` distinct keys. Beyond, it is the Misra–Gries summary in its batched form: when the table is
 * full, the median weight is taken off every key and those left with nothing go. A key's weight is then too low by at
 * most `error`, the sum of what was taken off; so every key heavier than that is still in the table. How many distinct
 * keys there were is then estimated by linear counting on their hashes, good to about 1 % up to ten times the bits.
 * Sources: Misra and Gries (1982); Anderson et al., "A High-Performance Algorithm for Identifying Frequent Items in
 * Data Streams" (2017); Whang et al. (1990) for linear counting.
 */
export const KEY_CAPACITY = 1_000_000

export interface TalliedKeys {
  /** Distinct keys; an estimate when `exact` is false. */
  readonly distinct: number
  readonly exact: boolean
  /** Records or rows seen. */
  readonly rows: number
  readonly total: number
  /** Weight of records without a key. */
  readonly keyless: number
  /** Keys by weight, heaviest first, as bytes of their own; weights at most `error` too low. */
  readonly heaviest: (limit: number) => readonly { readonly key: Uint8Array; readonly weight: number }[]
  /** Weights of all keys still known, in no order; what they do not account for is the total less their sum. */
  readonly weights: () => Float64Array
  /** Every key still known, in no order, as a view that lasts for the call. */
  readonly forEach: (visit: (key: Uint8Array, weight: number) => void) => void
  readonly error: number
}

export class KeyTally {
  readonly #capacity: number
  readonly #table = new KeyTable()
  readonly #key = new KeyWords()
  /** By the key's place in the table. */
  #weights = new Float64Array(1 << 10)
  readonly #seen = new Uint32Array(SEEN_BITS / 32)
  #seenBits = 0
  #rows = 0
  #total = 0
  #keyless = 0
  #error = 0
  #pruned = false

  constructor(capacity: number = KEY_CAPACITY) {
    this.#capacity = capacity
  }

  /** Returns 1 for each key of the chunk that was not seen before; after the table overflowed, a good guess. */
  add(chunk: KeyChunk): Uint8Array {
    const { bytes, offsets } = chunk.keys
    const count = keyCount(chunk.keys)
    const fresh = new Uint8Array(count)
    for (let index = 0; index < count; index++) {
      const weight = chunkWeight(chunk, index)
      this.#rows++
      this.#total += weight
      if (chunk.absent !== null && chunk.absent[index] === 1) {
        this.#keyless += weight
        continue
      }
      const start = offsets[index] as number
      const key = this.#key.read(bytes, start, (offsets[index + 1] as number) - start)
      const first = this.#mark(key.hash)
      if (this.#table.size >= this.#capacity && !this.#table.has(key)) this.#prune()
      const isNew = this.#count(key, weight)
      fresh[index] = this.#pruned ? first : isNew ? 1 : 0
    }
    return fresh
  }

  result(): TalliedKeys {
    const table = this.#table
    return {
      distinct: this.#pruned ? Math.max(table.size, this.#estimate()) : table.size,
      exact: !this.#pruned,
      rows: this.#rows,
      total: this.#total,
      keyless: this.#keyless,
      error: this.#error,
      heaviest: limit => {
        const weights = this.#weightsNow()
        return heaviestOf(table, weights, limit).map(index => ({
          key: table.key(index).slice(),
          weight: weights[index] as number,
        }))
      },
      weights: () => this.#weightsNow(),
      forEach: visit => {
        this.#weightsNow().forEach((weight, index) => visit(table.key(index), weight))
      },
    }
  }

  /** True if the key was not in the table. */
  #count(key: KeyWords, weight: number): boolean {
    const before = this.#table.size
    const place = this.#table.place(key)
    if (place === this.#weights.length) {
      const room = new Float64Array(this.#weights.length * 2)
      room.set(this.#weights)
      this.#weights = room
    }
    const isNew = place === before
    this.#weights[place] = (isNew ? 0 : (this.#weights[place] as number)) + weight
    return isNew
  }

  #weightsNow(): Float64Array {
    return this.#weights.slice(0, this.#table.size)
  }

  /** Takes the median weight off every key and forgets those that have nothing left. */
  #prune(): void {
    const ascending = this.#weightsNow().sort()
    const cut = ascending[ascending.length >> 1] as number
    const weights = this.#weights
    this.#table.retain(
      place => (weights[place] as number) > cut,
      (from, to) => {
        weights[to] = (weights[from] as number) - cut
      },
    )
    this.#error += cut
    this.#pruned = true
  }

  /** Notes a key's hash in the bitmap; 1 if its bit was not set. */
  #mark(hash: number): number {
    const bit = (hash ^ (hash >>> 8)) & (SEEN_BITS - 1)
    const mask = 1 << (bit & 31)
    const word = this.#seen[bit >>> 5] as number
    if ((word & mask) !== 0) return 0
    this.#seen[bit >>> 5] = word | mask
    this.#seenBits++
    return 1
  }

  #estimate(): number {
    const free = Math.max(1, SEEN_BITS - this.#seenBits)
    return Math.round(-SEEN_BITS * Math.log(free / SEEN_BITS))
  }
}

/** 2 MB of bits: still some of them free with a hundred million keys. */
const SEEN_BITS = 1 << 24

/** Places of the heaviest keys, heaviest first, ties by bytes; the many that cannot be among them are never sorted. */
const heaviestOf = (table: KeyTable, weights: Float64Array, limit: number): readonly number[] => {
  let best: number[] = []
  let least = Number.NEGATIVE_INFINITY
  const sorted = (): number[] =>
    best
      .sort(
        (a, b) => (weights[b] as number) - (weights[a] as number) || compareBytes(table.key(a), table.key(b)),
      )
      .slice(0, limit)
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index] as number
    if (weight < least) continue
    best.push(index)
    if (best.length >= 4 * limit + 64) {
      best = sorted()
      least = weights[best.at(-1) as number] as number
    }
  }
  return sorted()
}

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return (a[at] as number) - (b[at] as number)
  return a.length - b.length
}
