import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedMaxOverMeanByChance } from '../../../src/core/routing/index.ts'
import { mockTick } from '../../../test/support/mock-figures.ts'
import { cellsOf } from './cells.ts'
import { measureOf } from './measure.ts'
import { skewBand } from './skew-band.ts'
import { axisEnd, shareToHeight, skewCurveOf } from './skew-curve.ts'

const cells = (scenario: 'busy' | 'partial', topic = 'user-actions') =>
  cellsOf(mockTick(scenario, 1), [topic], measureOf('records'))

test('hottest first, both ends drawn, no place twice', () => {
  const curve = skewCurveOf(cells('busy'), 1.25)
  assert.ok(curve !== undefined)
  assert.deepEqual([curve.places[0], curve.places.at(-1)], [0, 999])
  assert.ok(curve.places.every((place, index) => index === 0 || place > (curve.places[index - 1] ?? 0)))
  assert.ok(curve.shares.every((share, index) => index === 0 || share <= (curve.shares[index - 1] ?? 0)))
  assert.ok(curve.places.length <= 240)
  assert.equal(axisEnd(curve), 16)
})

test('what chance explains is inside the band, one partition with nine times its share above it', () => {
  const tick = mockTick('busy', 1)
  const lanes = 200
  const rates = [
    ...skewBand(
      lanes,
      50,
      Array.from({ length: lanes }, (_, place) => place),
    ).middle,
  ]
  const curveOf = (recordsPerSecond: readonly number[]) =>
    skewCurveOf(
      cellsOf(
        {
          ...tick,
          columns: tick.columns.map(columns => ({
            ...columns,
            leader: columns.leader.slice(0, lanes),
            recordsPerSecond: [...recordsPerSecond],
          })),
        },
        ['user-actions'],
        measureOf('records'),
      ),
      expectedMaxOverMeanByChance(50 * lanes, lanes),
    )
  assert.deepEqual([curveOf(rates)?.above, curveOf(rates)?.below], [0, 0])
  const hot = curveOf(rates.with(77, 9))
  assert.equal(hot?.above, 1)
  assert.ok((hot?.gini ?? 0) > (curveOf(rates)?.gini ?? 1))
})

test('a partition beside the band by less than one record is not outside of it', () => {
  const lanes = 1000
  const tick = mockTick('busy', 1)
  // counts of a real spread, of which the band knows the mean only nearly
  const counts = [
    ...skewBand(
      lanes,
      14,
      Array.from({ length: lanes }, (_, place) => place),
    ).middle,
  ].map(share => Math.round(share * 14))
  const columns = tick.columns.map(each => ({
    ...each,
    leader: each.leader.slice(0, lanes),
    recordsPerSecond: counts,
  }))
  const curve = skewCurveOf(
    cellsOf({ ...tick, columns }, ['user-actions'], measureOf('records')),
    expectedMaxOverMeanByChance(15 * lanes, lanes),
  )
  assert.ok((curve?.above ?? lanes) + (curve?.below ?? lanes) <= lanes * 0.05, JSON.stringify(curve?.above))
})

test('without a figure for chance there is no band, and what is not known is not counted', () => {
  const curve = skewCurveOf(cells('partial'), null)
  assert.equal(curve?.band, undefined)
  assert.ok((curve?.known ?? 1000) < 1000)
})

test('the axis counts doublings from a quarter', () => {
  assert.deepEqual(
    [0, 0.25, 1, 16].map(share => shareToHeight(share, 16)),
    [0, 0, 1 / 3, 1],
  )
})
