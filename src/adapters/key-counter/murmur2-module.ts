import { assemble } from './assembler.ts'
import { countWords } from './count-words.ts'
import { hashEqualKeys, lengthsDiffer } from './hash-equal-keys.ts'
import { hashKeys } from './hash-keys.ts'

/**
 * Java's murmur2 and its partition, four keys at a time.
 *
 * Method. The four 32-bit lanes of a vector are four keys; every step of the hash is one instruction for all of them.
 * The remainder, for which vectors have no instruction, is a multiplication by the count's reciprocal: for h < 2^31 and
 * count ≤ 2^l, with magic = ⌊2^(31+l) ÷ count⌋ + 1, the quotient is exactly (h · magic) >> (31 + l) (Granlund and
 * Montgomery, 1994). The scalar path in core/routing is the oracle: the test compares every integer.
 *
 * Three ways in: `hashEqualKeys` for packed keys that all have one length, in a module of its own for that length and
 * shift; `hashKeys` for packed keys of any lengths; `countWords` for generated keys, where the state behind the shared head is given, the
 * words come from a table, and what comes out are counts per lane.
 */
export const murmur2Module = (): Uint8Array<ArrayBuffer> =>
  assemble([countWords(), hashKeys(), lengthsDiffer()])

/** Of keys of `lengthBytes`, for counts whose reciprocal is shifted by `shift`. */
export const equalKeysModule = (lengthBytes: number, shift: number): Uint8Array<ArrayBuffer> =>
  assemble([hashEqualKeys(lengthBytes, shift)])

/**
 * Reciprocal of a count from 2 on for hashes below 2^31, as `partitionOf` wants it: it has shifted by 32 already where
 * it takes upper halves.
 */
export const reciprocalOf = (count: number): { readonly magic: number; readonly shift: number } => {
  const bits = 32 - Math.clz32(count - 1)
  // 2^(31 + bits) is exact in a float, but its quotient need not be: BigInt for this one division
  const magic = Number((1n << BigInt(31 + bits)) / BigInt(count) + 1n)
  return { magic: magic | 0, shift: bits - 1 }
}
