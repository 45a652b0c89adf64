/**
 * A run of StreamSocial with a broker killed and restarted in the middle and leaders moved without any fault, judged by
 * Kafka's own console consumer, which reads everything back. Prints a table and exits 1 if a record that was
 * acknowledged is lost, or a record is repeated or out of order in the log.
 *
 *     node bin/with-node24.mjs scripts/fault-run.ts [--seconds 300] [--rate 300] [--state-dir DIR]
 *
 * It shares no code with the producer but the format of the records: the judge (workload/order-check) reads what the
 * console consumer printed.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connectKafka } from '../src/adapters/kafka/connect.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { brokerId } from '../src/core/model/index.ts'
import { OrderCheck } from '../src/workload/order-check.ts'
import { consoleConsume } from '../test/support/console-clients.ts'
import { localBrokersIn } from '../test/support/local-brokers.ts'
import { startProgram } from '../test/support/program.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    rate: { type: 'string', default: '300' },
    'state-dir': { type: 'string', default: '.lanekeeper/fault-run' },
  },
})
const seconds = Number(values.seconds)
const stateDir = resolve(values['state-dir'])
const example = join(import.meta.dirname, '..', 'examples', 'streamsocial', 'lanekeeper.yaml')
const topics = ['user-actions', 'content-interactions']

const said = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)

const moveLeaders = async (bootstrapServer: string, count: number): Promise<number> => {
  const { cluster, close } = await connectKafka({
    bootstrapServers: bootstrapServer.split(','),
    clientId: 'fault-run',
    clock: systemClock,
  })
  try {
    const snapshot = await cluster.describe({ topics })
    let moved = 0
    for (const { name, partitions } of snapshot.topics.values())
      for (const { partition, leader, replicas } of partitions.slice(0, count)) {
        const next = replicas.find(replica => replica !== leader)
        if (next !== undefined && (await cluster.moveLeader(name, partition, next)).code === 0) moved++
      }
    return moved
  } finally {
    await close()
  }
}

mkdirSync(stateDir, { recursive: true })
const brokers = localBrokersIn(stateDir, 'fault-run')
const program = startProgram(
  [
    'up',
    example,
    '--fresh',
    '--state-dir',
    stateDir,
    '--rate',
    values.rate,
    '--duration',
    `${seconds}s`,
    '--port',
    '7700',
  ],
  stateDir,
)
const started = await program.event(({ event }) => event === 'started', 180_000)
const bootstrapServer = String(started['bootstrapServer'])
const url = String(started['url'])
said(`running at ${url}`)

interface Tick {
  readonly totals: { readonly lagRecords: number | null }
  readonly health: { readonly summary: string }
  readonly findings: readonly { readonly sentence: readonly { readonly text: string }[] }[]
}
const readTick = async (): Promise<Tick> => (await (await fetch(`${url}/api/v1/live`)).json()) as Tick

/** The groups' lag in records: the middle of nine looks, a second apart, for one look meets one commit or none. */
const usualLag = async (): Promise<number> => {
  const seen: number[] = []
  for (let look = 0; look < 9; look++) {
    seen.push((await readTick()).totals.lagRecords ?? Number.POSITIVE_INFINITY)
    await pause(1_000)
  }
  return seen.toSorted((a, b) => a - b)[4] as number
}

/** What the dashboard's API says at a moment, as a reader of the page would see it. */
const story: string[] = []
const look = async (when: string): Promise<void> => {
  const tick = await readTick()
  const [finding] = tick.findings
  const told = `${when}: ${finding === undefined ? tick.health.summary : finding.sentence.map(part => part.text).join('')}`
  story.push(told)
  said(told)
}

const at = async (share: number): Promise<void> => {
  const begin = Number(systemClock.monotonicMs())
  await pause(Math.max(0, startedMs + share * seconds * 1000 - begin))
}
const startedMs = systemClock.monotonicMs()

await at(0.25)
const lagBefore = await usualLag()
await look('before')
await brokers.kill(brokerId(2))
said('broker 2 killed with SIGKILL')
await pause(10_000)
await look('10 s after the kill')
await at(0.45)
await brokers.startOne(brokerId(2))
said('broker 2 started again')
await pause(10_000)
await look('10 s after the start')
await at(0.7)
said(`${await moveLeaders(bootstrapServer, 20)} leaders moved without a fault`)
await pause(5_000)
await look('5 s after the move')
await at(0.85)
const lagAfter = await usualLag()

const summary = await program.event(({ event }) => event === 'summary', seconds * 1000 + 180_000)
const figures = summary['figures'] as Record<string, number>
await program.ended

const again = await brokers.start({ brokers: 3, fresh: false, lifetime: 'owner', onProgress: said })
let violations = 0
const rows: string[] = []
try {
  const { cluster, close } = await connectKafka({
    bootstrapServers: again.bootstrapServer.split(','),
    clientId: 'fault-run',
    clock: systemClock,
  })
  // brokers that were cut off recover their logs first; a reader that comes before finds nobody to coordinate it
  const recovering = [...topics, '__consumer_offsets']
  let snapshot = await cluster.describe({ topics: recovering })
  const behind = (): boolean =>
    [...snapshot.topics.values()].some(topic =>
      topic.partitions.some(({ isr, replicas, leader }) => leader === null || isr.length < replicas.length),
    )
  for (
    const end = systemClock.monotonicMs() + 120_000;
    behind() && systemClock.monotonicMs() < end;
    await pause(1_000)
  )
    snapshot = await cluster.describe({ topics: recovering })
  const ends = await cluster.readOffsets(snapshot, topics)
  await close()
  let inLog = 0
  for (const topic of topics) {
    const count = ends.get(topic)?.end.reduce((sum, end) => sum + end, 0) ?? Number.NaN
    inLog += count
    const check = new OrderCheck()
    const encoder = new TextEncoder()
    for (const { partition, offset, key, value } of await consoleConsume(again.bootstrapServer, topic, count))
      check.check({ topic, partition, offset, key: encoder.encode(key), value: encoder.encode(value) })
    const { checked, keys, duplicated, reordered, missing, foreign, examples } = check.counts()
    violations += duplicated + reordered + missing + foreign + (checked === count ? 0 : 1)
    rows.push(
      `${topic}: ${checked} of ${count} read back, ${keys} keys, repeated ${duplicated}, out of order ${reordered}, missing ${missing}`,
    )
    rows.push(...examples)
  }
  const lost = Math.max(0, (figures['acknowledged'] ?? Number.NaN) - inLog)
  if (lost !== 0) violations++
  rows.push(`acknowledged ${figures['acknowledged']}, in the log ${inLog}, lost ${lost}`)
} finally {
  await brokers.stop()
}

const stalls = program.events
  .filter(({ event }) => event === 'status')
  .map(event => (event['producer'] as { latency: { maxMs: number | null } }).latency.maxMs ?? 0)
console.log(rows.join('\n'))
// a group that had lost its pace would be further behind with each second; twice the level is noise at these rates
const lagReturned = lagAfter <= 2 * lagBefore + 50
if (!lagReturned) violations++
console.log(`lag of the groups: ${lagBefore} records before the faults, ${lagAfter} after them`)
console.log(`longest wait for an acknowledgement: ${(Math.max(...stalls) / 1000).toFixed(1)} s`)
console.log(`the page told: ${story.join(' | ')}`)
console.log(`program's own verdict: ${JSON.stringify(summary['criteria'])}`)
console.log(violations === 0 ? 'HELD' : `VIOLATED (${violations})`)
process.exit(violations === 0 ? 0 : 1)
