import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OrderCheck } from './order-check.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const feed = (records: readonly (readonly [offset: number, run: number, seq: number])[]) => {
  const check = new OrderCheck()
  for (const [offset, run, seq] of records)
    check.check({
      topic: 't',
      partition: 3,
      offset,
      key: bytes('user-1'),
      value: bytes(`{"run":${run},"seq":${seq},"x":1}`),
    })
  const { redelivered, duplicated, reordered, missing } = check.counts()
  return { redelivered, duplicated, reordered, missing }
}
const clean = { redelivered: 0, duplicated: 0, reordered: 0, missing: 0 }

test('a key in order, starting in the middle and going on in a later run, is clean', () => {
  assert.deepEqual(
    feed([
      [10, 1, 7],
      [11, 1, 8],
      [40, 2, 1],
      [41, 2, 2],
    ]),
    clean,
  )
})

test('reading the same offsets again is a redelivery, not a violation', () => {
  assert.deepEqual(
    feed([
      [0, 1, 1],
      [1, 1, 2],
      [0, 1, 1],
      [1, 1, 2],
      [2, 1, 3],
    ]),
    { ...clean, redelivered: 2 },
  )
})

test('the same record twice in the log is duplicated', () => {
  assert.deepEqual(
    feed([
      [0, 1, 1],
      [1, 1, 1],
      [2, 1, 2],
    ]),
    { ...clean, duplicated: 1 },
  )
})

test('a lower sequence at a higher offset is reordered, and its absence before that was a gap', () => {
  assert.deepEqual(
    feed([
      [0, 1, 1],
      [1, 1, 3],
      [2, 1, 2],
      [3, 1, 4],
    ]),
    { ...clean, reordered: 1, missing: 1 },
  )
})

test('an older run after a newer one is reordered', () => {
  assert.deepEqual(
    feed([
      [0, 2, 1],
      [1, 1, 9],
    ]),
    { ...clean, reordered: 1 },
  )
})

test('foreign records are counted, not judged', () => {
  const check = new OrderCheck()
  check.check({ topic: 't', partition: 0, offset: 0, key: null, value: bytes('hello') })
  check.check({ topic: 't', partition: 0, offset: 1, key: bytes('k'), value: null })
  assert.equal(check.counts().foreign, 2)
  assert.equal(check.counts().checked, 0)
})

test('examples say where and what', () => {
  const check = new OrderCheck()
  for (const [offset, seq] of [
    [5, 1],
    [6, 4],
  ] as const)
    check.check({
      topic: 'user-actions',
      partition: 17,
      offset,
      key: bytes('user-9'),
      value: bytes(`{"run":1,"seq":${seq},"x":1}`),
    })
  assert.deepEqual(check.counts().examples, [
    'user-actions-17 offset 6: user-9 sequence 4 follows 1 directly: 2 missing',
  ])
})

test('one key in two topics is two orders', () => {
  const check = new OrderCheck()
  for (const [topic, offset, seq] of [
    ['movements', 0, 1],
    ['chat', 0, 1],
    ['movements', 1, 2],
    ['chat', 1, 2],
  ] as const)
    check.check({
      topic,
      partition: 0,
      offset,
      key: bytes('session-1'),
      value: bytes(`{"run":1,"seq":${seq},"x":1}`),
    })
  const { redelivered, duplicated, reordered, missing, keys } = check.counts()
  assert.deepEqual({ redelivered, duplicated, reordered, missing, keys }, { ...clean, keys: 2 })
})
