/**
 * Further measures of evenness, each with the formula that a report prints beside the figure.
 *
 * One number is not enough. max ÷ mean says how much capacity the fullest lane forces on all; the coefficient of
 * variation and Gini say whether one lane is out or all of them are; the share of the top key says whether any hash
 * could help.
 */
export const skewFormulas = {
  maxOverMean: 'load of the fullest lane ÷ mean load of all lanes; 1 is even',
  coefficientOfVariation: 'standard deviation of the lane loads ÷ their mean; 0 is even',
  gini: 'Σ over lanes in ascending order of (2·rank − lanes − 1)·load ÷ (lanes · total); 0 is even, near 1 is one lane',
  topLaneShare: 'load of the fullest lane ÷ total',
  topKeyShare: 'weight of the heaviest key ÷ total weight',
  effectiveKeys: '1 ÷ Σ (weight ÷ total)²: how many equally heavy keys would be as uneven',
  expectedMaxOverMean: 'mean over simulated perfect hashes of max ÷ mean for these very weights',
} as const

/** Gini coefficient of non-negative loads: 0 even, towards 1 everything on one lane. NaN where the total is 0. */
export const giniOf = (loads: ArrayLike<number>): number => {
  const ascending = Float64Array.from(loads).sort()
  let total = 0
  let ranked = 0
  ascending.forEach((load, index) => {
    total += load
    ranked += (2 * (index + 1) - ascending.length - 1) * load
  })
  // rounding can take an even load just below 0
  return total > 0 ? Math.max(0, ranked / (ascending.length * total)) : Number.NaN
}

/** How uneven the keys themselves are, before any lane comes into it. */
export interface KeySkew {
  readonly keys: number
  readonly total: number
  /** Weight of the heaviest key ÷ total; NaN where the total is 0. */
  readonly topShare: number
  /** Index of the heaviest key, the first of several; -1 without keys. */
  readonly topKey: number
  readonly effectiveKeys: number
}

export const keySkewOf = (weights: ArrayLike<number>): KeySkew => {
  let total = 0
  let topKey = -1
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index] as number
    total += weight
    if (topKey < 0 || weight > (weights[topKey] as number)) topKey = index
  }
  let squares = 0
  for (let index = 0; index < weights.length; index++) squares += ((weights[index] as number) / total) ** 2
  return {
    keys: weights.length,
    total,
    topShare: total > 0 ? (weights[topKey] as number) / total : Number.NaN,
    topKey,
    effectiveKeys: total > 0 ? 1 / squares : Number.NaN,
  }
}
