import { formatCount } from '../model/index.ts'
import type { CountChoice } from './report.ts'

/**
 * Partition counts as whole numbers.
 *
 * `wholeUp` is a ceiling that forgives the float: 1,000 × 1.5 ÷ 3 × 2 must be 1,000 and not 1,001.
 */
export const wholeUp = (value: number): number => Math.max(1, Math.ceil(value * (1 - 1e-12) - 1e-9))

/**
 * Splits `total` in proportion to `weights` (largest remainder): the parts are whole, add up to `total`, and none is
 * below 1 as long as there are enough.
 */
export const splitByWeight = (total: number, weights: readonly number[]): readonly number[] => {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  const exact = weights.map(weight => (total * weight) / sum)
  const parts = exact.map(value => Math.max(1, Math.floor(value + 1e-9)))
  let left = total - parts.reduce((all, part) => all + part, 0)
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - (parts[index] ?? 0) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index)
  for (const { index } of byRemainder) {
    if (left <= 0) break
    parts[index] = (parts[index] ?? 0) + 1
    left--
  }
  return parts
}

export const divisorsOf = (count: number): readonly number[] => {
  const found: number[] = []
  for (let divisor = 1; divisor * divisor <= count; divisor++) {
    if (count % divisor !== 0) continue
    found.push(divisor)
    if (divisor * divisor !== count) found.push(count / divisor)
  }
  return found.toSorted((a, b) => a - b)
}

const CANDIDATES_MAX = 2_000

/**
 * The count within `low` … `high` that is pleasant to run: a multiple of the brokers, so that leaders are even; then
 * the one with the most divisors, because consumers in such a number share it evenly; then the smallest.
 */
export const pleasantCount = (low: number, high: number, brokers: number): number => {
  let best = low
  // Beyond a few thousand candidates a better one is no better to anybody, and each costs a factorisation
  for (let count = low; count <= Math.min(high, low + CANDIDATES_MAX); count++)
    if (isBetter(count, best, brokers)) best = count
  return best
}

const isBetter = (count: number, best: number, brokers: number): boolean => {
  const [fits, bestFits] = [count % brokers === 0, best % brokers === 0]
  if (fits !== bestFits) return fits
  return divisorsOf(count).length > divisorsOf(best).length
}

/** Counts beside the chosen one that are worth a thought, and the multiples that split cleanly later. */
export const nearbyChoices = (
  chosen: number,
  low: number,
  high: number,
  brokers: number,
): readonly CountChoice[] => {
  const beside = [
    ...(low < chosen ? [pleasantCount(low, chosen - 1, brokers)] : []),
    pleasantCount(chosen + 1, Math.max(high, chosen + brokers), brokers),
  ]
  const counts = [...new Set([...beside, chosen, chosen * 2, chosen * 3])].toSorted((a, b) => a - b)
  return counts.map(partitions => ({
    partitions,
    divisors: divisorsOf(partitions).length,
    why: whyCount(partitions, chosen, brokers),
  }))
}

const whyCount = (partitions: number, chosen: number, brokers: number): string => {
  const shared = divisorsOf(partitions).filter(divisor => divisor > 1 && divisor < partitions)
  const consumers =
    shared.length === 0
      ? 'no number of consumers shares it evenly'
      : `shared evenly by ${shared.length > 6 ? `${shared.length} numbers of consumers, from ${shared[0]} to ${formatCount(shared.at(-1) ?? 0)}` : `${shared.map(formatCount).join(', ')} consumers`}`
  const leaders =
    partitions % brokers === 0
      ? `leaders even over ${brokers} brokers`
      : `leaders differ by one over ${brokers} brokers`
  if (partitions === chosen) return `the choice; ${leaders}; ${consumers}`
  if (partitions % chosen === 0)
    return `clean split later: the keys of each partition go to ${partitions / chosen} new ones and to no others; ${leaders}`
  return `${leaders}; ${consumers}; not a multiple of ${formatCount(chosen)}, so growing to it later shuffles keys`
}

/** Half the partitions, or the largest divisor not far below it: then every consumer has equally many. */
export const startingConsumers = (partitions: number): number => {
  const half = Math.ceil(partitions / 2)
  const divisor = divisorsOf(partitions).findLast(each => each <= half) ?? 1
  return divisor * 3 >= partitions ? divisor : half
}
