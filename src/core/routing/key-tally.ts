import { chunkKey, chunkWeight, type KeyChunk } from './key-chunk.ts'
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
  /** Keys by weight, heaviest first, as raw bytes in a Latin-1 text; weights at most `error` too low. */
  readonly heaviest: (limit: number) => readonly { readonly key: Uint8Array; readonly weight: number }[]
  /** Weights of all keys still known, in no order; what they do not account for is the total less their sum. */
  readonly weights: () => Float64Array
  /** Every key still known, in no order. */
  readonly forEach: (visit: (key: Uint8Array, weight: number) => void) => void
  readonly error: number
}

export class KeyTally {
  readonly #capacity: number
  readonly #weights = new Map<string, number>()
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
    const count = keyCount(chunk.keys)
    const fresh = new Uint8Array(count)
    for (let index = 0; index < count; index++) {
      const key = chunkKey(chunk, index)
      const weight = chunkWeight(chunk, index)
      this.#rows++
      this.#total += weight
      if (key === null) {
        this.#keyless += weight
        continue
      }
      const name = latin1(key)
      const known = this.#weights.get(name)
      const first = this.#mark(name)
      if (known === undefined) {
        if (this.#weights.size >= this.#capacity) this.#prune()
        fresh[index] = this.#pruned ? first : 1
      }
      this.#weights.set(name, (known ?? 0) + weight)
    }
    return fresh
  }

  result(): TalliedKeys {
    const weights = this.#weights
    return {
      distinct: this.#pruned ? Math.max(weights.size, this.#estimate()) : weights.size,
      exact: !this.#pruned,
      rows: this.#rows,
      total: this.#total,
      keyless: this.#keyless,
      error: this.#error,
      heaviest: limit =>
        // many keys, few wanted: those that cannot be among them are never sorted
        topOf(weights, limit).map(([name, weight]) => ({ key: bytesOf(name), weight })),
      weights: () => Float64Array.from(weights.values()),
      forEach: visit => {
        for (const [name, weight] of weights) visit(bytesOf(name), weight)
      },
    }
  }

  #prune(): void {
    const ascending = Float64Array.from(this.#weights.values()).sort()
    const cut = ascending[ascending.length >> 1] as number
    this.#error += cut
    this.#pruned = true
    for (const [name, weight] of this.#weights)
      if (weight > cut) this.#weights.set(name, weight - cut)
      else this.#weights.delete(name)
  }

  /** Notes the key's hash in the bitmap; 1 if its bit was not set. */
  #mark(name: string): number {
    let hash = 0x811c9dc5
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    const bit = ((hash ^ (hash >>> 16)) >>> 0) % SEEN_BITS
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

const topOf = (weights: ReadonlyMap<string, number>, limit: number): [string, number][] => {
  let best: [string, number][] = []
  let least = Number.NEGATIVE_INFINITY
  const sorted = (): [string, number][] =>
    best.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit)
  for (const entry of weights) {
    if (entry[1] < least) continue
    best.push(entry)
    if (best.length >= 4 * limit + 64) {
      best = sorted()
      least = best.at(-1)?.[1] ?? least
    }
  }
  return sorted()
}

const CHUNK = 4096

const latin1 = (bytes: Uint8Array): string => {
  if (bytes.length <= CHUNK) return String.fromCharCode(...bytes)
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return text
}

const bytesOf = (name: string): Uint8Array => Uint8Array.from(name, character => character.charCodeAt(0))
