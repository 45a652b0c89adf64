import { type HashName, hashes } from './convention.ts'
import { keyCount, type PackedKeys } from './packed-keys.ts'

/**
 * Hashes of packed keys. A batch is hashed once and reduced for as many partition counts as are asked about, because the
 * hash is the expensive part and does not know the count.
 *
 * This is the portable path and the oracle of the faster one (adapters/wasm): both must give the same integers.
 */
export type BatchHash = (keys: PackedKeys, into: Int32Array) => void

export const batchHash =
  (hash: HashName): BatchHash =>
  (keys, into) => {
    const hashOf = hashes[hash]
    const { bytes, offsets } = keys
    for (let index = 0, count = keyCount(keys); index < count; index++) {
      const start = offsets[index] as number
      into[index] = hashOf(bytes, (offsets[index + 1] as number) - start, start)
    }
  }
