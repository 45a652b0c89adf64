import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { judged, windowOf } from '../../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { lagAges, lagMs, lagRecords } from './lag.ts'

const snapshot = snapshotOf([topic('t', 1, [1, 2, 3])])

test('lag is end minus the larger of committed and start; what is not known stays unknown', () => {
  assert.equal(lagRecords(40, 0, 100), 60)
  assert.equal(lagRecords(40, 70, 100), 30, 'records below the start are gone')
  assert.equal(lagRecords(NaN, 100, 100), 0, 'an empty partition has nothing to read')
  assert.equal(lagRecords(NaN, 0, 100), NaN, 'nothing committed')
  assert.equal(lagRecords(120, 0, 100), NaN, 'committed beyond the end')
  assert.equal(lagRecords(40, NaN, 100), NaN)
  assert.equal(lagRecords(40, 0, NaN), NaN)
})

/** 10 records a second from second 0; the group always stands `behind` seconds back. */
const steady = (seconds: number, behind: number) =>
  windowOf(seconds, second => ({
    snapshot,
    ends: { t: [second * 10] },
    groups: [groupOf('g', 't', [Math.max(0, second - behind) * 10], [[0]])],
  }))

test('lag in time is the age of the oldest record that waits', () => {
  for (const behind of [1, 7, 45, 200]) {
    const group = judged(steady(600, behind), 600).groups[0]
    assert.equal(group?.lagRecords, behind * 10)
    assert.ok(
      Math.abs((group?.lagMsMax ?? NaN) - behind * 1000) < 1,
      `${behind} s behind reads ${group?.lagMsMax} ms`,
    )
  }
})

test('an idle hour before the record does not count as its age', () => {
  const window = windowOf(300, second => ({
    snapshot,
    ends: { t: [second < 295 ? 50 : 51] },
    groups: [groupOf('g', 't', [50], [[0]])],
  }))
  const lagMs = judged(window, 300).groups[0]?.lagMsMax ?? NaN
  assert.ok(lagMs >= 5_000 && lagMs <= 6_000, `${lagMs}`)
})

test('older than the history is unknown', () => {
  const window = windowOf(60, second => ({
    snapshot,
    ends: { t: [1000 + second] },
    groups: [groupOf('g', 't', [500], [[0]])],
  }))
  assert.equal(judged(window, 60).groups[0]?.lagMsMax, NaN)
})

test('the trend is records a second, and gives the time to catch up', () => {
  const window = windowOf(60, second => ({
    snapshot,
    ends: { t: [500 + second * 10] },
    groups: [groupOf('g', 't', [second * 15], [[0]])],
  }))
  const group = judged(window, 60).groups[0]
  assert.equal(group?.lagRecords, 200)
  assert.equal(Math.round(group?.lagTrendPerSecond ?? NaN), -5)
  assert.equal(Math.round(group?.processedPerSecond ?? NaN), 15)
  assert.equal(Math.round((group?.catchUpMs ?? NaN) / 1000), 40)
})

test('a group with members is judged by what they read, not by old commits elsewhere', () => {
  const two = snapshotOf([topic('t', 1, [1]), topic('old', 1, [1])])
  const group = groupOf('g', 't', [10], [[0]])
  const both = { ...group, committed: new Map([...group.committed, ['old', Float64Array.of(3)]]) }
  const window = windowOf(20, () => ({ snapshot: two, ends: { t: [10], old: [900] }, groups: [both] }))
  const health = judged(window, 20)
  assert.deepEqual(
    health.groups[0]?.topics.map(each => each.topic),
    ['t'],
  )
  assert.equal(health.groups[0]?.lagRecords, 0)
})

test('ages of a whole column are those of each partition by itself', () => {
  const figure = fc.oneof({ weight: 6, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.constant(NaN) })
  // columns read before partitions were added are shorter
  const column = fc.array(figure, { minLength: 2, maxLength: 4 }).map(values => Float64Array.from(values))
  fc.assert(
    fc.property(fc.array(column, { maxLength: 4 }), column, column, (ends, committed, start) => {
      const history = { ends, agesMs: ends.map((_, index) => index * 1_000) }
      const lags = committed.map((position, p) => lagRecords(position, start[p] ?? NaN, ends[0]?.[p] ?? NaN))
      const ages = lagAges(history, { committed, lagRecords: lags }, start)
      lags.forEach((lag, p) => {
        const position = Math.max(committed[p] ?? NaN, start[p] ?? NaN)
        assert.equal(ages[p], lagMs(history, p, position, lag), `partition ${p}`)
      })
    }),
    { numRuns: 2_000 },
  )
})
