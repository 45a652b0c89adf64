import { selectAt } from '../model/index.ts'

/**
 * The median of the known figures. Where it is 0 more than half of the partitions are idle; then any traffic at all would be
 * infinitely many times the median, and the mean is the better yardstick.
 */
export const medianOf = (rates: Float64Array, mean: number, known: number): number => {
  const values = known === rates.length ? rates.slice() : rates.filter(rate => !Number.isNaN(rate))
  // of an even number the lower middle: a yardstick must not be pulled up by the hot one of two
  const median = selectAt(values, (known - 1) >> 1)
  return median > 0 ? Math.min(median, mean) : mean
}
