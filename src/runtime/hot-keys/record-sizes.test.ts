import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordSizes } from './record-sizes.ts'

test('sizes of a window add up; one record is no mean of anything, and old ones leave', () => {
  const sizes = new RecordSizes()
  for (let at = 0; at < 19; at++) sizes.add('t 1', 1_000, at * 1_000)
  assert.ok(Number.isNaN(sizes.lumpiness('t 1')), 'nineteen are too few')
  sizes.add('t 1', 1_000, 19_000)
  assert.equal(sizes.lumpiness('t 1'), 1)
  sizes.add('t 1', 1_000_000, 20_000)
  // nearly all bytes are in one of 21 records
  assert.ok(sizes.lumpiness('t 1') > 19)
  sizes.addPiece('t 1', 10, 500, 20_000)
  sizes.addPiece('t 1', 30, 3_500, 40_000)
  assert.equal(sizes.meanOnDisk('t 1'), 100)
  assert.ok(Number.isNaN(sizes.meanOnDisk('t 2')))
  // the slice of the large record is now the one before
  assert.ok(sizes.lumpiness('t 1') > 19)
  for (let at = 0; at < 20; at++) sizes.add('t 1', 1_000, 75_000)
  assert.equal(sizes.lumpiness('t 1'), 1, 'and now it is gone')
  sizes.expire(75_000 + 61_000)
  assert.ok(Number.isNaN(sizes.lumpiness('t 1')))
})
