import { Command } from 'commander'
import {
  LanekeeperError,
  type PartitionCount,
  printable,
  REPLACEMENT_CHARACTER,
} from '../core/model/index.ts'
import {
  type ConventionName,
  conventions,
  handMadeLane,
  type KeyFormatName,
  keyAt,
  keyCount,
  keyFormats,
  parseKey,
  routeKey,
  samePlacement,
  type Unrouted,
} from '../core/routing/index.ts'
import { readKeyFile } from './keys/read-key-file.ts'
import { rowFormatOption } from './keys/rows.ts'
import { print, printJson, printTable, say } from './output.ts'
import { conventionHelp, conventionsOption, keyFormatOption, partitionsOption } from './routing-options.ts'
import {
  type ChosenStrategy,
  checkFit,
  parseStrategy,
  type StrategyFlags,
  strategyHelp,
} from './strategy-option.ts'
import type { World } from './world.ts'

interface RouteFlags extends StrategyFlags {
  readonly keysFile?: string
  readonly fileFormat?: string
  readonly keyFormat: string
  readonly partitions: string
  readonly convention: string
  readonly strategy?: string
  readonly nullKey: boolean
  readonly json: boolean
}

/** `route KEY…`: where will this key go, and where would that other client have put it? */
export const routeCommand = (world: World): Command =>
  new Command('route')
    .description('Where a key goes: by client convention, by strategy, by partition count.')
    .argument('[key...]')
    .option('--keys-file <file>', 'keys, one a line (or CSV, JSON lines); - is standard input')
    .option('--file-format <name>', 'lines, csv or jsonl; by the name of the file when absent')
    .option('--key-format <name>', `how keys are written: ${Object.keys(keyFormats).join(', ')}`, 'utf8')
    .option('--partitions <n,…>', 'partition counts', '12')
    .option('--convention <name,…>', 'conventions, or all', 'java')
    .option('--strategy <name,…>', 'strategies beside the conventions')
    .option('--null-key', 'also a record without a key', false)
    .option('--hot <key>', 'a hot key, for salted and isolate (repeat)', collect)
    .option('--reserve <lanes>', 'reserved lanes, such as priority=0,EMEA=1-3')
    .option('--otherwise <where>', 'records without reserved lanes: rest or all', 'rest')
    .option('--label-separator <text>', 'ends the tenant, region or priority in a key', ':')
    .option('--json', 'one JSON object a key', false)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper route alice bob --partitions 12,24
  lanekeeper route alice --convention all --partitions 1000     where each client would put it
  lanekeeper route 42 --key-format int64                        the bytes of a LongSerializer
  lanekeeper route EMEA:anna --strategy region,hash --partitions 12
  lanekeeper route --keys-file keys.txt --convention all --json > placed.jsonl
`,
    )
    .addHelpText(
      'after',
      () => `\n${strategyHelp}\n\nConventions (--convention NAME[,NAME…]|all):\n${conventionHelp()}`,
    )
    .action(async (keys: string[], flags: RouteFlags) => route(world, keys, flags))

/** For options that are given several times. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

interface Asked {
  readonly counts: readonly PartitionCount[]
  readonly names: readonly ConventionName[]
  /** `label`: the strategy as it was asked for. */
  readonly strategies: readonly (ChosenStrategy & { readonly label: string })[]
  readonly format: KeyFormatName
}

const route = async (world: World, keys: readonly string[], flags: RouteFlags): Promise<void> => {
  const { io } = world
  const names = conventionsOption(flags.convention)
  const counts = partitionsOption('--partitions', flags.partitions)
  const strategies = (flags.strategy?.split(',') ?? []).map(label => ({
    ...parseStrategy(label, names[0] ?? 'java', flags),
    label,
  }))
  for (const strategy of strategies) for (const count of counts) checkFit(strategy, count)
  const asked: Asked = { counts, names, strategies, format: keyFormatOption(flags.keyFormat) }
  if (keys.length === 0 && flags.keysFile === undefined && !flags.nullKey)
    throw new LanekeeperError('USAGE', 'No key is given.', {
      fix: 'Write lanekeeper route KEY…, or name a file with --keys-file.',
    })
  const answer = (key: Uint8Array | null): void =>
    flags.json ? printJson(io, jsonOf(key, asked)) : show(world, key, asked)

  keys.forEach((text, index) => {
    answer(parseKey(asked.format, text, `key ${index + 1}`, REPLACEMENT_CHARACTER))
  })
  if (flags.nullKey) answer(null)
  if (flags.keysFile !== undefined) {
    const source = readKeyFile(io, {
      file: flags.keysFile,
      rowFormat: rowFormatOption(flags.fileFormat, flags.keysFile),
      keyColumn: 'key',
      weightColumn: undefined,
      keyFormat: asked.format,
    })
    for await (const { keys: packed, absent } of source)
      for (let index = 0; index < keyCount(packed); index++) {
        if (io.interrupted.aborted) throw io.interrupted.reason
        answer(absent?.[index] === 1 ? null : keyAt(packed, index))
        // a slow reader of our output must slow the reading down, not fill the memory
        if (io.stdout.writableNeedDrain) await new Promise(resolve => io.stdout.once('drain', resolve))
      }
  }
  if (!flags.json && asked.names.length === 1)
    say(io, 'Next: --convention all shows where other clients put the same key.')
}

const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex')
const textOf = (key: Uint8Array | null): string =>
  key === null ? '(no key)' : Buffer.from(key).toString('utf8')

const jsonOf = (key: Uint8Array | null, { counts, names, strategies, format }: Asked): object => ({
  key: key === null ? null : textOf(key),
  bytes: key === null ? null : hex(key),
  format,
  serializer: keyFormats[format].serializer,
  conventions: Object.fromEntries(
    names.map(name => [
      name,
      {
        hash: key === null ? null : conventions[name].hashOf(key),
        partitions: Object.fromEntries(counts.map(count => [count, routeKey(name, key, count)])),
      },
    ]),
  ),
  strategies: Object.fromEntries(
    strategies.map(({ strategy, describe, label }) => [
      label,
      {
        order: strategy.order,
        lanes: Object.fromEntries(counts.map(count => [count, strategy.lanesOf(describe(key), count)])),
      },
    ]),
  ),
})

const show = ({ io }: World, key: Uint8Array | null, { counts, names, strategies, format }: Asked): void => {
  const bytes =
    key === null ? '' : `  ${key.length} bytes ${hex(key.subarray(0, 16))}${key.length > 16 ? '…' : ''}`
  print(io, `${printable(textOf(key))}${bytes}  (${format}: ${keyFormats[format].serializer})`)
  const lane = (answer: number | Unrouted): string => String(answer)
  // conventions that agree share a row, so that the eye sees where a key really splits
  const leaders =
    key === null || key.length === 0
      ? names
      : names.filter(name => names.find(other => samePlacement(other, name)) === name)
  printTable(
    io,
    [
      { title: '  convention' },
      { title: 'hash', align: 'right' },
      ...counts.map(count => ({ title: `of ${count}`, align: 'right' as const })),
      { title: 'also' },
    ],
    leaders.map(name => [
      `  ${name}`,
      key === null ? '-' : String(conventions[name].hashOf(key)),
      ...counts.map(count => lane(routeKey(name, key, count))),
      leaders.length === names.length
        ? ''
        : names.filter(each => each !== name && samePlacement(each, name)).join(' '),
    ]),
  )
  if (strategies.length > 0)
    printTable(
      io,
      [
        { title: '  strategy' },
        ...counts.map(count => ({ title: `lanes of ${count}`, align: 'right' as const })),
        { title: 'order' },
      ],
      strategies.map(({ strategy, describe, label }) => [
        `  ${label}`,
        ...counts.map(count => lanesText(strategy.lanesOf(describe(key), count), label, key, count)),
        strategy.order,
      ]),
    )
  print(io, '')
}

const SHOWN_LANES = 8

const lanesText = (lanes: readonly number[], name: string, key: Uint8Array | null, count: number): string => {
  if (lanes.length === 0)
    return name === 'store-id-by-hand'
      ? `${handMadeLane(textOf(key), count)}: the send fails`
      : 'none: the send fails'
  if (lanes.length === count && count > 1) return 'every lane'
  const shown = lanes.slice(0, SHOWN_LANES).join(',')
  return lanes.length > SHOWN_LANES ? `${shown},…` : shown
}
