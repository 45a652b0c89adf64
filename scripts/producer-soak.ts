/**
 * A thousand partitions written to for ten minutes: does memory stay flat, and does a producer whose brokers all stand
 * still hold its writer up instead of growing? Prints a line every ten seconds and a verdict; exits 1 if memory grew, if
 * the buffer passed its limit, or if the log does not hold exactly what was acknowledged.
 *
 *     node bin/with-node24.mjs scripts/producer-soak.ts [--seconds 600] [--partitions 1000] [--rate 5000]
 *         [--pause 20] [--buffer-memory 8388608] [--port 23292] [--state-dir DIR]
 *
 * It starts three brokers of its own and ends them. In the middle it stops all of them (SIGSTOP) for `--pause` seconds.
 * Memory is judged from a fifth of the time on, when code is compiled and buffers have their sizes.
 */
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { nodeCodecs } from '../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../src/adapters/kafka/connect.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { formatBytes } from '../src/core/model/index.ts'
import { seededRandom } from '../src/core/simulation/index.ts'
import { createProducer } from '../src/producer/producer.ts'
import { emptyOnPorts, localBrokersIn } from '../test/support/local-brokers.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    partitions: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '5000' },
    pause: { type: 'string', default: '20' },
    'buffer-memory': { type: 'string', default: String(8 * 1024 * 1024) },
    port: { type: 'string', default: '23292' },
    'state-dir': { type: 'string', default: '.lanekeeper/producer-soak' },
  },
})
const seconds = Number(values.seconds)
const partitions = Number(values.partitions)
const rate = Number(values.rate)
const bufferBytes = Number(values['buffer-memory'])
const SAMPLE_MS = 10_000
const TOPIC = 'soak'
const KEYS = 300_000
/** Growth that garbage collection alone explains. */
const GROWTH_MAX = 1.15

interface Sample {
  readonly atSeconds: number
  readonly residentBytes: number
  readonly heapBytes: number
  readonly bufferedBytes: number
}

const said = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)
emptyOnPorts(resolve(values['state-dir']), 3, Number(values.port))
const brokers = localBrokersIn(resolve(values['state-dir']), 'producer-soak')
const { bootstrapServer } = await brokers.start({
  brokers: 3,
  fresh: false,
  lifetime: 'owner',
  onProgress: said,
})
const kafka = await connectKafka({
  bootstrapServers: bootstrapServer.split(','),
  clientId: 'producer-soak',
  clock: systemClock,
})
const signalAll = async (signal: NodeJS.Signals): Promise<void> => {
  for (const { pid } of await brokers.status()) if (pid !== null) process.kill(pid, signal)
}
let held = false
try {
  const [created] = await kafka.cluster.createTopics([
    { name: TOPIC, partitions, replicationFactor: 3, configs: new Map([['min.insync.replicas', '2']]) },
  ])
  if (created?.code !== 0) throw new Error(created?.message ?? 'the topic was not created')
  const producer = createProducer({
    link: kafka.openLink('producer-soak'),
    clock: systemClock,
    codecs: nodeCodecs,
    random: seededRandom(1),
    options: { bufferBytes },
  })

  const beganMs = systemClock.monotonicMs()
  const elapsedSeconds = (): number => (systemClock.monotonicMs() - beganMs) / 1000
  const random = seededRandom(2)
  const samples: Sample[] = []
  let sent = 0
  let heldUpMs = 0
  let bufferedMost = 0
  let paused = false
  let sampledMs = beganMs

  const sample = (): void => {
    sampledMs = systemClock.monotonicMs()
    const { rss, heapUsed } = process.memoryUsage()
    const { bufferedBytes, recordsAcknowledged } = producer.stats()
    samples.push({ atSeconds: elapsedSeconds(), residentBytes: rss, heapBytes: heapUsed, bufferedBytes })
    said(
      `${elapsedSeconds().toFixed(0)} s: resident ${formatBytes(rss)}, heap ${formatBytes(heapUsed)}, ` +
        `buffers ${formatBytes(bufferedBytes)}, ${sent} sent, ${recordsAcknowledged} acknowledged`,
    )
  }

  const standingStill = (async () => {
    await pause((seconds * 1000) / 2)
    said(`all brokers stand still for ${values.pause} s`)
    paused = true
    await signalAll('SIGSTOP')
    await pause(Number(values.pause) * 1000)
    await signalAll('SIGCONT')
    paused = false
    said('brokers go on')
  })()

  // the rate rises over half a minute: the first record into a partition makes three brokers open its files
  while (elapsedSeconds() < seconds) {
    const ramp = Math.min(1, elapsedSeconds() / 30)
    for (let left = Math.ceil((rate * ramp) / 50); left > 0; left--) {
      const key = `user-${Math.floor(random.next() * KEYS)}`
      const room = producer.send({ topic: TOPIC, key, value: `{"n":${sent},"text":"${'x'.repeat(80)}"}` })
      sent++
      if (room) continue
      const fullMs = systemClock.monotonicMs()
      await producer.drained()
      heldUpMs += systemClock.monotonicMs() - fullMs
    }
    bufferedMost = Math.max(bufferedMost, producer.stats().bufferedBytes)
    if (systemClock.monotonicMs() - sampledMs >= SAMPLE_MS && !paused) sample()
    await pause(20)
  }
  await standingStill
  const report = await producer.close({ deadlineMs: 120_000 })
  const snapshot = await kafka.cluster.describe({ topics: [TOPIC] })
  const ends = (await kafka.cluster.readOffsets(snapshot, [TOPIC])).get(TOPIC)?.end
  const inLog = ends?.reduce((sum, end) => sum + end, 0) ?? Number.NaN

  const settled = samples.filter(({ atSeconds }) => atSeconds > seconds / 5)
  const quarter = Math.max(1, Math.floor(settled.length / 4))
  const mean = (part: readonly Sample[], pick: (one: Sample) => number): number =>
    part.reduce((sum, one) => sum + pick(one), 0) / part.length
  const growth = (pick: (one: Sample) => number): number =>
    mean(settled.slice(-quarter), pick) / mean(settled.slice(0, quarter), pick)
  const [residentGrowth, heapGrowth] = [growth(one => one.residentBytes), growth(one => one.heapBytes)]
  const stats = producer.stats()
  console.log(
    `${sent} records over ${partitions} partitions in ${seconds} s: ${report.acknowledged} acknowledged, ${inLog} in the log, ` +
      `${report.failed} failed, ${report.inDoubt} in doubt; ${(stats.recordsAcknowledged / stats.batches).toFixed(1)} records a batch`,
  )
  console.log(
    `memory, last quarter over first: resident × ${residentGrowth.toFixed(2)}, heap × ${heapGrowth.toFixed(2)}; ` +
      `buffers at most ${formatBytes(bufferedMost)} of ${formatBytes(bufferBytes)}; the writer was held up for ${(heldUpMs / 1000).toFixed(1)} s`,
  )
  held =
    residentGrowth < GROWTH_MAX &&
    // a batch may grow by one size class after the last look
    bufferedMost <= bufferBytes * 1.05 &&
    report.failed + report.inDoubt === 0 &&
    inLog === sent &&
    (Number(values.pause) === 0 || heldUpMs > 0)
} finally {
  await signalAll('SIGCONT').catch(() => undefined)
  await kafka.close()
  await brokers.stop()
}
console.log(held ? 'HELD' : 'VIOLATED')
process.exit(held ? 0 : 1)
