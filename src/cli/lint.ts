import { Command } from 'commander'
import { formatCount, formatTimes, PARTITION_COUNT_MAX, partitionCount } from '../core/model/index.ts'
import { type KeyLint, keyRules, KeyTally, lintKeys } from '../core/routing/index.ts'
import { countOption } from './count-option.ts'
import {
  addKeySourceOptions,
  type KeySourceFlags,
  openKeySource,
  refuseWeightless,
} from './keys/key-source.ts'
import { lintTopicsCommand } from './lint-topics.ts'
import { paint, print, printJson, say } from './output.ts'
import { startProgress } from './progress.ts'
import { conventionOption } from './routing-options.ts'
import type { World } from './world.ts'

interface LintKeysFlags extends KeySourceFlags {
  readonly partitions: string
  readonly convention: string
}

const FINDINGS = 3

/** `lint`: look for what goes wrong later. */
export const lintCommand = (world: World): Command =>
  new Command('lint')
    .description('Look for what goes wrong later.')
    .addCommand(lintKeysCommand(world))
    .addCommand(lintTopicsCommand(world))

const lintKeysCommand = (world: World): Command =>
  addKeySourceOptions(new Command('keys'))
    .description('Check keys: too few, missing, placeholders, one too heavy, ids that count up.')
    .option('--partitions <n>', 'partition count', '12')
    .option('--convention <name>', 'convention of the writers', 'java')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper lint keys customers.csv --partitions 24
  lanekeeper lint keys --topic user-actions --partitions 1000
  cut -f1 events.tsv | lanekeeper lint keys - --json

Exit code 3 when something was found.
`,
    )
    .addHelpText('after', () => `\nRules:\n${rulesText()}`)
    .action(async (file: string | undefined, flags: LintKeysFlags) => lint(world, file, flags))

const rulesText = (): string =>
  Object.entries(keyRules)
    .map(([rule, { threshold, why }]) => `  ${rule.padEnd(16)} threshold ${threshold}: ${why}`)
    .join('\n')

const lint = async (world: World, file: string | undefined, flags: LintKeysFlags): Promise<void> => {
  const { io, clock } = world
  const count = partitionCount(countOption('--partitions', flags.partitions, PARTITION_COUNT_MAX))
  const convention = conventionOption(flags.convention)
  const source = await openKeySource(world, file, flags)
  const tally = new KeyTally()
  const progress = startProgress(io, clock)
  let saidMs = clock.monotonicMs()
  try {
    for await (const chunk of source.chunks()) {
      if (io.interrupted.aborted) throw io.interrupted.reason
      tally.add(chunk)
      if (clock.monotonicMs() - saidMs < 1000) continue
      saidMs = clock.monotonicMs()
      progress.stage(`${formatCount(tally.result().rows)} keys`)
      await new Promise<void>(resolve => clock.soon(resolve))
    }
  } finally {
    progress.end()
  }
  const keys = tally.result()
  refuseWeightless(source, keys.total)
  const result = lintKeys(keys, count, convention)
  if (flags.json)
    printJson(io, {
      source: source.label,
      partitions: count,
      convention,
      distinct: keys.distinct,
      exact: keys.exact,
      rows: keys.rows,
      findings: result.findings,
      hash: result.hash,
      idMod: result.idMod,
    })
  else show(world, source.label, count, keys.distinct, result)
  if (result.findings.length > 0) io.exitWith(FINDINGS)
}

const show = (
  { io }: World,
  label: string,
  count: number,
  distinct: number,
  { findings, hash, idMod }: KeyLint,
): void => {
  print(io, `${label}: ${formatCount(distinct)} distinct keys on ${formatCount(count)} partitions`)
  for (const { severity, rule, sentence, why, advice } of findings) {
    const colour = severity === 'critical' ? 'red' : 'yellow'
    print(io, `${paint(io, io.stdout, colour, severity)} ${rule}: ${sentence}`)
    print(io, `  Why: ${why}.`)
    print(io, `  Do: ${advice}`)
  }
  print(
    io,
    `max÷mean by hash ${formatTimes(hash.maxOverMean)}${idMod === null ? '' : `, by id % ${count} ${formatTimes(idMod.maxOverMean)}`}`,
  )
  if (findings.length === 0) print(io, 'Nothing found.')
  else say(io, 'Next: lanekeeper simulate compares strategies on the same keys.')
}
