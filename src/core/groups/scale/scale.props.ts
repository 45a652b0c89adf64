import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runScaledGroup, turnsWithin, unevenShares } from '../../../../test/support/scaled-group.ts'
import { defaultScalePolicy, scalePolicy } from './policy.ts'

const HOUR = 3_600_000

/** A seeded draw in [0, 1). */
const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

const arbitraryGroup = fc.record({
  partitions: fc.integer({ min: 1, max: 40 }),
  consumerPerSecond: fc.integer({ min: 10, max: 5_000 }),
  /** Of what all partitions together could carry with a consumer each. */
  busy: fc.double({ min: 0.02, max: 0.75, noNaN: true }),
  maxOverMean: fc.double({ min: 1, max: 1.25, noNaN: true }),
  errorMax: fc.double({ min: 0, max: 0.15, noNaN: true }),
  seed: fc.nat(1_000_000),
})

test('constant load: never above the partitions, two turns an hour at most, nothing late in the end', () => {
  fc.assert(
    fc.property(arbitraryGroup, ({ partitions, consumerPerSecond, busy, maxOverMean, errorMax, seed }) => {
      const random = seeded(seed)
      const moments = runScaledGroup(
        defaultScalePolicy,
        {
          shares: unevenShares(partitions, maxOverMean, random),
          consumerPerSecond,
          arrivingPerSecond: () => busy * partitions * consumerPerSecond,
          random,
          errorMax,
        },
        5 * HOUR,
      )
      assert.ok(moments.every(({ consumers }) => consumers >= 1 && consumers <= partitions))
      assert.ok(turnsWithin(moments, HOUR) <= 2)
      const last = moments.slice(-60)
      assert.ok(
        last.every(({ lagMsMax }) => lagMsMax <= defaultScalePolicy.lagTargetMs),
        `late by ${last.at(-1)?.lagMsMax} ms with ${last.at(-1)?.consumers} of ${partitions}`,
      )
    }),
    { numRuns: 30 },
  )
})

test('any load: never above the partitions nor the most allowed, two turns an hour at most', () => {
  fc.assert(
    fc.property(
      arbitraryGroup,
      fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 1, max: 70 }),
      ({ partitions, consumerPerSecond, seed, errorMax }, levels, consumersMax) => {
        const moments = runScaledGroup(
          scalePolicy({ consumersMax, quietMs: 60_000, settleMs: 10_000 }),
          {
            shares: unevenShares(partitions, 1.1, seeded(seed)),
            consumerPerSecond,
            // another level every six minutes, also ones that nobody can carry
            arrivingPerSecond: atMs =>
              (levels[Math.floor(atMs / 360_000) % levels.length] as number) * partitions * consumerPerSecond,
            random: seeded(seed + 1),
            errorMax,
          },
          6 * HOUR,
        )
        assert.ok(moments.every(({ consumers }) => consumers <= Math.min(partitions, consumersMax)))
        assert.ok(turnsWithin(moments, HOUR) <= 2)
      },
    ),
    { numRuns: 30 },
  )
})

test('unknown lag means hold, whatever the load does meanwhile', () => {
  fc.assert(
    fc.property(arbitraryGroup, fc.nat(59), ({ partitions, consumerPerSecond, busy, seed }, unseen) => {
      const [fromMs, toMs] = [HOUR, 2 * HOUR]
      const moments = runScaledGroup(
        defaultScalePolicy,
        {
          shares: unevenShares(partitions, 1.1, seeded(seed)),
          consumerPerSecond,
          arrivingPerSecond: atMs => (atMs < fromMs ? busy : 2) * partitions * consumerPerSecond,
          random: seeded(seed),
          unseen: atMs => (atMs >= fromMs && atMs < toMs ? [unseen % partitions] : []),
        },
        3 * HOUR,
      )
      const blind = moments.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      assert.ok(blind.every(({ consumers }) => consumers === blind[0]?.consumers))
      assert.ok(blind.every(({ decision }) => decision.reason.kind === 'unknown'))
    }),
    { numRuns: 30 },
  )
})
