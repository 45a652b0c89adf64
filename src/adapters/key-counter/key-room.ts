import { murmur2, type PackedKeys, toPositive } from '../../core/routing/index.ts'
import { KEYS_A_STEP } from './hash-equal-keys.ts'
import { reciprocalOf } from './murmur2-module.ts'
import type { Murmur2Code } from './murmur2-code.ts'

/**
 * Keys in the module's own memory: partitions, then offsets, then bytes.
 *
 * Hashing sixteen bytes costs about as much as copying them, so whoever packs keys straight into `bytes` and `offsets`,
 * and reads `partitions` where they are, has them routed in about half the time. Key i of the room is
 * bytes[offsets[i] … offsets[i + 1]). Not to be shared between threads.
 */
export class KeyRoom {
  readonly keysMax: number
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
  /** Of the keys routed last; the next call overwrites it. */
  readonly partitions: Int32Array
  readonly #code: Murmur2Code
  readonly #verdict: Int32Array

  /** Room for `keysMax` keys with `bytesMax` bytes together. */
  constructor(codeWith: (bytes: number) => Murmur2Code, keysMax: number, bytesMax: number) {
    const offsetsAt = VERDICT_BYTES + keysMax * 4
    const bytesAt = roundUp(offsetsAt + (keysMax + 1) * 4, PAGE_BYTES) + PAGE_BYTES / 2
    this.#code = codeWith(bytesAt + bytesMax + READ_PAST_BYTES)
    const { buffer } = this.#code
    this.keysMax = keysMax
    this.#verdict = new Int32Array(buffer, 0, VERDICT_BYTES / 4)
    this.partitions = new Int32Array(buffer, VERDICT_BYTES, keysMax)
    this.offsets = new Uint32Array(buffer, offsetsAt, keysMax + 1)
    this.bytes = new Uint8Array(buffer, bytesAt, bytesMax)
  }

  /** Java's partition among `count` of each of the first `keys` keys, into `partitions`. */
  route(keys: number, count: number): void {
    this.#route(keys, count, this.bytes.byteOffset)
  }

  /** The same for keys from elsewhere, a part of them at a time: parts stay in the processor's cache. */
  routeCopied({ bytes, offsets }: PackedKeys, count: number, into: Int32Array): void {
    const keys = offsets.length - 1
    for (let first = 0, last = 0; first < keys; first = last) {
      const start = offsets[first] as number
      last = Math.min(keys, first + this.keysMax)
      while ((offsets[last] as number) - start > this.bytes.length && last > first + 1)
        last = first + ((last - first) >> 1)
      const size = (offsets[last] as number) - start
      if (size > this.bytes.length) {
        into[first] = toPositive(murmur2(bytes, size, start)) % count
        continue
      }
      this.bytes.set(bytes.subarray(start, start + size))
      this.offsets.set(offsets.subarray(first, last + 1))
      this.#route(last - first, count, this.bytes.byteOffset - start)
      into.set(this.partitions.subarray(0, last - first), first)
    }
  }

  /** `base`: what to add to an offset to get an address. */
  #route(keys: number, count: number, base: number): void {
    const { partitions, offsets } = this
    if (count === 1) {
      // no hash decides here, and one has no reciprocal
      partitions.fill(0, 0, keys)
      return
    }
    const steps = Math.floor(keys / KEYS_A_STEP)
    if (steps > 0) {
      const { magic, shift } = reciprocalOf(count)
      const { byteOffset: lanesAt } = partitions
      const length = (offsets[1] as number) - (offsets[0] as number)
      const hashEqualKeys = this.#areEqual(steps, length) ? this.#code.hashEqualKeys(length, shift) : null
      if (hashEqualKeys !== null) hashEqualKeys(base + (offsets[0] as number), steps, magic, count, lanesAt)
      else this.#code.hashKeys(offsets.byteOffset, steps * 2, base, magic, shift, count, lanesAt)
    }
    const from = this.bytes.byteOffset - base
    for (let key = steps * KEYS_A_STEP; key < keys; key++) {
      const start = offsets[key] as number
      const length = (offsets[key + 1] as number) - start
      partitions[key] = toPositive(murmur2(this.bytes, length, start - from)) % count
    }
  }

  #areEqual(steps: number, length: number): boolean {
    this.#code.lengthsDiffer(this.offsets.byteOffset, steps, length, this.#verdict.byteOffset)
    return this.#verdict.every(word => word === 0)
  }
}

const VERDICT_BYTES = 16
/**
 * Large buffers begin where a page of the processor does. Were the copy to lie a few bytes further in its page than the
 * original does in its own, each load would seem to depend on the store just before it, and copying would take three
 * times as long: so bytes begin in the middle of a page. They then also lie so that no vector of 16-byte keys crosses a
 * cache line.
 */
const PAGE_BYTES = 4096
const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step
/** The module reads whole vectors. */
const READ_PAST_BYTES = 16
