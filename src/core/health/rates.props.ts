import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { grownSince, ratePerSecond, type Series } from './rates.ts'

const rises = (before: Float64Array | undefined, now: Float64Array): boolean => grownSince(before, now).rises

const partitions = 4
const column = fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(1e9) }, fc.constant(NaN)), {
  minLength: partitions,
  maxLength: partitions,
})
const series = fc
  .tuple(
    fc.array(fc.option(column, { nil: undefined, freq: 9 }), { minLength: 1, maxLength: 40 }),
    fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 40, maxLength: 40 }),
  )
  .map(([columns, gaps]): Series => {
    let atMs = 0
    return {
      rising: false,
      columns: columns.map(each => (each === undefined ? undefined : Float64Array.from(each))),
      atMs: columns.map((_, i) => (atMs += gaps[i] ?? 1)),
    }
  })

test('a rate is known and not negative, or not known; never infinite', () => {
  fc.assert(
    fc.property(series, fc.nat(10_000), (drawn, spanMinMs) => {
      for (const rate of ratePerSecond(drawn, partitions, spanMinMs))
        assert.ok(Number.isNaN(rate) || (rate >= 0 && Number.isFinite(rate)), `${rate}`)
    }),
  )
})

test('without gaps and falls, rates times the window are exactly what was written', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(1000), { minLength: partitions, maxLength: partitions }), {
        minLength: 4,
        maxLength: 40,
      }),
      steps => {
        const end = new Float64Array(partitions)
        const columns = steps.map(step => {
          step.forEach((records, p) => (end[p] = (end[p] ?? 0) + records))
          return end.slice()
        })
        const atMs = steps.map((_, i) => i * 1000)
        const seconds = steps.length - 1
        const rates = ratePerSecond({ columns, atMs, rising: false }, partitions, 3_000)
        assert.ok(columns.every((each, at) => at === 0 || rises(columns[at - 1], each)))
        assert.deepEqual(ratePerSecond({ columns, atMs, rising: true }, partitions, 3_000), rates)
        rates.forEach((rate, p) => {
          const written = (columns.at(-1)?.[p] ?? NaN) - (columns[0]?.[p] ?? NaN)
          assert.ok(Math.abs(rate * seconds - written) < 1e-6, `${rate * seconds} is not ${written}`)
        })
      },
    ),
  )
})

test('counters rise only where both columns know every figure and none is lower', () => {
  fc.assert(
    fc.property(column, column, (before, now) => {
      const expected = now.every((figure, p) => figure >= (before[p] ?? NaN))
      assert.equal(rises(Float64Array.from(before), Float64Array.from(now)), expected)
    }),
  )
  assert.equal(rises(Float64Array.of(1), Float64Array.of(1, 2)), false)
  assert.equal(rises(undefined, Float64Array.of(1)), false)
})
