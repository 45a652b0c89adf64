import { expectedMaxOverMeanByChance, skewOf } from '../routing/index.ts'
import type { Arrivals } from './clumps.ts'
import { medianOf } from './median.ts'
import type { HealthThresholds } from './thresholds.ts'

/**
 * How uneven a topic's partitions are, and whether that means anything.
 *
 * Skew is max ÷ mean of the rates. Records fall on partitions partly by chance: with 15 records each, the busiest of
 * 1,000 has twice the mean although every key is equally active; and 10,000 equally active keys on 1,000 partitions
 * leave the busiest at 2.2 times the mean however long one counts. So skew always stands beside the value that chance
 * alone gives for that many records and, where a sample of keys tells, that many keys.
 *
 * The yardstick is the median partition, not the mean. With three partitions one that takes all the traffic has three
 * times the mean and with two only twice; mean + k·sigma is worse, since with n values none can be more than
 * (n − 1) ÷ √n sigmas out, and the hot one raises both. The median stays where the ordinary partitions are as long as
 * fewer than half are hot.
 *
 * - `hot`: at least `hotTimesMean` times the median, and busier than chance would show even one partition with a
 *   probability above `chanceProbability`: by Chernoff's bound for a Poisson count, P(X >= k) <= e^(k - m) (m/k)^k,
 *   times the number of partitions.
 * - `uneven`: the busiest is more than `skewFlagged` above the mean and beyond chance in the same sense. A skew that
 *   one sees but that is no emergency. Judged only where the number of keys is known: few keys cannot be even.
 *
 * Both only where the partition's records did not come in a clump or two: clumps.ts says what a throw is. A look that did
 * not see a partition tells nothing of it; it is judged over the time in which it was seen.
 *
 * Below some records a ratio is a figure without a meaning: one single record on 500 partitions is 500 times the mean.
 * Where there are fewer than partitions, or fewer than `recordsToldMin`, and nothing stands out beyond chance, max ÷ mean
 * is therefore not known.
 *
 * Keys enter as in core/routing/chance.ts: R records of K equally active keys spread like 1 ÷ (1/R + 1/K) balls.
 */
export interface TopicSkew {
  /** NaN: unknown, or too little was written to say. */
  readonly maxOverMean: number
  readonly expectedByChance: number
  /** Rate of the median partition, records a second; NaN when unknown. */
  readonly medianPerSecond: number
  /** Hot partitions, hottest first. */
  readonly hot: readonly number[]
  /** The busiest partition, where the topic is uneven beyond chance; -1 otherwise. */
  readonly uneven: number
  /** Records in the window, for the sentence. */
  readonly records: number
  /** Distinct keys that the judgement counted with; NaN where no sample told. */
  readonly keys: number
  /** What a record counts for in the judgement of chance: 1, or less where keys are few. */
  readonly ballsPerRecord: number
}

/** With 20 records on ten partitions chance alone leaves the busiest at 2.2 times the mean. */
const recordsToldMin = 20

export type SkewThresholds = Pick<HealthThresholds, 'hotTimesMean' | 'skewFlagged' | 'chanceProbability'>

const nothing: TopicSkew = {
  maxOverMean: Number.NaN,
  expectedByChance: Number.NaN,
  medianPerSecond: Number.NaN,
  hot: [],
  uneven: -1,
  records: 0,
  keys: Number.NaN,
  ballsPerRecord: 1,
}

/**
 * @param keys distinct keys that were active within the window, NaN when not known
 * @param arrivals how the records came, asked only where a partition stands out; absent: one by one, all the time
 * @param room for as many figures as there are partitions, written over
 */
export const judgeSkew = (
  recordsPerSecond: Float64Array,
  windowMs: number,
  thresholds: SkewThresholds,
  keys: number = Number.NaN,
  arrivals: (() => Arrivals) | null = null,
  room?: Float64Array,
): TopicSkew => {
  const skew = skewOf(recordsPerSecond)
  const seconds = windowMs / 1000
  const known = recordsPerSecond.length - skew.unknownLanes
  const records = Math.round(skew.total * seconds)
  if (known === 0 || records === 0) return nothing
  const rateOf = (p: number): number => recordsPerSecond[p] ?? Number.NaN
  const median = medianOf(recordsPerSecond, skew.mean, known, room)
  const balls = Number.isNaN(keys) ? records : 1 / (1 / records + 1 / keys)
  const ballsPerRecord = balls / records
  const isNoChance = (count: number, ordinary: number): boolean =>
    known * chanceOfAtLeast(count * ballsPerRecord, ordinary * ballsPerRecord) < thresholds.chanceProbability
  const beyondChance = (p: number, ordinary: number): boolean => {
    // most of what stands out is chance even if every record counts, and that is known without a look at them
    if (!isNoChance(rateOf(p) * seconds, ordinary * seconds)) return false
    if (arrivals === null) return true
    const { clump, seen } = arrivals()
    const own = seen(p)
    return isNoChance(own.records / clump(p), (ordinary * own.seconds) / clump(p))
  }
  const isHot = (p: number): boolean =>
    rateOf(p) >= thresholds.hotTimesMean * median && beyondChance(p, median)
  // the first test spares a topic without outliers the second one per partition
  const hot =
    skew.max >= thresholds.hotTimesMean * median
      ? [...recordsPerSecond.keys()].filter(isHot).toSorted((a, b) => rateOf(b) - rateOf(a))
      : []
  const uneven =
    !Number.isNaN(keys) &&
    skew.maxOverMean > 1 + thresholds.skewFlagged &&
    beyondChance(skew.maxLane, skew.mean)
      ? skew.maxLane
      : -1
  const told = records >= Math.max(recordsToldMin, known) || hot.length > 0 || uneven >= 0
  return {
    maxOverMean: told ? skew.maxOverMean : Number.NaN,
    expectedByChance: expectedMaxOverMeanByChance(
      records,
      known,
      Number.isNaN(keys) ? Number.POSITIVE_INFINITY : keys,
    ),
    medianPerSecond: median,
    hot,
    uneven,
    records,
    keys,
    ballsPerRecord,
  }
}

/** Upper bound of P(Poisson(mean) >= count), for count above the mean; 1 below it. */
export const chanceOfAtLeast = (count: number, mean: number): number =>
  count <= mean ? 1 : Math.exp(count - mean + count * Math.log(mean / count))
