import { assemble } from './assembler.ts'
import { countWords } from './count-words.ts'
import { hashKeys } from './hash-keys.ts'

/**
 * Java's murmur2 and its partition, four keys at a time.
 *
 * Method. The four 32-bit lanes of a vector are four keys; every step of the hash is one instruction for all of them.
 * The remainder, for which vectors have no instruction, is a multiplication by the count's reciprocal: for h < 2^31 and
 * count ≤ 2^l, with magic = ⌊2^(31+l) ÷ count⌋ + 1, the quotient is exactly (h · magic) >> (31 + l) (Granlund and
 * Montgomery, 1994). The scalar path in core/routing is the oracle: the test compares every integer.
 *
 * Two functions: `hashKeys` for packed keys of any lengths; `countWords` for generated keys, where the state behind the
 * shared head is given, the words come from a table, and what comes out are counts per lane.
 */
export const murmur2Module = (): Uint8Array<ArrayBuffer> => assemble([countWords(), hashKeys()])

/** Reciprocal of a count for hashes below 2^31, as `partitionOf` wants it. */
export const reciprocalOf = (count: number): { readonly magic: number; readonly shift: number } => {
  const bits = count === 1 ? 0 : 32 - Math.clz32(count - 1)
  // 2^(31 + bits) is exact in a float, but its quotient need not be: BigInt for this one division
  const magic = Number((1n << BigInt(31 + bits)) / BigInt(count) + 1n)
  return { magic: magic | 0, shift: 31 + bits }
}
