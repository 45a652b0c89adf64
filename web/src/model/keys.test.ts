import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PartitionKeysView } from '../../../src/api/contract.ts'
import { heaviestKeys, othersShare, shareWithError } from './keys.ts'

const row = (share: number, half = 0) => {
  const figures = { share, low: share - half, high: share + half }
  return {
    key: `k${share}`,
    hash: '0',
    records: figures,
    bytes: figures,
    recordsPerSecond: 1,
    timesMeanKey: 1,
  }
}

const view = (shares: readonly number[], more: Partial<PartitionKeysView> = {}): PartitionKeysView => ({
  topic: 't',
  partition: 0,
  method: 'sampled',
  note: '',
  windowMs: 60_000,
  records: 100,
  bytes: 100,
  recordsRead: 100,
  keyless: { share: 0, low: 0, high: 0 },
  distinctKeys: shares.length,
  distinctKeysError: 0,
  inFull: false,
  keys: shares.map(share => row(share)),
  ...more,
})

test('four keys have a row whatever they carry, more of them only if they carry something', () => {
  assert.equal(heaviestKeys(view([0.002, 0.002, 0.002, 0.002, 0.002])).length, 4)
  assert.equal(heaviestKeys(view([0.3, 0.2, 0.1, 0.1, 0.1, 0.001])).length, 5)
  assert.equal(heaviestKeys(view(Array.from({ length: 20 }, () => 0.05))).length, 10)
})

test('the others are what is left, and records without a key are none of them', () => {
  const keys = view([0.5, 0.1], { distinctKeys: 1140, keyless: { share: 0.2, low: 0.2, high: 0.2 } })
  const others = othersShare(keys, heaviestKeys(keys))
  assert.equal(others?.keys, 1138)
  assert.ok(Math.abs((others?.share ?? 0) - 0.2) < 1e-9)
  const all = view([0.5, 0.5])
  assert.equal(othersShare(all, heaviestKeys(all)), null)
})

test('an exact share has no interval', () => {
  assert.equal(shareWithError(row(0.81, 0.012).bytes).replaceAll('\u00a0', ' '), '± 1.2 %')
  assert.equal(shareWithError(row(0.81).bytes), '')
})
