import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judged, windowOf } from '../../../test/support/looks.ts'
import { snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { bytesPerSecond } from './rates.ts'
import { usualRecordBytes } from './sizes.ts'

const snapshot = snapshotOf([topic('t', 3, [1, 2, 3])])
const rates = (health: ReturnType<typeof judged>): number[] => [
  ...(health.topics.get('t')?.recordsPerSecond ?? []),
]

test('the rate is the exact number of records in the window over its length', () => {
  const window = windowOf(60, second => ({
    snapshot,
    ends: { t: [second * 10, Math.floor(second / 2), 7] },
  }))
  assert.deepEqual(rates(judged(window, 60)), [10, 0.5, 0])
  assert.equal(judged(window, 60).rateSpanMs, 30_000)
})

test('the first seconds have no rate, and then one over what there is', () => {
  const look = (second: number) => ({ snapshot, ends: { t: [second * 10, second, second] } })
  assert.deepEqual(rates(judged(windowOf(2, look), 2)), [NaN, NaN, NaN])
  assert.deepEqual(rates(judged(windowOf(3, look), 3)), [10, 1, 1])
})

test('an end offset that goes backwards starts anew and never gives a negative rate', () => {
  const window = windowOf(20, second => ({
    snapshot,
    ends: { t: [second < 10 ? 1000 + second : (second - 10) * 5, second, second] },
  }))
  assert.deepEqual(rates(judged(window, 20)), [5, 1, 1])
})

test('a recreated topic is another topic', () => {
  const recreated = snapshotOf([topic('t', 3, [1, 2, 3], 'another-id')])
  const window = windowOf(20, second =>
    second < 15
      ? { snapshot, ends: { t: [0, 0, 0] } }
      : { snapshot: recreated, ends: { t: [100 + second, 100 + second, 100 + second] } },
  )
  // the new topic's ends lie above the old one's: without the id this would read as a burst
  assert.deepEqual(rates(judged(window, 20)), [1, 1, 1])
})

test('a missing figure is skipped, a missing newest one makes the rate unknown', () => {
  const window = windowOf(20, second => ({
    snapshot,
    ends: { t: [second === 9 ? NaN : second, second === 20 ? NaN : second, second] },
  }))
  assert.deepEqual(rates(judged(window, 20)), [1, NaN, 1])
})

test('partitions that were added count from their first look', () => {
  const more = snapshotOf([topic('t', 4, [1, 2, 3], 't')])
  const window = windowOf(20, second =>
    second < 10
      ? { snapshot, ends: { t: [second, second, second] } }
      : { snapshot: more, ends: { t: [second, second, second, (second - 10) * 4] } },
  )
  assert.deepEqual(rates(judged(window, 20)), [1, 1, 1, 4])
})

test('bytes follow the mean size of retained records, and the topic stands in where records are few', () => {
  const sizes = {
    sizeBytes: Float64Array.of(100_000, 300_000, 50, NaN, 1_000),
    records: Float64Array.of(1000, 1000, 1, NaN, 200),
    recordBytes: new Float64Array(5).fill(NaN),
  }
  const bytes = bytesPerSecond(Float64Array.of(10, 10, 10, 0, NaN), usualRecordBytes(sizes), () => NaN)
  const topicMean = (100_000 + 300_000 + 50 + 1_000) / (1000 + 1000 + 1 + 200)
  assert.deepEqual([...bytes], [1000, 3000, 10 * topicMean, 0, NaN])
  assert.deepEqual([...bytesPerSecond(Float64Array.of(5), undefined, null)], [NaN])
})

test('what a record takes now goes before what it took: fetched batches, then growth of the log, then what is retained', () => {
  const sizes = {
    sizeBytes: Float64Array.of(100_000, 100_000, 100_000),
    records: Float64Array.of(1000, 1000, 1000),
    recordBytes: Float64Array.of(200, 200, NaN),
  }
  const bytes = bytesPerSecond(Float64Array.of(10, 10, 10), usualRecordBytes(sizes), p =>
    p === 0 ? 700 : NaN,
  )
  assert.deepEqual([...bytes], [7000, 2000, 1000])
})

test('the growth of a log tells the bytes of its new records, unless its front moved or it is compacted', () => {
  const info = (configs: ReadonlyMap<string, string>) =>
    snapshotOf([{ ...topic('t', 2, [1, 2, 3]), configs }])
  const readings = (configs: ReadonlyMap<string, string>, sizeAt: (second: number) => readonly number[]) =>
    windowOf(20, second => ({
      snapshot: info(configs),
      ends: { t: [second * 100, second * 100] },
      starts: { t: [0, second < 20 ? 0 : 500] },
      ...(second % 10 === 0 ? { sizes: { t: sizeAt(second) } } : {}),
    })).sizes?.get('t')
  const grown = readings(new Map(), second => [second * 5_000, second * 5_000])
  assert.deepEqual([...(grown?.recordBytes ?? [])], [50, 50])
  const moved = readings(new Map(), second => [second * 5_000, second === 20 ? 10 : second * 7_000])
  assert.deepEqual([...(moved?.recordBytes ?? [])], [50, 70])
  const compacted = readings(new Map([['cleanup.policy', 'compact']]), second => [
    second === 20 ? 10 : 5_000,
    second,
  ])
  assert.deepEqual([...(compacted?.compacting ?? [])], [1, 0])
  assert.deepEqual([...(compacted?.recordBytes ?? [])], [NaN, NaN])
})
