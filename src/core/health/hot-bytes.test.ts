import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultThresholds } from './thresholds.ts'
import { judgeHotBytes } from './hot-bytes.ts'

const WINDOW_MS = 30_000
const judge = (
  records: readonly number[],
  sizes: readonly number[],
  ballsPerRecord = 1,
  lumpiness = 1,
  meanBytes = 3_000,
) =>
  judgeHotBytes(
    Float64Array.from(records),
    Float64Array.from(records, (rate, p) => rate * (sizes[p] ?? Number.NaN)),
    WINDOW_MS,
    defaultThresholds,
    () => ballsPerRecord,
    () => (Number.isNaN(lumpiness) ? null : { meanBytes, othersMeanBytes: 1_000, lumpiness }),
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
    beyondChance: true,
  })
})

test('even bytes are none, also where records are uneven and sizes make up for it', () => {
  assert.equal(judge(flat(100, 10), flat(100, 1_000)), null)
  assert.equal(judge(flat(100, 10, { 3: 20 }), flat(100, 1_000, { 3: 500 })), null)
})

test('a few large records may be luck: suspect, and no proof', () => {
  const proven = (sizes: number[], records = 10, ballsPerRecord = 1, lumpiness = 1, meanBytes = 3_000) =>
    judge(flat(100, records), sizes, ballsPerRecord, lumpiness, meanBytes)?.beyondChance
  const threeTimes = flat(100, 1_000, { 7: 3_000 })
  assert.equal(proven(threeTimes), true)
  // three records of three kilobytes in half a minute, where one is ordinary
  assert.equal(proven(threeTimes, 0.1), false)
  // from few keys it is luckier still
  assert.equal(proven(threeTimes, 10, 0.01), false)
  // two thirds of its bytes are in a handful of records
  assert.equal(proven(threeTimes, 10, 1, 60), false)
  // larger on disk only, for they come one by one
  assert.equal(proven(threeTimes, 10, 1, 1, 1_010), false)
  // nothing is known of its records
  assert.equal(proven(threeTimes, 10, 1, Number.NaN), false)
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
