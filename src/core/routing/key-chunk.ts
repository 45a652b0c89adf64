import { keyAt, type PackedKeys } from './packed-keys.ts'

/** A part of a key population, as it comes from a file, a generator or a topic. */
export interface KeyChunk {
  readonly keys: PackedKeys
  /** Traffic of each key here; null: 1 each. */
  readonly weights: Float64Array | null
  /** 1 where a record has no key at all (its bytes are then empty); null: all have one. */
  readonly absent: Uint8Array | null
}

/** The key at `index`; null where the record has none. */
export const chunkKey = ({ keys, absent }: KeyChunk, index: number): Uint8Array | null =>
  absent !== null && absent[index] === 1 ? null : keyAt(keys, index)

export const chunkWeight = ({ weights }: KeyChunk, index: number): number =>
  weights === null ? 1 : (weights[index] as number)
