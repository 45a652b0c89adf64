import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingCurve } from './finding-curve.ts'

const none = { topic: null, partition: null, groupId: null }

test('a hot partition shows its records, asked for without the raster', () => {
  const curve = findingCurve({ ...none, kind: 'hot-partition', topic: 'a/b', partition: 7 })
  assert.match(curve?.path ?? '', /^\/topics\/a%2Fb\/history\?.*cells=0&partition=7$/)
  assert.deepEqual(curve?.valuesOf({ partition: { recordsPerSecond: [1, null, 3] } }), [1, null, 3])
  assert.deepEqual(curve?.valuesOf({ partition: null }), [])
})

test('a group shows its lag in time, and in records where no time is known', () => {
  const curve = findingCurve({ ...none, kind: 'group-behind', groupId: 'g' })
  assert.match(curve?.path ?? '', /^\/groups\/g\/history\?/)
  assert.deepEqual(curve?.valuesOf({ lagMsMax: [null, 5], lagRecords: [1, 2] }), [null, 5])
  assert.deepEqual(curve?.valuesOf({ lagMsMax: [null, null], lagRecords: [1, 2] }), [1, 2])
})

test('what no kept figure shows has no curve', () => {
  for (const kind of ['hot-bytes', 'leaderless', 'mixed-partitioners', 'broker-gone'])
    assert.equal(findingCurve({ ...none, kind, topic: 't', partition: 1 }), undefined, kind)
  assert.equal(findingCurve({ ...none, kind: 'disk-nearly-full' }), undefined)
})
