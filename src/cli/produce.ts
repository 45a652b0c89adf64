import { resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { Command } from 'commander'
import { formatCount, LanekeeperError } from '../core/model/index.ts'
import { kafkaOptionNames, readKafkaOptions, unknownOption } from '../producer/kafka-options.ts'
import { conventionPartitioner, misfitOn, strategyPartitioner } from '../producer/partitioner.ts'
import { type CloseReport, createProducer } from '../producer/producer.ts'
import type { ShapeName } from '../workload/shapes.ts'
import { countOption } from './count-option.ts'
import { knownTopic } from './known-topic.ts'
import { endAfterResult, say } from './output.ts'
import { OutcomesFile, OutcomeTally } from './produce-outcomes.ts'
import { reportRun } from './produce-report.ts'
import { sendAll } from './produce-send.ts'
import { produceInTransactions } from './produce-transactions.ts'
import { fileLines, generatedRecords, keyPlace, linesAsRecords, type RecordSource } from './produce-source.ts'
import { conventionOption } from './routing-options.ts'
import { collectShape, shapeHelp } from './shape-option.ts'
import { type ChosenStrategy, parseStrategy, type StrategyFlags, strategyHelp } from './strategy-option.ts'
import { addTargetOptions, type TargetFlags, targetSuffix, withCluster } from './target-options.ts'
import type { World } from './world.ts'

interface ProduceFlags extends TargetFlags, StrategyFlags {
  readonly file: string
  readonly key?: string
  readonly keySeparator?: string
  readonly generate?: string
  readonly users: string
  readonly seed: string
  readonly shape: readonly ShapeName[]
  readonly rate?: string
  readonly strategy?: string
  readonly convention: string
  readonly partition?: string
  readonly producerProperty: readonly string[]
  readonly outcomes?: string
  readonly transactionalId?: string
  readonly transactionRecords?: string
}

/** `produce TOPIC`: lines or generated records into a topic, in order per key. */
export const produceCommand = (world: World): Command =>
  addTargetOptions(new Command('produce'))
    .description(
      'Write records into a topic: one line each, or generated. Idempotent, acks=all, in order per key.',
    )
    .argument('<topic>')
    .option('--file <file>', 'lines to send, byte for byte; - is standard input', '-')
    .option('--key <pointer>', 'JSON pointer of the key in each line, such as /user_id')
    .option(
      '--key-separator <text>',
      'or: the key is the text before this, and the rest of the line the value',
    )
    .option('--generate <n>', 'send this many generated records instead')
    .option('--users <n>', 'equally active keys of the generated records', '300000')
    .option('--shape <name>', `generated records as on an uneven day: ${shapeHelp}`, collectShape, [])
    .option('--seed <n>', 'the same seed gives the same records', '1')
    .option('--rate <n>', 'records a second; as fast as the brokers take them when absent')
    .option('--convention <name>', 'place keys as the clients of this convention do', 'java')
    .option('--strategy <name>', 'place records by this strategy instead of the plain hash of the key')
    .option('--hot <key>', 'a key that the strategy treats on its own; may be given several times', collect)
    .option('--reserve <lanes>', 'lanes for labels, for --strategy reserved')
    .option('--otherwise <where>', 'other records of --strategy reserved: rest or all', 'rest')
    .option('--label-separator <text>', 'ends the tenant, region or priority in a key', ':')
    .option('--partition <n>', 'all records into this partition')
    .option(
      '--producer-property <key=value>',
      "a producer setting by Kafka's name, such as linger.ms=5",
      collect,
      [],
    )
    .option('--outcomes <file>', 'one JSON line a record: key, sequence, outcome, partition, offset')
    .option(
      '--transactional-id <id>',
      'in transactions: readers of committed records see each whole or not at all',
    )
    .option('--transaction-records <n>', 'records of a transaction (default: 1000)')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper produce user-actions --generate 3000000        a bulk run that ends with its spread
  lanekeeper produce orders --file orders.jsonl --key /customer_id --outcomes written.jsonl
  lanekeeper produce shop --generate 100000 --shape guest-key --rate 2000
  tail -f app.log | lanekeeper produce logs --rate 500
`,
    )
    .addHelpText('after', `\n${strategyHelp}`)
    .action(async (topic: string, flags: ProduceFlags) => produce(world, topic, flags))

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

const CLOSE_DEADLINE_MS = 30_000
const INTERRUPTED_DEADLINE_MS = 5_000
/** For asking the log about what the deadline cut off, before the user is told that it is in doubt. */
const SETTLE_DEADLINE_MS = 3_000

const produce = async (world: World, topic: string, flags: ProduceFlags): Promise<void> => {
  const { io, clock } = world
  const { options, problems } = readKafkaOptions(parseProperties(flags.producerProperty))
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', 'The producer cannot work with these settings.', { problems })
  const convention = conventionOption(flags.convention)
  const chosen = flags.strategy === undefined ? null : parseStrategy(flags.strategy, convention, flags)
  const rate = flags.rate === undefined ? null : countOption('--rate', flags.rate)
  const partition = flags.partition === undefined ? null : partitionOption(flags.partition)
  const recordsMax = transactionRecords(flags)
  const startedMs = clock.monotonicMs()
  const source = sourceOf(world, flags, rate === null ? null : () => clock.monotonicMs() - startedMs)
  const random = world.seededRandom(clock.wallMs())
  const partitioner =
    chosen === null || chosen.isHash
      ? conventionPartitioner(convention, random)
      : strategyPartitioner(chosen.strategy, convention, chosen.describe)
  const { transactionalId } = flags
  if (transactionalId !== undefined) {
    const { json } = flags
    const target = targetSuffix(flags)
    const request = {
      topic,
      transactionalId,
      recordsMax,
      partition,
      rate,
      options,
      partitioner,
      json,
      target,
    }
    await withCluster(world, flags, null, async connection => {
      await knownTopic(connection.cluster, topic, flags)
      await produceInTransactions(world, connection, source, request)
    })
    return
  }

  await withCluster(world, flags, null, async connection => {
    const producer = createProducer({
      link: connection.openLink('lanekeeper-produce'),
      clock,
      codecs: world.codecs,
      random,
      options,
      partitioner,
    })
    try {
      // an unreachable cluster is told within seconds here, where a record would wait for its whole delivery timeout
      await knownTopic(connection.cluster, topic, flags)
      const partitions = await producer.partitionsFor(topic)
      checkPlaces(topic, partitions, partition, chosen)
      const outcomes =
        flags.outcomes === undefined
          ? null
          : new OutcomesFile(resolve(io.cwd, flags.outcomes), flags.outcomes)
      const tally = new OutcomeTally(partitions, outcomes)
      const beganMs = clock.monotonicMs()
      const failure = await sendAll(world, producer, source, { topic, partition, rate }, tally)
      const report = await producer.close({
        deadlineMs: io.interrupted.aborted ? INTERRUPTED_DEADLINE_MS : CLOSE_DEADLINE_MS,
      })
      // what the deadline left in doubt is looked for in the log
      tally.finish(await producer.settle({ deadlineMs: SETTLE_DEADLINE_MS }))
      const stats = producer.stats()
      const unwritten = stats.recordsFailed + stats.recordsInDoubt
      const problem = failure ?? tally.failure ?? (unwritten > 0 ? notAllWritten(stats, report, tally) : null)
      reportRun(
        world,
        {
          topic,
          stats,
          spread: tally.spread,
          tookMs: clock.monotonicMs() - beganMs,
          lingerMs: options.lingerMs,
          keys: source.keys,
          target: targetSuffix(flags),
          hashed: source.keysAreEven && partition === null && (chosen === null || chosen.isHash),
          failure: problem,
        },
        flags.json,
      )
      endAfterResult(io, problem, flags.json)
    } finally {
      // where something was refused before the first record; otherwise it is closed already, and this changes nothing
      await producer.close({ deadlineMs: 0 })
    }
  })
}

/** `linger.ms=5` each; throws USAGE with everything that is no setting. */
const parseProperties = (texts: readonly string[]): Readonly<Record<string, string>> => {
  const problems: string[] = []
  const entries = texts.map(text => {
    const [, name = text, value = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
    if (!text.includes('=')) problems.push(`--producer-property ${text}: not KEY=VALUE`)
    else if (!kafkaOptionNames.includes(name)) problems.push(unknownOption(name, kafkaOptionNames))
    return [name, value] as const
  })
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', 'The producer does not know these settings.', {
      problems,
      fix: `It knows ${kafkaOptionNames.join(', ')}.`,
    })
  return Object.fromEntries(entries)
}

const TRANSACTION_RECORDS = 1_000

const transactionRecords = ({
  transactionalId,
  transactionRecords: text,
  outcomes,
}: ProduceFlags): number => {
  if (transactionalId === '')
    throw new LanekeeperError('USAGE', '--transactional-id is empty.', {
      fix: 'Name one that stays the same over restarts and that no other process uses.',
    })
  if (text !== undefined && transactionalId === undefined)
    throw new LanekeeperError('USAGE', '--transaction-records needs --transactional-id.', {
      fix: 'Add --transactional-id, or leave --transaction-records out.',
    })
  if (outcomes !== undefined && transactionalId !== undefined)
    throw new LanekeeperError(
      'USAGE',
      '--outcomes tells of records, and in a transaction they have one outcome together.',
      {
        fix: 'Leave --outcomes or --transactional-id out.',
      },
    )
  return text === undefined ? TRANSACTION_RECORDS : countOption('--transaction-records', text)
}

const partitionOption = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new LanekeeperError('USAGE', `--partition ${text}: not a partition number.`, {
    fix: 'Write digits only; the first partition is 0.',
  })
}

const sourceOf = (world: World, flags: ProduceFlags, elapsedMs: (() => number) | null): RecordSource => {
  const { io, clock } = world
  const seed = countOption('--seed', flags.seed)
  const users = countOption('--users', flags.users)
  const place = keyPlace(flags.key, flags.keySeparator)
  if (flags.generate !== undefined && place.kind !== 'none')
    throw new LanekeeperError(
      'USAGE',
      '--key and --key-separator are for lines; generated records have keys.',
      {
        fix: 'Leave --generate out, or the place of the key.',
      },
    )
  if (flags.generate !== undefined)
    return generatedRecords({
      count: countOption('--generate', flags.generate),
      users,
      run: clock.wallMs(),
      random: world.seededRandom(seed),
      shapes: flags.shape,
      elapsedMs,
    })
  if (flags.shape.length > 0)
    throw new LanekeeperError('USAGE', '--shape is for generated records.', {
      fix: 'Add --generate N, or leave --shape out.',
    })
  if (flags.file === '-' && io.stdin.isTTY) say(io, 'One record a line; Ctrl-D ends.')
  const records =
    flags.file === '-'
      ? linesAsRecords(addAbortSignal(io.interrupted, io.stdin), 'standard input', place)
      : fileLines(resolve(io.cwd, flags.file), flags.file, place)
  return { records, rateAt: () => 1, keys: null, keysAreEven: true }
}

const checkPlaces = (
  topic: string,
  partitions: number,
  partition: number | null,
  chosen: ChosenStrategy | null,
): void => {
  if (partition !== null && partition >= partitions)
    throw new LanekeeperError('PARTITION_UNKNOWN', `${topic} has no partition ${partition}.`, {
      fix: `It has ${partitions}: 0 to ${partitions - 1}.`,
    })
  if (chosen === null) return
  const { strategy } = chosen
  const misfit = misfitOn(strategy, partitions)
  if (misfit !== null)
    throw new LanekeeperError('USAGE', `${topic}: ${misfit}.`, {
      fix: 'Choose another strategy, or a topic with more partitions.',
    })
}

const notAllWritten = (
  { recordsFailed, recordsInDoubt }: { readonly recordsFailed: number; readonly recordsInDoubt: number },
  { unfinished }: CloseReport,
  tally: OutcomeTally,
): LanekeeperError =>
  new LanekeeperError(
    recordsInDoubt > 0 ? 'DELIVERY_IN_DOUBT' : 'DELIVERY_FAILED',
    `${formatCount(recordsFailed)} ${recordsFailed === 1 ? 'record was' : 'records were'} not written, ` +
      `${formatCount(recordsInDoubt)} ${recordsInDoubt === 1 ? 'is' : 'are'} in doubt.`,
    {
      problems: [
        ...[...tally.reasons].map(([why, count]) => `${formatCount(count)} × ${why}`),
        ...unfinished.map(
          ({ topic, partition, records, outcome }) =>
            `${topic}${partition === null ? '' : `-${partition}`}: ${formatCount(records)} records ` +
            `${outcome === 'failed' ? 'not written' : 'in doubt'} at the deadline`,
        ),
      ],
      fix:
        recordsInDoubt > 0
          ? 'Sending those in doubt again may repeat them. --outcomes FILE names each record.'
          : 'Mend what is named, then send those again. --outcomes FILE names each record.',
    },
  )
