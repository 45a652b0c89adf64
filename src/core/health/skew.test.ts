import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chanceOfAtLeast, judgeSkew } from './skew.ts'
import { defaultThresholds } from './thresholds.ts'

/** P(Poisson(mean) >= count), summed from the distribution itself. */
const tail = (count: number, mean: number): number => {
  let mass = Math.exp(-mean)
  let below = 0
  for (let k = 0; k < count; k++) {
    below += mass
    mass *= mean / (k + 1)
  }
  return 1 - below
}

test('the bound is above the true chance, and close enough to be of use', () => {
  for (const mean of [0.5, 3, 15, 60])
    for (const times of [1.5, 2, 3]) {
      const count = Math.ceil(mean * times)
      const bound = chanceOfAtLeast(count, mean)
      assert.ok(bound >= tail(count, mean) - 1e-12, `${mean} × ${times}`)
      assert.ok(bound <= 1)
    }
  assert.ok(chanceOfAtLeast(45, 15) < 1e-7)
  assert.equal(chanceOfAtLeast(10, 15), 1)
})

test('one record on 500 partitions is no 500 times the mean: too little to say, until something is beyond chance', () => {
  const window = 30_000
  const records = (...counts: readonly number[]): Float64Array => {
    const rates = new Float64Array(500)
    for (const [partition, count] of counts.entries()) rates[partition] = count / (window / 1000)
    return rates
  }
  assert.ok(Number.isNaN(judgeSkew(records(1), window, defaultThresholds).maxOverMean))
  assert.ok(Number.isNaN(judgeSkew(records(2, 1, 1, 1), window, defaultThresholds).maxOverMean))
  // as many as partitions, and all on one: each says something
  const enough = judgeSkew(records(...new Array<number>(500).fill(1).with(0, 3)), window, defaultThresholds)
  assert.ok(Math.abs(enough.maxOverMean - 3 / (502 / 500)) < 1e-9)
  const hot = judgeSkew(records(100, 1, 1), window, defaultThresholds)
  assert.deepEqual(hot.hot, [0])
  assert.ok(hot.maxOverMean > 400)
})

test('skew of what is known; nothing from nothing', () => {
  const skew = judgeSkew(Float64Array.of(10, NaN, 20, 30), 30_000, defaultThresholds)
  assert.equal(skew.maxOverMean, 1.5)
  assert.equal(skew.records, 1800)
  assert.ok(skew.expectedByChance > 1 && skew.expectedByChance < 1.2)
  for (const nothing of [new Float64Array(3), Float64Array.of(NaN, NaN), new Float64Array(0)]) {
    const none = judgeSkew(nothing, 30_000, defaultThresholds)
    assert.ok(Number.isNaN(none.maxOverMean) && Number.isNaN(none.expectedByChance))
    assert.deepEqual(none.hot, [])
  }
})
