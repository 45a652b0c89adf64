import { selectAt } from '../model/index.ts'

/**
 * The median of the known figures. Where it is 0 more than half of the partitions are idle; then any traffic at all would be
 * infinitely many times the median, and the mean is the better yardstick.
 *
 * @param room for as many figures, or more; written over. Without it each call would copy its column, every second anew
 */
export const medianOf = (
  rates: Float64Array,
  mean: number,
  known: number,
  room: Float64Array = new Float64Array(known),
): number => {
  const values = room.subarray(0, known)
  if (known === rates.length) values.set(rates)
  else {
    let at = 0
    for (const rate of rates) if (rate === rate) values[at++] = rate
  }
  // of an even number the lower middle: a yardstick must not be pulled up by the hot one of two
  const median = selectAt(values, (known - 1) >> 1)
  return median > 0 ? Math.min(median, mean) : mean
}
