import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { knownOf, meanOf, percentile, selectPercentile } from './statistics.ts'

const values = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.nat({ max: 3 })), {
  minLength: 1,
  maxLength: 60,
})

test('selection finds what sorting finds, and loses no value', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, part) => {
      const mixed = Float64Array.from(list)
      const sorted = Float64Array.from(list).sort()
      assert.equal(selectPercentile(mixed, part) + 0, percentile(sorted, part) + 0)
      assert.deepEqual(
        [...mixed.sort()].map(value => value + 0),
        [...sorted].map(value => value + 0),
      )
    }),
  )
})

test('what is not known counts nowhere', () => {
  assert.deepEqual([...knownOf([1, null, Number.NaN, 3])], [1, 3])
  assert.equal(meanOf(Float32Array.of(1, Number.NaN, 3)), 2)
  assert.ok(Number.isNaN(meanOf([null])))
  assert.ok(Number.isNaN(selectPercentile(new Float64Array(0), 0.5)))
})
