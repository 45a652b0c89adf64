import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KafkaCode } from '../model/index.ts'
import { type ProducerBatch, ProducerState } from './producer-state.ts'

const batch = (baseSequence: number, recordCount = 1, producerEpoch = 0): ProducerBatch => ({
  producerId: 7n,
  producerEpoch,
  baseSequence,
  recordCount,
})

test('sequences wrap from 2^31-1 to 0, between batches and inside one', () => {
  const between = new ProducerState()
  between.remember(batch(0x7ffffffe, 2), 0)
  assert.deepEqual(between.judge(batch(0)), { kind: 'append' })
  assert.equal(between.judge(batch(1)).kind, 'refused')

  const inside = new ProducerState()
  inside.remember(batch(0x7fffffff, 3), 0)
  assert.deepEqual(inside.judge(batch(2)), { kind: 'append' })
  assert.deepEqual(inside.judge(batch(0x7fffffff, 3)), { kind: 'duplicate', baseOffset: 0 })
})

test('half of a known batch is no repetition of it', () => {
  const state = new ProducerState()
  state.remember(batch(0, 4), 0)
  const verdict = state.judge(batch(0, 2))
  assert.ok(verdict.kind === 'refused' && verdict.code === KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
})

test('a producer without an id is never checked', () => {
  const state = new ProducerState()
  const anonymous = { producerId: -1n, producerEpoch: -1, baseSequence: -1, recordCount: 3 }
  state.remember(anonymous, 0)
  assert.deepEqual(state.judge(anonymous), { kind: 'append' })
})

test('whatever is repeated, delayed or lost: each batch is in the log once and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 200, size: 'max' }), attempts => {
      const state = new ProducerState()
      const log: number[] = []
      // a producer with one batch in flight whose attempts arrive late, twice or never: any number up to the next
      for (const attempt of attempts) {
        const sequence = log.length === 0 ? 0 : Math.min(attempt, log.length)
        const verdict = state.judge(batch(sequence))
        if (verdict.kind === 'append') {
          state.remember(batch(sequence), log.length)
          log.push(sequence)
        } else if (verdict.kind === 'duplicate') assert.equal(log[verdict.baseOffset], sequence)
        else assert.ok(sequence < log.length - 5, 'only what is older than five batches is refused')
      }
      assert.deepEqual(
        log,
        log.map((_, index) => index),
      )
    }),
  )
})
