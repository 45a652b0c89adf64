import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { partitionCount, utf8Bytes } from '../model/index.ts'
import {
  ChunkLanes,
  conventionNames,
  conventions,
  countStructured,
  generateKeys,
  giniOf,
  hashStrategy,
  headWeights,
  type KeyGenerator,
  type KeyRun,
  KeyTally,
  keyAt,
  keyCount,
  keyRuns,
  keySkewOf,
  laneFlow,
  MoveTally,
  murmur2,
  packKeys,
  routeKey,
  perfectHash,
  SpreadTally,
  skewOf,
  viralShares,
  weightOf,
  writeRun,
} from './index.ts'

const near = (actual: number, expected: number, relative: number): void =>
  assert.ok(Math.abs(actual / expected - 1) <= relative, `${actual} is not within ${relative} of ${expected}`)

test('a run counted by its shared head equals each of its keys hashed alone', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('', 'u', 'user-', 'order/', 'tenant-17:'),
      fc.integer({ min: 1, max: 11 }),
      fc.nat(),
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 1500 }),
      fc.constantFrom('masked' as const, 'unsigned' as const, 'remainder without sign' as const),
      (prefix, width, start, size, count, reduction) => {
        const from = start % 10 ** width
        const run: KeyRun = { prefix, width, from, to: Math.min(10 ** width, from + size) }
        const counted = new Float64Array(count)
        countStructured(run, count, reduction, counted)
        const keys = writeRun(run)
        const expected = new Float64Array(count)
        const { laneOf } = Object.values(conventions).find(
          each => each.hash === 'murmur2' && each.reduction === reduction,
        ) ?? { laneOf: (hash: number, among: number) => Math.abs(hash % among) }
        for (let index = 0; index < keyCount(keys); index++) {
          const lane = laneOf(murmur2(keyAt(keys, index)), count)
          expected[lane] = (expected[lane] as number) + 1
        }
        assert.deepEqual(counted, expected)
      },
    ),
  )
})

test('generated keys are distinct, numbered without gaps, and weigh 1 on the mean', () => {
  for (const generator of [
    { kind: 'uniform', keys: 2500 },
    { kind: 'sequential', keys: 1234 },
    { kind: 'zipf', keys: 3000, exponent: 1.1 },
    { kind: 'celebrity', keys: 500, share: 0.3 },
    { kind: 'viral', keys: 700, share: 0.5 },
  ] satisfies KeyGenerator[]) {
    const tally = new KeyTally()
    for (const chunk of generateKeys(generator, 999)) assert.ok(tally.add(chunk).every(fresh => fresh === 1))
    const { distinct, total } = tally.result()
    assert.equal(distinct, generator.keys)
    near(total, generator.keys, 1e-9)
    assert.equal(
      keyRuns(generator).reduce((sum, run) => sum + run.to - run.from, 0),
      generator.keys,
    )
  }
  assert.equal(weightOf({ kind: 'celebrity', keys: 500, share: 0.3 })(0), 150)
  const first = generateKeys({ kind: 'sequential', keys: 12 }, 9).next()
  assert.ok(first.done === false)
  assert.deepEqual(keyAt(first.value.keys, 8), utf8Bytes('9'))
})

test('a billion Zipf weights are scaled without summing them one by one', () => {
  const small = weightOf({ kind: 'zipf', keys: 400_000, exponent: 1 })
  let sum = 0
  for (let index = 0; index < 400_000; index++) sum += small(index)
  near(sum, 400_000, 1e-9)
  const { weights, rest } = headWeights({ kind: 'zipf', keys: 1e9, exponent: 1 }, 1000)
  near((weights[0] as number) / 1e9, 1 / (Math.log(1e9) + 0.5772156649), 1e-6)
  assert.ok(rest > 0)
})

test('the viral key takes its share from its window on, and loses half of it in two', () => {
  const shares = viralShares(0.4)
  assert.deepEqual([shares[5], shares[6], shares[8], shares.length], [0, 0.4, 0.2, 24])
})

test('a population on lanes: loads add up, and skew of a real one equals that of Java', () => {
  const rows = readFileSync(
    new URL('../../../test/vectors/keys/flights-tailnum.csv', import.meta.url),
    'utf8',
  )
    .trimEnd()
    .split('\n')
    .slice(1)
    .map(row => row.split(','))
  const chunk = {
    keys: packKeys(rows.map(([key]) => key ?? '')),
    weights: Float64Array.from(rows, ([, weight]) => Number(weight)),
    absent: null,
  }
  const spread = new SpreadTally(hashStrategy(), partitionCount(500))
  spread.add(chunk, null)
  const routed = new SpreadTally(hashStrategy(), partitionCount(500))
  const lanes = new ChunkLanes(chunk.keys)
  routed.addRouted(chunk, count => lanes.under(conventions.java, count), null)
  assert.deepEqual(routed.loads, spread.loads)
  assert.deepEqual(routed.keysPerLane, spread.keysPerLane)
  assert.equal(
    spread.keysPerLane.reduce((sum, keys) => sum + keys, 0),
    rows.length,
  )
  assert.equal(Math.round(keySkewOf(chunk.weights).effectiveKeys), 1970)
})

test('lanes of a chunk are those of each key, under every convention', () => {
  const keys = packKeys(['user-1', 'user-22', 'é', 'order-0000001'])
  const lanes = new ChunkLanes(keys)
  for (const name of conventionNames)
    for (const count of [7, 1000])
      assert.deepEqual(
        [...lanes.under(conventions[name], count)],
        [0, 1, 2, 3].map(index => routeKey(name, keyAt(keys, index), partitionCount(count))),
      )
})

test('the table of keys stays exact up to its capacity and is honest beyond', () => {
  const tally = new KeyTally(100)
  const celebrity = packKeys(['celebrity'])
  for (let round = 0; round < 200; round++) {
    tally.add({ keys: celebrity, weights: Float64Array.of(50), absent: null })
    tally.add({
      keys: packKeys(Array.from({ length: 20 }, (_, index) => `k${round * 20 + index}`)),
      weights: null,
      absent: null,
    })
  }
  const result = tally.result()
  assert.equal(result.exact, false)
  near(result.distinct, 4001, 0.01)
  const [top] = result.heaviest(1)
  assert.ok(top !== undefined)
  assert.deepEqual(top.key, utf8Bytes('celebrity'))
  assert.ok(top.weight <= 10_000 && top.weight + result.error >= 10_000, `${top.weight} ± ${result.error}`)
})

test('a record without a key is counted apart and is no key', () => {
  const tally = new KeyTally()
  tally.add({ keys: packKeys(['', 'a', '']), weights: null, absent: Uint8Array.of(1, 0, 0) })
  const { distinct, keyless, total } = tally.result()
  assert.deepEqual([distinct, keyless, total], [2, 1, 3])
})

test('Gini and effective keys at their ends', () => {
  assert.equal(giniOf([5, 5, 5, 5]), 0)
  assert.equal(giniOf([0, 0, 0, 8]), 0.75)
  assert.ok(Number.isNaN(giniOf([0, 0])))
  near(keySkewOf([1, 1, 1, 1]).effectiveKeys, 4, 1e-12)
  assert.deepEqual(keySkewOf([1, 6, 6]).topKey, 1)
})

test('a perfect hash of equal keys is as uneven as the closed form, and no hash beats a heavy key', () => {
  for (const [keys, lanes] of [
    [10_000, 1000],
    [100_000, 1000],
    [2000, 12],
  ] as const) {
    const { weights } = headWeights({ kind: 'uniform', keys }, keys)
    near(
      perfectHash(weights, lanes).maxOverMean,
      keys === 10_000 ? 2.19 : keys === 100_000 ? 1.35 : 1.13,
      0.03,
    )
  }
  const { weights } = headWeights({ kind: 'celebrity', keys: 5000, share: 0.07 }, 5000)
  assert.ok(perfectHash(weights, 1000).maxOverMean >= 70)
})

test('children and parents of a growing topic follow from arithmetic, and hold for real hashes', () => {
  assert.deepEqual(
    [laneFlow(12, 24).kind, laneFlow(24, 12).kind, laneFlow(9, 9).kind],
    ['split', 'merge', 'same'],
  )
  assert.deepEqual(laneFlow(12, 36).childrenOf(5), [5, 17, 29])
  assert.deepEqual(laneFlow(12, 18).parentsOf(13), [1, 7])
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer(),
      fc.constantFrom(...Object.values(conventions)),
      (from, to, hash, { laneOf }) => {
        const [parent, child] = [laneOf(hash, from), laneOf(hash, to)]
        const flow = laneFlow(from, to)
        assert.ok(flow.parentsOf(child).includes(parent))
        assert.ok(flow.childrenOf(parent).includes(child))
        assert.equal(flow.parentsOf(child).length, flow.parentsPerLane)
      },
    ),
  )
})

test('growing 12 to 24 moves about half of the keys, each to its lane + 12', () => {
  const moves = new MoveTally(hashStrategy(), 12, 24)
  for (const chunk of generateKeys({ kind: 'uniform', keys: 20_000 }, 5000)) moves.add(chunk, null)
  assert.equal(moves.keys, 20_000)
  near(moves.movedKeys / moves.keys, 0.5, 0.02)
})

test('skew of lanes that a strategy never uses counts them as empty', () => {
  const spread = new SpreadTally(hashStrategy(), partitionCount(10))
  spread.addKey(utf8Bytes('only'), 7, true)
  assert.equal(skewOf(spread.loads).maxOverMean, 10)
})
