import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainHealth } from '../../../test/support/plain-health.ts'
import { memoryHistory } from '../../adapters/history/open.ts'
import type { HistoryFile } from '../../ports/history-file.ts'
import { readGroup, readTopic, type HistoryQuery } from './read-past.ts'
import { createRecorder, type HistoryRecorder } from './recorder.ts'
import { pictureStepMs, tiers } from './tiers.ts'

/** A whole hour. */
const startMs = Date.UTC(2026, 2, 14, 12)
const bytesMax = 1e9
const second = 1_000
const minute = 60_000
const hour = 3_600_000

const query = (fromMs: number, toMs: number, more: Partial<HistoryQuery> = {}): HistoryQuery => ({
  fromMs,
  toMs,
  stepMs: 0,
  columnsMax: 360,
  measure: 'recordsPerSecond',
  partition: null,
  cellsMax: 500,
  ...more,
})

/** Records `rates(ms)` every `everyMs`; null: nothing was seen then. */
const play = (
  recorder: HistoryRecorder,
  fromMs: number,
  toMs: number,
  everyMs: number,
  rates: (atMs: number) => readonly number[] | null,
): void => {
  for (let atMs = fromMs; atMs < toMs; atMs += everyMs) {
    const seen = rates(atMs)
    if (seen === null) continue
    const health = plainHealth(
      [{ name: 'orders', rates: seen }],
      [{ groupId: 'readers', topic: 'orders', lag: seen.map(rate => rate * 2), lagMsMax: 70 }],
    )
    recorder.record(health, [], atMs)
  }
}

/** As it is answered: with the steps that are in progress. */
const topicPast = (file: HistoryFile, recorder: HistoryRecorder, topic: string, wanted: HistoryQuery) =>
  readTopic(file, recorder.openRows('topic', topic), topic, wanted)

const setUp = (file: HistoryFile = memoryHistory()) => ({
  file,
  recorder: createRecorder(file, { bytesMax }),
})

test('a day from the coarser tiers: means of totals, the largest of cells, gaps as gaps', () => {
  const { file, recorder } = setUp()
  // one partition is hot for ten seconds of a minute; half an hour is not seen at all
  play(recorder, startMs, startMs + 4 * hour, 10 * second, atMs => {
    if (atMs >= startMs + hour && atMs < startMs + 1.5 * hour) return null
    return [1, atMs === startMs + 2 * hour ? 60 : 1, 1, 1]
  })
  const past = topicPast(file, recorder, 'orders', query(startMs, startMs + 4 * hour))
  assert.ok(past !== null)
  assert.equal(past.stepMs, minute)
  assert.equal(past.atMs.length, 240)
  assert.deepEqual([...(past.raster[0] ?? [])], [1, 1, 1, 1])
  assert.deepEqual([...(past.raster[120] ?? [])], [1, 60, 1, 1], 'a peak is seen in a coarse step')
  const total = past.totals.recordsPerSecond
  assert.equal(total[0], 4)
  assert.ok(Math.abs((total[120] ?? 0) - (4 + 59 / 6)) < 1e-9, 'a total is the mean of its steps')
  for (let i = 60; i < 90; i++) {
    assert.equal(past.raster[i], null)
    assert.ok(Number.isNaN(total[i]))
  }
  assert.equal(total[90], 4)
  assert.equal(past.totals.lagRecords[0], 8)
})

test('the picture ends now: steps in progress are part of it, and time without figures too', () => {
  const { file, recorder } = setUp()
  play(recorder, startMs, startMs + 95 * second, second, () => [2])
  const now = startMs + 120 * second
  const past = topicPast(file, recorder, 'orders', query(startMs, now, { stepMs: minute }))
  assert.deepEqual(past?.totals.recordsPerSecond, [2, 2])
  const fine = topicPast(file, recorder, 'orders', query(startMs, now))
  assert.equal(fine?.stepMs, 5 * second)
  assert.equal(fine?.totals.recordsPerSecond.at(18), 2)
  assert.ok(fine?.totals.recordsPerSecond.slice(19).every(Number.isNaN))
})

test('a young history is shown as fine as it is, and an old one where the fine steps are gone', () => {
  const { file, recorder } = setUp()
  play(recorder, startMs, startMs + 9 * minute, second, () => [2])
  const now = startMs + 9 * minute
  assert.equal(topicPast(file, recorder, 'orders', query(now - 10 * minute, now))?.stepMs, 5 * second)
  assert.equal(topicPast(file, recorder, 'orders', query(now - 24 * hour, now))?.stepMs, 5 * minute)
  play(recorder, now, startMs + 3 * hour, 10 * second, () => [2])
  const early = topicPast(file, recorder, 'orders', query(startMs, startMs + 10 * minute))
  assert.equal(early?.stepMs, 10 * second, 'seconds are kept for half an hour')
  assert.equal(early?.totals.recordsPerSecond[0], 2)
})

test('one partition by itself, exact where a raster merges its neighbours', () => {
  const { file, recorder } = setUp()
  const rates = Array.from({ length: 1000 }, (_, p) => p)
  play(recorder, startMs, startMs + minute, second, () => rates)
  const past = topicPast(file, recorder, 'orders', query(startMs, startMs + minute, { partition: 417 }))
  assert.equal(past?.partitionsPerCell, 2)
  assert.equal(past?.raster[0]?.[208], 417)
  assert.deepEqual(past?.partition?.recordsPerSecond.slice(0, 2), [417, 417])
  assert.equal(past?.partition?.lagRecords[0], 834)
})

test('a run that was killed: the steps it left open are built again from the finer ones', () => {
  const { file, recorder } = setUp()
  play(recorder, startMs, startMs + 125 * second, second, () => [10])
  const again = createRecorder(file, { bytesMax })
  play(again, startMs + 130 * second, startMs + 200 * second, second, () => [20])
  const series = file.seriesNamed('topic', 'orders')[0]
  const minutes = file.rows(2, series?.id ?? 0, startMs, startMs + hour, ['recordsPerSecond'])
  assert.deepEqual(
    minutes.map(row => row.atMs - startMs),
    [0, minute, 2 * minute],
  )
  assert.equal(minutes[1]?.totals[0], 10)
  assert.ok((minutes[2]?.totals[0] ?? 0) > 15 && (minutes[2]?.totals[0] ?? 0) < 20, 'both runs are in it')
  assert.deepEqual(minutes[2]?.cells.recordsPerSecond, Float32Array.of(20))
  // the same after a longer time: what was open is closed, not lost
  const later = createRecorder(file, { bytesMax })
  play(later, startMs + 10 * minute, startMs + 10 * minute + 2 * second, second, () => [30])
  const closed = file.rows(2, series?.id ?? 0, startMs + 3 * minute, startMs + hour, [])
  assert.deepEqual(
    closed.map(row => [row.atMs - startMs, row.totals[0]]),
    [[3 * minute, 20]],
  )
})

test('rows are kept as long as their tier says, and the file stays within its bound', () => {
  const file = memoryHistory()
  const bound = 3_000_000
  const recorder = createRecorder(file, { bytesMax: bound })
  const rates = Array.from({ length: 500 }, () => 1)
  play(recorder, startMs, startMs + 3 * hour, 10 * second, () => rates)
  assert.ok(file.usedBytes() <= bound * 1.1, `${file.usedBytes()} bytes`)
  const now = startMs + 3 * hour
  for (const [tier, { keepMs, stepMs }] of tiers.entries())
    assert.ok((file.oldestMs(tier) ?? now) >= now - keepMs - Math.max(stepMs, minute), `tier ${tier}`)
  const past = topicPast(file, recorder, 'orders', query(startMs, now))
  assert.equal(past?.totals.recordsPerSecond.at(-1), 500, 'the newest is what stays')
})

test('a topic that was recreated starts anew, one that grew goes on', () => {
  const { file, recorder } = setUp()
  const record = (atMs: number, topicId: string, rates: readonly number[]): void =>
    recorder.record(plainHealth([{ name: 'orders', topicId, rates }]), [], atMs)
  for (let i = 0; i < 60; i++) record(startMs + i * second, 'old', [7])
  for (let i = 60; i < 120; i++) record(startMs + i * second, 'new', [1, 1])
  for (let i = 120; i < 180; i++) record(startMs + i * second, 'new', [1, 1, 4])
  const past = topicPast(file, recorder, 'orders', query(startMs, startMs + 180 * second))
  const totals = past?.totals.recordsPerSecond ?? []
  assert.ok(Number.isNaN(totals[0]))
  assert.equal(totals[12], 2)
  assert.equal(totals.at(-1), 6)
  assert.deepEqual([...(past?.raster[12] ?? [])], [1, 1])
  assert.deepEqual([...(past?.raster.at(-1) ?? [])], [1, 1, 4])
})

test('groups, and names that nobody recorded', () => {
  const { file, recorder } = setUp()
  play(recorder, startMs, startMs + minute, second, () => [3])
  const past = readGroup(
    file,
    recorder.openRows('group', 'readers'),
    'readers',
    query(startMs, startMs + minute),
  )
  assert.equal(past?.totals.lagRecords[0], 6)
  assert.equal(past?.totals.lagMsMax[0], 70)
  assert.equal(readGroup(file, [], 'nobody', query(startMs, startMs + minute)), null)
  assert.equal(topicPast(file, recorder, 'nothing', query(startMs, startMs + minute)), null)
})

test('a finding is one span that grows', () => {
  const { file, recorder } = setUp()
  for (let i = 0; i < 10; i++)
    recorder.record(
      plainHealth([{ name: 'orders', rates: [1] }]),
      [
        {
          kind: 'finding',
          id: 'hot:orders',
          sinceMs: startMs,
          untilMs: startMs + i * second,
          severity: 'warning',
          text: `${i}`,
          detail: '',
        },
      ],
      startMs + i * second,
    )
  assert.deepEqual(
    file.spans(['finding'], startMs, startMs + hour).map(span => [span.text, span.untilMs - span.sinceMs]),
    [['9', 9 * second]],
  )
})

test('steps of a picture are round and as short as its columns allow', () => {
  assert.equal(pictureStepMs(hour, 360), 10 * second)
  assert.equal(pictureStepMs(24 * hour, 360), 5 * minute)
  assert.equal(pictureStepMs(7 * 24 * hour, 360), 30 * minute)
  assert.equal(pictureStepMs(10 * second, 360), 5 * second)
  assert.equal(pictureStepMs(hour, 360, 7 * second), 10 * second)
  assert.ok((366 * 24 * hour) / pictureStepMs(366 * 24 * hour, 10) <= 10)
})
