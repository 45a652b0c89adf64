import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { partitionCount } from '../model/index.ts'
import {
  expectedMaxOverMeanByChance,
  expectedMaxOverMeanByKeys,
  maxOverMeanByChanceUpper,
  routeKey,
  skewOf,
} from './index.ts'

const vectors = new URL('../../../test/vectors/keys/', import.meta.url)

/** xorshift128+, so that the simulation is the same everywhere. */
const seeded = (seed: number): (() => number) => {
  let [a, b] = [BigInt(seed) * 0x9e3779b97f4a7c15n + 1n, BigInt(seed) ^ 0xbf58476d1ce4e5b9n]
  return () => {
    let x = a
    const y = b
    a = y
    x = BigInt.asUintN(64, x ^ (x << 23n))
    b = x ^ y ^ (x >> 17n) ^ (y >> 26n)
    return Number(BigInt.asUintN(64, a + b) >> 11n) / 2 ** 53
  }
}

/** Mean over `rounds` of max ÷ mean, `records` records of random keys out of `keys`, each key on a random lane. */
const simulated = (records: number, lanes: number, keys: number | null, rounds: number): number => {
  const random = seeded(records * 31 + lanes)
  let sum = 0
  for (let round = 0; round < rounds; round++) {
    const laneOf = Array.from({ length: keys ?? 0 }, () => Math.floor(random() * lanes))
    const loads = new Float64Array(lanes)
    for (let record = 0; record < records; record++) {
      const lane = keys === null ? Math.floor(random() * lanes) : laneOf[Math.floor(random() * keys)]
      loads[lane as number] = (loads[lane as number] as number) + 1
    }
    sum += skewOf(loads).maxOverMean
  }
  return sum / rounds
}

const near = (actual: number, expected: number, relative: number): void =>
  assert.ok(Math.abs(actual / expected - 1) <= relative, `${actual} is not within ${relative} of ${expected}`)

test('skew of a real key population equals what Java’s partitioner gave it', () => {
  const golden = JSON.parse(readFileSync(new URL('flights-tailnum.skew.json', vectors), 'utf8')) as Record<
    string,
    { maxOverMean: number; cv: number; maxPartition: number; maxWeight: number; weights?: number[] }
  > & { total: number }
  const rows = readFileSync(new URL('flights-tailnum.csv', vectors), 'utf8').trimEnd().split('\n').slice(1)
  for (const count of [12, 64, 500, 1000]) {
    const loads = new Float64Array(count)
    for (const row of rows) {
      const comma = row.lastIndexOf(',')
      const lane = routeKey('java', row.slice(0, comma), partitionCount(count))
      loads[lane] = (loads[lane] as number) + Number(row.slice(comma + 1))
    }
    const expected = golden[`n${count}`]
    assert.ok(expected)
    const skew = skewOf(loads)
    assert.equal(skew.total, golden.total)
    assert.equal(skew.maxLane, expected.maxPartition)
    assert.equal(skew.max, expected.maxWeight)
    near(skew.maxOverMean, expected.maxOverMean, 1e-4)
    near(skew.coefficientOfVariation, expected.cv, 1e-2)
    near(skew.topShare, expected.maxWeight / golden.total, 1e-9)
  }
})

test('a lane that is not known is left out and counted, never read as empty', () => {
  const skew = skewOf([10, Number.NaN, 30])
  assert.deepEqual([skew.mean, skew.max, skew.maxLane, skew.unknownLanes], [20, 30, 2, 1])
  assert.ok(Number.isNaN(skewOf([Number.NaN]).maxOverMean))
  assert.ok(Number.isNaN(skewOf([0, 0]).maxOverMean))
})

test('the spread by chance equals a seeded simulation, for records and for keys', () => {
  for (const [records, lanes] of [
    [400, 4],
    [1000, 12],
    [3000, 1000],
    [60_000, 1000],
    [200_000, 12],
  ] as const)
    near(expectedMaxOverMeanByChance(records, lanes), simulated(records, lanes, null, 60), 0.02)
  for (const [records, lanes, keys] of [
    [20_000, 100, 2000],
    [50_000, 500, 50_000],
    [5000, 12, 300],
  ] as const)
    near(expectedMaxOverMeanByChance(records, lanes, keys), simulated(records, lanes, keys, 40), 0.03)
})

test('1,000 lanes are within 20 % of even only from about 300 equally heavy keys a lane', () => {
  for (const [keys, expected] of [
    [10_000, 2.17],
    [100_000, 1.36],
    [300_000, 1.2],
    [1_000_000, 1.1],
  ] as const)
    near(expectedMaxOverMeanByKeys(keys, 1000), expected, 0.02)
})

test('the sum and the normal limit meet, and edges have answers', () => {
  const [below, above] = [9_999_000, 10_001_000].map(
    records => expectedMaxOverMeanByChance(records, 1000) - 1,
  )
  near(above as number, below as number, 0.02)
  assert.equal(expectedMaxOverMeanByChance(1000, 1), 1)
  near(expectedMaxOverMeanByChance(1, 1000), 1000, 0.001)
  assert.ok(Number.isNaN(expectedMaxOverMeanByChance(0, 10)))
})

test('the upper bound of chance is passed about once in a thousand runs, and is not far above the expectation', () => {
  for (const [records, lanes, keys] of [
    [3_000, 50, null],
    [6_000, 20, 1_500],
    [400, 40, null],
  ] as const) {
    const rounds = 600
    const upper = maxOverMeanByChanceUpper(records, lanes, keys ?? undefined)
    const random = seeded(records + lanes)
    let passed = 0
    for (let round = 0; round < rounds; round++) {
      const laneOf = Array.from({ length: keys ?? 0 }, () => Math.floor(random() * lanes))
      const loads = new Float64Array(lanes)
      for (let record = 0; record < records; record++) {
        const lane = keys === null ? Math.floor(random() * lanes) : laneOf[Math.floor(random() * keys)]
        loads[lane as number] = (loads[lane as number] as number) + 1
      }
      if (skewOf(loads).maxOverMean > upper) passed++
    }
    assert.ok(passed <= 4, `${passed} of ${rounds} runs passed ${upper}`)
    const expected = expectedMaxOverMeanByChance(records, lanes, keys ?? undefined)
    assert.ok(upper > expected && upper < expected * 1.6, `${upper} beside ${expected}`)
  }
})
