/**
 * How unevenly lanes are loaded, and how unevenly chance alone would load them.
 *
 * The second question keeps the first honest. A hash does not spread evenly, it spreads randomly: 10,000 equally heavy
 * keys on 1,000 lanes leave the fullest lane 2.3 times as full as the mean, and nothing is wrong. Only what lies above
 * that value has a cause worth looking for.
 */
export interface Skew {
  /** Sum over the lanes that are known. */
  readonly total: number
  readonly mean: number
  readonly max: number
  /** First lane with the maximum; -1 when no lane is known. */
  readonly maxLane: number
  /** 1 is even. NaN while nothing is known or everything is zero. */
  readonly maxOverMean: number
  /** Standard deviation ÷ mean, over the lanes as a population. */
  readonly coefficientOfVariation: number
  /** Part of the total on the fullest lane, 0 to 1. */
  readonly topShare: number
  /** Lanes whose load is NaN: not counted, and never taken for zero. */
  readonly unknownLanes: number
}

/** Skew of a load per lane (records, bytes, keys, a rate: any non-negative figure). */
export const skewOf = (loads: ArrayLike<number>): Skew => {
  let total = 0
  let max = Number.NEGATIVE_INFINITY
  let maxLane = -1
  let known = 0
  for (let lane = 0; lane < loads.length; lane++) {
    const load = loads[lane] as number
    if (Number.isNaN(load)) continue
    known++
    total += load
    if (load > max) {
      max = load
      maxLane = lane
    }
  }
  const mean = total / known
  let squares = 0
  for (let lane = 0; lane < loads.length; lane++) {
    const load = loads[lane] as number
    if (!Number.isNaN(load)) squares += (load - mean) ** 2
  }
  return {
    total,
    mean,
    max: maxLane < 0 ? Number.NaN : max,
    maxLane,
    maxOverMean: total > 0 ? max / mean : Number.NaN,
    coefficientOfVariation: total > 0 ? Math.sqrt(squares / known) / mean : Number.NaN,
    topShare: total > 0 ? max / total : Number.NaN,
    unknownLanes: loads.length - known,
  }
}
