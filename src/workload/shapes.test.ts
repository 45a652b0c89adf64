import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../core/simulation/index.ts'
import { createShape, SHAPE_PERIOD_MS, type ShapeName, shapeNames, viralShareAt } from './shapes.ts'

const KEYS = 1000

const countsAt = (names: readonly ShapeName[], crowd: 'people' | 'things', atMs: number, draws = 20_000) => {
  const shape = createShape(names, seededRandom(3), ['people', 'things'])
  const counts = new Float64Array(KEYS + 1)
  for (let draw = 0; draw < draws; draw++) {
    const key = shape.choose(crowd, KEYS, atMs)
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
const shares = (counts: Float64Array): number[] => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return [...counts].map(count => count / total).toSorted((a, b) => b - a)
}
const meanRate = (name: ShapeName): number => {
  const shape = createShape([name], seededRandom(1))
  let sum = 0
  for (let atMs = 0; atMs < SHAPE_PERIOD_MS; atMs += 50) sum += shape.rateAt(atMs)
  return sum / (SHAPE_PERIOD_MS / 50)
}

test('steady: everybody equally often, at the asked rate', () => {
  assert.ok((shares(countsAt(['steady'], 'people', 0))[0] ?? 1) < 0.003)
  assert.equal(meanRate('steady'), 1)
})

test('viral: one item takes over within seconds, to half of all, and is forgotten; people are left alone', () => {
  assert.equal(viralShareAt(29_000), 0)
  assert.equal(viralShareAt(35_000), 0.5)
  assert.ok(viralShareAt(SHAPE_PERIOD_MS - 1) < 0.06)
  assert.ok((shares(countsAt(['viral'], 'things', 10_000))[0] ?? 1) < 0.003)
  const [first = 0, second = 1] = shares(countsAt(['viral'], 'things', 35_000))
  assert.ok(Math.abs(first - 0.5) < 0.03 && second < 0.003, `${first} ${second}`)
  assert.ok((shares(countsAt(['viral'], 'people', 35_000))[0] ?? 1) < 0.003)
})

test('viral where there are no things: somebody takes over', () => {
  const shape = createShape(['viral'], seededRandom(3), ['people'])
  const counts = new Map<number, number>()
  for (let draw = 0; draw < 2000; draw++) {
    const key = shape.choose('people', KEYS, 35_000)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  assert.ok(Math.max(...counts.values()) > 900)
})

test('celebrity: ten people make a fifth, the first a third of that', () => {
  const sorted = shares(countsAt(['celebrity'], 'people', 0, 50_000))
  const top = sorted.slice(0, 10).reduce((sum, share) => sum + share, 0)
  assert.ok(Math.abs(top - 0.2) < 0.03, String(top))
  assert.ok(Math.abs((sorted[0] ?? 0) - 0.2 / 2.93) < 0.01, String(sorted[0]))
})

test('guest-key: nine of ten records carry the guest, whatever the crowd', () => {
  for (const crowd of ['people', 'things'] as const) {
    const counts = countsAt(['guest-key'], crowd, 0)
    assert.ok(Math.abs((counts[KEYS] ?? 0) / 20_000 - 0.9) < 0.01)
  }
})

test('synchronised: bursts of twenty times the rate, nothing between, each device once a burst', () => {
  const shape = createShape(['synchronised'], seededRandom(1))
  assert.equal(shape.rateAt(100), 20)
  assert.equal(shape.rateAt(5_000), 0)
  assert.ok(Math.abs(meanRate('synchronised') - 1) < 0.01)
  const seen = Array.from({ length: KEYS }, () => shape.choose('people', KEYS, 0))
  assert.equal(new Set(seen).size, KEYS)
})

test('black-friday: from the asked rate to ten times that and back', () => {
  const { rateAt } = createShape(['black-friday'], seededRandom(1))
  assert.deepEqual(
    [0, 20_000, 40_000, 60_000, 119_000, 140_000, 200_000].map(rateAt),
    [1, 1, 5.5, 10, 10, 5.5, 1],
  )
})

test('day: a wave of the awake goes round; the mean over a day is the asked rate', () => {
  assert.ok(Math.abs(meanRate('day') - 1) < 0.001, String(meanRate('day')))
  const rates = Array.from({ length: 24 }, (_, hour) =>
    createShape(['day'], seededRandom(1)).rateAt((hour / 24) * SHAPE_PERIOD_MS),
  )
  assert.ok(Math.max(...rates) / Math.min(...rates) > 1.2)
  const noon = countsAt(['day'], 'people', SHAPE_PERIOD_MS / 2)
  const midnight = countsAt(['day'], 'people', 0)
  const moved = noon.reduce((sum, count, key) => sum + Math.abs(count - (midnight[key] ?? 0)), 0) / 2
  assert.ok(moved > 20_000 * 0.25, `${moved} records of 20000 are of others`)
})

test('shapes combine: factors multiply, the first that names somebody decides', () => {
  const shape = createShape(['black-friday', 'synchronised', 'guest-key'], seededRandom(1), ['people'])
  assert.equal(shape.rateAt(60_100), 200)
  assert.equal(shape.choose('people', KEYS, 0), 0)
  assert.ok(!shape.isEven('people'))
})

test('the same seed gives the same choices, and keys stay below the guest', () => {
  for (const name of shapeNames) {
    const [one, two] = [createShape([name], seededRandom(9)), createShape([name], seededRandom(9))]
    for (let index = 0; index < 500; index++) {
      const atMs = index * 1_000
      const key = one.choose('people', KEYS, atMs)
      assert.equal(key, two.choose('people', KEYS, atMs))
      assert.ok(Number.isInteger(key) && key >= 0 && key <= KEYS)
    }
  }
})
