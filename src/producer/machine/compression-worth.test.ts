import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompressionWorth } from './compression-worth.ts'

/** How many of the next `batches` are compressed, each to `share` of its size. */
const compressedOf = (worth: CompressionWorth, batches: number, share: number): number => {
  let compressed = 0
  for (let batch = 0; batch < batches; batch++)
    if (worth.next()) {
      compressed++
      worth.saw(10_000, 10_000 * share)
    }
  return compressed
}

test('what shrinks is compressed, each batch of it', () => {
  assert.equal(compressedOf(new CompressionWorth(), 100, 0.5), 100)
})

test('of what does not shrink one batch in sixteen is tried', () => {
  assert.equal(compressedOf(new CompressionWorth(), 160, 1), 10)
  assert.equal(compressedOf(new CompressionWorth(), 160, 0.9), 10)
})

test('what begins to shrink is compressed again after sixteen batches at most', () => {
  const worth = new CompressionWorth()
  compressedOf(worth, 1, 1)
  assert.equal(compressedOf(worth, 15, 0.3), 0)
  assert.equal(compressedOf(worth, 100, 0.3), 100)
})
