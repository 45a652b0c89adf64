import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mockHistory, mockTick } from '../../../test/support/mock-figures.ts'
import { cellsOf, countFlag, hasFlag, NO_DATA, OUTLIER, withMarks } from './cells.ts'
import { measureOf } from './measure.ts'
import { pastCells, stepAt } from './past.ts'

const history = mockHistory('busy', 'user-actions')
assert.ok(history !== undefined)
const now = cellsOf(mockTick('busy', 1), ['user-actions'], measureOf('records'))

test('a moment falls into its step, and outside of the history into none', () => {
  const third = history.at[2] ?? ''
  const within = new Date(Date.parse(third) + history.stepMs / 2).toISOString()
  assert.equal(stepAt(history, third), 2)
  assert.equal(stepAt(history, within), 2)
  assert.equal(stepAt(history, '2001-01-01T00:00:00.000Z'), -1)
  assert.equal(stepAt(history, 'nonsense'), -1)
  assert.equal(stepAt(history, undefined), -1)
})

test('the map of the past shows the values of that step, and before the burst no burst', () => {
  const last = pastCells(now, history, history.at.length - 1)
  const first = pastCells(now, history, 2)
  assert.equal(first.value[417], history.raster[2]?.[Math.floor(417 / history.partitionsPerCell)])
  assert.ok(hasFlag(last, 417, OUTLIER) && (last.share[417] ?? 0) > 5)
  assert.ok((first.share[417] ?? 9) < 3)
  assert.equal(first.length, now.length)
})

test('a step in which nothing was seen is without data, not 0', () => {
  const gap = history.raster.indexOf(null)
  assert.ok(gap > 0)
  assert.equal(countFlag(pastCells(now, history, gap), NO_DATA), now.length)
})

test('marks and their counts, known by cell of the raster, are those that a look through all partitions finds', () => {
  for (const [length, partitionsPerCell] of [
    [now.length, history.partitionsPerCell],
    // the last cell stands for fewer, and some partitions were added since
    [500, 7],
    [1000, 1],
  ] as const) {
    const cut = { ...now, length }
    for (const step of [2, history.raster.indexOf(null), history.at.length - 1]) {
      const { marked, counts, ...columns } = pastCells(
        cut,
        { raster: history.raster, partitionsPerCell },
        step,
      )
      const looked = withMarks(columns)
      assert.deepEqual(marked, looked.marked)
      assert.deepEqual(counts, looked.counts)
    }
  }
})
