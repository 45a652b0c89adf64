import { ManualClock } from '../test/support/manual-clock.ts'
import { groupOf, scriptedCluster, snapshotOf, topic } from '../test/support/scripted-cluster.ts'
import { createMetrics } from '../src/server/metrics.ts'
import { startLive } from '../src/runtime/live-state.ts'

/**
 * CPU of one tick on our side: a look becomes a judgement, a tick, and its JSON. The cluster is scripted and answers
 * at once, so no network and no decoding is in these figures. Prints a table and one line of JSON.
 *
 *     node bench/live-tick.ts [partitions ...]
 */
const sizes = process.argv.slice(2).map(Number)
const rounds = 7
const ticks = 60

interface Round {
  readonly lookMicros: number
  readonly encodeMicros: number
  readonly scrapeMicros: number
  readonly tickBytes: number
  readonly metricsBytes: number
}

const measure = async (partitions: number) => {
  const clock = new ManualClock()
  const cluster = scriptedCluster(snapshotOf([topic('t', partitions, [1, 2, 3])]))
  const all = Array.from({ length: partitions }, (_, p) => p)
  cluster.before = async call => {
    if (call !== 'readGroups') return
    const end = new Float64Array(partitions).map((_, p) => Math.floor((clock.nowMs * (1 + (p % 7))) / 3000))
    cluster.offsets.set('t', { topic: 't', end, start: new Float64Array(partitions) })
    cluster.sizes.set('t', { topic: 't', sizeBytes: end.map(records => records * 100) })
    cluster.groups = [
      groupOf(
        'g',
        't',
        end.map(value => Math.max(0, value - 1)),
        [all],
      ),
    ]
  }
  const live = startLive({ cluster, clock, clusterName: null, version: '0' })
  // the window is full and the code is warm
  await clock.advance(60_000)
  const results: Round[] = []
  for (let round = 0; round < rounds; round++) {
    let bytes = 0
    const looked = process.cpuUsage()
    await clock.advance(ticks * 1000)
    const look = micros(looked)
    const encoded = process.cpuUsage()
    for (let i = 0; i < ticks; i++) {
      await clock.advance(1000)
      bytes = JSON.stringify(live.tick()).length
    }
    const encode = micros(encoded) - look
    const scraped = process.cpuUsage()
    const metrics = createMetrics(live, null, () => clock.wallMs()).bytes('partition').length
    results.push({
      lookMicros: look / ticks,
      encodeMicros: encode / ticks,
      scrapeMicros: micros(scraped),
      tickBytes: bytes,
      metricsBytes: metrics,
    })
  }
  await live.close()
  const median = (pick: (result: Round) => number): number =>
    results.map(pick).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN
  return {
    partitions,
    lookAndJudgeMs: round3(median(each => each.lookMicros) / 1000),
    tickAndJsonMs: round3(median(each => each.encodeMicros) / 1000),
    tickBytes: median(each => each.tickBytes),
    metricsMs: round3(median(each => each.scrapeMicros) / 1000),
    metricsBytes: median(each => each.metricsBytes),
  }
}

const micros = (since: NodeJS.CpuUsage): number => {
  const used = process.cpuUsage(since)
  return used.user + used.system
}
const round3 = (value: number): number => Math.round(value * 1000) / 1000

const rows = []
for (const partitions of sizes.length > 0 ? sizes : [1_500, 15_000]) rows.push(await measure(partitions))
console.table(rows)
console.log(JSON.stringify({ bench: 'live-tick', node: process.version, rounds, rows }))
