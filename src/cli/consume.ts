import { Command } from 'commander'
import { createConsumer } from '../consumer/consumer.ts'
import type { TopicEvent } from '../consumer/events.ts'
import { readTopic } from '../consumer/reader.ts'
import { LanekeeperError, printable } from '../core/model/index.ts'
import type { Isolation } from '../ports/broker-link.ts'
import { sleep } from '../ports/clock.ts'
import { formatOption, type RecordFormat, recordFormats, type ShownRecord } from './consume/format.ts'
import { type Start, startOf } from './consume/start.ts'
import { countOption } from './count-option.ts'
import { knownTopic } from './known-topic.ts'
import { oneOf } from './one-of.ts'
import { say } from './output.ts'
import { addTargetOptions, type TargetFlags, withCluster } from './target-options.ts'
import { timeOption } from './time-option.ts'
import type { Connection, World } from './world.ts'

interface ConsumeFlags extends TargetFlags {
  readonly from?: string
  readonly fromTime?: string
  readonly offset?: string
  readonly until: string
  readonly partition?: string
  readonly key?: string
  readonly max?: string
  readonly format?: string
  readonly group?: string
  readonly commit: boolean
  readonly isolationLevel: string
}

/** `consume TOPIC`: look at records. Unless told to, it joins no group, commits nothing, disturbs nobody. */
export const consumeCommand = (world: World): Command =>
  addTargetOptions(new Command('consume'))
    .description(
      'Look at the records of a topic. Joins no group and commits nothing, unless --commit says so.',
    )
    .argument('<topic>')
    .option('--from <where>', 'earliest or latest (default: latest)')
    .option('--from-time <time>', 'from this time on: 2026-01-31T12:00:00Z, or 15m for fifteen minutes ago')
    .option('--offset <n>', 'from this offset on; needs --partition')
    .option('--until <where>', 'end (as it is now) or forever', 'forever')
    .option('--partition <n>', 'only this partition')
    .option('--key <text>', 'only records with this key')
    .option('--max <n>', 'stop after this many records')
    .option('--format <name>', `${Object.keys(recordFormats).join(', ')} (default: line)`)
    .option('--group <id>', 'from where this group stands, without joining it')
    .option('--commit', 'join the group, and commit what was shown', false)
    .option(
      '--isolation-level <level>',
      'read_committed, or read_uncommitted to see records of open and aborted transactions too',
      'read_committed',
    )
    .addHelpText(
      'before',
      `Examples:
  lanekeeper consume user-actions                                   new records as they come
  lanekeeper consume user-actions --from earliest --until end --json > all.jsonl
  lanekeeper consume user-actions --from earliest --key user-0000042 one user's life, in order
  lanekeeper consume user-actions --from-time 15m --format key-value | cut -f1 | sort | uniq -c
  lanekeeper consume user-actions --partition 3 --offset 1200 --max 1   one record
  lanekeeper consume user-actions --group timeline-builder --max 5      what the group reads next
`,
    )
    .action(async (topic: string, flags: ConsumeFlags) => consume(world, topic, flags))

interface Request {
  readonly topic: string
  readonly start: Start
  readonly until: 'end' | 'forever'
  readonly key: Uint8Array | null
  readonly max: number
  readonly format: RecordFormat
  readonly isolation: Isolation
}

const consume = async (world: World, topic: string, flags: ConsumeFlags): Promise<void> => {
  const request = requestOf(world, topic, flags)
  const { group } = request.start
  await withCluster(world, flags, null, async connection => {
    await knownTopic(connection.cluster, topic, flags)
    if (waitsForNew(request))
      say(
        world.io,
        `Waiting for new records of ${printable(topic)}; --from earliest shows those there are. Ctrl-C ends.`,
      )
    return flags.commit && group !== null
      ? consumeAsMember(world, connection, request, group)
      : look(world, connection, request)
  })
}

const requestOf = (world: World, topic: string, flags: ConsumeFlags): Request => {
  const until = oneOf('--until', flags.until, ['end', 'forever'])
  const partition = flags.partition === undefined ? null : numberOption('--partition', flags.partition)
  const offset = flags.offset === undefined ? null : numberOption('--offset', flags.offset)
  const timeMs =
    flags.fromTime === undefined ? null : timeOption('--from-time', flags.fromTime, world.clock.wallMs())
  const group = flags.group ?? null
  const starts = [
    flags.offset === undefined ? [] : ['--offset'],
    flags.fromTime === undefined ? [] : ['--from-time'],
    flags.from === undefined ? [] : ['--from'],
  ].flat()
  if (starts.length > 1)
    throw usage(`${starts.join(' and ')} each say where to begin.`, 'Leave all but one out.')
  if (offset !== null && partition === null)
    throw usage('--offset needs --partition: offsets count within a partition.', 'Add --partition.')
  if (group !== null && (offset !== null || timeMs !== null))
    throw usage('--group says where to begin: where the group stands.', 'Leave --offset and --from-time out.')
  if (flags.commit && group === null)
    throw usage('--commit needs --group.', 'Name the group, or leave --commit out.')
  if (flags.commit && (partition !== null || flags.key !== undefined))
    throw usage(
      '--commit with a filter would commit records that nobody saw.',
      'Leave --partition and --key out, or --commit.',
    )
  // the group's own position is what it is asked for; where it has none, a look should show something
  const otherwise = group === null ? 'latest' : 'earliest'
  return {
    topic,
    start: {
      where: oneOf('--from', flags.from ?? otherwise, ['earliest', 'latest']),
      partition,
      offset,
      timeMs,
      group,
    },
    until,
    key: flags.key === undefined ? null : new TextEncoder().encode(flags.key),
    max: flags.max === undefined ? Number.POSITIVE_INFINITY : countOption('--max', flags.max),
    format: formatOption(flags.format ?? (flags.json ? 'json' : 'line')),
    isolation: oneOf('--isolation-level', flags.isolationLevel, ['read_committed', 'read_uncommitted']),
  }
}

/** Nothing may come for hours, and nobody would know why. */
const waitsForNew = ({ until, start }: Request): boolean =>
  until === 'forever' &&
  start.where === 'latest' &&
  start.offset === null &&
  start.timeMs === null &&
  start.group === null

const look = async (world: World, { cluster, openLink }: Connection, request: Request): Promise<void> => {
  const { io } = world
  const { topic, until, key, max } = request
  const enough = new AbortController()
  let shown = 0
  const onRecord = (record: ShownRecord): void | Promise<void> => {
    if (enough.signal.aborted || (key !== null && !sameBytes(record.key, key))) return
    const wait = write(world, request.format(record))
    if (++shown >= max) enough.abort()
    return wait
  }
  const link = openLink('lanekeeper-consume')
  const report = await readTopic({
    link,
    clock: world.clock,
    codecs: world.codecs,
    topics: [topic],
    from: await startOf(cluster, link, topic, request.start),
    until,
    added: request.start.partition === null,
    isolation: request.isolation,
    onRecord,
    onTopic: event => sayOfTopic(world, event),
    signal: AbortSignal.any([io.interrupted, enough.signal]),
  })
  if (shown === 0 && report.complete) say(io, `${topic}: no record matches.`)
}

/** How long showing the last record and committing it may take. */
const CLOSE_DEADLINE_MS = 10_000
const END_CHECK_MS = 200

/** As a member of the group: what was shown is committed, and nothing else. */
const consumeAsMember = async (
  world: World,
  { openLink }: Connection,
  { topic, start, until, max, format, isolation }: Request,
  group: string,
): Promise<void> => {
  const { io, clock } = world
  let shown = 0
  let gone = false
  const consumer = createConsumer({
    link: openLink('lanekeeper-consume'),
    clock,
    codecs: world.codecs,
    options: {
      group,
      topics: [topic],
      isolationLevel: isolation,
      ordering: 'partition',
      // one at a time, so that nothing beyond `max` has begun when the closing begins
      concurrency: 1,
      autoOffsetReset: start.where,
      handler: record => {
        const wait = write(world, format(record))
        if (++shown >= max) close()
        return wait
      },
      onEvent: event => {
        if (event.type === 'partition-stopped') say(io, event.error.message)
        if (event.type === 'topic-missing' && until === 'end') {
          gone = true
          close()
        } else if (event.type === 'topic-missing' || event.type === 'topic-found') sayOfTopic(world, event)
      },
    },
  })
  const close = (): void => void consumer.close({ deadlineMs: CLOSE_DEADLINE_MS })
  io.interrupted.addEventListener('abort', close, { once: true })
  const atEnd = (): boolean => {
    const { partitions, lagRecords } = consumer.stats()
    return partitions.length > 0 && lagRecords === 0
  }
  let ended = false
  const closeAtEnd = async (): Promise<void> => {
    while (!ended && !atEnd()) await sleep(clock, END_CHECK_MS)
    close()
  }
  if (until === 'end') void closeAtEnd()
  try {
    await consumer.run()
  } finally {
    ended = true
    io.interrupted.removeEventListener('abort', close)
  }
  const { uncommittedOffsets } = await consumer.close({ deadlineMs: CLOSE_DEADLINE_MS })
  if (gone) throw new LanekeeperError('TOPIC_UNKNOWN', `Topic ${topic} does not exist any more.`)
  say(
    io,
    uncommittedOffsets === 0
      ? `${shown} shown and committed for group ${group}.`
      : `${shown} shown; ${uncommittedOffsets} of them could not be committed for group ${group} and will come again.`,
  )
}

const sayOfTopic = ({ io }: World, event: TopicEvent): void => {
  const topic = printable(event.topic)
  if (event.type === 'topic-missing')
    say(io, `Topic ${topic} does not exist any more. Waiting for it to be created again; Ctrl-C ends.`)
  else if (event.recreated) say(io, `Topic ${topic} was created again: offsets begin anew.`)
  else say(io, `Topic ${topic} is there again.`)
}

/** A slow reader of our output must slow the reading down, not fill the memory. */
const write = ({ io }: World, bytes: string | Uint8Array): void | Promise<void> => {
  io.stdout.write(bytes)
  if (io.stdout.writableNeedDrain) return new Promise(resolve => io.stdout.once('drain', resolve))
}

const sameBytes = (a: Uint8Array | null, b: Uint8Array): boolean =>
  a !== null && a.length === b.length && a.every((byte, index) => byte === b[index])

const usage = (message: string, fix: string): LanekeeperError =>
  new LanekeeperError('USAGE', message, { fix })

/** A whole number from 0. */
const numberOption = (option: string, text: string): number =>
  text === '0' ? 0 : countOption(option, text, Number.MAX_SAFE_INTEGER)
