import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FailingRecord, failingFrom, failingText } from './failing-record.ts'

const failing: FailingRecord = {
  offset: 8_130,
  records: 1,
  state: 'retrying',
  attempts: 8,
  failingMs: 7_000,
  error: 'SyntaxError',
}

test('a report comes back as it was told, alone and behind other words', () => {
  const text = failingText(8_123, failing)
  assert.equal(text, 'failing:r.7.1.8.7.SyntaxError')
  for (const state of ['retrying', 'parked', 'stopped', 'letter-refused'] as const) {
    const told = { ...failing, state, records: 500 }
    assert.deepEqual(failingFrom(8_123, failingText(8_123, told)), told)
    assert.deepEqual(failingFrom(8_123, `lk1:1.5.2.1 ${failingText(8_123, told)}`), told)
  }
})

test('whatever an error calls itself, the word stays one word of bounded length', () => {
  const named = (error: string): string | undefined =>
    failingFrom(0, failingText(0, { ...failing, error }))?.error
  assert.equal(named('connect ECONNREFUSED 10.0.0.1:5432\n'), 'connect_ECONNREFUSED_10.0.0.1_5432_')
  assert.equal(named(''), 'unknown')
  assert.equal(named('x'.repeat(1_000)), 'x'.repeat(40))
})

test('texts of others, and broken ones, say nothing', () => {
  for (const text of [
    '',
    'lk1:1.5.2.1',
    'failing:',
    'failing:r.0.1',
    'failing:x.0.1.8.7.E',
    'nofailing:r.0.1.8.7.E',
    'failing:r.0.1.8.7.E and more',
  ])
    assert.equal(failingFrom(0, text), null, text)
  assert.equal(failingFrom(0, `failing:r.${'z'.repeat(20)}.1.8.7.E`), null)
})
