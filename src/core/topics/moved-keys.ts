/**
 * How many keys change partition when a topic grows from N to M partitions?
 *
 * Java's partitioner (and every convention of the form "hash mod count") takes a hash h in [0, 2^31) and picks
 * h mod N. A key stays exactly when h mod N = h mod M. By the Chinese remainder theorem both remainders repeat
 * together with period lcm(N, M), and within one period they agree at h = 0 … min(N, M) - 1 and nowhere else: two
 * numbers below the lcm with the same pair of remainders are equal, and h = r < min(N, M) already has the pair (r, r).
 *
 * So of each whole period min(N, M) hash values stay. 2^31 is not a multiple of the period, so the last, cut-off
 * period is counted too; the result is the exact count over all hash values, not an estimate. A given set of keys
 * differs from this share only by the chance of its own hashes.
 *
 * Examples: 12 → 24 moves half; 1000 → 1500 moves two thirds; 12 → 13 moves 12 in 13.
 */
export interface MovedKeys {
  /** Hash values whose partition changes. */
  readonly moved: number
  /** All hash values there are. */
  readonly of: number
  /** moved ÷ of. */
  readonly share: number
}

/** Hash values Java's partitioner can produce: murmur2 with the sign bit masked off. */
const HASH_VALUES = 2 ** 31

/** `hashValues` is the size of the hash's range [0, hashValues); counts up to 1,000,000 keep all products exact. */
export const movedKeys = (from: number, to: number, hashValues: number = HASH_VALUES): MovedKeys => {
  const stayPerPeriod = Math.min(from, to)
  const period = (from / greatestCommonDivisor(from, to)) * to
  const wholePeriods = Math.floor(hashValues / period)
  const staying = wholePeriods * stayPerPeriod + Math.min(hashValues % period, stayPerPeriod)
  const moved = hashValues - staying
  return { moved, of: hashValues, share: moved / hashValues }
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b)
