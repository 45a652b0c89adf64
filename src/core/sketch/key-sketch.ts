import { DISTINCT_ERROR, DistinctKeys } from './distinct-keys.ts'
import { HeavyKeys } from './heavy-keys.ts'
import type { KeyWords } from './key-words.ts'
import { type Share, shareOf } from './share.ts'

/**
 * What one partition's records say about its keys: how many records and bytes, how many without a key, how many
 * distinct keys, and which are the heaviest. Two sketches merge into one, so slices of time become a window and
 * partitions a topic.
 *
 * Everything is exact as long as the keys fit the table. With the first key too many the heavy-hitter bounds begin
 * (heavy-keys.ts), and distinct keys are counted by HyperLogLog instead of by the table.
 *
 * Sampling. A record that stands for w records is added with weight w, so totals and shares are those of all records and
 * not of those read: a burst of which a tenth was read weighs ten times what was read of it. How much chance that brings
 * in is kept as one figure per measure: the sum over batches of (weight² × part not read), from which follows the
 * effective number of draws, total² ÷ that sum.
 */
export class KeySketch {
  readonly #keysMax: number
  readonly #heavy: HeavyKeys
  /** Null while the table holds every key. */
  #distinct: DistinctKeys | null = null
  readonly #total: Weights = { records: 0, bytes: 0 }
  readonly #keyless: Weights = { records: 0, bytes: 0 }
  readonly #unread: Weights = { records: 0, bytes: 0 }
  #recordsRead = 0

  constructor(keysMax: number) {
    this.#keysMax = Math.max(8, keysMax)
    this.#heavy = new HeavyKeys(this.#keysMax)
  }

  /** One record with this key, which stands for `weight` records of `sizeBytes` each. May shorten the key. */
  add(key: KeyWords, sizeBytes: number, weight: number): void {
    this.#count(this.#total, sizeBytes, weight)
    this.#recordsRead++
    key.shorten()
    // the next new key may push others out of the table: from here on it cannot tell how many there were
    if (this.#distinct === null && this.#heavy.size === this.#keysMax) this.#countDistinct()
    this.#distinct?.add(key.hash)
    this.#heavy.add(key, weight, sizeBytes * weight)
  }

  /** One record without a key. */
  addKeyless(sizeBytes: number, weight: number): void {
    this.#count(this.#total, sizeBytes, weight)
    this.#count(this.#keyless, sizeBytes, weight)
    this.#recordsRead++
  }

  /** After the records of a batch: what they stood for, and what part (0 to 1) of its kind was read at all. */
  addDraw(records: number, bytes: number, readShare: number): void {
    this.#unread.records += records ** 2 * (1 - readShare)
    this.#unread.bytes += bytes ** 2 * (1 - readShare)
  }

  merge(other: KeySketch): void {
    for (const [into, from] of [
      [this.#total, other.#total],
      [this.#keyless, other.#keyless],
      [this.#unread, other.#unread],
    ] as const) {
      into.records += from.records
      into.bytes += from.bytes
    }
    this.#recordsRead += other.#recordsRead
    if (other.#distinct !== null) this.#countDistinct().merge(other.#distinct)
    else if (this.#distinct !== null || this.#heavy.size + other.#heavy.size > this.#keysMax) {
      const distinct = this.#countDistinct()
      other.#heavy.forEach((_, hash) => distinct.add(hash))
    }
    this.#heavy.merge(other.#heavy)
  }

  /** The heaviest `limit` keys by bytes, with the figures around them. */
  summary(limit: number): KeySummary {
    const total = { ...this.#total }
    const draws = {
      records: drawsOf(total.records, this.#unread.records),
      bytes: drawsOf(total.bytes, this.#unread.bytes),
    }
    const errors = { records: this.#heavy.error('records'), bytes: this.#heavy.error('bytes') }
    const share = (measure: keyof Weights, counted: number, error: number): Share =>
      shareOf(counted, error, total[measure], draws[measure])
    const kept: { key: Uint8Array; hash: number; records: number; bytes: number }[] = []
    let least = 0
    this.#heavy.forEach((key, hash, records, bytes) => {
      if (bytes < least) return
      kept.push({ key: key.slice(), hash, records, bytes })
      if (kept.length < 4 * limit + 16) return
      kept.sort(heavierFirst).length = limit
      least = kept.at(-1)?.bytes ?? 0
    })
    return {
      records: total.records,
      bytes: total.bytes,
      recordsRead: this.#recordsRead,
      keyless: share('records', this.#keyless.records, 0),
      distinct: this.#distinct === null ? this.#heavy.size : Math.round(this.#distinct.estimate()),
      distinctError: this.#distinct === null ? 0 : DISTINCT_ERROR,
      heaviest: kept
        .sort(heavierFirst)
        .slice(0, limit)
        .map(({ key, hash, records, bytes }) => ({
          key,
          hash,
          records: share('records', records, errors.records),
          bytes: share('bytes', bytes, errors.bytes),
        })),
    }
  }

  #countDistinct(): DistinctKeys {
    if (this.#distinct !== null) return this.#distinct
    const distinct = new DistinctKeys()
    this.#heavy.forEach((_, hash) => distinct.add(hash))
    this.#distinct = distinct
    return distinct
  }

  #count(weights: Weights, sizeBytes: number, weight: number): void {
    weights.records += weight
    weights.bytes += sizeBytes * weight
  }
}

interface Weights {
  records: number
  bytes: number
}

export interface KeySummary {
  /** Records and bytes (keys and values, not compressed) that the sketch stands for. */
  readonly records: number
  readonly bytes: number
  /** Records that were really looked at; equal to `records` where all were. */
  readonly recordsRead: number
  /** Share of the records that have no key. */
  readonly keyless: Share
  /** Distinct keys among the records read, with its relative standard error; 0: counted. */
  readonly distinct: number
  readonly distinctError: number
  /** By bytes, heaviest first. */
  readonly heaviest: readonly KeyShare[]
}

export interface KeyShare {
  /** A copy. A key longer than 256 bytes is its first 248 and a hash of the rest. */
  readonly key: Uint8Array
  readonly hash: number
  readonly records: Share
  readonly bytes: Share
}

const heavierFirst = (a: { readonly bytes: number; readonly hash: number }, b: typeof a): number =>
  b.bytes - a.bytes || a.hash - b.hash

const drawsOf = (total: number, unread: number): number =>
  unread === 0 ? Number.POSITIVE_INFINITY : total ** 2 / unread
