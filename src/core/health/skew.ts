import { expectedMaxOverMeanByChance, skewOf } from '../routing/index.ts'
import type { HealthThresholds } from './thresholds.ts'

/**
 * How uneven a topic's partitions are, and whether that means anything.
 *
 * Skew is max ÷ mean of the rates. Records fall on partitions partly by chance: with 15 records each, the busiest of
 * 1,000 has twice the mean although every key is equally active. So skew always stands beside the value that chance
 * alone gives for that many records, and a partition is called hot only when
 * - it takes at least `hotTimesMean` times the mean, and
 * - chance would show even one partition as busy as this with a probability under `chanceProbability`: by the bound
 *   of Chernoff for a Poisson count, P(X >= k) <= e^(k - m) (m/k)^k, times the number of partitions.
 *
 * What it does not know: how many keys there are. Few keys cannot be even, whatever chance says about records; a
 * sample of keys shows that, offsets do not.
 */
export interface TopicSkew {
  /** NaN: unknown, or nothing was written. */
  readonly maxOverMean: number
  readonly expectedByChance: number
  /** Hot partitions, hottest first. */
  readonly hot: readonly number[]
  /** Records in the window, for the sentence. */
  readonly records: number
}

export const judgeSkew = (
  recordsPerSecond: Float64Array,
  windowMs: number,
  thresholds: Pick<HealthThresholds, 'hotTimesMean' | 'chanceProbability'>,
): TopicSkew => {
  const skew = skewOf(recordsPerSecond)
  const seconds = windowMs / 1000
  const known = recordsPerSecond.length - skew.unknownLanes
  const records = Math.round(skew.total * seconds)
  if (known === 0 || records === 0) return { maxOverMean: NaN, expectedByChance: NaN, hot: [], records: 0 }
  const rateOf = (p: number): number => recordsPerSecond[p] ?? NaN
  const isHot = (p: number): boolean =>
    rateOf(p) >= thresholds.hotTimesMean * skew.mean &&
    known * chanceOfAtLeast(rateOf(p) * seconds, skew.mean * seconds) < thresholds.chanceProbability
  return {
    maxOverMean: skew.maxOverMean,
    expectedByChance: expectedMaxOverMeanByChance(records, known),
    // the first test spares a topic without outliers the second one per partition
    hot:
      skew.maxOverMean >= thresholds.hotTimesMean
        ? [...recordsPerSecond.keys()].filter(isHot).toSorted((a, b) => rateOf(b) - rateOf(a))
        : [],
    records,
  }
}

/** Upper bound of P(Poisson(mean) >= count), for count above the mean; 1 below it. */
export const chanceOfAtLeast = (count: number, mean: number): number =>
  count <= mean ? 1 : Math.exp(count - mean + count * Math.log(mean / count))
