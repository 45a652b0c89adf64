import { type KeyPopulation, partitionCount } from '../model/index.ts'
import { type ConventionName, routeKey } from '../routing/index.ts'

/**
 * How a population of keys loads the partitions of a topic: every key is given a name and routed as a client would.
 *
 * Goal: the load of each partition as a share of the topic, from nothing but the number of keys and their skew; the
 * same answer every time.
 *
 * Method. The heavy keys, whose weight matters one by one, are routed one by one: all values where they are named, the
 * one heaviest key, or the head of a Zipf distribution. The rest weigh alike. Up to `ROUTED_MAX` of them are routed;
 * of more, so many are routed, and the deviation of each partition from the mean is divided by √(all ÷ routed), which
 * is how the deviation of a sum of equal weights shrinks with their number.
 *
 * What it does not do: know the real keys. Two populations of one size differ by chance in which partition is fullest;
 * only keys that are named (`values`) are routed as they are.
 */
export interface KeyLoad {
  /** Share of the topic's records by partition; together 1. */
  readonly shares: Float64Array
  readonly maxOverMean: number
  /** Partitions that get no key at all. */
  readonly emptyPartitions: number
}

const CONVENTION: ConventionName = 'java'
const ROUTED_MAX = 500_000
const ZIPF_HEAD_MAX = 100_000

/** A population taken apart: keys that count one by one, heaviest first, and the many that weigh alike. */
interface Parts {
  readonly heavy: readonly { readonly name: string; readonly share: number }[]
  /** Index of the first of the others: names go on from there. */
  readonly restFrom: number
  readonly restKeys: number
  readonly restShare: number
}

/** The name of the key at `index`, as the simulation routes it. */
export const keyName = (field: string, index: number): string => `${field}-${index}`

export const partitionOfKey = (name: string, partitions: number): number =>
  routeKey(CONVENTION, name, partitionCount(partitions))

/** Share of all records that the heaviest key takes: 1 ÷ this is the number of partitions that can be equally busy. */
export const heaviestShare = ({ distinct, skew }: KeyPopulation): number => {
  switch (skew.kind) {
    case 'uniform':
      return 1 / distinct
    case 'heaviest':
      return skew.share
    case 'zipf':
      return 1 / zipfSum(distinct, skew.exponent)
    case 'values':
      return Math.max(...skew.shares.values())
  }
}

/** Loads `partitions` partitions with the whole population. */
export const loadByKeys = (population: KeyPopulation, partitions: number): KeyLoad =>
  loadBy(partsOf(population), population.field, partitions)

/**
 * The load of those of the heaviest keys that together take `share` of the records: what goes silent when a part of the
 * sources does. Among keys that weigh alike it is a part of them. The shares add up to at most `share`, and to one key
 * at least.
 */
export const loadByHeaviest = (
  population: KeyPopulation,
  share: number,
  partitions: number,
): Float64Array => {
  const { heavy, restKeys, restShare } = partsOf(population)
  const taken: { name: string; share: number }[] = []
  let left = share + 1e-9
  for (const key of heavy) {
    // the lightest of all is taken also where it is too heavy: a part of the sources is silent, so some key is
    const isLastResort = taken.length === 0 && restShare === 0 && key === heavy.at(-1)
    if (key.share > left && !isLastResort) continue
    taken.push(key)
    left -= key.share
  }
  const part = restShare === 0 ? 0 : Math.min(1, Math.max(0, left - 1e-9) / restShare)
  const chosen = {
    heavy: taken,
    restFrom: heavy.length,
    restKeys: Math.round(restKeys * part),
    restShare: restShare * part,
  }
  return sharesOf(chosen, population.field, partitions)
}

const loadBy = (parts: Parts, field: string, partitions: number): KeyLoad => {
  const shares = sharesOf(parts, field, partitions)
  let max = 0
  let empty = 0
  for (const share of shares) {
    if (share > max) max = share
    if (share === 0) empty++
  }
  return { shares, maxOverMean: max * partitions, emptyPartitions: empty }
}

const sharesOf = (
  { heavy, restFrom, restKeys, restShare }: Parts,
  field: string,
  partitions: number,
): Float64Array => {
  const shares = new Float64Array(partitions)
  if (restKeys > 0) {
    const routed = Math.min(restKeys, ROUTED_MAX)
    for (let index = 0; index < routed; index++)
      shares[partitionOfKey(keyName(field, restFrom + index), partitions)]! += restShare / routed
    const shrink = Math.sqrt(routed / restKeys)
    const mean = restShare / partitions
    for (let partition = 0; partition < partitions; partition++)
      shares[partition] = mean + ((shares[partition] as number) - mean) * shrink
  }
  for (const { name, share } of heavy) shares[partitionOfKey(name, partitions)]! += share
  return shares
}

const partsOf = ({ field, distinct, skew }: KeyPopulation): Parts => {
  switch (skew.kind) {
    case 'uniform':
      return { heavy: [], restFrom: 0, restKeys: distinct, restShare: 1 }
    case 'heaviest':
      return {
        heavy: [{ name: keyName(field, 0), share: skew.share }],
        restFrom: 1,
        restKeys: distinct - 1,
        restShare: 1 - skew.share,
      }
    case 'zipf': {
      const sum = zipfSum(distinct, skew.exponent)
      const heavy = Array.from({ length: Math.min(distinct, ZIPF_HEAD_MAX) }, (_, index) => ({
        name: keyName(field, index),
        share: (index + 1) ** -skew.exponent / sum,
      }))
      const headShare = heavy.reduce((total, { share }) => total + share, 0)
      return {
        heavy,
        restFrom: heavy.length,
        restKeys: distinct - heavy.length,
        restShare: Math.max(0, 1 - headShare),
      }
    }
    case 'values': {
      const heavy = [...skew.shares].map(([name, share]) => ({ name, share }))
      return { heavy: heavy.toSorted((a, b) => b.share - a.share), restFrom: 0, restKeys: 0, restShare: 0 }
    }
  }
}

/** Σ k^-s for k = 1 … n; beyond the first million by the integral, which is then exact to seven digits. */
const zipfSum = (n: number, s: number): number => {
  const exact = Math.min(n, 1_000_000)
  let sum = 0
  for (let k = exact; k >= 1; k--) sum += k ** -s
  if (n === exact) return sum
  const [from, to] = [exact + 0.5, n + 0.5]
  return sum + (s === 1 ? Math.log(to / from) : (to ** (1 - s) - from ** (1 - s)) / (1 - s))
}
