import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStreamSocial, type StampedValue } from './streamsocial.ts'

const lcg = (seed: number) => {
  let state = seed >>> 0
  return { next: () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296 }
}

const options = (seed: number) => ({
  userActionsTopic: 'user-actions',
  contentInteractionsTopic: 'content-interactions',
  users: 50,
  contents: 20,
  userActionsShare: 2 / 3,
  run: 1_700_000_000_000,
  random: lcg(seed),
})

test('the same seed gives the same records', () => {
  const one = createStreamSocial(options(7))
  const two = createStreamSocial(options(7))
  for (let index = 0; index < 1000; index++) assert.deepEqual(one(), two())
})

test('each key counts up by one from 1, values are JSON that repeat the key, and the share holds', () => {
  const next = createStreamSocial(options(11))
  const last = new Map<string, number>()
  let userActions = 0
  for (let index = 0; index < 6000; index++) {
    const record = next()
    const value = JSON.parse(record.value) as StampedValue & Record<string, unknown>
    assert.equal(value.seq, (last.get(record.key) ?? 0) + 1)
    last.set(record.key, value.seq)
    assert.equal(value.run, 1_700_000_000_000)
    if (record.topic === 'user-actions') {
      userActions++
      assert.equal(value['user_id'], record.key)
    } else assert.equal(value['content_id'], record.key)
  }
  assert.equal(last.size, 70)
  assert.ok(userActions > 3800 && userActions < 4200, `${userActions} of 6000`)
})
