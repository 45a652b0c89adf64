import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordSizes } from './record-sizes.ts'

test('sizes of a window add up; one record is no mean of anything, and old ones leave', () => {
  const sizes = new RecordSizes()
  const lumpiness = (): number | undefined => sizes.seen('t', 1)?.lumpiness
  for (let at = 0; at < 20; at++) sizes.add('t', 7, 500, 60_000)
  for (let at = 0; at < 19; at++) sizes.add('t', 1, 1_000, at * 500)
  assert.equal(sizes.seen('t', 1), null, 'nineteen are too few')
  sizes.add('t', 1, 1_000, 9_500)
  assert.deepEqual(sizes.seen('t', 1), { meanBytes: 1_000, othersMeanBytes: 500, lumpiness: 1 })
  sizes.add('t', 1, 1_000_000, 10_000)
  assert.ok((lumpiness() ?? 0) > 19, 'nearly all bytes are in one of 21 records')
  sizes.addPiece('t', 1, 10, 500, 10_000)
  sizes.addPiece('t', 1, 30, 3_500, 20_000)
  assert.equal(sizes.meansOnDisk('t')?.(1), 100)
  assert.equal(sizes.meansOnDisk('t')?.(2), Number.NaN)
  assert.equal(sizes.meansOnDisk('another'), null)
  assert.ok((lumpiness() ?? 0) > 19, 'the slice of the large record is now the one before')
  for (let at = 0; at < 20; at++) sizes.add('t', 1, 1_000, 37_000)
  assert.equal(lumpiness(), 1, 'and now it is gone')
  assert.equal(sizes.meansOnDisk('t')?.(1), 3_500 / 30, 'and so is what lay on disk beside it')
  sizes.expire(37_000 + 31_000)
  assert.equal(sizes.seen('t', 1), null)
  assert.equal(sizes.meansOnDisk('t')?.(1), Number.NaN)
})

test('without others there is nothing to be larger than', () => {
  const sizes = new RecordSizes()
  for (let at = 0; at < 40; at++) sizes.add('t', 1, 1_000, 0)
  assert.equal(sizes.seen('t', 1), null)
})
