import assert from 'node:assert/strict'
import { test } from 'node:test'
import { between, seededRandom } from '../simulation/index.ts'
import {
  asMarkdown,
  type CapacityTarget,
  capacityNote,
  fitCapacity,
  type MeasuredPoint,
  predictCapacity,
  proveCapacity,
  type TimedPoint,
} from './index.ts'

const sizes = [100, 400, 1600]
const parallel = [1, 2, 4, 8]
const truth = { a: 2e-6, b: 3e-9, c: 20e-6, d: 40e-9 }

const seconds = (bytes: number, partitions: number): number =>
  truth.a + truth.b * bytes + (truth.c + truth.d * bytes) / partitions

/** Points of the true model, each off by up to `noise`. */
const points = (noise: number, seed = 1): readonly TimedPoint[] => {
  const random = seededRandom(seed)
  return sizes.flatMap(recordBytes =>
    parallel.map(partitions => ({
      recordBytes,
      partitions,
      recordsPerSecond: (1 + between(random, -noise, noise)) / seconds(recordBytes, partitions),
    })),
  )
}

const near = (value: number, expected: number, share: number): void =>
  assert.ok(Math.abs(value - expected) <= expected * share, `${value} is not near ${expected}`)

test('exact points give the coefficients back, and no interval to speak of', () => {
  const model = fitCapacity(points(0))
  assert.ok(model !== null)
  near(model.perRecordSeconds, truth.a, 1e-6)
  near(model.perByteSeconds, truth.b, 1e-6)
  near(model.waitPerRecordSeconds, truth.c, 1e-6)
  near(model.waitPerByteSeconds, truth.d, 1e-6)
  const { recordsPerSecond, low, high } = predictCapacity(model, 800, 32)
  near(recordsPerSecond, 1 / seconds(800, 32), 1e-6)
  near(low, high, 1e-4)
})

test('no coefficient is negative, whatever the points say', () => {
  // throughput that falls with more partitions: waiting would have to be negative
  const falling = points(0).map(point => ({ ...point, recordsPerSecond: 1e6 / point.partitions }))
  const model = fitCapacity(falling)
  assert.ok(model !== null)
  for (const value of [
    model.perRecordSeconds,
    model.perByteSeconds,
    model.waitPerRecordSeconds,
    model.waitPerByteSeconds,
  ])
    assert.ok(value >= 0)
})

test('the interval covers a new measurement in about 95 of 100 cases', () => {
  let inside = 0
  const runs = 400
  for (let seed = 1; seed <= runs; seed++) {
    const all = points(0.08, seed)
    const model = fitCapacity(all.slice(0, -1))
    assert.ok(model !== null)
    const last = all.at(-1) as TimedPoint
    const { low, high } = predictCapacity(model, last.recordBytes, last.partitions)
    if (last.recordsPerSecond >= low && last.recordsPerSecond <= high) inside++
  }
  assert.ok(inside / runs > 0.9, `${inside} of ${runs}`)
})

test('too few points, or none that moved, fit nothing', () => {
  assert.equal(fitCapacity(points(0).slice(0, 2)), null)
  assert.equal(fitCapacity(points(0).map(point => ({ ...point, recordsPerSecond: 0 }))), null)
})

const target: CapacityTarget = {
  recordsPerSecond: 50_000_000,
  partitions: 1000,
  recordBytes: 100,
  skewMaxOverMean: 1.2,
}

const measured = (noise: number): readonly MeasuredPoint[] =>
  points(noise).map(({ recordBytes, partitions, recordsPerSecond }) => ({
    recordBytes,
    partitions,
    produced: [0.7, 1, 0.95].map(factor => ({
      recordsPerSecond: recordsPerSecond * factor,
      cpuSecondsPerRecord: 1e-6,
    })),
    consumed: [{ recordsPerSecond: recordsPerSecond * 3, cpuSecondsPerRecord: 5e-7 }],
  }))

test('the largest point is held out, predicted from the others, and its error said', () => {
  const { produce, consume } = proveCapacity(measured(0.03), target)
  for (const { heldOut } of [produce, consume]) {
    assert.ok(heldOut !== null)
    assert.deepEqual([heldOut.recordBytes, heldOut.partitions, heldOut.fittedOn], [1600, 8, 11])
    assert.ok(heldOut.errorShare < 0.1, String(heldOut.errorShare))
  }
  near(produce.heldOut?.measuredRecordsPerSecond ?? 0, 1 / seconds(1600, 8), 0.04)
})

test('a held-out point that does not follow the model is said to have failed', () => {
  const odd = measured(0).map(point =>
    point.recordBytes === 1600 && point.partitions === 8
      ? {
          ...point,
          produced: point.produced.map(round => ({ ...round, recordsPerSecond: round.recordsPerSecond / 2 })),
        }
      : point,
  )
  const proof = proveCapacity(odd, target)
  near(proof.produce.heldOut?.errorShare ?? 0, 1, 0.01)
  assert.match(
    asMarkdown(capacityNote(proof)),
    /NOT under 10\u00a0%; the measurement is OUTSIDE the interval/,
  )
})

test('what lies beyond ten times the measured is theoretical', () => {
  const proof = proveCapacity(measured(0), target)
  const rate = 1 / seconds(100, 1)
  const [here, lanes, uneven, machines] = proof.extrapolations
  // its rate was seen, its number of partitions is 125 times the measured
  assert.ok((here?.timesMeasured ?? 99) < 10)
  assert.equal(here?.label, 'theoretical')
  const near24 = proveCapacity(measured(0), { ...target, partitions: 24 }).extrapolations[0]
  assert.equal(near24?.label, 'extrapolated')
  near(lanes?.recordsPerSecond ?? 0, 1000 * rate, 1e-6)
  near(uneven?.recordsPerSecond ?? 0, (1000 * rate) / 1.2, 1e-6)
  assert.deepEqual([lanes?.label, machines?.label], ['theoretical', 'theoretical'])
  assert.ok((machines?.recordsPerSecond ?? 0) >= target.recordsPerSecond)
  assert.match(
    asMarkdown(capacityNote(proof)),
    /1,000 partitions × 50k\/s are 50M\/s only at utilisation 1\.0; with the hottest partition 20\u00a0% over the mean, 41\.7M\/s is sustainable on them/,
  )
  const needed = proof.units.map(({ unit, neededForTarget }) => [unit, neededForTarget])
  assert.deepEqual(needed[0], ['one partition, written', 1315])
  assert.deepEqual(needed[3], ['one core, producing', 50])
})
