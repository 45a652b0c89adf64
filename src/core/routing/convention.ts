import { crc32 } from './crc32.ts'
import { fnv1a } from './fnv1a.ts'
import { murmur2, murmur2Ascii } from './murmur2.ts'
import { murmur2Legacy } from './murmur2-legacy.ts'
import { type ReductionName, reductions } from './reduce.ts'

/**
 * A convention is what a family of clients does to put a keyed record on a partition. Clients that disagree send one
 * key to two partitions, and the order of that key is gone; so each convention has its own name, and mistakes that
 * live in the field keep theirs.
 *
 * Five facts decide, and a convention is a row of them: how text becomes bytes, how bytes become a hash, how the hash
 * becomes a lane, and what happens to a key that is empty or absent. A new convention is one row in `conventions.ts`.
 */
export interface ConventionFacts {
  /** Whose records land where this convention says. */
  readonly client: string
  /** What the client calls it: a setting, a constructor, a class. */
  readonly setting: string
  readonly hash: HashName
  readonly reduction: ReductionName
  /** A record without a key: spread by the client, or sent where a hash would send something else. */
  readonly nullKey: Spread | 'as the empty key' | 'partition 0'
  /** A key of no bytes is a key for most, and none for some. */
  readonly emptyKey: 'hashed' | Spread
  /**
   * What the client's text serializer writes for half of a surrogate pair; null: it refuses such a text. Text to bytes
   * is part of the convention: the bytes decide the partition. For all other text every client writes UTF-8.
   */
  readonly loneSurrogate: number | null
}

/** How a client spreads records that no key places: an answer of its own, never a number. */
export type Spread = 'sticky' | 'random' | 'round-robin'

export const hashes = { murmur2, 'murmur2 of kafkajs before 2': murmur2Legacy, crc32, fnv1a } as const

export type HashName = keyof typeof hashes

export interface Convention extends ConventionFacts {
  /** Signed 32-bit hash of `length` bytes from `start`. */
  readonly hashOf: (bytes: Uint8Array, length?: number, start?: number) => number
  /** The lane of a hash among `count`; 0 ≤ result < count. */
  readonly laneOf: (hash: number, count: number) => number
  /** Partition of the first `length` bytes of `key` among `count`, empty or not; 0 ≤ result < count. */
  readonly partitionOf: (key: Uint8Array, length: number, count: number) => number
  /** The same for ASCII text without making bytes; null where that needs bytes. */
  readonly partitionOfAscii: (text: string, count: number) => number | null
}

/** A convention from its facts. Keeps the literal types of the row. */
export const convention = <const Facts extends ConventionFacts>(facts: Facts): Facts & Convention => {
  const hashOf = hashes[facts.hash]
  const laneOf = reductions[facts.reduction]
  return {
    ...facts,
    hashOf,
    laneOf,
    partitionOf: (key, length, count) => laneOf(hashOf(key, length), count),
    partitionOfAscii:
      facts.hash === 'murmur2'
        ? (text, count) => {
            const hash = murmur2Ascii(text)
            return hash === null ? null : laneOf(hash, count)
          }
        : () => null,
  }
}
