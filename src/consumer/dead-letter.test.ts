import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LanekeeperError } from '../core/model/index.ts'
import { deadLetterOf, originalHeaders, originOf } from './dead-letter.ts'
import type { ConsumedRecord } from './delivery.ts'

const record: ConsumedRecord = {
  topic: 'orders',
  topicId: 'aa',
  partition: 3,
  offset: 2 ** 40,
  timestampMs: 1_700_000_000_123,
  attempts: 0,
  key: Uint8Array.of(0xff, 0x00),
  value: Uint8Array.of(0xc3, 0x28),
  headers: [
    { key: 'trace', value: Uint8Array.of(1, 2) },
    { key: 'empty', value: null },
  ],
  owned: () => true,
  signal: new AbortController().signal,
}

test('a letter holds the original bytes and says where they came from', () => {
  const letter = deadLetterOf(record, 'billing', 3, new LanekeeperError('RECORD_UNDECODABLE', 'no JSON'))
  assert.equal(letter.key, record.key)
  assert.equal(letter.value, record.value)
  assert.deepEqual(originalHeaders(letter.headers), record.headers)
  assert.deepEqual(originOf(letter.headers), {
    topic: 'orders',
    partition: 3,
    offset: 2 ** 40,
    timestampMs: 1_700_000_000_123,
    group: 'billing',
    attempts: 3,
    error: 'RECORD_UNDECODABLE',
    message: 'no JSON',
  })
})

test('whatever was thrown becomes a text of bounded length', () => {
  const of = (error: unknown) => originOf(deadLetterOf(record, 'g', 1, error).headers)
  assert.deepEqual([of('plain')?.error, of('plain')?.message], ['string', 'plain'])
  assert.equal(of(new TypeError('x'.repeat(5000)))?.message.length, 1000)
  assert.equal(of(new TypeError('no'))?.error, 'TypeError')
  assert.match(of(Object.create(null))?.message ?? '', /no text/)
})

test('a letter that is dead-lettered again speaks of its last place', () => {
  const first = deadLetterOf(record, 'g', 1, 'no')
  const second = deadLetterOf({ ...record, headers: first.headers, offset: 7 }, 'g', 1, 'no')
  assert.equal(originOf(second.headers)?.offset, 7)
})

test('other records are no letters', () => {
  assert.equal(originOf([]), null)
  assert.equal(originOf([{ key: 'lanekeeper.error.topic', value: null }]), null)
  const forged = (offset: string) =>
    ['topic', 'partition', 'offset'].map((name, index) => ({
      key: `lanekeeper.error.${name}`,
      value: new TextEncoder().encode(['t', '0', offset][index]),
    }))
  assert.equal(originOf(forged('-1')), null)
  assert.equal(originOf(forged('1e3')), null)
  assert.equal(originOf(forged('12'))?.offset, 12)
})
