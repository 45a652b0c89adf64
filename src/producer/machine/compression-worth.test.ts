import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hand } from '../../../test/support/machine-hand.ts'
import { KafkaCode } from '../../core/model/index.ts'
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

test('each partition finds out by itself, and a batch that goes again is not tried again', () => {
  const hand = Hand.ready([1, 1], { compression: 'lz4' })
  for (let batch = 0; batch < 32; batch++) hand.answer(hand.sent('a'), 0)
  assert.equal(hand.compressed, 2)
  const first = hand.sent('b', 1)
  hand.answer(first, KafkaCode.NOT_ENOUGH_REPLICAS)
  hand.pass(100)
  hand.answer(hand.takeProduce(), 0)
  assert.equal(hand.compressed, 3)
  hand.answer(hand.sent('c', 1), 0)
  assert.equal(hand.compressed, 3)
})
