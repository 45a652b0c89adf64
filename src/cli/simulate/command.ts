import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { formatCount, LanekeeperError, PARTITION_COUNT_MAX } from '../../core/model/index.ts'
import {
  type Convention,
  conventions,
  headWeights,
  type KeyGenerator,
  keyRuns,
  KeyTally,
  keySkewOf,
  laneFlow,
  perfectHash,
  skewFormulas,
  type UnlistedKeys,
  viralTimeline,
  weightOf,
  writeRun,
} from '../../core/routing/index.ts'
import { movedKeys } from '../../core/topics/index.ts'
import type { Clock } from '../../ports/clock.ts'
import { countOption } from '../count-option.ts'
import {
  addKeySourceOptions,
  type KeySource,
  type KeySourceFlags,
  openKeySource,
} from '../keys/key-source.ts'
import { printJson, say } from '../output.ts'
import { type Progress, startProgress } from '../progress.ts'
import { collect } from '../route.ts'
import { conventionHelp, conventionsOption, partitionsOption } from '../routing-options.ts'
import { type StrategyFlags, strategyHelp } from '../strategy-option.ts'
import type { Io, World } from '../world.ts'
import { addToAll, columnsFor, movesFor, type SimulatedColumn, type SimulatedMove } from './columns.ts'
import { pictureOf } from './picture.ts'
import { type ColumnFigures, type KeyFigures, type MoveFigures, printReport, reportJson } from './report.ts'

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

interface Seen {
  readonly figures: KeyFigures
  /** Weights for the perfect hash, and what they leave out. */
  readonly weights: Float64Array
  readonly rest: UnlistedKeys
}

const HEAVIEST = 10
/** Weights that take part in the perfect hash one by one; lighter keys are spread evenly. */
const WEIGHTS_MAX = 1_000_000
/** From here on, equal keys are counted by their shared heads and not made one by one. */
const STRUCTURED_FROM = 1_000_000

const run = async (
  world: World,
  source: KeySource,
  columns: readonly SimulatedColumn[],
  moves: readonly SimulatedMove[],
  progress: Progress,
): Promise<Seen> => {
  const { generator } = source
  const structured = generator === null ? [] : columns.filter(column => isStructured(generator, column))
  if (generator !== null && structured.length > 0) await countRuns(world, generator, structured, progress)
  const rest = columns.filter(column => !structured.includes(column))
  const tally = generator === null ? new KeyTally() : null
  let rows = 0
  if (rest.length > 0 || moves.length > 0 || tally !== null)
    for await (const chunk of source.chunks()) {
      if (world.io.interrupted.aborted) throw world.io.interrupted.reason
      const fresh = tally?.add(chunk) ?? null
      addToAll([...rest, ...moves], chunk, fresh)
      rows += chunk.keys.offsets.length - 1
      progress.stage(`${formatCount(rows)} keys`)
      // Ctrl-C must be heard between two chunks of a generator, too
      await new Promise<void>(resolve => world.clock.soon(resolve))
    }
  return generator === null ? seenIn(tally ?? new KeyTally()) : generated(generator)
}

/** Keys of equal weight under a murmur2 convention: counted by the heads that they share. */
const isStructured = (generator: KeyGenerator, { chosen, convention }: SimulatedColumn): boolean => {
  const { hash }: Convention = conventions[convention]
  const even = generator.kind === 'uniform' || generator.kind === 'sequential'
  return even && generator.keys >= STRUCTURED_FROM && chosen.isHash && hash === 'murmur2'
}

const countRuns = async (
  world: World,
  generator: KeyGenerator,
  columns: readonly SimulatedColumn[],
  progress: Progress,
): Promise<void> => {
  for (const { convention, count, tally } of columns) {
    const { reduction }: Convention = conventions[convention]
    let done = 0
    await world.countStructured({
      runs: keyRuns(generator),
      count,
      reduction,
      into: tally.loads,
      onCounted: keys => {
        done += keys
        progress.stage(
          `${count} lanes, ${convention}: ${formatCount(done)} of ${formatCount(generator.keys)} keys`,
        )
      },
      cancelled: () => world.io.interrupted.aborted,
    })
    if (world.io.interrupted.aborted) throw world.io.interrupted.reason
    tally.keysPerLane.set(tally.loads)
  }
}

const seenIn = (tally: KeyTally): Seen => {
  const keys = tally.result()
  const weights = keys.weights()
  const skew = keySkewOf(weights)
  const heaviest = keys.heaviest(HEAVIEST)
  const unlisted = keys.total - keys.keyless - skew.total
  return {
    figures: {
      distinct: keys.distinct,
      exact: keys.exact,
      rows: keys.rows,
      total: keys.total,
      keyless: keys.keyless,
      effectiveKeys: skew.effectiveKeys,
      topShare: (heaviest[0]?.weight ?? Number.NaN) / keys.total,
      heaviest: heaviest.map(({ key, weight }) => ({ key: Buffer.from(key).toString('utf8'), weight })),
    },
    weights,
    rest: { weight: unlisted, keys: Math.max(0, keys.distinct - weights.length) },
  }
}

const generated = (generator: KeyGenerator): Seen => {
  const { weights, rest } = headWeights(generator, WEIGHTS_MAX)
  const weight = weightOf(generator)
  const squares = weights.reduce((sum, each) => sum + each * each, 0)
  const unlisted: UnlistedKeys = { weight: rest, keys: generator.keys - weights.length }
  // the lightest keys are taken as equal: exact for equal ones, and nothing beside the head of a Zipf
  const tail = unlisted.keys > 0 ? unlisted.weight ** 2 / unlisted.keys : 0
  return {
    figures: {
      distinct: generator.keys,
      exact: true,
      rows: generator.keys,
      total: generator.keys,
      keyless: 0,
      effectiveKeys: generator.keys ** 2 / (squares + tail),
      topShare: weight(0) / generator.keys,
      heaviest:
        weight(0) > 1 ? [{ key: Buffer.from(firstKey(generator)).toString('utf8'), weight: weight(0) }] : [],
    },
    weights,
    rest: unlisted,
  }
}

/** The heaviest key of a generator. */
const firstKey = (generator: KeyGenerator): Uint8Array => {
  const [run] = keyRuns(generator)
  return run === undefined ? new Uint8Array(0) : writeRun({ ...run, to: run.from + 1 }).bytes
}

const figuresOf = (
  column: SimulatedColumn,
  { generator }: KeySource,
  { weights, rest }: Seen,
): ColumnFigures => {
  const { chosen, tally, count } = column
  return {
    column,
    chance: chosen.isHash ? perfectHash(weights, tally.loads.length, rest) : null,
    timeline:
      generator?.kind === 'viral'
        ? viralTimeline(
            generator,
            tally.loads,
            chosen.strategy.lanesOf(chosen.describe(firstKey(generator)), count),
          )
        : null,
  }
}
