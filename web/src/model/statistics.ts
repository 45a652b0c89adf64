/** Mean, percentile and median over what is known; NaN when nothing is. */

/** The known values (NaN left out), ascending. */
export const sortedKnown = (values: Float64Array): Float64Array =>
  values.filter(value => !Number.isNaN(value)).sort()

export const meanOf = (values: Float64Array): number => {
  let sum = 0
  let known = 0
  for (const value of values) {
    if (Number.isNaN(value)) continue
    sum += value
    known++
  }
  return known === 0 ? Number.NaN : sum / known
}

/** Nearest-rank percentile of ascending values: a value that was really seen, never one in between. */
export const percentile = (ascending: Float64Array, part: number): number =>
  ascending[Math.min(ascending.length - 1, Math.max(0, Math.ceil(part * ascending.length) - 1))] ?? Number.NaN
