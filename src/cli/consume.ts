import { Command } from 'commander'
import { readTopic, type ReadRecord } from '../consumer/reader.ts'
import { LanekeeperError, printable } from '../core/model/index.ts'
import { countOption } from './count-option.ts'
import { print, printJson, say } from './output.ts'
import { addTargetOptions, type TargetFlags, withCluster } from './target-options.ts'
import type { World } from './world.ts'

interface ConsumeFlags extends TargetFlags {
  readonly from: string
  readonly until: string
  readonly partition?: string
  readonly key?: string
  readonly max?: string
}

/** `consume TOPIC`: look at records. Joins no group, commits nothing, disturbs nobody. */
export const consumeCommand = (world: World): Command =>
  addTargetOptions(new Command('consume'))
    .description('Look at the records of a topic. Joins no group and never commits.')
    .argument('<topic>')
    .option('--from <where>', 'earliest or latest', 'latest')
    .option('--until <where>', 'end (as it is now) or forever', 'forever')
    .option('--partition <n>', 'only this partition')
    .option('--key <text>', 'only records with this key')
    .option('--max <n>', 'stop after this many records')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper consume user-actions                                   new records as they come
  lanekeeper consume user-actions --from earliest --until end --json > all.jsonl
  lanekeeper consume user-actions --from earliest --key user-0000042 one user's life, in order
`,
    )
    .action(async (topic: string, flags: ConsumeFlags) => consume(world, topic, flags))

const consume = async (world: World, topic: string, flags: ConsumeFlags): Promise<void> => {
  const { io } = world
  const from = oneOf('--from', flags.from, ['earliest', 'latest'])
  const until = oneOf('--until', flags.until, ['end', 'forever'])
  const partition = flags.partition === undefined ? null : partitionOption(flags.partition)
  const max = flags.max === undefined ? Number.POSITIVE_INFINITY : countOption('--max', flags.max)
  const key = flags.key === undefined ? null : new TextEncoder().encode(flags.key)

  const enough = new AbortController()
  const decoder = new TextDecoder()
  let shown = 0
  const onRecord = (record: ReadRecord): void | Promise<void> => {
    if (enough.signal.aborted || (partition !== null && record.partition !== partition)) return
    if (key !== null && !sameBytes(record.key, key)) return
    show(world, record, decoder, flags.json)
    if (++shown >= max) enough.abort()
    // a slow reader of our output must slow the reading down, not fill the memory
    if (io.stdout.writableNeedDrain) return new Promise(resolve => io.stdout.once('drain', resolve))
  }

  await withCluster(world, flags, null, async connection => {
    const report = await readTopic({
      link: connection.openLink('lanekeeper-consume'),
      clock: world.clock,
      codecs: world.codecs,
      topics: [topic],
      from,
      until,
      onRecord,
      signal: AbortSignal.any([io.interrupted, enough.signal]),
    })
    if (shown === 0 && report.complete) say(io, `${topic}: no record matches.`)
  })
}

const show = (
  { io }: World,
  record: ReadRecord,
  decoder: InstanceType<typeof TextDecoder>,
  json: boolean,
): void => {
  const { topic, partition, offset, timestampMs } = record
  const key = record.key === null ? null : decoder.decode(record.key)
  const value = record.value === null ? null : decoder.decode(record.value)
  if (json) {
    const headers = record.headers.map(header => ({
      key: header.key,
      value: header.value === null ? null : decoder.decode(header.value),
    }))
    const timestamp = new Date(timestampMs).toISOString()
    printJson(io, { topic, partition, offset: String(offset), timestamp, key, value, headers })
    return
  }
  print(
    io,
    `${partition}:${offset}  ${key === null ? '(no key)' : printable(key)}  ${value === null ? '(null)' : printable(value)}`,
  )
}

const sameBytes = (a: Uint8Array | null, b: Uint8Array): boolean =>
  a !== null && a.length === b.length && a.every((byte, index) => byte === b[index])

const oneOf = <Name extends string>(option: string, text: string, names: readonly Name[]): Name => {
  const found = names.find(name => name === text)
  if (found === undefined)
    throw new LanekeeperError('USAGE', `${option} ${text}: not one of ${names.join(', ')}.`, {
      fix: `Write ${option} ${names.join(` or ${option} `)}.`,
    })
  return found
}

const partitionOption = (text: string): number =>
  text === '0' ? 0 : countOption('--partition', text, 1_000_000)
