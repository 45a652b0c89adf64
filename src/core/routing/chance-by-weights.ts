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
 * `rest` is the weight of keys that are too many and too light to be listed; it is spread evenly, which is right as long
 * as the heaviest of them is far below a lane's mean.
 */
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

export const perfectHash = (weights: ArrayLike<number>, lanes: number, rest = 0): PerfectHash => {
  const rounds = Math.max(3, Math.min(ROUNDS, Math.floor(DRAWS_MAX / Math.max(1, weights.length))))
  const loads = new Float64Array(lanes)
  let sum = 0
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (let round = 0; round < rounds; round++) {
    loads.fill(rest / lanes)
    let total = rest
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

/** Finaliser of MurmurHash3 over key and round; reduced by multiplication, which needs no division. */
const laneAtRandom = (key: number, round: number, lanes: number): number => {
  let mixed = Math.imul(key + 1, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca77)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return Math.floor(((mixed ^ (mixed >>> 16)) >>> 0) * (lanes / 4294967296))
}
