import { Command } from 'commander'
import type { PartitionKeysView } from '../api/contract.ts'
import { sentenceText } from '../core/health/index.ts'
import { formatCount, formatRate, formatShare, formatTimes, LanekeeperError } from '../core/model/index.ts'
import type { HotKeys } from '../runtime/hot-keys/hot-keys.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { asCalled } from './called-as.ts'
import { countOption } from './count-option.ts'
import { knownTopic } from './known-topic.ts'
import { addKeyOptions, hotKeysFor, type KeyFlags } from './key-options.ts'
import { afterLooking, lookSeconds } from './looking.ts'
import { print, printJson, printTable, say } from './output.ts'
import { addTargetOptions, type TargetFlags, targetSuffix, withCluster } from './target-options.ts'
import type { World } from './world.ts'

interface HotFlags extends TargetFlags, KeyFlags {
  readonly partition?: string
  readonly for: number
  readonly top: string
}

const DEFAULT_SECONDS = 20
/** Without --partition: so many of the busiest. */
const SHOWN = 3

/** `hot TOPIC`: which partitions are busiest, and which keys make them so. */
export const hotCommand = (world: World): Command =>
  addKeyOptions(addTargetOptions(new Command('hot')))
    .description('Show which keys load the busiest partitions of a topic, with the error of each figure.')
    .argument('<topic>')
    .option('--partition <n>', 'this partition instead of the busiest')
    .option('--for <seconds>', 'how long to look', lookSeconds, DEFAULT_SECONDS)
    .option('--top <n>', 'keys to show of each partition', '5')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper hot user-actions
  lanekeeper hot user-actions --partition 417 --for 60
  lanekeeper hot user-actions --json | jq '.partitions[0].keys[0]'

Reads a bounded part of what is written while it looks. Joins no group, commits nothing.
`,
    )
    .action(async (topic: string, flags: HotFlags) => hot(world, topic, flags))

const hot = async (world: World, topic: string, flags: HotFlags): Promise<void> => {
  const top = countOption('--top', flags.top, 20)
  const asked = flags.partition === undefined ? null : partitionOption(flags.partition)
  await withCluster(world, flags, null, async connection => {
    const { info } = await knownTopic(connection.cluster, topic, flags)
    const count = info.partitions.length
    if (asked !== null && asked >= count)
      throw new LanekeeperError(
        'PARTITION_UNKNOWN',
        `Topic ${topic} has no partition ${asked}; the last is ${count - 1}.`,
      )
    const hotKeys = hotKeysFor(world, connection, flags)
    if (asked !== null) hotKeys.want(topic, asked)
    await afterLooking(
      world,
      connection.cluster,
      flags.for,
      live => show(world, live, topic, asked, top, flags),
      {
        hotKeys,
        onLook: live => {
          for (const partition of busiest(live, topic)) hotKeys.want(topic, partition)
        },
      },
    )
    warnIfUnread(world, hotKeys, topic)
  })
}

const partitionOption = (text: string): number => {
  if (/^(0|[1-9]\d{0,6})$/.test(text)) return Number(text)
  throw new LanekeeperError('USAGE', `--partition ${text}: not a partition.`, {
    fix: 'Partitions are whole numbers from 0.',
  })
}

const busiest = (live: LiveState, topic: string): readonly number[] => {
  const rates = live.judgement()?.topics.get(topic)?.recordsPerSecond ?? new Float64Array()
  return [...rates.keys()]
    .filter(p => (rates[p] ?? 0) > 0)
    .toSorted((a, b) => (rates[b] ?? 0) - (rates[a] ?? 0))
    .slice(0, SHOWN)
}

const show = (
  world: World,
  live: LiveState,
  topic: string,
  asked: number | null,
  top: number,
  flags: HotFlags,
): void => {
  const partitions = (asked === null ? busiest(live, topic) : [asked]).flatMap(
    partition => live.keys(topic, partition) ?? [],
  )
  const findings = live.tick().findings.filter(finding => finding.topic === topic && finding.groupId === null)
  if (flags.json) {
    printJson(world.io, {
      topic,
      partitions: partitions.map(each => ({ ...each, keys: each.keys.slice(0, top) })),
      findings,
    })
    return
  }
  for (const finding of findings) {
    print(world.io, sentenceText(finding.sentence))
    print(world.io, `  ${asCalled(world.io, finding.cure)}`)
    print(world.io, '')
  }
  if (partitions.length === 0) print(world.io, `Nothing was written to ${topic} while looking.`)
  for (const keys of partitions) showPartition(world, live, keys, top)
  if (!flags.showKeys && partitions.some(({ keys }) => keys.length > 0))
    say(
      world.io,
      `Keys are shortened; --show-keys shows them in full. Again: lanekeeper hot ${topic}${targetSuffix(flags)}`,
    )
}

const showPartition = ({ io }: World, live: LiveState, view: PartitionKeysView, top: number): void => {
  const topic = live.judgement()?.topics.get(view.topic)
  const rate = topic?.recordsPerSecond[view.partition] ?? Number.NaN
  const mean =
    (topic?.recordsPerSecond.reduce((sum, value) => sum + value, 0) ?? Number.NaN) /
    (topic?.info.partitions.length ?? 1)
  print(
    io,
    `${view.topic}-${view.partition}: ${formatRate(rate)}, ${formatTimes(rate / mean)} its share. ${view.note}`,
  )
  if (view.keys.length > 0)
    printTable(
      io,
      [
        { title: '  key' },
        { title: 'of its bytes', align: 'right' },
        { title: 'of its records', align: 'right' },
        { title: 'records', align: 'right' },
        { title: 'of a mean key', align: 'right' },
        { title: 'hash', align: 'right' },
      ],
      view.keys
        .slice(0, top)
        .map(each => [
          `  ${each.key}`,
          shareText(each.bytes),
          shareText(each.records),
          formatRate(each.recordsPerSecond ?? Number.NaN),
          formatTimes(each.timesMeanKey ?? Number.NaN),
          each.hash,
        ]),
    )
  const rest = (view.distinctKeys ?? 0) - Math.min(top, view.keys.length)
  if (rest > 0) print(io, `  ${formatCount(rest)} other ${rest === 1 ? 'key' : 'keys'}`)
  if ((view.keyless.share ?? 0) > 0) print(io, `  ${shareText(view.keyless)} of the records have no key`)
  print(io, '')
}

const shareText = ({ share, low, high }: PartitionKeysView['keyless']): string => {
  if (share === null || low === null || high === null) return 'unknown'
  const half = Math.max(share - low, high - share)
  return half < 0.0005 ? formatShare(share) : `${formatShare(share)} ± ${formatShare(half)}`
}

const warnIfUnread = ({ io }: World, hotKeys: HotKeys, topic: string): void => {
  if (hotKeys.stats().refused.includes(topic))
    say(io, `The records of ${topic} may not be read by this client.`)
}
