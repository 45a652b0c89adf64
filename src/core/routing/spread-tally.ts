import { type PartitionCount, partitionCount } from '../model/index.ts'
import type { Convention } from './convention.ts'
import { chunkKey, chunkWeight, type KeyChunk } from './key-chunk.ts'
import { keyCount } from './packed-keys.ts'
import type { RoutedRecord, Strategy } from './strategies/strategy.ts'

/**
 * Where a population lands: load and number of keys per lane under one strategy and one count. Loads are expected
 * values: a key that may take several lanes loads each by its part, and nothing is drawn.
 */
export class SpreadTally {
  readonly strategy: Strategy
  readonly count: PartitionCount
  readonly loads: Float64Array
  /** Distinct keys that can be found on each lane. */
  readonly keysPerLane: Float64Array
  /** Weight that could not be sent, because the strategy names no lane for it. */
  unsent = 0
  readonly #describe: (key: Uint8Array | null) => RoutedRecord

  /** Throws RangeError where the strategy does not fit the count. `describe`: what the strategy may look at. */
  constructor(
    strategy: Strategy,
    count: PartitionCount,
    describe: (key: Uint8Array | null) => RoutedRecord = key => ({ key }),
  ) {
    const misfit = strategy.misfit(count)
    if (misfit !== null) throw new RangeError(misfit)
    this.strategy = strategy
    this.count = count
    this.#describe = describe
    this.loads = new Float64Array(strategy.lanesIn(count))
    this.keysPerLane = new Float64Array(this.loads.length)
  }

  /** `fresh`: 1 where the key was not seen before; null: every key of the chunk is new. */
  add(chunk: KeyChunk, fresh: Uint8Array | null): void {
    for (let index = 0, count = keyCount(chunk.keys); index < count; index++) {
      const key = chunkKey(chunk, index)
      this.addKey(key, chunkWeight(chunk, index), key !== null && (fresh === null || fresh[index] === 1))
    }
  }

  addKey(key: Uint8Array | null, weight: number, isNew: boolean): void {
    const lanes = this.strategy.lanesOf(this.#describe(key), this.count)
    if (lanes.length === 0) {
      this.unsent += weight
      return
    }
    const part = weight / lanes.length
    for (let index = 0; index < lanes.length; index++) {
      const lane = lanes[index] as number
      this.loads[lane] = (this.loads[lane] as number) + part
      // two salts on one lane are still one key there; a list of all lanes has no repetitions
      if (isNew && (lanes.length === this.loads.length || lanes.indexOf(lane) === index))
        this.keysPerLane[lane] = (this.keysPerLane[lane] as number) + 1
    }
  }

  /** The same for keys that a hash places, from lanes that were computed once for several tallies. */
  addRouted(chunk: KeyChunk, lanesAmong: (count: number) => Int32Array, fresh: Uint8Array | null): void {
    const { loads, keysPerLane } = this
    const lanes = lanesAmong(this.count)
    for (let index = 0; index < lanes.length; index++) {
      const lane = lanes[index] as number
      loads[lane] = (loads[lane] as number) + chunkWeight(chunk, index)
      if (fresh === null || fresh[index] === 1) keysPerLane[lane] = (keysPerLane[lane] as number) + 1
    }
  }
}

/** True where hashing alone decides for every key of the chunk, so that `addRouted` may be used. */
export const hashDecides = (chunk: KeyChunk, { emptyKey }: Convention): boolean => {
  if (chunk.absent !== null) return false
  if (emptyKey === 'hashed') return true
  const { offsets } = chunk.keys
  for (let index = 1; index < offsets.length; index++) if (offsets[index] === offsets[index - 1]) return false
  return true
}

/** Keys and traffic that change lanes when a topic goes from one count to another. */
export class MoveTally {
  readonly from: PartitionCount
  readonly to: PartitionCount
  keys = 0
  movedKeys = 0
  weight = 0
  movedWeight = 0
  readonly #strategy: Strategy
  readonly #describe: (key: Uint8Array | null) => RoutedRecord

  constructor(
    strategy: Strategy,
    from: number,
    to: number,
    describe: (key: Uint8Array | null) => RoutedRecord = key => ({ key }),
  ) {
    this.from = partitionCount(from)
    this.to = partitionCount(to)
    this.#strategy = strategy
    this.#describe = describe
  }

  /** Records that no key places are left out: they have no lane to move from. So is a strategy that uses every lane. */
  add(chunk: KeyChunk, fresh: Uint8Array | null): void {
    for (let index = 0, count = keyCount(chunk.keys); index < count; index++) {
      const key = chunkKey(chunk, index)
      if (key === null) continue
      const record = this.#describe(key)
      const before = this.#strategy.lanesOf(record, this.from)
      if (before.length === this.from && this.from > 1) continue
      const after = this.#strategy.lanesOf(record, this.to)
      const moves = before.length !== after.length || before.some((lane, at) => lane !== after[at])
      const weight = chunkWeight(chunk, index)
      this.weight += weight
      if (moves) this.movedWeight += weight
      if (fresh !== null && fresh[index] !== 1) continue
      this.keys++
      if (moves) this.movedKeys++
    }
  }

  /** The same for keys that a hash places, from lanes that were computed once. */
  addRouted(chunk: KeyChunk, lanesAmong: (count: number) => Int32Array, fresh: Uint8Array | null): void {
    const before = lanesAmong(this.from)
    const after = lanesAmong(this.to)
    for (let index = 0; index < before.length; index++) {
      const moves = before[index] !== after[index]
      const weight = chunkWeight(chunk, index)
      this.weight += weight
      if (moves) this.movedWeight += weight
      if (fresh !== null && fresh[index] !== 1) continue
      this.keys++
      if (moves) this.movedKeys++
    }
  }
}
