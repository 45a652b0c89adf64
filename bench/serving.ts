import { connect } from 'node:net'
import { join } from 'node:path'
import { openHistory } from '../src/adapters/history/open.ts'
import { apiBase } from '../src/api/contract.ts'
import { deltaOf } from '../src/api/delta.ts'
import { startLive } from '../src/runtime/live-state.ts'
import { createServer } from '../src/server/create-server.ts'
import { packDelta, packTick } from '../src/server/pack-columns.ts'
import { ManualClock } from '../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../test/support/scripted-cluster.ts'
import { tempFolder } from '../test/support/temp-folder.ts'

/**
 * What it costs to be asked: a scrape over HTTP (first of a look, again from what is kept, with the cluster gone), the
 * bytes of a whole tick and of a difference as the stream sends them, a picture of history from disk, and CPU and bytes
 * of a look with 200 pages open, each of which must have been told of every look.
 * The cluster is scripted and answers at once; the traffic moves a third of the partitions with every look.
 *
 *     node bench/serving.ts [partitions ...]
 */
const sizes = process.argv.slice(2).map(Number)
const rounds = 7
const pages = 200
const looks = 20
const EVENT = '\nevent: '

const measure = async (partitions: number) => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('t', partitions, [1, 2, 3])]))
  const all = Array.from({ length: partitions }, (_, p) => p)
  cluster.before = async call => {
    if (call !== 'readGroups') return
    const look = Math.floor(clock.nowMs / 1000)
    const end = new Float64Array(partitions).map((_, p) => look * 10 + (p % 3 === look % 3 ? (p * 7) % 5 : 0))
    cluster.offsets.set('t', { topic: 't', end, start: new Float64Array(partitions) })
    cluster.sizes.set('t', { topic: 't', sizeBytes: end.map(records => records * 100) })
    const committed = end.map((value, p) => Math.max(0, value - ((p + look) % 3)))
    cluster.groups = [groupOf('g', 't', committed, [all])]
  }
  const file = openHistory(join(tempFolder('bench'), 'h.sqlite'))
  const live = startLive({
    cluster,
    clock,
    clusterName: null,
    version: '0',
    history: { file, bytesMax: 1e9 },
  })
  const server = await createServer({ live, clock, version: '0', webRoot: null, host: '127.0.0.1', port: 0 })
  await clock.advance(60_000)

  const ask = async (path: string): Promise<{ ms: number; bytes: number }> => {
    const startedMs = performance.now()
    const body = await (await fetch(server.url + path)).text()
    if (body.length === 0) throw new Error(`${path} answered nothing`)
    return { ms: performance.now() - startedMs, bytes: body.length }
  }
  const first: number[] = []
  const again: number[] = []
  const deltas: number[] = []
  const ticks: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = live.tick()
    await clock.advance(1000)
    deltas.push(JSON.stringify(packDelta(deltaOf(before, live.tick()))).length)
    ticks.push(JSON.stringify(packTick(live.tick())).length)
    first.push((await ask('/metrics')).ms)
    again.push((await ask('/metrics')).ms)
  }
  const bytes = (await ask('/metrics')).bytes
  const history = await repeat(() =>
    ask(`${apiBase}/topics/t/history?minutes=60&columns=${360 + history0++}`),
  )

  const alone = await cpuOfLooks(clock)
  let received = 0
  let told = 0
  const sockets = Array.from({ length: pages }, () => {
    const socket = connect(server.port, '127.0.0.1')
    // the end of what came before: the words may come in two pieces
    let end = ''
    socket.on('data', chunk => {
      received += chunk.length
      const text = end + chunk.toString('latin1')
      told += text.split(EVENT).length - 1
      end = text.slice(1 - EVENT.length)
    })
    socket.write(`GET ${apiBase}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    return socket
  })
  await until(() => told >= pages)
  const before = { received, told }
  const followed = await cpuOfLooks(clock)
  await until(() => told - before.told >= pages * looks)
  const bytesALook = Math.round((received - before.received) / looks / pages)
  for (const socket of sockets) socket.destroy()

  cluster.failing = {
    describe: new Error('gone'),
    readOffsets: new Error('gone'),
    readGroups: new Error('gone'),
  }
  await clock.advance(20_000)
  if (live.health().status !== 'unreachable') throw new Error('the cluster should be gone')
  const gone = await repeat(() => ask('/metrics'))
  await server.close()
  await live.close()
  file.close()
  return {
    partitions,
    metricsBytes: bytes,
    firstScrapeMs: median(first),
    keptScrapeMs: median(again),
    clusterGoneMs: median(gone),
    tickBytes: median(ticks),
    deltaBytes: median(deltas),
    historyHourMs: median(history),
    lookCpuMs: alone,
    [`lookCpuMs${pages}Pages`]: followed,
    pageBytesALook: bytesALook,
  }
}

/** Another number of columns each time, or the second answer would come from what is kept. */
let history0 = 0

const repeat = async (ask: () => Promise<{ ms: number }>): Promise<number[]> => {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) times.push((await ask()).ms)
  return times
}

/** Milliseconds of CPU of one look, with everything that follows from it. */
const cpuOfLooks = async (clock: ManualClock): Promise<number> => {
  const before = process.cpuUsage()
  for (let i = 0; i < looks; i++) {
    await clock.advance(1000)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const used = process.cpuUsage(before)
  return round2((used.user + used.system) / 1000 / looks)
}

const until = async (holds: () => boolean): Promise<void> => {
  const end = Date.now() + 30_000
  while (!holds()) {
    if (Date.now() > end) throw new Error('the pages got nothing')
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

const median = (values: readonly number[]): number =>
  round2(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN)
const round2 = (value: number): number => Math.round(value * 100) / 100

const rows = []
for (const partitions of sizes.length > 0 ? sizes : [1_500, 15_000]) rows.push(await measure(partitions))
console.table(rows)
console.log(JSON.stringify({ bench: 'serving', node: process.version, rounds, rows }))
