import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { formatCount, formatDuration, formatRate, formatTimes, LanekeeperError } from '../core/model/index.ts'
import { expectedMaxOverMeanByChance, maxOverMeanByChanceUpper, skewOf } from '../core/routing/index.ts'
import { sleep } from '../ports/clock.ts'
import { createProducer, type Producer } from '../producer/producer.ts'
import { print, printJson, say } from './output.ts'
import { generatedRecords, linesAsRecords, parseKeyPointer, type SourceRecord } from './produce-source.ts'
import { startProgress } from './progress.ts'
import { addTargetOptions, type TargetFlags, withCluster } from './target-options.ts'
import { countOption } from './count-option.ts'
import type { World } from './world.ts'

interface ProduceFlags extends TargetFlags {
  readonly file: string
  readonly key?: string
  readonly generate?: string
  readonly users: string
  readonly seed: string
  readonly rate?: string
}

/** `produce TOPIC`: lines or generated records into a topic, in order per key. */
export const produceCommand = (world: World): Command =>
  addTargetOptions(new Command('produce'))
    .description(
      'Write records into a topic: one line each, or generated. Idempotent, acks=all, in order per key.',
    )
    .argument('<topic>')
    .option('--file <file>', 'lines to send; - is standard input', '-')
    .option('--key <pointer>', 'JSON pointer of the key in each line, such as /user_id')
    .option('--generate <n>', 'send this many generated records instead')
    .option('--users <n>', 'equally active keys of the generated records', '300000')
    .option('--seed <n>', 'the same seed gives the same records', '1')
    .option('--rate <n>', 'records a second; as fast as the brokers take them when absent')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper produce user-actions --generate 3000000        a bulk run that ends with its spread
  lanekeeper produce orders --file orders.jsonl --key /customer_id
  tail -f app.log | lanekeeper produce logs --rate 500
`,
    )
    .action(async (topic: string, flags: ProduceFlags) => produce(world, topic, flags))

/** How much is sent before the event loop gets its turn: answers, timers and Ctrl-C must not wait for a large file. */
const SLICE_RECORDS = 2_000
const CLOSE_DEADLINE_MS = 30_000
const INTERRUPTED_DEADLINE_MS = 5_000

const produce = async (world: World, topic: string, flags: ProduceFlags): Promise<void> => {
  const { io, clock } = world
  const pointer = parseKeyPointer(flags.key)
  const users = countOption('--users', flags.users)
  const rate = flags.rate === undefined ? null : countOption('--rate', flags.rate)
  const random = world.seededRandom(countOption('--seed', flags.seed))
  const count = flags.generate === undefined ? null : countOption('--generate', flags.generate)
  const source =
    count === null
      ? linesAsRecords(
          flags.file === '-' ? io.stdin : createReadStream(resolve(io.cwd, flags.file)),
          flags.file === '-' ? 'standard input' : flags.file,
          pointer,
        )
      : generatedRecords(count, users, clock.wallMs(), random)

  await withCluster(world, flags, null, async connection => {
    const producer = createProducer({
      link: connection.openLink('lanekeeper-produce'),
      clock,
      codecs: world.codecs,
      random: world.seededRandom(clock.wallMs()),
    })
    const spread = new Float64Array(await producer.partitionsFor(topic))
    const progress = startProgress(io, clock)
    const startedMs = clock.monotonicMs()
    const failures: string[] = []
    let failure: unknown = null
    try {
      await sendAll(world, producer, source, topic, rate, {
        onPartition: partition => {
          spread[partition] = (spread[partition] ?? 0) + 1
        },
        onFailure: why => {
          if (failures.length < 5) failures.push(why)
        },
        onSlice: () => {
          const { recordsAcknowledged } = producer.stats()
          progress.stage(`${formatCount(recordsAcknowledged)} acknowledged`)
        },
      })
    } catch (thrown) {
      failure = thrown
    }
    const report = await producer.close({
      deadlineMs: io.interrupted.aborted ? INTERRUPTED_DEADLINE_MS : CLOSE_DEADLINE_MS,
    })
    progress.end()
    const tookMs = clock.monotonicMs() - startedMs
    tell(world, topic, {
      producer,
      spread,
      tookMs,
      keys: count === null ? null : users,
      failures,
      json: flags.json,
    })
    if (failure !== null) throw failure
    if (report.failed + report.inDoubt > 0)
      throw new LanekeeperError(
        report.inDoubt > 0 ? 'DELIVERY_IN_DOUBT' : 'DELIVERY_FAILED',
        `${formatCount(report.failed)} records were not written, ${formatCount(report.inDoubt)} are in doubt.`,
        { problems: failures },
      )
    if (io.interrupted.aborted) io.exitWith(130)
  })
}

interface Listener {
  onPartition(partition: number): void
  onFailure(why: string): void
  onSlice(): void
}

const sendAll = async (
  { clock, io }: World,
  producer: Producer,
  source: AsyncIterable<SourceRecord> | Iterable<SourceRecord>,
  topic: string,
  rate: number | null,
  listener: Listener,
): Promise<void> => {
  const startedMs = clock.monotonicMs()
  const slice = rate === null ? SLICE_RECORDS : Math.max(1, Math.min(SLICE_RECORDS, Math.floor(rate / 50)))
  let sent = 0
  for await (const { key, value } of source) {
    if (io.interrupted.aborted) return
    const room = producer.send({ topic, key, value }, outcome => {
      if (outcome.kind === 'acknowledged') listener.onPartition(outcome.partition)
      else listener.onFailure(outcome.why)
    })
    sent++
    if (!room) await producer.drained()
    if (sent % slice === 0) {
      listener.onSlice()
      const dueMs = rate === null ? 0 : startedMs + (sent / rate) * 1000 - clock.monotonicMs()
      await (dueMs > 1 ? sleep(clock, dueMs) : new Promise<void>(done => clock.soon(done)))
    }
  }
}

const tell = (
  { io }: World,
  topic: string,
  run: {
    readonly producer: Producer
    readonly spread: Float64Array
    readonly tookMs: number
    readonly keys: number | null
    readonly failures: readonly string[]
    readonly json: boolean
  },
): void => {
  const stats = run.producer.stats()
  const skew = skewOf(run.spread)
  const records = stats.recordsAcknowledged
  const perSecond = records / (run.tookMs / 1000)
  const expected = expectedMaxOverMeanByChance(records, run.spread.length, run.keys ?? undefined)
  const upper = maxOverMeanByChanceUpper(records, run.spread.length, run.keys ?? undefined)
  if (run.json) {
    printJson(io, {
      topic,
      acknowledged: records,
      failed: stats.recordsFailed,
      inDoubt: stats.recordsInDoubt,
      tookMs: Math.round(run.tookMs),
      recordsPerSecond: Math.round(perSecond),
      latency: stats.latency,
      recordsPerBatch: stats.batches === 0 ? null : records / stats.batches,
      retries: stats.retries,
      partitions: run.spread.length,
      maxOverMean: Number.isFinite(skew.maxOverMean) ? skew.maxOverMean : null,
      fullestPartition: skew.maxLane,
      expectedMaxOverMean: Number.isFinite(expected) ? expected : null,
      expectedMaxOverMeanUpper: Number.isFinite(upper) ? upper : null,
    })
    return
  }
  print(
    io,
    `${formatCount(records)} records acknowledged in ${formatDuration(run.tookMs)} (${formatRate(perSecond)}), ` +
      `p50 ${formatDuration(stats.latency.p50Ms)}, p99 ${formatDuration(stats.latency.p99Ms)}, ` +
      `${stats.batches === 0 ? '0' : (records / stats.batches).toFixed(1)} records a batch`,
  )
  if (records > 0)
    print(
      io,
      `spread over ${formatCount(run.spread.length)} partitions: fullest is ${topic}-${skew.maxLane} with ` +
        `${formatTimes(skew.maxOverMean)} the mean; chance alone gives ${formatTimes(expected)}` +
        `${run.keys === null ? ' for as many keys as records' : ` for ${formatCount(run.keys)} equally active keys`}` +
        ` (up to ${formatTimes(upper)} once in a thousand runs)`,
    )
  say(io, `Next: lanekeeper topics, or lanekeeper consume ${topic} --max 10`)
}
