import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelOf, NO_LEVEL } from './ramp.ts'
import { rasterLevels } from './raster-levels.ts'
import { shareToUnit } from './scale.ts'

const near = (level: number | undefined, share: number): boolean =>
  Math.abs((level ?? -9) - levelOf(shareToUnit(share))) <= 1

test('a row is the largest of its cells; a step without data has no level; what is not known neither', () => {
  const raster = [[1, 4, 2, null], null, [null, null, 8, 1]]
  const made = rasterLevels({ raster }, 1, 2)
  assert.deepEqual([made?.steps, made?.rows], [3, 2])
  const at = (row: number, step: number): number | undefined => made?.levels[row * 3 + step]
  assert.ok(near(at(0, 0), 4) && near(at(1, 0), 2) && near(at(1, 2), 8))
  assert.deepEqual([at(0, 1), at(1, 1), at(0, 2)], [NO_LEVEL, NO_LEVEL, NO_LEVEL])
})

test('fewer cells than rows: a row for each, and every cell is in it', () => {
  const made = rasterLevels({ raster: [[1, 2, 4]] }, 1, 500)
  assert.equal(made?.rows, 3)
  assert.ok([1, 2, 4].every((share, row) => near(made?.levels[row], share)))
})

test('relative to the ordinary; where nothing flows what was seen is ordinary, and never without data', () => {
  assert.ok(near(rasterLevels({ raster: [[50]] }, 25, 1)?.levels[0], 2))
  for (const reference of [0, Number.NaN]) {
    const made = rasterLevels({ raster: [[0, null]] }, reference, 2)
    assert.ok(near(made?.levels[0], 1))
    assert.equal(made?.levels[1], NO_LEVEL)
  }
  assert.equal(rasterLevels({ raster: [null] }, 1, 9), undefined)
})
