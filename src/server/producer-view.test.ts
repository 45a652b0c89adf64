import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hand } from '../../test/support/machine-hand.ts'
import { producersSchema } from '../api/producers.ts'
import { createProducerView } from './producer-view.ts'

const watched = (hand: Hand) => ({
  clientId: 'writer',
  lingerMs: 5,
  producer: {
    stats: () => hand.machine.stats(),
    partitionFigures: () => hand.machine.partitionFigures(),
    brokerFigures: () => hand.machine.brokerFigures(),
  },
})

test('rates are between two looks, by broker and in all; before the second they are unknown', () => {
  const hand = Hand.ready([1, 2])
  const producers = [watched(hand)]
  const view = createProducerView(
    () => producers,
    () => hand.nowMs,
  )
  const [first] = view()
  assert.deepEqual([first?.recordsPerSecond, first?.recordsPerBatch, first?.windowMs], [null, null, null])
  const start = hand.nowMs
  for (const value of ['a', 'b', 'c']) hand.send(value, 0)
  hand.answer(hand.sent('d', 0), 0)
  hand.answer(hand.sent('e', 1), 0)
  hand.pass(start + 2000 - hand.nowMs)
  const [second] = producersSchema.parse(view())
  assert.equal(second?.windowMs, 2000)
  assert.equal(second?.recordsPerSecond, 2.5)
  assert.equal(second?.batchesPerSecond, 1)
  assert.equal(second?.recordsPerBatch, 2.5)
  assert.deepEqual(
    second?.brokers.map(({ broker, recordsPerBatch, batchesPerRequest, queueMs }) => ({
      broker,
      recordsPerBatch,
      batchesPerRequest,
      queueMs,
    })),
    [
      { broker: 1, recordsPerBatch: 4, batchesPerRequest: 1, queueMs: 5 },
      { broker: 2, recordsPerBatch: 1, batchesPerRequest: 1, queueMs: 5 },
    ],
  )
})

test('the window forgets: after a quiet quarter of a minute the rate is 0, and a producer made anew counts afresh', () => {
  const hand = Hand.ready([1])
  let producers = [watched(hand)]
  const view = createProducerView(
    () => producers,
    () => hand.nowMs,
  )
  view()
  hand.answer(hand.sent('a', 0), 0)
  for (let second = 0; second < 20; second++) {
    hand.pass(1000)
    view()
  }
  assert.equal(view()[0]?.recordsPerSecond, 0)
  producers = [watched(Hand.ready([1]))]
  assert.equal(view()[0]?.recordsPerSecond, null)
})
