import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../../test/support/scripted-cluster.ts'
import { memoryHistory } from '../adapters/history/open.ts'
import {
  groupSchema,
  historySchema,
  tickSchema,
  topicSchema,
  type GroupHistory,
  type History,
} from '../api/contract.ts'
import type { CellColumn } from '../ports/history-file.ts'
import type { PastAnswer } from './history/answer-past.ts'
import type { HistoryQuery } from './history/read-past.ts'
import { startLive, type LiveState } from './live-state.ts'

const partitions = 12
const everyPartition = Array.from({ length: partitions }, (_, p) => p)

/** 120 records a second over 12 partitions; a group reads them one second later. */
const living = (t: TestContext) => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('user-actions', partitions, [1, 2, 3])]))
  const columns = () => {
    const seconds = Math.floor(clock.nowMs / 1000)
    const end = new Float64Array(partitions).fill(1_000 + seconds * 10)
    const start = new Float64Array(partitions)
    cluster.offsets = new Map([['user-actions', { topic: 'user-actions', end, start }]])
    const sizeBytes = end.map(records => records * 100)
    cluster.sizes = new Map([['user-actions', { topic: 'user-actions', sizeBytes }]])
    cluster.groups = [
      groupOf(
        'timeline',
        'user-actions',
        end.map(value => value - 10),
        [everyPartition.slice(0, 6), everyPartition.slice(6)],
      ),
    ]
  }
  cluster.before = async () => columns()
  const live = startLive({
    cluster,
    clock,
    clusterName: 'test',
    version: '1.2.3',
    declared: new Map([['user-actions', { partitions: 3, key: 'user_id', ordering: 'per-key' }]]),
    history: { file: memoryHistory(), bytesMax: 1e9 },
  })
  t.after(() => live.close())
  return { clock, cluster, live }
}

test('before the first look: starting, nothing claimed', t => {
  const { live } = living(t)
  const tick = tickSchema.parse(live.tick())
  assert.equal(tick.health.status, 'starting')
  assert.equal(tick.health.observedAt, null)
  assert.equal(tick.totals.recordsPerSecond, null)
})

test('a living cluster: rates, bytes, lag and verdict', async t => {
  const { clock, live } = living(t)
  await clock.advance(40_000)
  const tick = tickSchema.parse(live.tick())
  assert.equal(tick.health.status, 'ok')
  assert.equal(tick.health.summary, '3 of 3 brokers answer; 12 partitions in 1 topic are seen.')
  assert.equal(tick.totals.recordsPerSecond, 120)
  assert.equal(tick.totals.bytesPerSecond, 12_000)
  assert.equal(tick.totals.lagRecords, 120)
  assert.equal(tick.rateWindowMs, 30_000)
  assert.equal(tick.topics[0]?.key, 'user_id')
  assert.deepEqual(tick.columns[0]?.recordsPerSecond, new Array(partitions).fill(10))
  assert.deepEqual(tick.columns[0]?.consumers, ['client-0', 'client-1'])
  assert.deepEqual(tick.columns[0]?.consumer, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  assert.equal(tick.groups[0]?.verdict, 'ok')
  assert.equal(tick.groups[0]?.processedPerSecond, 120)
  assert.deepEqual(tick.findings, [])

  const view = topicSchema.parse(live.topic('user-actions'))
  assert.equal(view.partitionList[3]?.endOffset, '1400')
  assert.equal(view.partitionList[3]?.groups[0]?.lagRecords, 10)
  assert.equal(live.topic('nothing'), null)
  const group = groupSchema.parse(live.group('timeline'))
  assert.equal(group.memberList[0]?.lagRecords, 60)
  assert.equal(group.worstPartitions.length, 12)
})

test('a cluster that falls silent: figures stay, status, verdicts and findings say so; then it recovers', async t => {
  const { clock, cluster, live } = living(t)
  await clock.advance(40_000)
  const before = live.tick()
  cluster.failing = {
    describe: new Error('connection refused'),
    readOffsets: new Error('connection refused'),
  }
  await clock.advance(42_000)
  const tick = tickSchema.parse(live.tick())
  assert.equal(tick.health.status, 'unreachable')
  assert.match(tick.health.summary, /^No broker has answered for 4\d(\.\d)?\u00a0s\.$/)
  assert.equal(tick.health.lastError, 'connection refused')
  assert.equal(tick.health.brokersAnswering, 0)
  assert.equal(tick.health.observedAt, before.health.observedAt)
  assert.deepEqual(tick.columns, before.columns, 'stale, and never zeros')
  assert.equal(tick.findings[0]?.kind, 'cluster-unreachable')
  assert.equal(tick.groups[0]?.verdict, 'unknown')
  assert.match(tick.groups[0]?.reason ?? '', /^Not seen for .* Before that: Keeps up/)
  cluster.failing = {}
  await clock.advance(60_000)
  const after = live.tick()
  assert.equal(after.health.status, 'ok')
  assert.equal(after.findings.length, 0)
  assert.equal(after.groups[0]?.verdict, 'ok')
  const events = (await past(live, 'user-actions', lastHour(clock)))?.events.map(event => event.text)
  assert.deepEqual(events, ['No broker answers', 'The cluster answers again'])
})

test('a look that hangs is noticed although nothing fails', async t => {
  const { clock, cluster, live } = living(t)
  await clock.advance(10_000)
  cluster.before = () => new Promise(() => {})
  await clock.advance(20_000)
  assert.equal(live.health().status, 'unreachable')
})

test('one failed look is no outage', async t => {
  const { clock, cluster, live } = living(t)
  await clock.advance(10_000)
  cluster.failing = { readOffsets: new Error('moved') }
  await clock.advance(1_000)
  assert.equal(live.health().status, 'ok')
  assert.equal(live.health().failedTries, 1)
  cluster.failing = {}
  await clock.advance(3_000)
  assert.equal(live.health().lastError, null)
})

/** The last hour as the page asks for it. */
const lastHour = (clock: ManualClock, measure: CellColumn = 'recordsPerSecond'): HistoryQuery => ({
  fromMs: clock.wallMs() - 3_600_000,
  toMs: clock.wallMs(),
  stepMs: 0,
  columnsMax: 360,
  measure,
  partition: null,
  cellsMax: 500,
})

const parsed = <Body>(answer: PastAnswer): Body | null =>
  answer === null ? null : (JSON.parse(new TextDecoder().decode(answer)) as Body)
const past = async (live: LiveState, topic: string, query: HistoryQuery): Promise<History | null> =>
  parsed(await live.history(topic, query))

test('history: what was seen, with gaps as gaps, up to now', async t => {
  const { clock, cluster, live } = living(t)
  await clock.advance(60_000)
  cluster.failing = { describe: new Error('gone'), readOffsets: new Error('gone') }
  await clock.advance(30_000)
  cluster.failing = {}
  await clock.advance(30_000)
  const history = historySchema.parse(await past(live, 'user-actions', lastHour(clock)))
  assert.equal(history.stepMs, 10_000)
  assert.equal(history.at.length, history.raster.length)
  const known = history.raster.map(row => row !== null)
  const first = known.indexOf(true)
  const gapFrom = known.indexOf(false, first)
  const gapTo = known.indexOf(true, gapFrom)
  assert.ok(gapTo - gapFrom >= 2 && gapTo - gapFrom <= 4, `a gap of ${gapTo - gapFrom} steps`)
  assert.ok(history.recordsPerSecond.slice(gapFrom, gapTo).every(each => each === null))
  assert.equal(history.recordsPerSecond[gapFrom - 2], 120)
  assert.equal(history.raster[gapFrom - 2]?.length, partitions)
  assert.ok(known.slice(gapTo).every(Boolean), 'and goes on up to now')
  const lag = (await past(live, 'user-actions', lastHour(clock, 'lagRecords')))?.raster.findLast(
    row => row !== null,
  )
  assert.deepEqual(lag, new Array(partitions).fill(10))
  const times = history.at.map(each => Date.parse(each))
  assert.ok(times.slice(1).every((each, i) => each - (times[i] ?? 0) === 10_000))
  assert.equal(
    parsed<GroupHistory>(await live.groupHistory('timeline', lastHour(clock)))?.lagRecords.findLast(
      each => each !== null,
    ),
    120,
  )
  assert.equal(live.historyNotice(), null)
})

test('a disk that is full ends nothing: it is said, and writing goes on when there is room', async t => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('orders', 2, [1, 2, 3])]))
  cluster.before = async () => {
    const end = new Float64Array(2).fill(clock.nowMs)
    cluster.offsets = new Map([['orders', { topic: 'orders', end, start: new Float64Array(2) }]])
  }
  const file = memoryHistory()
  const { write } = file
  file.write = () => {
    throw new Error('disk I/O error')
  }
  const live = startLive({
    cluster,
    clock,
    clusterName: null,
    version: '0',
    history: { file, bytesMax: 1e9 },
  })
  t.after(() => live.close())
  await clock.advance(10_000)
  assert.equal(live.health().status, 'ok')
  assert.equal(live.historyNotice(), 'History cannot be written: disk I/O error.')
  assert.deepEqual(
    live.tick().findings.map(({ kind, severity }) => [kind, severity]),
    [['history-not-kept', 'warning']],
  )
  file.write = write
  await clock.advance(10_000)
  assert.equal(live.historyNotice(), null)
  assert.deepEqual(live.tick().findings, [])
  assert.ok((await past(live, 'orders', lastHour(clock)))?.recordsPerSecond.some(each => each !== null))
})

test('a damaged page of the history fails its answer, and is said for a minute or until one is read', async t => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('orders', 2, [1, 2, 3])]))
  cluster.before = async () => {
    const end = new Float64Array(2).fill(clock.nowMs)
    cluster.offsets = new Map([['orders', { topic: 'orders', end, start: new Float64Array(2) }]])
  }
  const file = memoryHistory()
  const live = startLive({
    cluster,
    clock,
    clusterName: null,
    version: '0',
    history: { file, bytesMax: 1e9 },
  })
  t.after(() => live.close())
  await clock.advance(10_000)
  const { rows } = file
  file.rows = () => {
    throw new Error('database disk image is malformed')
  }
  const said = 'History cannot be read: database disk image is malformed.'
  const failing = { code: 'HISTORY_UNREADABLE', message: said }
  await assert.rejects(live.history('orders', lastHour(clock)), failing)
  assert.equal(live.historyNotice(), said)
  assert.deepEqual(
    live.tick().findings.map(({ kind }) => kind),
    ['history-not-kept'],
  )
  await clock.advance(61_000)
  assert.equal(live.historyNotice(), null)
  await assert.rejects(live.history('orders', lastHour(clock)), failing)
  file.rows = rows
  await live.history('orders', lastHour(clock))
  assert.equal(live.historyNotice(), null)
})
