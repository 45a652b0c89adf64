/**
 * Who takes part in bench/produce.ts, and how one round of each is run: a fresh process that sends the prepared records
 * and prints how long the ones after its warm-up took, and how much CPU.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ConventionName } from '../src/core/routing/index.ts'
import { KEY_BYTES, RECORD_BYTES, VALUE_BYTES } from './produce-records.ts'

export interface Round {
  /** After the warm-up. */
  readonly records: number
  readonly seconds: number
  /** Of the whole process in that time; for ProducerPerformance from its start. */
  readonly cpuSeconds: number
}

export interface RoundTask {
  readonly bootstrap: string
  readonly topic: string
  readonly file: string
  readonly records: number
  readonly warmUp: number
}

export interface Contestant {
  readonly name: string
  readonly client: string
  readonly version: string
  /** How it places keys; null where it sends none. */
  readonly convention: ConventionName | null
  /** A part of the records is enough for one that needs many times as long. */
  readonly share: number
  run(task: RoundTask): Promise<Round>
}

const ROUND_TIMEOUT_MS = 120_000
const run = promisify(execFile)
const here = import.meta.dirname
const settingsOf = ['default', 'tuned'] as const

const lastLine = (text: string): Round => JSON.parse(text.trim().split('\n').at(-1) ?? '') as Round

/**
 * `batch.size` of those that are tuned. Few partitions have much to put into a batch; of many, each has little, and larger
 * ones gain nothing.
 */
const tunedBatchBytes = (partitions: number): number => (partitions > 100 ? 65_536 : 262_144)

const inNode = async (
  client: string,
  settings: string,
  partitions: number,
  task: RoundTask,
): Promise<Round> => {
  const { bootstrap, topic, file, records, warmUp } = task
  const script = join(here, 'produce-round.ts')
  const parameters = [
    client,
    settings,
    bootstrap,
    topic,
    file,
    String(records),
    String(warmUp),
    String(tunedBatchBytes(partitions)),
  ]
  const { stdout } = await run(process.execPath, ['--no-warnings', script, ...parameters], {
    timeout: ROUND_TIMEOUT_MS,
  })
  return lastLine(stdout)
}

const versionIn = (packageJson: string): string =>
  (JSON.parse(readFileSync(join(here, '..', packageJson), 'utf8')) as { readonly version: string }).version

const nodeContestants = (partitions: number): readonly Contestant[] =>
  settingsOf.flatMap(
    settings =>
      [
        {
          name: `lanekeeper, ${settings}`,
          client: 'lanekeeper',
          version: versionIn('package.json'),
          convention: 'java',
          share: 1,
          run: task => inNode('lanekeeper', settings, partitions, task),
        },
        {
          name: `@platformatic/kafka, ${settings}`,
          client: '@platformatic/kafka',
          version: versionIn('node_modules/@platformatic/kafka/package.json'),
          convention: settings === 'tuned' ? 'platformatic-compatibility' : 'platformatic-default',
          share: 1 / 4,
          run: task => inNode('@platformatic/kafka', settings, partitions, task),
        },
        {
          name: `kafkajs, ${settings}`,
          client: 'kafkajs',
          version: versionIn('node_modules/kafkajs/package.json'),
          convention: 'kafkajs-default',
          share: 1 / 4,
          run: task => inNode('kafkajs', settings, partitions, task),
        },
      ] satisfies readonly Contestant[],
  )

/**
 * Java gives a partition the room of a whole batch with its first record, and sends what it has when its memory of 32 MiB
 * is given away: with 1,000 partitions that are batches of one record. So it is tuned with 16 KiB and 256 MiB there.
 */
const javaTuned = (partitions: number): readonly string[] => [
  'linger.ms=20',
  ...(partitions > 100
    ? ['batch.size=16384', `buffer.memory=${256 * 1024 * 1024}`]
    : [`batch.size=${tunedBatchBytes(partitions)}`]),
]

const javaKeyed = async (jars: string, settings: readonly string[], task: RoundTask): Promise<Round> => {
  const { bootstrap, topic, file, records, warmUp } = task
  const program = join(here, 'java', 'ProduceRound.java')
  const sizes = [records, warmUp, KEY_BYTES, RECORD_BYTES].map(String)
  const { stdout } = await run(
    'java',
    ['-cp', join(jars, '*'), program, bootstrap, topic, file, ...sizes, ...settings],
    { timeout: ROUND_TIMEOUT_MS },
  )
  return lastLine(stdout)
}

/** `times` of the shell is the only CPU time of a child that is to be had without a profiler. */
const javaTool = async (jars: string, settings: readonly string[], task: RoundTask): Promise<Round> => {
  const { bootstrap, topic, records, warmUp } = task
  const { stdout } = await run(
    'sh',
    // biome-ignore format: name and value of an option belong together
    [
      '-c', '"$@" && times', 'sh',
      'java', '-cp', join(jars, '*'), 'org.apache.kafka.tools.ProducerPerformance',
      '--bootstrap-server', bootstrap, '--topic', topic,
      '--num-records', String(records), '--warmup-records', String(warmUp),
      '--record-size', String(VALUE_BYTES), '--throughput', '-1',
      '--command-property', 'acks=all', ...settings,
    ],
    { timeout: ROUND_TIMEOUT_MS },
  )
  const lines = stdout.trim().split('\n')
  const rate = Number(
    /, ([\d.]+) records\/sec/.exec(lines.findLast(line => line.includes(' 99.9th')) ?? '')?.[1],
  )
  if (!(rate > 0)) throw new Error(`no rate in what ProducerPerformance printed: ${stdout}`)
  const cpuSeconds = (lines.at(-1) ?? '')
    .split(/\s+/)
    .map(part => /(\d+)m([\d.]+)s/.exec(part))
    .reduce((sum, match) => sum + Number(match?.[1]) * 60 + Number(match?.[2]), 0)
  return { records, seconds: records / rate, cpuSeconds }
}

const javaContestants = (jars: string, kind: string, partitions: number): readonly Contestant[] => {
  const tuned = javaTuned(partitions)
  const version = /kafka-clients-([\d.]+)\.jar/.exec(clientJar(jars))?.[1] ?? 'unknown'
  // brokers take some thousands of records a second of its defaults at 1,000 partitions: a quarter is a round of half a minute
  const share = kind === 'cluster' && partitions > 100 ? 1 / 4 : 1
  const keyed = { client: 'Java, keyed', version, convention: 'java' } as const
  return [
    { ...keyed, name: 'Java, keyed, default', share, run: task => javaKeyed(jars, [], task) },
    { ...keyed, name: 'Java, keyed, tuned', share: 1, run: task => javaKeyed(jars, tuned, task) },
    {
      name: 'Java ProducerPerformance, no keys, tuned',
      client: 'Java ProducerPerformance',
      version,
      convention: null,
      share: 1,
      run: task => javaTool(jars, tuned, task),
    },
  ]
}

const rdkafkaContestants = (python: string, version: string, partitions: number): readonly Contestant[] => {
  const program = join(here, 'python', 'produce_round.py')
  return settingsOf.map(settings => ({
    name: `librdkafka, ${settings}`,
    client: 'librdkafka',
    version,
    convention: 'librdkafka-murmur2-random',
    share: 1,
    run: async ({ bootstrap, topic, file, records, warmUp }) => {
      const sizes = [records, warmUp, KEY_BYTES, RECORD_BYTES].map(String)
      const tuned = settings === 'tuned' ? ['linger.ms=20', `batch.size=${tunedBatchBytes(partitions)}`] : []
      const { stdout } = await run(python, [program, bootstrap, topic, file, ...sizes, ...tuned], {
        timeout: ROUND_TIMEOUT_MS,
      })
      return lastLine(stdout)
    },
  }))
}

const clientJar = (jars: string): string =>
  readdirSync(jars).find(name => name.startsWith('kafka-clients-')) ?? ''

/** Everybody who can take part here, and in words who cannot and why. */
export const findContestants = async (
  jars: string | undefined,
  python: string,
  kind: string,
  partitions: number,
): Promise<{ readonly contestants: readonly Contestant[]; readonly absent: readonly string[] }> => {
  const contestants = [...nodeContestants(partitions)]
  const absent: string[] = []
  if (jars === undefined) absent.push('Java: name a folder of Kafka jars with --kafka-jars')
  else contestants.push(...javaContestants(jars, kind, partitions))
  try {
    const { stdout } = await run(python, [join(here, 'python', 'produce_round.py')])
    contestants.push(...rdkafkaContestants(python, stdout.trim(), partitions))
  } catch {
    absent.push(`librdkafka: ${python} has no confluent-kafka; name another with --python`)
  }
  return { contestants, absent }
}
