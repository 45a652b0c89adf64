/**
 * What chance alone makes of a topic: loads sorted from the hottest partition to the coolest, with the band in which
 * each place of that order lies 95 times in 100.
 *
 * Model, the same as core/routing/chance.ts: equal balls fall on `lanes` lanes, `mean` on each, so a lane carries a
 * Poisson count. The server says what maximum ÷ mean chance explains, from the records of the window and the keys that
 * it has seen; `meanForSpread` turns that one figure back into balls a lane, so that curve and sentence agree.
 *
 * Method. The i-th largest of n uniform numbers is Beta distributed, mean p = 1 − i ÷ (n + 1), variance p(1 − p) ÷
 * (n + 2). The quantiles of the Poisson at p and at p ± 1.96 standard deviations are the middle and the ends of the
 * band. Above a mean of 10,000 the Poisson is a normal.
 *
 * It does not know keys of different weight: a topic with one heavy key leaves the band, which is what it is for.
 */
import { expectedMaxOverMeanByChance } from '../../../src/core/routing/index.ts'

export interface SkewBand {
  /** Shares of the mean, hottest place first; as many as places asked for. */
  readonly low: Float64Array
  readonly middle: Float64Array
  readonly high: Float64Array
}

const Z_95 = 1.96
const NORMAL_FROM_MEAN = 10_000
const MEAN_MIN = 0.01
const MEAN_MAX = 1e9
const HALVINGS = 60

/** Balls a lane for which chance explains this maximum ÷ mean; infinite where it explains no spread at all. */
export const meanForSpread = (lanes: number, maxOverMean: number): number => {
  if (!(maxOverMean > 1)) return Number.POSITIVE_INFINITY
  let low = Math.log(MEAN_MIN)
  let high = Math.log(MEAN_MAX)
  // fewer balls are less even: the spread falls as the mean grows
  for (let round = 0; round < HALVINGS; round++) {
    const middle = (low + high) / 2
    if (expectedMaxOverMeanByChance(Math.exp(middle) * lanes, lanes) > maxOverMean) low = middle
    else high = middle
  }
  return Math.exp(high)
}

/** @param places ranks wanted, 0 for the hottest */
export const skewBand = (lanes: number, mean: number, places: readonly number[]): SkewBand => {
  const at = (shift: number): Float64Array => {
    const parts = places.map(place => {
      const part = 1 - (place + 1) / (lanes + 1)
      return part + shift * Z_95 * Math.sqrt((part * (1 - part)) / (lanes + 2))
    })
    return poissonShares(mean, parts)
  }
  return { low: at(-1), middle: at(0), high: at(1) }
}

/** Quantiles of Poisson(mean) ÷ mean. `parts` fall, since places go from the hottest down. */
const poissonShares = (mean: number, parts: readonly number[]): Float64Array => {
  if (mean === Number.POSITIVE_INFINITY) return new Float64Array(parts.length).fill(1)
  const shares = new Float64Array(parts.length)
  if (mean > NORMAL_FROM_MEAN) {
    parts.forEach((part, index) => {
      shares[index] = Math.max(0, 1 + normalQuantile(part) / Math.sqrt(mean))
    })
    return shares
  }
  let count = Math.max(0, Math.floor(mean - 12 * Math.sqrt(mean)))
  let mass = Math.exp(count * Math.log(mean) - mean - logFactorial(count))
  let below = mass
  // one walk up the distribution meets the parts from the last to the first
  for (let index = parts.length - 1; index >= 0; index--) {
    const wanted = Math.min(parts[index] ?? 0, 1 - 1e-12)
    while (below < wanted && mass > 1e-300) {
      count++
      mass *= mean / count
      below += mass
    }
    shares[index] = count / mean
  }
  return shares
}

const logFactorial = (n: number): number => {
  let sum = 0
  if (n < 20) {
    for (let factor = 2; factor <= n; factor++) sum += Math.log(factor)
    return sum
  }
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3)
}

/** Acklam's rational approximation: off by less than 1.2e-9 of its value. */
const normalQuantile = (part: number): number => {
  const p = Math.min(1 - 1e-12, Math.max(1e-12, part))
  if (p > 1 - TAIL) return -normalQuantile(1 - p)
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p))
    return polynomial(TAIL_ABOVE, q) / (polynomial(TAIL_BELOW, q) * q + 1)
  }
  const q = p - 0.5
  const r = q * q
  return (polynomial(MIDDLE_ABOVE, r) * q) / (polynomial(MIDDLE_BELOW, r) * r + 1)
}

const TAIL = 0.02425
const MIDDLE_ABOVE = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
]
const MIDDLE_BELOW = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
]
const TAIL_ABOVE = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const TAIL_BELOW = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416]

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)
