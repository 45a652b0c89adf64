/**
 * A day of time-zone waves and an hour that goes viral, under the default policy: what the controller is for.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  runScaledGroup,
  type ScaledMoment,
  turnsWithin,
  unevenShares,
} from '../../../../test/support/scaled-group.ts'
import { defaultScalePolicy } from './policy.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const PARTITIONS = 60
const CONSUMER_PER_SECOND = 1_000

const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

/** Three regions, each with its evening: APAC at 12, EMEA at 20, AMER at 3 o'clock UTC. */
const waves = (atMs: number): number =>
  [
    { hour: 12, height: 16_000 },
    { hour: 20, height: 32_000 },
    { hour: 27, height: 14_000 },
  ].reduce((sum, { hour, height }) => sum + height * Math.exp(-(((atMs / HOUR - hour) / 2.5) ** 2)), 3_000)

const run = (arrivingPerSecond: (atMs: number) => number, hours: number): readonly ScaledMoment[] =>
  runScaledGroup(
    defaultScalePolicy,
    {
      shares: unevenShares(PARTITIONS, 1.2, seeded(3)),
      consumerPerSecond: CONSUMER_PER_SECOND,
      arrivingPerSecond,
      random: seeded(4),
      errorMax: 0.1,
    },
    hours * HOUR,
  )

const lateShare = (moments: readonly ScaledMoment[]): number =>
  moments.filter(({ lagMsMax }) => lagMsMax > defaultScalePolicy.lagTargetMs).length / moments.length

const mean = (moments: readonly ScaledMoment[]): number =>
  moments.reduce((sum, { consumers }) => sum + consumers, 0) / moments.length

test('time-zone waves: more in the evenings, fewer at night, hardly ever late', () => {
  const day = run(waves, 34).filter(({ atMs }) => atMs >= 6 * HOUR)
  const at = (hour: number): number => day.find(({ atMs }) => atMs >= hour * HOUR)?.consumers ?? NaN
  assert.ok(day.every(({ consumers }) => consumers <= PARTITIONS))
  assert.ok(turnsWithin(day, HOUR) <= 2)
  assert.ok(at(20) >= 36, `${at(20)} consumers at the peak of 35,000/s`)
  assert.ok(at(16) < at(20), `${at(16)} consumers in the afternoon`)
  assert.ok(at(33) <= 15, `${at(33)} consumers when 3,000/s are left`)
  assert.ok(lateShare(day) < 0.05, `late for ${lateShare(day)} of the day`)
  assert.ok(mean(day) < 0.6 * PARTITIONS, `${mean(day)} consumers on the mean`)
  assert.equal(day.at(-1)?.backlogRecords === 0 || (day.at(-1)?.lagMsMax ?? NaN) < 10_000, true)
})

test('a viral burst of ten times the traffic: it catches up, and goes down afterwards', () => {
  const startMs = 3 * HOUR
  const burst = (atMs: number): number =>
    4_000 + (atMs < startMs ? 0 : 40_000 * 0.5 ** ((atMs - startMs) / (20 * MINUTE)))
  const moments = run(burst, 9)
  const before = moments.filter(({ atMs }) => atMs < startMs).at(-1)
  const during = moments.filter(({ atMs }) => atMs >= startMs && atMs < startMs + HOUR)
  assert.ok(Math.max(...during.map(({ consumers }) => consumers)) >= 48)
  const inTimeAt = during.findLast(({ lagMsMax }) => lagMsMax > defaultScalePolicy.lagTargetMs)?.atMs ?? NaN
  assert.ok(
    inTimeAt - startMs < 15 * MINUTE,
    `late until ${(inTimeAt - startMs) / MINUTE} min after it began`,
  )
  assert.ok(turnsWithin(moments, HOUR) <= 2)
  const after = moments.at(-1)?.consumers ?? NaN
  assert.ok(
    after <= 2 * (before?.consumers ?? NaN),
    `${after} consumers hours later, ${before?.consumers} before`,
  )
})

test('one partition that takes more than a consumer carries: its neighbours are relieved, then it is named', () => {
  const shares = Array.from({ length: 12 }, (_, p) => (p === 7 ? 0.5 : 0.5 / 11))
  const moments = runScaledGroup(
    defaultScalePolicy,
    {
      shares,
      consumerPerSecond: CONSUMER_PER_SECOND,
      arrivingPerSecond: () => 4_000,
      random: seeded(5),
    },
    4 * HOUR,
  )
  const last = moments.at(-1)
  assert.equal(last?.decision.reason.kind, 'limited')
  assert.deepEqual(
    last?.decision.load.limited.map(({ partition, why }) => [partition.partition, why]),
    [[7, 'too-fast']],
  )
  const changes = moments.filter(({ decision }) => decision.consumers !== decision.before)
  assert.ok(changes.length <= 2, 'the start, and at most once more for those that share a consumer with it')
})
