/**
 * The evenness that a perfect hash would give for keys of these weights: the yardstick that makes "uneven" mean "more
 * than chance".
 *
 * Method. Closed forms exist for equal keys (chance.ts) and for nothing else that is useful: with weights from Zipf to
 * one celebrity the maximum is sometimes a heavy key, sometimes a crowd, mostly both. So perfect hashes are simulated:
 * in each round every key goes to a lane drawn by a mixing function of its number and the round's. The rounds are fixed,
 * so the answer is the same everywhere and every time. The standard error of the mean is about a twentieth of the
 * distance between `low` and `high`.
 *
 * `rest` are keys that are too many and too light to be listed. A lane's part of them is drawn as a whole, from the
 * normal distribution that many small equal weights have: mean weight ÷ lanes, variance weight² ÷ (keys · lanes).
 */
export interface UnlistedKeys {
  readonly weight: number
  readonly keys: number
}

export interface PerfectHash {
  /** Mean over the rounds of max ÷ mean. */
  readonly maxOverMean: number
  /** Least and greatest of the rounds. */
  readonly low: number
  readonly high: number
}

const ROUNDS = 24
/** Bounds the work: keys × rounds draws take about 4 ns each. */
const DRAWS_MAX = 12_000_000

const NOBODY: UnlistedKeys = { weight: 0, keys: 0 }

export const perfectHash = (
  weights: ArrayLike<number>,
  lanes: number,
  rest: UnlistedKeys = NOBODY,
): PerfectHash => {
  const rounds = Math.max(3, Math.min(ROUNDS, Math.floor(DRAWS_MAX / Math.max(1, weights.length))))
  const loads = new Float64Array(lanes)
  const deviation = rest.keys === 0 ? 0 : rest.weight / Math.sqrt(rest.keys * lanes)
  let sum = 0
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (let round = 0; round < rounds; round++) {
    let total = rest.weight
    loads.fill(rest.weight / lanes)
    if (deviation > 0)
      for (let lane = 0; lane < lanes; lane++)
        loads[lane] = Math.max(0, rest.weight / lanes + deviation * normalAtRandom(lane, round))
    for (let key = 0; key < weights.length; key++) {
      const weight = weights[key] as number
      const lane = laneAtRandom(key, round, lanes)
      loads[lane] = (loads[lane] as number) + weight
      total += weight
    }
    let max = 0
    for (const load of loads) if (load > max) max = load
    const ratio = (max * lanes) / total
    sum += ratio
    low = Math.min(low, ratio)
    high = Math.max(high, ratio)
  }
  return { maxOverMean: sum / rounds, low, high }
}

/** Reduced by multiplication, which needs no division. */
const laneAtRandom = (key: number, round: number, lanes: number): number =>
  Math.floor(atRandom(key, round) * lanes)

/** Standard normal, by Box and Muller. */
const normalAtRandom = (lane: number, round: number): number =>
  Math.sqrt(-2 * Math.log(1 - atRandom(lane, -round - 1))) *
  Math.cos(2 * Math.PI * atRandom(lane, -round - 1000))

/** Uniform in [0, 1): the finaliser of MurmurHash3 over a number and the round. */
const atRandom = (key: number, round: number): number => {
  let mixed = Math.imul(key + 1, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca77)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4294967296
}
