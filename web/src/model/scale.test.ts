import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lagTimeTicks, lagTimeToUnit, lagToUnit, partToUnit, shareToUnit } from './scale.ts'

test('shares: half is least, the mean at a quarter, each doubling a quarter more, past the ends the ends', () => {
  assert.deepEqual([0.5, 1, 2, 4, 8].map(shareToUnit), [0, 0.25, 0.5, 0.75, 1])
  assert.equal(shareToUnit(0), 0)
  assert.equal(shareToUnit(900), 1)
})

test('what is not known has no place', () => {
  assert.ok(Number.isNaN(shareToUnit(Number.NaN)))
})

test('lag: nothing behind is 0, ten minutes is the end, and the order is kept', () => {
  assert.equal(lagTimeToUnit(0), 0)
  assert.equal(lagTimeToUnit(600_000), 1)
  assert.equal(lagTimeToUnit(9_000_000), 1)
  const units = [0, 1, 10, 100, 1000, 1e5, 1e6].map(lagToUnit)
  assert.deepEqual(
    units,
    units.toSorted((a, b) => a - b),
  )
  assert.ok(lagTimeTicks.every((tick, index) => index === 0 || tick.at > (lagTimeTicks[index - 1]?.at ?? 1)))
})

test('size: linear to its end', () => {
  assert.equal(partToUnit(0.5), 0.5)
  assert.equal(partToUnit(1.5), 1)
})
