import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultThresholds } from './thresholds.ts'
import { judgeHotBytes } from './hot-bytes.ts'

const WINDOW_MS = 30_000
const judge = (records: readonly number[], sizes: readonly number[], ballsPerRecord = 1) =>
  judgeHotBytes(
    Float64Array.from(records),
    Float64Array.from(records, (rate, p) => rate * (sizes[p] ?? Number.NaN)),
    WINDOW_MS,
    defaultThresholds,
    ballsPerRecord,
  )
const flat = (count: number, value: number, at: Readonly<Record<number, number>> = {}): number[] =>
  Array.from({ length: count }, (_, p) => at[p] ?? value)

test('as many records as the others, and each fifty times as large', () => {
  const hot = judge(flat(100, 10), flat(100, 1_000, { 41: 50_000 }))
  assert.deepEqual(hot, {
    partition: 41,
    bytesPerSecond: 500_000,
    medianPerSecond: 10_000,
    meanPerSecond: (99 * 10_000 + 500_000) / 100,
    recordBytes: 50_000,
    othersRecordBytes: 1_000,
  })
})

test('even bytes are none, also where records are uneven and sizes make up for it', () => {
  assert.equal(judge(flat(100, 10), flat(100, 1_000)), null)
  assert.equal(judge(flat(100, 10, { 3: 20 }), flat(100, 1_000, { 3: 500 })), null)
})

test('a few large records may be luck: no word without proof', () => {
  // eight records of 50 kB in half a minute, where twenty-seven small ones are ordinary
  assert.equal(judge(flat(100, 0.9, { 7: 0.27 }), flat(100, 1_000, { 7: 10_000 })), null)
  // the same traffic from few keys is luckier still
  assert.notEqual(judge(flat(100, 10), flat(100, 1_000, { 7: 3_000 })), null)
  assert.equal(judge(flat(100, 10), flat(100, 1_000, { 7: 3_000 }), 0.01), null)
})

test('what is not known is neither hot nor a yardstick', () => {
  assert.equal(judge([], []), null)
  assert.equal(judge([10], [1_000]), null)
  assert.equal(judge([0, 0], [1, 1]), null)
  assert.equal(judge([10, 10], [Number.NaN, 50_000]), null)
  const sizes = flat(100, 1_000, { 41: 50_000 })
  for (let p = 0; p < 30; p++) sizes[p] = Number.NaN
  assert.equal(judge(flat(100, 10), sizes)?.partition, 41)
})
