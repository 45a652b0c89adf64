/**
 * What it costs to watch 1,500 partitions and one group, how old the figures are, and what is said of viral content:
 * Lanekeeper beside kafkajs' admin client, Kafka's own tools, and, where they are installed, Burrow, kminion and
 * kafka_exporter. One run, one real three-broker cluster, the same traffic for each.
 *
 *     node bench/watchers.ts --kafka-jars DIR [--burrow FILE --zookeeper-jars DIR] [--kminion FILE] [--kafka-exporter FILE]
 *                            [--state-dir DIR] [--port 21092] [--only NAME,NAME] [--warm-up 60] [--refreshes 20] [--steps 3]
 *
 * StreamSocial's user-actions × 1000 and content-interactions × 500 with 300 records a second, and one member that reads
 * both. Contestants are measured one after another; each is first given time until it shows a figure for all 1,500
 * partitions, and one that never does is printed as not measured.
 *
 * - CPU: of the contestant's processes, from /proc, first over so many seconds in which nobody asks, then over so many
 *   refreshes a second apart. What lives on was asked for so many refreshes before both, for just-in-time compilers are dear
 *   at first. A tool that is a new JVM each time pays for its start, as it does in use. Clock ticks are 10 ms; the sum is what
 *   is divided. What asking adds is the difference: with it, and what goes on unasked, the cost at any scrape interval is told.
 * - Time: from asking to the whole answer. Lanekeeper's and Burrow's come from memory, so for ours the time of a look at
 *   the brokers is measured apart, with the observer in this process.
 * - Staleness: the reader is stopped (SIGSTOP), 500 records go into one partition, and from their acknowledgement until
 *   they are seen in its lag the contestant is asked again and again. Before that everybody gets time to see the reader
 *   stand: records that it had still committed, and that somebody's last look had as lag, would be missing from the lag
 *   that the step is added to, and waiting for the sum was waiting for the site to write as many again. A tool that asks only when asked is as fresh as its
 *   answer is quick; what is asked every 15 seconds by a Prometheus is up to 15 seconds older than that.
 *
 * At the end all run at once, one item goes viral, and what each says of its partition is printed as it is.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connectKafka } from '../src/adapters/kafka/connect.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { observe } from '../src/runtime/observe.ts'
import { emptyOnPorts, localBrokersIn } from '../test/support/local-brokers.ts'
import { burrow, kafkaExporter, kminion } from './watchers/go-tools.ts'
import { consumerGroups, getOffsets } from './watchers/kafka-tools.ts'
import { kafkajsAdmin } from './watchers/kafkajs.ts'
import { lanekeeper } from './watchers/ours.ts'
import {
  type Contestant,
  cpuMsOf,
  endedChildrenCpuMs,
  type Place,
  residentMbOf,
  type Seen,
  type Watcher,
} from './watchers/watcher.ts'

const { values: args } = parseArgs({
  options: {
    'kafka-jars': { type: 'string' },
    burrow: { type: 'string' },
    'zookeeper-jars': { type: 'string' },
    kminion: { type: 'string' },
    'kafka-exporter': { type: 'string' },
    'state-dir': { type: 'string' },
    port: { type: 'string', default: '21092' },
    only: { type: 'string' },
    'warm-up': { type: 'string', default: '60' },
    refreshes: { type: 'string', default: '20' },
    steps: { type: 'string', default: '3' },
  },
})
const jars = args['kafka-jars']
if (jars === undefined) throw new Error('--kafka-jars is missing')

const TOPICS = { 'user-actions': 1000, 'content-interactions': 500 } as const
const TOPIC_NAMES = Object.keys(TOPICS)
const PARTITIONS = 1500
const GROUP = 'timeline'
const STEP = { topic: 'content-interactions', partition: 7, records: 500 }
const RECORDS_PER_SECOND = 300
const SHOWN_WITHIN_MS = 60_000
const FRESH_WITHIN_MS = 20_000
/** By then all have looked at the reader that was stopped; far less than its session, after which it would be put out. */
const STANDING_SEEN_MS = 3_000
const VIRAL_WITHIN_MS = 40_000
/** A JVM for each refresh is too slow for as many. */
const REFRESHES_OF_JVM = 5
const warmUps = Number(args['warm-up'])
const refreshes = Number(args.refreshes)
const steps = Number(args.steps)

const say = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)

const ours = lanekeeper('lanekeeper serve', [])
const installed = (
  file: string | undefined,
  name: string,
  make: (file: string) => Contestant,
): Contestant | string =>
  file !== undefined && existsSync(file) ? make(file) : `${name}: not measured, it is not installed here`
const contestants: readonly (Contestant | string)[] = [
  ours,
  lanekeeper('lanekeeper serve, no keys read', ['--key-sample-bytes', '0']),
  kafkajsAdmin,
  consumerGroups(jars),
  getOffsets(jars),
  installed(args.burrow, 'Burrow', file => burrow(file, args['zookeeper-jars'] ?? '')),
  installed(args.kminion, 'kminion', kminion),
  installed(args['kafka-exporter'], 'kafka_exporter', kafkaExporter),
].filter(
  each => typeof each === 'string' || args.only === undefined || args.only.split(',').includes(each.name),
)

const stateDir = args['state-dir'] ?? mkdtempSync(join(tmpdir(), 'lanekeeper-watchers-'))
let nextPort = Number(args.port) + 200
const startOf = <Kind extends Watcher>(
  { name, start }: { readonly name: string; readonly start: (place: Place) => Promise<Kind> },
  bootstrapServer: string,
): Promise<Kind> => {
  const folder = join(stateDir, `${name.replaceAll(/\W+/g, '-')}-${nextPort}`)
  mkdirSync(folder, { recursive: true })
  return start({ bootstrapServer, topics: TOPIC_NAMES, group: GROUP, folder, port: nextPort++ })
}

const child = (script: string, ...parameters: readonly string[]): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, 'watchers', script), ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })

/** Tells the site of an event, and waits until it has happened. */
const siteTeller = (site: ChildProcess) => {
  if (site.stdout === null || site.stdin === null) throw new Error('the site has no pipes')
  const lines = createInterface({ input: site.stdout })
  const { stdin } = site
  return async (event: string): Promise<void> => {
    const heard = once(lines, 'line')
    stdin.write(`${event}\n`)
    await heard
  }
}

const spread = (figures: readonly number[]) => {
  const ascending = figures.toSorted((a, b) => a - b)
  return {
    median: ascending[ascending.length >> 1] ?? Number.NaN,
    least: ascending[0] ?? Number.NaN,
    greatest: ascending.at(-1) ?? Number.NaN,
  }
}
type Spread = ReturnType<typeof spread>

/** Null: it never showed them all; then how many it showed, or why none. */
const untilAllShown = async (watcher: Watcher): Promise<string | null> => {
  let last = 'nothing'
  for (const end = performance.now() + SHOWN_WITHIN_MS; performance.now() < end; await pause(500)) {
    try {
      const { partitions } = await watcher.ask()
      if (partitions >= PARTITIONS) return null
      last = `${partitions} of ${PARTITIONS} partitions`
    } catch (failure) {
      last = (failure as Error).message
    }
  }
  return last
}

/** So many refreshes, a second apart. */
const refreshFor = async (
  rounds: number,
  watcher: Watcher,
): Promise<{ readonly took: readonly number[]; readonly said: Seen['said'] | null }> => {
  const took: number[] = []
  let said: Seen['said'] | null = null
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now()
    said = (await watcher.ask()).said
    took.push(performance.now() - startedMs)
    await pause(Math.max(0, 1_000 - (performance.now() - startedMs)))
  }
  return { took, said }
}

const costOf = async (watcher: Watcher) => {
  const used = (): number => (watcher.pid === null ? endedChildrenCpuMs() : cpuMsOf(watcher.pid))
  if (watcher.pid !== null) await refreshFor(warmUps, watcher)
  const unasked = used()
  if (watcher.pid !== null) await pause(refreshes * 1_000)
  const cpuMsPerSecondUnasked = watcher.pid === null ? 0 : (used() - unasked) / refreshes
  const rounds = watcher.pid === null ? REFRESHES_OF_JVM : refreshes
  const before = used()
  const { took, said } = await refreshFor(rounds, watcher)
  return {
    cpuMsPerSecondUnasked,
    cpuMsPerRefresh: (used() - before) / rounds,
    said,
    tookMs: spread(took),
    residentMb: watcher.pid === null ? null : Math.round(residentMbOf(watcher.pid)),
  }
}

const stalenessOf = async (
  watcher: Watcher,
  tell: (event: string) => Promise<void>,
  reader: ChildProcess,
): Promise<Spread | null> => {
  const { topic, partition, records } = STEP
  const ages: number[] = []
  for (let step = 0; step < steps; step++) {
    await pause(3_000)
    reader.kill('SIGSTOP')
    try {
      // at another moment within a second each time, for whoever looks once a second
      await pause(STANDING_SEEN_MS + (1_000 * step) / steps)
      const before = (await watcher.ask()).figure(topic, partition) ?? 0
      await tell(`step ${topic} ${partition} ${records}`)
      const startedMs = performance.now()
      let shown = false
      while (!shown && performance.now() - startedMs < FRESH_WITHIN_MS) {
        shown = ((await watcher.ask()).figure(topic, partition) ?? 0) >= before + records
        if (!shown && watcher.pid !== null) await pause(50)
      }
      if (!shown) return null
      ages.push(performance.now() - startedMs)
    } finally {
      reader.kill('SIGCONT')
    }
  }
  return spread(ages)
}

/** How long one look at the brokers takes: groups, ends, and now and then starts, sizes and metadata. */
const lookMs = async (bootstrapServer: string): Promise<Spread> => {
  const kafka = await connectKafka({
    bootstrapServers: bootstrapServer.split(','),
    clientId: 'look',
    clock: systemClock,
  })
  const took: number[] = []
  let startedMs = Number.NaN
  const { cluster } = kafka
  await new Promise<void>(resolve => {
    const observer = observe(
      {
        ...cluster,
        // the first thing that a look asks for once metadata is known
        readGroups: snapshot => {
          startedMs = performance.now()
          return cluster.readGroups(snapshot)
        },
        readOffsets: (...asked) => cluster.readOffsets(...asked),
        readSizes: (...asked) => cluster.readSizes(...asked),
        describe: options => cluster.describe(options),
      },
      systemClock,
      {
        onLook: () => {
          took.push(performance.now() - startedMs)
          if (took.length < refreshes) return
          observer.stop()
          resolve()
        },
        onFailure: failure => {
          throw failure
        },
      },
    )
  })
  await kafka.close()
  return spread(took)
}

/** Null: our findings named no key in time. */
const viralLines = async (
  bootstrapServer: string,
  measured: ReadonlySet<string>,
  tell: (event: string) => Promise<void>,
): Promise<{
  readonly namedAfterMs: number | null
  readonly lines: readonly { readonly name: string; readonly says: string }[]
}> => {
  const watcher = await startOf(ours, bootstrapServer)
  const others = await Promise.all(
    contestants
      .filter(each => typeof each !== 'string')
      .filter(each => each !== ours && measured.has(each.name))
      .map(async each => ({ name: each.name, watcher: await startOf(each, bootstrapServer) })),
  )
  const all = [{ name: ours.name, watcher }, ...others]
  try {
    for (const each of all) if (each.watcher.pid !== null) await untilAllShown(each.watcher)
    // rates need some looks before anything is out of the ordinary
    await pause(20_000)
    await tell('viral')
    const startedMs = performance.now()
    let hot: number | null = null
    while (hot === null && performance.now() - startedMs < VIRAL_WITHIN_MS) {
      await pause(250)
      hot = await watcher.keyNamedOn(STEP.topic)
    }
    const namedAfterMs = hot === null ? null : performance.now() - startedMs
    const lines = []
    for (const each of all)
      lines.push({
        name: each.name,
        says: await each.watcher.say(STEP.topic, hot ?? 0).catch((failure: Error) => failure.message),
      })
    return { namedAfterMs, lines }
  } finally {
    for (const each of all) await each.watcher.close()
  }
}

const measure = async (bootstrapServer: string) => {
  const site = child('site.ts', bootstrapServer, String(RECORDS_PER_SECOND))
  const reader = child('reader.ts', bootstrapServer, GROUP, ...TOPIC_NAMES)
  const tell = siteTeller(site)
  const rows = []
  try {
    for (const contestant of contestants) {
      if (typeof contestant === 'string') continue
      const { name, way } = contestant
      say(`${name}: starting`)
      const watcher = await startOf(contestant, bootstrapServer)
      try {
        const missing = await untilAllShown(watcher)
        if (missing !== null) {
          rows.push({ name, way, notMeasured: `within a minute it showed ${missing}` })
          continue
        }
        const cost = await costOf(watcher)
        const staleMs = await stalenessOf(watcher, tell, reader)
        rows.push({ name, way, ...cost, staleMs })
        say(
          `${name}: ${cost.cpuMsPerRefresh.toFixed(0)} ms CPU, stale ${staleMs?.median.toFixed(0) ?? 'over 20,000'} ms`,
        )
      } finally {
        await watcher.close()
      }
    }
    const look = await lookMs(bootstrapServer)
    say('viral content')
    const measured = new Set(rows.filter(row => !('notMeasured' in row)).map(({ name }) => name))
    return { rows, look, viral: await viralLines(bootstrapServer, measured, tell) }
  } finally {
    site.kill('SIGKILL')
    reader.kill('SIGKILL')
  }
}

const makeTopics = async (bootstrapServer: string): Promise<void> => {
  const kafka = await connectKafka({
    bootstrapServers: bootstrapServer.split(','),
    clientId: 'watchers',
    clock: systemClock,
  })
  const outcomes = await kafka.cluster.createTopics(
    Object.entries(TOPICS).map(([name, partitions]) => ({
      name,
      partitions,
      replicationFactor: 3,
      configs: new Map([
        ['min.insync.replicas', '2'],
        ['segment.index.bytes', '65536'],
      ]),
    })),
  )
  await kafka.close()
  for (const { item, code, message } of outcomes) if (code !== 0) throw new Error(`${item}: ${message}`)
}

const inMs = (figures: Spread | null): string =>
  figures === null
    ? `over ${FRESH_WITHIN_MS}`
    : `${figures.median.toFixed(0)} (${figures.least.toFixed(0)} to ${figures.greatest.toFixed(0)})`

emptyOnPorts(stateDir, 3, Number(args.port))
const brokers = localBrokersIn(stateDir, 'watchers')
const loadBefore = loadavg()[0]
try {
  const { bootstrapServer, kafkaVersion } = await brokers.start({
    brokers: 3,
    fresh: false,
    lifetime: 'owner',
    onProgress: say,
  })
  await makeTopics(bootstrapServer)
  const { rows, look, viral } = await measure(bootstrapServer)

  console.log(
    `\n${PARTITIONS} partitions, RF 3, one group; Kafka ${kafkaVersion}, three brokers on this machine`,
  )
  console.table(
    rows.flatMap(row =>
      'notMeasured' in row
        ? []
        : {
            watcher: row.name,
            'CPU ms a second unasked': Math.round(row.cpuMsPerSecondUnasked),
            'CPU ms a refresh': Math.round(row.cpuMsPerRefresh),
            'which asking adds': Math.round(row.cpuMsPerRefresh - row.cpuMsPerSecondUnasked),
            series: row.said?.series ?? '-',
            'text MB': row.said === null ? '-' : (row.said.bytes / 1e6).toFixed(2),
            'CPU µs a series':
              row.said === null ? '-' : ((1_000 * row.cpuMsPerRefresh) / row.said.series).toFixed(1),
            'answer ms': inMs(row.tookMs),
            'stale ms': inMs(row.staleMs),
            'resident MB': row.residentMb ?? 'ends each time',
          },
    ),
  )
  for (const row of rows)
    if ('notMeasured' in row) console.log(`${row.name}: not measured, ${row.notMeasured}`)
  for (const each of contestants) if (typeof each === 'string') console.log(each)
  console.log(`a look of lanekeeper at the brokers takes ${inMs(look)} ms`)
  console.log(
    viral.namedAfterMs === null
      ? '\nviral content: no key was named'
      : `\nviral content: ours named the key ${(viral.namedAfterMs / 1000).toFixed(1)} s after it began; then each said of the partition:`,
  )
  for (const { name, says } of viral.lines) console.log(`\n${name}\n  ${says.replaceAll('\n', '\n  ')}`)
  console.log(
    JSON.stringify({
      bench: 'watchers',
      node: process.version,
      cpu: cpus()[0]?.model,
      cores: availableParallelism(),
      load: [loadBefore, loadavg()[0]],
      kafkaVersion,
      partitions: PARTITIONS,
      rows,
      lookMs: look,
      viral,
    }),
  )
  if (viral.namedAfterMs === null) process.exitCode = 1
} finally {
  await brokers.stop()
  if (args['state-dir'] === undefined) rmSync(stateDir, { recursive: true, force: true })
}
