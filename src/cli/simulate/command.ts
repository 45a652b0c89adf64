import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { LanekeeperError, PARTITION_COUNT_MAX } from '../../core/model/index.ts'
import { laneFlow, skewFormulas } from '../../core/routing/index.ts'
import { movedKeys } from '../../core/topics/index.ts'
import type { Clock } from '../../ports/clock.ts'
import { countOption } from '../count-option.ts'
import { addKeySourceOptions, type KeySourceFlags, openKeySource } from '../keys/key-source.ts'
import { drawnMessages, sayLabLink } from '../lab-link.ts'
import { printJson, say } from '../output.ts'
import { type Progress, startProgress } from '../progress.ts'
import { collect } from '../route.ts'
import { conventionHelp, conventionsOption, partitionsOption } from '../routing-options.ts'
import { type StrategyFlags, strategyHelp } from '../strategy-option.ts'
import type { Io, World } from '../world.ts'
import { columnsFor, movesFor, type SimulatedColumn } from './columns.ts'
import { pictureOf } from './picture.ts'
import { type MoveFigures, printReport, reportJson } from './report.ts'
import { figuresOf, run } from './run.ts'

interface SimulateFlags extends KeySourceFlags, StrategyFlags {
  readonly partitions: string
  readonly convention: string
  readonly strategy: string
  readonly from?: string
  readonly to?: string
  readonly loads: boolean
  readonly svg?: string
}

/** `simulate`: how keys would spread, before anything is produced. */
export const simulateCommand = (world: World): Command =>
  addKeySourceOptions(new Command('simulate'))
    .description('How keys spread over partitions, by strategy, convention and count, before producing.')
    .option('--partitions <n,…>', 'partition counts', '12')
    .option('--strategy <name,…>', 'strategies to compare', 'hash')
    .option('--convention <name,…>', 'conventions to compare, or all', 'java')
    .option('--from <n>', 'with --to: which keys move when the count changes')
    .option('--to <n>', 'with --from')
    .option('--hot <key>', 'a hot key, for salted and isolate (repeat)', collect)
    .option('--reserve <lanes>', 'reserved lanes, such as priority=0,EMEA=1-3')
    .option('--otherwise <where>', 'records without reserved lanes: rest or all', 'rest')
    .option('--label-separator <text>', 'ends the tenant, region or priority in a key', ':')
    .option('--svg <file>', 'also draw the comparison into this file')
    .option('--loads', 'with --json: the load of every lane', false)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper simulate customers.csv --partitions 500,1000,1500
  lanekeeper simulate --generate zipf --keys 100000 --strategy hash,salted:8,sticky --hot user-0000000
  lanekeeper simulate --generate sequential --keys 1e9 --partitions 1000
  lanekeeper simulate --generate viral --share 0.3 --partitions 100
  lanekeeper simulate --generate zipf --keys 1000 --messages 10000 --partitions 10    10,000 messages, drawn
  lanekeeper simulate --topic user-actions --from 12 --to 24 --svg spread.svg
  zcat access.log.gz | cut -d' ' -f1 | lanekeeper simulate - --partitions 64 --json
`,
    )
    .addHelpText(
      'after',
      () => `\n${strategyHelp}\n\nMeasures:\n${formulaHelp()}\n\nConventions:\n${conventionHelp()}`,
    )
    .action(async (file: string | undefined, flags: SimulateFlags) => simulate(world, file, flags))

const simulate = async (world: World, file: string | undefined, flags: SimulateFlags): Promise<void> => {
  const { io } = world
  const names = conventionsOption(flags.convention)
  const counts = partitionsOption('--partitions', flags.partitions)
  const change = changeOption(flags)
  const strategies = flags.strategy.split(',')
  const columns = columnsFor(strategies, names, counts, flags)
  const moving = change === null ? [] : movesFor(strategies, names, change, flags)
  const source = await openKeySource(world, file, flags)
  const progress = onceASecond(startProgress(io, world.clock), world.clock)
  try {
    const keys = await run(world, source, columns, moving, progress)
    progress.end()
    const report = {
      source: source.label,
      keys: keys.figures,
      columns: columns.map(column => figuresOf(column, source, keys)),
      moves: moving.map(
        ({ label, convention, tally }): MoveFigures => ({
          strategy: label,
          convention,
          from: tally.from,
          to: tally.to,
          flow: laneFlow(tally.from, tally.to),
          keysShare: tally.movedKeys / tally.keys,
          trafficShare: tally.movedWeight / tally.weight,
          expectedShare: label === 'hash' ? movedKeys(tally.from, tally.to).share : Number.NaN,
        }),
      ),
    }
    if (flags.svg !== undefined) await draw(io, flags.svg, source.label, columns)
    if (flags.json) printJson(io, reportJson(report, flags.loads))
    else {
      printReport(io, report)
      if (flags.convention === 'java') sayLabLink(io, 'strategies', drawnMessages(flags, counts, strategies))
      if (columns.length === 1)
        say(io, 'Next: compare strategies with --strategy hash,sticky,salted:8, or counts with --partitions.')
    }
  } finally {
    progress.end()
  }
}

const formulaHelp = (): string =>
  Object.entries(skewFormulas)
    .map(([name, formula]) => `  ${name.padEnd(24)} ${formula}`)
    .join('\n')

/** Chunks come by the hundred a second; a log file wants a line a second, and nothing for what is done in less. */
const onceASecond = (progress: Progress, clock: Clock): Progress => {
  let saidMs = clock.monotonicMs()
  return {
    stage: text => {
      const nowMs = clock.monotonicMs()
      if (nowMs - saidMs < 1000) return
      saidMs = nowMs
      progress.stage(text)
    },
    end: () => progress.end(),
  }
}

const draw = async (
  io: Io,
  file: string,
  title: string,
  columns: readonly SimulatedColumn[],
): Promise<void> => {
  try {
    await writeFile(resolve(io.cwd, file), pictureOf(title, columns))
  } catch (cause) {
    throw new LanekeeperError('FILE_UNREADABLE', `${file} cannot be written.`, {
      fix: 'Name a file in a folder that exists, with --svg.',
      cause,
    })
  }
  say(io, `drawn into ${file}`)
}

const changeOption = ({ from, to }: SimulateFlags): { readonly from: number; readonly to: number } | null => {
  if (from === undefined && to === undefined) return null
  if (from === undefined || to === undefined)
    throw new LanekeeperError('USAGE', '--from and --to belong together.', {
      fix: 'Write --from 12 --to 24.',
    })
  return {
    from: countOption('--from', from, PARTITION_COUNT_MAX),
    to: countOption('--to', to, PARTITION_COUNT_MAX),
  }
}
