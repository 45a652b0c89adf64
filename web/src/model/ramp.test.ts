import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildRamp, levelOf, packPixel, parseHex, RAMP_LEVELS } from './ramp.ts'

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
  assert.equal(levelOf(Number.NaN), -1)
})
