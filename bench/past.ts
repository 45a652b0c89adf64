import { monitorEventLoopDelay } from 'node:perf_hooks'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openHistory } from '../src/adapters/history/open.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { apiBase } from '../src/api/contract.ts'
import type { HistoryFile } from '../src/ports/history-file.ts'
import { readInPlace, type PastQuestion, type PastReader } from '../src/runtime/history/answer-past.ts'
import { readInThread } from '../src/runtime/history/past-thread.ts'
import { stepOf } from '../src/runtime/history/tiers.ts'
import { startLive } from '../src/runtime/live-state.ts'
import { createServer } from '../src/server/create-server.ts'
import { scriptedCluster, snapshotOf, topic } from '../test/support/scripted-cluster.ts'
import { tempFolder } from '../test/support/temp-folder.ts'
import { numberOption } from './number-option.ts'

/**
 * What it does to everybody else that the past of a large topic is read: a server over a scripted cluster of one topic,
 * a look a second, and a history on disk with twelve hours of it. Some ask for the past without a pause, each time for
 * another number of columns, so that no answer is one that is kept; meanwhile it is noted how late the event loop and the
 * looks are, and what a scrape and a question about the present take. First with the past read on the event loop, then in
 * its thread; both must give the same bytes.
 *
 *     node bench/past.ts [--partitions 200000] [--askers 4] [--seconds 20]
 */
const partitions = numberOption('--partitions', 200_000)
const askers = numberOption('--askers', 4)
const seconds = numberOption('--seconds', 20)
const minutes = 60
const cells = Math.min(partitions, 2_000)
const partitionsPerCell = Math.ceil(partitions / cells)
const lookMs = 1_000

/** Every second of half an hour, and every ten of half a day: what is kept of so much time. */
const fill = (file: HistoryFile): void => {
  const id = file.seriesId({ kind: 'topic', name: 't', identity: 't', partitions, partitionsPerCell })
  const now = systemClock.wallMs()
  for (const [tier, spanMs] of [
    [0, 30 * 60_000],
    [1, 12 * 3_600_000],
  ] as const) {
    const stepMs = stepOf(tier)
    const rows = Array.from({ length: spanMs / stepMs }, (_, step) => ({
      tier,
      seriesId: id,
      atMs: Math.floor(now / stepMs) * stepMs - (step + 1) * stepMs,
      totals: new Float64Array(7).fill(step),
      cells: {
        recordsPerSecond: Float32Array.from(
          { length: cells },
          (_each, cell) => ((cell * 31 + step) % 997) / 7,
        ),
        lagRecords: Float32Array.from({ length: cells }, (_each, cell) => (cell + step) % 13),
      },
    }))
    file.write({ rows })
  }
}

const question = (): PastQuestion => ({
  kind: 'topic',
  name: 't',
  inProgress: [],
  query: {
    fromMs: systemClock.wallMs() - minutes * 60_000,
    toMs: systemClock.wallMs(),
    stepMs: 0,
    columnsMax: 360,
    measure: 'recordsPerSecond',
    partition: null,
    cellsMax: 500,
  },
})

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(part * values.length) - 1)] ?? Number.NaN
const round = (value: number): number => Math.round(value * 10) / 10

const measure = async (name: string, file: HistoryFile, reader: PastReader) => {
  const cluster = scriptedCluster(snapshotOf([topic('t', partitions, [1, 2, 3])]))
  cluster.before = async () => {
    const end = new Float64Array(partitions).fill(Math.floor(systemClock.wallMs() / 10))
    cluster.offsets.set('t', { topic: 't', end, start: new Float64Array(partitions) })
  }
  const live = startLive({
    cluster,
    clock: systemClock,
    clusterName: null,
    version: '0',
    pace: { lookMs },
    history: { file, bytesMax: 1e9, reader },
  })
  const server = await createServer({
    live,
    clock: systemClock,
    version: '0',
    webRoot: null,
    host: '127.0.0.1',
    port: 0,
  })
  const looksAtMs: number[] = []
  live.subscribe(() => looksAtMs.push(performance.now()))
  const ask = async (path: string): Promise<number> => {
    const beganMs = performance.now()
    const answer = await fetch(server.url + path)
    const { byteLength } = await answer.arrayBuffer()
    if (!answer.ok || byteLength === 0) throw new Error(`${path} answered ${answer.status}`)
    return performance.now() - beganMs
  }
  // two looks make a rate, and the code becomes warm
  await pause(5_000)
  let ends = false
  const repeat = async (times: number[], path: () => string, everyMs: number): Promise<void> => {
    while (!ends) {
      times.push(await ask(path()))
      await pause(everyMs)
    }
  }
  const histories: number[] = []
  const scrapes: number[] = []
  const presents: number[] = []
  let columns = 200
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  looksAtMs.length = 0
  const working = [
    ...Array.from({ length: askers }, () =>
      repeat(
        histories,
        () => `${apiBase}/topics/t/history?minutes=${minutes}&columns=${200 + (columns++ % 700)}`,
        1,
      ),
    ),
    repeat(scrapes, () => '/metrics?granularity=topic', 200),
    repeat(presents, () => `${apiBase}/health`, 50),
  ]
  await pause(seconds * 1_000)
  loop.disable()
  ends = true
  await Promise.all(working)
  const apartMs = looksAtMs.slice(1).map((at, look) => at - (looksAtMs[look] ?? 0))
  await server.close()
  await live.close()
  return {
    past: name,
    histories: histories.length,
    historyP50Ms: round(percentile(histories, 0.5)),
    historyP99Ms: round(percentile(histories, 0.99)),
    loopLateP99Ms: round(loop.percentile(99) / 1e6),
    loopLateMaxMs: round(loop.max / 1e6),
    looks: looksAtMs.length,
    looksApartMaxMs: round(Math.max(...apartMs)),
    presentP50Ms: round(percentile(presents, 0.5)),
    presentP99Ms: round(percentile(presents, 0.99)),
    scrapeP50Ms: round(percentile(scrapes, 0.5)),
    scrapeMaxMs: round(Math.max(...scrapes)),
  }
}

const file = openHistory(join(tempFolder('bench'), 'h.sqlite'))
fill(file)
const thread = readInThread(new URL('../src/past-worker.ts', import.meta.url), file.openedBy)
const asked = question()
const [there, here] = [await thread.read(asked), await readInPlace(file).read(asked)]
if (there === null || here === null || Buffer.compare(there, here) !== 0)
  throw new Error('the thread answers otherwise than the event loop')
const rows = [
  await measure('on the event loop', file, readInPlace(file)),
  await measure('in a thread', file, thread),
]
await thread.close()
file.close()
console.table(rows)
console.log(
  JSON.stringify({
    bench: 'past',
    node: process.version,
    partitions,
    askers,
    seconds,
    answerBytes: there.byteLength,
    rows,
  }),
)
