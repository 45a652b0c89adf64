import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildRamp,
  levelOf,
  levelsOf,
  levelTable,
  NO_LEVEL,
  packPixel,
  parseHex,
  RAMP_LEVELS,
} from './ramp.ts'
import { shareToUnit } from './scale.ts'

test('reads both forms of a hex colour: minifiers shorten', () => {
  assert.deepEqual(parseHex('#0a326a'), [10, 50, 106])
  assert.deepEqual(parseHex(' #fff'), [255, 255, 255])
})

test('the ramp begins and ends with its stops, and pixels are the same colours', () => {
  const ramp = buildRamp(['#000000', '#808080', '#ffffff'])
  assert.equal(ramp.css.length, RAMP_LEVELS)
  assert.equal(ramp.css[0], 'rgb(0 0 0)')
  assert.equal(ramp.css.at(-1), 'rgb(255 255 255)')
  assert.equal(ramp.pixels[0], packPixel([0, 0, 0]))
  assert.equal(ramp.pixels.at(-1), 0xffffffff)
})

test('levels span the ramp; not known is no level', () => {
  assert.equal(levelOf(0), 0)
  assert.equal(levelOf(1), RAMP_LEVELS - 1)
  assert.equal(levelOf(Number.NaN), NO_LEVEL)
})

test('a table of levels agrees with the scale it was made of to a level, at its ends and where nothing is known', () => {
  const table = levelTable(shareToUnit)
  const shares = Float32Array.from({ length: 4000 }, (_, index) => index / 300)
  const values = Float32Array.of(...shares, Number.NaN, 1e30, 0)
  const levels = new Uint8Array(values.length)
  levelsOf(values, 1, table, levels)
  shares.forEach((share, index) => {
    const exact = levelOf(shareToUnit(share))
    assert.ok(Math.abs((levels[index] ?? 0) - exact) <= 1, `${share}: ${levels[index]}, not ${exact}`)
  })
  assert.deepEqual(Array.from(levels.subarray(-3)), [NO_LEVEL, RAMP_LEVELS - 1, 0])
})
