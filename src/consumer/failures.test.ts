import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LanekeeperError } from '../core/model/index.ts'
import { backoffMs, defaultRetry, type FailurePolicy, judgeFailure } from './failures.ts'

const steady = { next: () => 0.5 }
const verdict = (onFailure: FailurePolicy, attempts: number, error: unknown = new Error('no'), parked = 0) =>
  judgeFailure({ retry: defaultRetry, onFailure }, steady, error, attempts, parked)

test('waits double from 100 ms to 10 s, and lie within the jitter', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 8, 20].map(failed => backoffMs(defaultRetry, failed, 0.5)),
    [100, 200, 400, 6400, 10_000, 10_000],
  )
  assert.equal(backoffMs(defaultRetry, 1, 0), 80)
  assert.ok(backoffMs(defaultRetry, 1, 0.999) < 120)
})

test('nine failures are tried again, the tenth is the last', () => {
  const policy: FailurePolicy = { policy: 'dead-letter', topic: 'dead' }
  assert.deepEqual(verdict(policy, 9), { kind: 'retry', delayMs: 10_000 })
  assert.deepEqual(verdict(policy, 10), { kind: 'dead-letter' })
  assert.deepEqual(verdict({ policy: 'stop' }, 10), { kind: 'stop' })
})

test('what cannot be decoded is not tried again, also under a rule that would', () => {
  const undecodable = new LanekeeperError('RECORD_UNDECODABLE', 'no JSON')
  const onFailure: FailurePolicy = { policy: 'dead-letter', topic: 'dead' }
  assert.deepEqual(verdict(onFailure, 1, undecodable), { kind: 'dead-letter' })
  const retry = { ...defaultRetry, retryable: () => true }
  assert.deepEqual(judgeFailure({ retry, onFailure }, steady, undecodable, 1, 0), { kind: 'dead-letter' })
})

test('a rule that throws leaves the record to the policy', () => {
  const retry = {
    ...defaultRetry,
    retryable: (): boolean => {
      throw new Error('the rule')
    },
  }
  const onFailure: FailurePolicy = { policy: 'dead-letter', topic: 'dead' }
  assert.deepEqual(judgeFailure({ retry, onFailure }, steady, 'no', 1, 0), { kind: 'dead-letter' })
})

test('a partition parks so many keys and no more', () => {
  assert.deepEqual(verdict({ policy: 'park-key' }, 10, 'no', 15), { kind: 'park-key' })
  assert.deepEqual(verdict({ policy: 'park-key' }, 10, 'no', 16), { kind: 'stop' })
  assert.deepEqual(verdict({ policy: 'park-key', keysMax: 1 }, 10, 'no', 1), { kind: 'stop' })
})
