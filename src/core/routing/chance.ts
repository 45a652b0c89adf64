/**
 * The spread that chance alone gives: expected maximum ÷ mean of a load thrown at random on lanes.
 *
 * Model. `balls` equal balls fall independently on `lanes` lanes, m = balls ÷ lanes on the mean. The load of one lane
 * is nearly Poisson(m). The loads add up to a fixed sum, so they are a little negatively correlated; but for the
 * maximum this cancels against their slightly smaller variance, and lanes may be treated as independent Poissons:
 *
 *     E[max] = Σ over k ≥ 0 of (1 − F(k)^lanes),      F = distribution function of Poisson(m)
 *
 * Above m = 10,000 the sum is replaced by the normal limit m + √m · E[max of `lanes` standard normals].
 *
 * Keys and records. K equally heavy keys are K balls, however many records follow. With R records whose keys are drawn
 * from K equally active ones, both play: the variance of a lane is (R ÷ lanes) · (1 + R ÷ K), which is that of
 * 1 ÷ (1/R + 1/K) balls. So few records or few keys limit the evenness, whichever is fewer.
 *
 * Not modelled: keys of different weight (the heaviest key's share times the lanes is then a bound from below), and
 * lanes that are not equally likely. Checked against seeded simulation in chance.test.ts. Source of the sum: tail
 * formula of the expectation; of the approximation: Raab and Steger, "Balls into Bins" (1998), for the same regimes.
 */
const NORMAL_FROM_MEAN = 10_000

/**
 * Expected maximum ÷ mean over `lanes` lanes after `records` records, keys drawn from `keys` equally active ones (by
 * default each record has a key of its own). 1 is even; NaN while there are no records.
 */
export const expectedMaxOverMeanByChance = (
  records: number,
  lanes: number,
  keys: number = Number.POSITIVE_INFINITY,
): number => maxOverMean(1 / (1 / records + 1 / keys), lanes)

/** The same for `keys` equally heavy keys and records without end: no amount of traffic makes it more even. */
export const expectedMaxOverMeanByKeys = (keys: number, lanes: number): number => maxOverMean(keys, lanes)

/** One run in a thousand is less even than this, by chance alone. */
const UPPER_PROBABILITY = 0.999

/**
 * The bound that maximum ÷ mean passes only once in a thousand runs if nothing but chance is at work: smallest k with
 * F(k)^lanes ≥ 0.999, over the mean. Arguments as for `expectedMaxOverMeanByChance`. Above it, something else is.
 */
export const maxOverMeanByChanceUpper = (
  records: number,
  lanes: number,
  keys: number = Number.POSITIVE_INFINITY,
): number => {
  const balls = 1 / (1 / records + 1 / keys)
  if (!(balls > 0) || !(lanes >= 1)) return Number.NaN
  if (lanes === 1) return 1
  const mean = balls / lanes
  let count = Math.max(0, Math.floor(mean - 12 * Math.sqrt(mean)))
  let mass = Math.exp(count * Math.log(mean) - mean - logFactorial(count))
  let below = mass
  while (lanes * Math.log(Math.min(1, below)) < Math.log(UPPER_PROBABILITY)) {
    count++
    mass *= mean / count
    below += mass
    // so far out that the sum no longer grows by a float: the rest is rounding
    if (count > mean && mass < 1e-22) break
  }
  return count / mean
}

const maxOverMean = (balls: number, lanes: number): number => {
  if (!(balls > 0) || !(lanes >= 1)) return Number.NaN
  if (lanes === 1) return 1
  const mean = balls / lanes
  if (mean > NORMAL_FROM_MEAN) return 1 + normalMax(lanes) / Math.sqrt(mean)
  // the first ball lies somewhere: independent lanes would allow for none
  return Math.max(Math.min(1, balls), poissonMax(mean, lanes)) / mean
}

const poissonMax = (mean: number, lanes: number): number => {
  // from the far tail down, because P(X > k) is tiny where it matters most and would drown in 1 - F
  const start = Math.max(0, Math.floor(mean - 12 * Math.sqrt(mean)))
  const end = Math.ceil(mean + 12 * Math.sqrt(mean) + 60)
  let mass = Math.exp(end * Math.log(mean) - mean - logFactorial(end))
  let above = 0
  let expected = start
  for (let count = end; count >= start; count--) {
    // `above` is P(X > count) here
    expected -= Math.expm1(lanes * Math.log1p(-Math.min(1, above)))
    above += mass
    mass *= count / mean
  }
  return expected
}

const logFactorial = (n: number): number => {
  if (n < 2) return 0
  if (n < 20) return Math.log(n) + logFactorial(n - 1)
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3)
}

/** E[max of n standard normals] = ∫ over z ≥ 0 of (1 − Φ(z)^n) − ∫ over z < 0 of Φ(z)^n, by the midpoint rule. */
const normalMax = (n: number): number => {
  const step = 0.001
  let below = 0
  let expected = 0
  for (let z = -9 + step / 2; z < 9; z += step) {
    const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
    const here = Math.min(1, below + (density * step) / 2)
    below += density * step
    expected += (z < 0 ? -(here ** n) : 1 - here ** n) * step
  }
  return expected
}
