/**
 * What it costs to consume, beside the clients that people use, on a real cluster.
 *
 *     node bench/consume.ts --bootstrap-server H:P,H:P [--records 2000000] [--partitions 12] [--rounds 5]
 *                           [--only NAME,NAME] [--kafka-jars DIR]
 *
 * Writes the topic once (100-byte values, 10,000 keys, RF 3) and keeps it for the next call. Contestants take turns,
 * each round in a fresh process with a new group; all read committed records with their own defaults, `tuned` with more
 * partitions at once. A round counts only if all records came and each key's in order; ours keeps that order with its
 * keys side by side (`batches`: one batch of a partition at a time), the others have one handler at a time per partition.
 * Java's own ConsumerPerformance (with --kafka-jars) counts and checks no order; its CPU is that of its whole JVM from
 * start to end, and it fetches a megabyte of a partition at most, as the others do.
 *
 * The last rows are the key-parallel mode: a handler that waits 5 ms, by concurrency. Ideal is what the same handlers get
 * through without Kafka, so many at a time, in a process of their own right before: timers of 5 ms take more than that.
 *
 * Prints medians with least and greatest, and the same as JSON. On a shared machine only ratios mean anything.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { nodeCodecs } from '../src/adapters/codecs/node-codecs.ts'
import { connectKafka } from '../src/adapters/kafka/connect.ts'
import { systemClock } from '../src/adapters/system/clock.ts'
import { seededRandom } from '../src/core/simulation/index.ts'
import { createProducer } from '../src/producer/producer.ts'

const { values: args } = parseArgs({
  options: {
    'bootstrap-server': { type: 'string' },
    records: { type: 'string', default: '2000000' },
    partitions: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    'kafka-jars': { type: 'string' },
  },
})
const bootstrap = args['bootstrap-server']
if (bootstrap === undefined) throw new Error('--bootstrap-server is missing')
const records = Number(args.records)
const partitions = Number(args.partitions)
const rounds = Number(args.rounds)
const only = args.only?.split(',')

const KEYS = 10_000
const VALUE_BYTES = 100
const CONCURRENCIES = [16, 64, 256]
/** Some two seconds of the key-parallel mode. */
const PARALLEL_ROUNDS = 400
const ROUND_TIMEOUT_MS = 180_000
const run = promisify(execFile)
const here = import.meta.dirname

interface Round {
  readonly records: number
  readonly outOfOrder: number | null
  readonly cpuMicrosPerRecord: number
  readonly recordsPerSecond: number
  /** Share of what the same handlers got through without Kafka. */
  readonly ofIdeal?: number
}

/** Key and sequence stand at the head of the value: what every contestant checks. */
const write = async (topic: string): Promise<void> => {
  const kafka = await connectKafka({
    bootstrapServers: bootstrap.split(','),
    clientId: 'bench',
    clock: systemClock,
  })
  try {
    const configs = new Map([['min.insync.replicas', '2']])
    await kafka.cluster.createTopics([{ name: topic, partitions, replicationFactor: 3, configs }])
    const snapshot = await kafka.cluster.describe({ topics: [topic] })
    const ends = (await kafka.cluster.readOffsets(snapshot, [topic])).get(topic)?.end ?? new Float64Array()
    // a partition that was made a moment ago has no leader yet, and no end that is known
    const written = ends.reduce((sum, end) => sum + (Number.isNaN(end) ? 0 : end), 0)
    if (written === records) return
    if (written !== 0) throw new Error(`${topic} holds ${written} records, not ${records}: delete it`)
    const producer = createProducer({
      link: kafka.openLink('bench'),
      clock: systemClock,
      codecs: nodeCodecs,
      random: seededRandom(1),
      options: { compression: 'none' },
    })
    await producer.partitionsFor(topic)
    const value = Buffer.alloc(VALUE_BYTES, 'v')
    for (let index = 0; index < records; index++) {
      const key = index % KEYS
      value.writeUIntBE(key, 0, 3)
      value.writeUIntBE(Math.floor(index / KEYS), 3, 3)
      if (!producer.send({ topic, key: `user-${key}`, value })) await producer.drained()
      if (index % 2000 === 1999) await new Promise(resolve => setImmediate(resolve))
    }
    const { acknowledged } = await producer.close({ deadlineMs: 120_000 })
    if (acknowledged !== records) throw new Error(`${acknowledged} of ${records} acknowledged`)
  } finally {
    await kafka.close()
  }
}

const topic = `bench-consume-${partitions}-${records}`
let groups = 0
const newGroup = (): string => `bench-${process.pid}-${Date.now().toString(36)}-${groups++}`

const inNode = async (contestant: string, count: number, concurrency = 1): Promise<Round> => {
  const { stdout } = await run(
    process.execPath,
    [
      '--no-warnings',
      join(here, 'consume-round.ts'),
      contestant,
      bootstrap,
      topic,
      newGroup(),
      String(count),
      String(concurrency),
    ],
    { timeout: ROUND_TIMEOUT_MS },
  )
  const round = JSON.parse(stdout) as Round
  if (round.records !== count || round.outOfOrder !== 0)
    throw new Error(`${contestant}: ${round.records} records, ${round.outOfOrder} out of order`)
  return round
}

/** `times` of the shell is the only CPU time of a child that is to be had without a profiler. */
const inJava = async (classpath: string): Promise<Round> => {
  const { stdout } = await run(
    'sh',
    [
      '-c',
      '"$@" && times',
      'sh',
      'java',
      '-cp',
      classpath,
      'org.apache.kafka.tools.ConsumerPerformance',
      '--bootstrap-server',
      bootstrap,
      '--topic',
      topic,
      '--num-records',
      String(records),
      '--group',
      newGroup(),
      '--hide-header',
    ],
    { timeout: ROUND_TIMEOUT_MS },
  )
  const lines = stdout.trim().split('\n')
  const figures = lines.find(line => line.split(',').length >= 10)?.split(',') ?? []
  const [count, fetchPerSecond] = [Number(figures[4]), Number(figures[9])]
  const seconds = (lines.at(-1) ?? '')
    .split(/\s+/)
    .reduce(
      (sum, part) => sum + Number(part.split('m')[0]) * 60 + Number.parseFloat(part.split('m')[1] ?? '0'),
      0,
    )
  if (count !== records) throw new Error(`ConsumerPerformance: ${count} records: ${stdout}`)
  return {
    records: count,
    outOfOrder: null,
    cpuMicrosPerRecord: (seconds * 1e6) / records,
    recordsPerSecond: fetchPerSecond,
  }
}

const keyParallel = async (concurrency: number): Promise<Round> => {
  const count = Math.min(records, concurrency * PARALLEL_ROUNDS)
  const ideal = await inNode('timers alone', count, concurrency)
  const round = await inNode('lanekeeper 5 ms', count, concurrency)
  return { ...round, ofIdeal: round.recordsPerSecond / ideal.recordsPerSecond }
}

const jars = args['kafka-jars']
const contestants = new Map<string, () => Promise<Round>>([
  ...[
    'lanekeeper',
    'lanekeeper batches',
    'lanekeeper promise',
    'kafkajs eachBatch',
    'kafkajs eachBatch tuned',
    'kafkajs eachMessage',
    '@platformatic/kafka',
  ].map(name => [name, () => inNode(name, records)] as const),
  ...(jars === undefined ? [] : [['Java ConsumerPerformance', () => inJava(join(jars, '*'))] as const]),
  ...CONCURRENCIES.map(
    concurrency => [`lanekeeper 5 ms × ${concurrency}`, () => keyParallel(concurrency)] as const,
  ),
])

const spread = (figures: readonly number[]) => {
  const ascending = figures.toSorted((a, b) => a - b)
  return {
    median: ascending[ascending.length >> 1] ?? Number.NaN,
    least: ascending[0],
    greatest: ascending.at(-1),
  }
}

await write(topic)
const taken = new Map<string, Round[]>()
for (let round = 0; round < rounds; round++)
  for (const [name, contest] of contestants) {
    if (only !== undefined && !only.some(each => name.startsWith(each))) continue
    const list = taken.get(name) ?? []
    taken.set(name, list)
    list.push(await contest())
  }

const results = [...taken].map(([name, list]) => ({
  name,
  cpuMicrosPerRecord: spread(list.map(each => each.cpuMicrosPerRecord)),
  recordsPerSecond: spread(list.map(each => each.recordsPerSecond)),
  ofIdeal: list.some(each => each.ofIdeal === undefined)
    ? null
    : spread(list.map(each => each.ofIdeal ?? Number.NaN)),
}))
const oursCpu =
  results.find(each => each.name === 'lanekeeper batches')?.cpuMicrosPerRecord.median ?? Number.NaN
console.log(`\n${records} records, ${partitions} partitions, ${rounds} rounds`)
for (const { name, cpuMicrosPerRecord: cpu, recordsPerSecond: rate, ofIdeal } of results) {
  const costs = `${cpu.median.toFixed(2).padStart(7)} µs CPU a record (${cpu.least?.toFixed(2)} to ${cpu.greatest?.toFixed(2)})`
  const rates = `${Math.round(rate.median).toLocaleString('en').padStart(11)} records/s`
  const last =
    ofIdeal === null
      ? `${(cpu.median / oursCpu).toFixed(1)}× our batches`
      : `${(ofIdeal.median * 100).toFixed(0)} % of ideal`
  console.log(`  ${name.padEnd(26)} ${costs.padEnd(46)} ${rates}   ${last}`)
}
const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(join(here, '..', 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string
    }
  ).version
console.log(
  JSON.stringify({
    bench: 'consume',
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    records,
    partitions,
    rounds,
    versions: { '@platformatic/kafka': versionOf('@platformatic/kafka'), kafkajs: versionOf('kafkajs') },
    results,
  }),
)
