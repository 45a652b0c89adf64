import { batchHash } from './batch.ts'
import type { Convention } from './convention.ts'
import { keyCount, type PackedKeys } from './packed-keys.ts'
import { reductions, toPositive } from './reduce.ts'

/** Java's partition among `count` of each packed key. */
export type RoutePacked = (keys: PackedKeys, count: number, into: Int32Array) => void

/** The portable way, and the oracle of the one with vectors (adapters/key-counter). */
export const routePacked: RoutePacked = (keys, count, into) => {
  batchHash('murmur2')(keys, into)
  for (let index = 0; index < into.length; index++) into[index] = toPositive(into[index] as number) % count
}

/**
 * Where the keys of a chunk land, for several conventions and counts at once: keys are routed once for all that place
 * them alike, and hashed once for all that hash them alike. For conventions and chunks where the hash alone decides
 * (`hashDecides`).
 */
export class ChunkLanes {
  readonly #keys: PackedKeys
  readonly #routeJava: RoutePacked
  readonly #hashes = new Map<string, Int32Array>()
  readonly #lanes = new Map<string, Int32Array>()

  constructor(keys: PackedKeys, routeJava: RoutePacked = routePacked) {
    this.#keys = keys
    this.#routeJava = routeJava
  }

  /** Lane of each key among `count`; the array is shared. */
  under({ hash, reduction }: Pick<Convention, 'hash' | 'reduction'>, count: number): Int32Array {
    const name = `${hash} ${reduction} ${count}`
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const lanes = new Int32Array(keyCount(this.#keys))
    if (hash === 'murmur2' && reduction === 'masked') this.#routeJava(this.#keys, count, lanes)
    else {
      const laneOf = reductions[reduction]
      const hashes = this.#hashesBy(hash)
      for (let index = 0; index < lanes.length; index++) lanes[index] = laneOf(hashes[index] as number, count)
    }
    this.#lanes.set(name, lanes)
    return lanes
  }

  #hashesBy(hash: Convention['hash']): Int32Array {
    const known = this.#hashes.get(hash)
    if (known !== undefined) return known
    const hashes = new Int32Array(keyCount(this.#keys))
    batchHash(hash)(this.#keys, hashes)
    this.#hashes.set(hash, hashes)
    return hashes
  }
}
