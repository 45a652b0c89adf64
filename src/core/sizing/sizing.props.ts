import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KeyPopulation, KeySkew } from '../model/index.ts'
import { divisorsOf, pleasantCount, splitByWeight, startingConsumers, wholeUp } from './counts.ts'
import { heaviestShare, loadByHeaviest, loadByKeys } from './key-load.ts'

test('a split adds up, keeps proportion to within one, and leaves nobody without', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 8, max: 5000 }),
      (weights, total) => {
        const parts = splitByWeight(total, weights)
        const sum = weights.reduce((all, weight) => all + weight, 0)
        assert.ok(parts.every(part => Number.isInteger(part) && part >= 1))
        const exact = weights.map(weight => (total * weight) / sum)
        if (exact.every(value => value >= 1)) {
          assert.equal(
            parts.reduce((all, part) => all + part, 0),
            total,
          )
          for (const [index, part] of parts.entries()) assert.ok(Math.abs(part - (exact[index] ?? 0)) < 1)
        }
      },
    ),
  )
})

test('what is left over goes to those that lost most by rounding', () => {
  assert.deepEqual(splitByWeight(10, [2, 1]), [7, 3])
  assert.deepEqual(splitByWeight(11, [1, 1, 4]), [2, 2, 7])
})

test('a pleasant count is within its range and no worse than its lowest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 12 }),
      (low, more, brokers) => {
        const count = pleasantCount(low, low + more, brokers)
        assert.ok(count >= low && count <= low + more)
        if (low % brokers === 0) assert.equal(count % brokers, 0)
        assert.ok(divisorsOf(count).every(divisor => count % divisor === 0))
        const start = startingConsumers(count)
        assert.ok(start >= 1 && start <= Math.ceil(count / 2) && start * 3 >= count)
      },
    ),
  )
})

test('wholeUp forgives the float and nothing more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 60 }), (count, parts) => {
      assert.equal(wholeUp((count / parts) * parts), count)
      assert.equal(wholeUp(count + 0.001), count + 1)
    }),
  )
})

const skews: fc.Arbitrary<KeySkew> = fc.oneof(
  fc.constant({ kind: 'uniform' as const }),
  fc.double({ min: 0.01, max: 0.9, noNaN: true }).map(share => ({ kind: 'heaviest' as const, share })),
  fc.double({ min: 0.2, max: 2, noNaN: true }).map(exponent => ({ kind: 'zipf' as const, exponent })),
)
const populations: fc.Arbitrary<KeyPopulation> = fc
  .record({ distinct: fc.integer({ min: 200, max: 20_000 }), skew: skews })
  .map(each => ({ ...each, field: 'k', splits: 1 }))

test('shares of partitions add up to 1, and the hottest has at least the heaviest key', () => {
  fc.assert(
    fc.property(populations, fc.integer({ min: 1, max: 64 }), (population, partitions) => {
      const { shares, maxOverMean } = loadByKeys(population, partitions)
      const sum = shares.reduce((all, share) => all + share, 0)
      assert.ok(Math.abs(sum - 1) < 1e-9, String(sum))
      assert.ok(maxOverMean >= heaviestShare(population) * partitions - 1e-9)
    }),
    { numRuns: 40 },
  )
})

test('what goes silent is at most what was asked for, or a single key', () => {
  fc.assert(
    fc.property(
      populations,
      fc.double({ min: 0.05, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 32 }),
      (population, share, partitions) => {
        const taken = loadByHeaviest(population, share, partitions).reduce((all, part) => all + part, 0)
        assert.ok(taken <= Math.max(share, heaviestShare(population)) + 1e-6, `${taken} of ${share}`)
        assert.ok(taken > 0)
      },
    ),
    { numRuns: 40 },
  )
})
