import { formatCount, formatShare, formatTimes, printable } from '../../core/model/index.ts'
import {
  type ConventionName,
  giniOf,
  type LaneFlow,
  type PerfectHash,
  skewFormulas,
  skewOf,
} from '../../core/routing/index.ts'
import { print, printTable } from '../output.ts'
import type { Io } from '../world.ts'
import type { SimulatedColumn } from './columns.ts'

/** What is known of the keys themselves. */
export interface KeyFigures {
  readonly distinct: number
  /** False: the keys were too many to hold, and `distinct` and the shares are estimates. */
  readonly exact: boolean
  readonly rows: number
  readonly total: number
  readonly keyless: number
  readonly effectiveKeys: number
  readonly topShare: number
  /** Heaviest first. */
  readonly heaviest: readonly { readonly key: string; readonly weight: number }[]
}

/** A column with everything that is said about it. */
export interface ColumnFigures {
  readonly column: SimulatedColumn
  /** What a perfect hash would give for these keys; null for strategies that are not one lane a key. */
  readonly chance: PerfectHash | null
  /** max ÷ mean in each window of a viral burst; null for other keys. */
  readonly timeline: readonly number[] | null
}

export interface MoveFigures {
  readonly convention: ConventionName
  readonly strategy: string
  readonly from: number
  readonly to: number
  readonly flow: LaneFlow
  readonly keysShare: number
  readonly trafficShare: number
  /** Share of all hash values that move, by arithmetic. */
  readonly expectedShare: number
}

export interface SimulationReport {
  readonly source: string
  readonly keys: KeyFigures
  readonly columns: readonly ColumnFigures[]
  readonly moves: readonly MoveFigures[]
}

export const reportJson = (
  { source, keys, columns, moves }: SimulationReport,
  withLoads: boolean,
): object => ({
  source,
  keys: { ...keys, effectiveKeys: Math.round(keys.effectiveKeys) },
  formulas: skewFormulas,
  columns: columns.map(({ column, chance, timeline }) => {
    const { strategy, loads, keysPerLane, unsent } = column.tally
    const skew = skewOf(loads)
    return {
      strategy: column.label,
      convention: column.convention,
      partitions: column.count,
      lanes: loads.length,
      order: strategy.order,
      keeps: strategy.keeps,
      givesUp: strategy.givesUp,
      readerMust: strategy.readerMust,
      lanesPerKeyMax: strategy.lanesPerKeyMax(column.count),
      note: strategy.noteOn(column.count),
      total: skew.total,
      unsent,
      hottestLane: skew.maxLane,
      maxLoad: skew.max,
      minLoad: leastOf(loads),
      meanLoad: skew.mean,
      maxOverMean: skew.maxOverMean,
      coefficientOfVariation: skew.coefficientOfVariation,
      gini: giniOf(loads),
      topLaneShare: skew.topShare,
      emptyLanes: keysPerLane.filter(each => each === 0).length,
      keysInALaneMax: skewOf(keysPerLane).max,
      expectedMaxOverMean: chance,
      timeline,
      ...(withLoads ? { loads: Array.from(loads) } : {}),
    }
  }),
  moves: moves.map(({ flow, ...figures }) => ({
    ...figures,
    kind: flow.kind,
    parentsPerLane: flow.parentsPerLane,
    childrenPerLane: flow.childrenPerLane,
    parents: Array.from({ length: figures.to }, (_, child) => flow.parentsOf(child)),
  })),
})

const leastOf = (loads: Float64Array): number =>
  loads.reduce((least, load) => Math.min(least, load), Infinity)

export const printReport = (io: Io, report: SimulationReport): void => {
  const { source, keys, columns, moves } = report
  print(io, `${source}: ${keysLine(keys)}`)
  if (keys.heaviest.length > 0)
    print(
      io,
      `heaviest: ${keys.heaviest
        .slice(0, 3)
        .map(({ key, weight }) => `${printable(key)} ${formatShare(weight / keys.total)}`)
        .join(', ')}`,
    )
  print(io, '')
  printTable(
    io,
    [
      { title: 'strategy' },
      { title: 'convention' },
      { title: 'lanes', align: 'right' },
      { title: 'max÷mean', align: 'right' },
      { title: 'by chance', align: 'right' },
      { title: 'CV', align: 'right' },
      { title: 'Gini', align: 'right' },
      { title: 'hottest', align: 'right' },
      { title: 'share', align: 'right' },
      { title: 'empty', align: 'right' },
      { title: 'order' },
      { title: 'load by lane' },
    ],
    columns.map(rowOf),
  )
  for (const { column, timeline } of columns)
    if (timeline !== null)
      print(
        io,
        `${column.label} on ${column.count}, max÷mean over time: ${sparkline(timeline)} ` +
          `${formatTimes(timeline[0] ?? Number.NaN)} → ${formatTimes(Math.max(...timeline))}`,
      )
  print(io, '')
  for (const line of sentences(report)) print(io, line)
  for (const move of moves) for (const line of moveLines(move)) print(io, line)
}

const keysLine = (keys: KeyFigures): string =>
  `${keys.exact ? '' : 'about '}${formatCount(keys.distinct)} ${keys.distinct === 1 ? 'key' : 'keys'}, as uneven as ${formatCount(
    Math.round(keys.effectiveKeys),
  )} equally heavy ones; the heaviest has ${formatShare(keys.topShare)} of the traffic${
    keys.keyless > 0 ? `; ${formatShare(keys.keyless / keys.total)} has no key` : ''
  }`

const rowOf = ({ column, chance }: ColumnFigures): readonly string[] => {
  const { loads, strategy, keysPerLane } = column.tally
  const skew = skewOf(loads)
  return [
    column.label,
    strategy.lanesPerKeyMax(column.count) === column.count && column.count > 1 ? '-' : column.convention,
    formatCount(loads.length),
    formatTimes(skew.maxOverMean),
    chance === null ? '-' : formatTimes(chance.maxOverMean),
    measure(skew.coefficientOfVariation),
    measure(giniOf(loads)),
    Number.isNaN(skew.maxOverMean) ? 'none' : String(skew.maxLane),
    formatShare(skew.topShare),
    formatCount(keysPerLane.filter(each => each === 0).length),
    strategy.order,
    sparkline(loads),
  ]
}

/** A strategy that can send nothing has no loads to compare. */
const measure = (value: number): string => (Number.isNaN(value) ? 'unknown' : value.toFixed(3))

const SPARK = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
const SPARK_WIDTH = 40

/** Loads as bars from 0, the largest of each group of neighbours, so that a hot lane is never averaged away. */
const sparkline = (loads: ArrayLike<number>): string => {
  const cells = Math.min(SPARK_WIDTH, loads.length)
  const top = new Array<number>(cells).fill(0)
  for (let lane = 0; lane < loads.length; lane++) {
    const cell = Math.floor((lane * cells) / loads.length)
    top[cell] = Math.max(top[cell] as number, loads[lane] as number)
  }
  const max = Math.max(...top)
  return top.map(load => SPARK[max > 0 ? Math.min(7, Math.floor((load / max) * 8)) : 0]).join('')
}

/** More than this times what chance gives has a cause worth looking for. */
const BEYOND_CHANCE = 1.2

const sentences = ({ columns, keys }: SimulationReport): readonly string[] => {
  const lines: string[] = []
  for (const { column, chance } of columns) {
    const { tally, count, label, convention } = column
    const { maxOverMean } = skewOf(tally.loads)
    if (tally.unsent > 0)
      lines.push(
        `${label} cannot send ${formatShare(tally.unsent / keys.total)} of the traffic: it names no lane for it.`,
      )
    if (chance !== null && maxOverMean > Math.max(chance.high, chance.maxOverMean * BEYOND_CHANCE))
      lines.push(
        `${label} (${convention}) on ${count}: ${formatTimes(maxOverMean)} is more than chance, which gives ${formatTimes(
          chance.maxOverMean,
        )} for these keys (${formatTimes(chance.low)} to ${formatTimes(chance.high)}).`,
      )
  }
  const counts = [...new Set(columns.map(({ column }) => column.count))]
  for (const count of counts)
    if (keys.topShare * count > 1.2)
      lines.push(
        `On ${formatCount(count)} lanes no hash gets below ${formatTimes(keys.topShare * count)}: ` +
          'that is the heaviest key alone. Split that key, or use fewer lanes.',
      )
  const strategies = new Map(columns.map(({ column }) => [column.label, column]))
  for (const [label, { tally, count }] of strategies) {
    lines.push(
      `${label}: keeps ${tally.strategy.keeps}; gives up ${tally.strategy.givesUp}. ` +
        `A key is on ${lanesText(tally.strategy.lanesPerKeyMax(count), count)}; a reader must do: ${tally.strategy.readerMust}.`,
    )
    const note = tally.strategy.noteOn(count)
    if (note !== null) lines.push(`  ${note}`)
  }
  return lines
}

const lanesText = (lanes: number, count: number): string =>
  lanes === 1 ? 'one lane' : lanes === count ? 'any lane' : `at most ${formatCount(lanes)} lanes`

const SHOWN_LANES = 6

const moveLines = (move: MoveFigures): readonly string[] => {
  const { flow, from, to, convention, strategy } = move
  if (Number.isNaN(move.keysShare)) return [`${from} → ${to}, ${strategy}: no key has a lane to move from.`]
  const name = strategy === 'hash' ? convention : `${strategy} (${convention})`
  const first =
    `${from} → ${to}, ${name}: ${formatShare(move.keysShare)} of the keys and ${formatShare(move.trafficShare)} of the traffic move` +
    (Number.isNaN(move.expectedShare)
      ? '.'
      : ` (arithmetic over all hash values: ${formatShare(move.expectedShare)}).`)
  const example = flow.kind === 'split' || flow.kind === 'same' ? 0 : Math.min(to - 1, from)
  const listed = (lanes: readonly number[]): string =>
    lanes.slice(0, SHOWN_LANES).join(', ') + (lanes.length > SHOWN_LANES ? ', …' : '')
  if (strategy !== 'hash' || flow.kind === 'same') return [first]
  if (flow.kind === 'split')
    return [
      first,
      `  Clean split: ${to} is a multiple of ${from}. Lane p becomes ${flow.childrenPerLane} lanes, each fed by p alone; lane ${example} → ${listed(flow.childrenOf(example))}.`,
    ]
  const way =
    to > from
      ? `A multiple of ${from} would be a clean split.`
      : 'Kafka takes no partitions away: only a new topic can have fewer.'
  return [
    first,
    flow.kind === 'merge'
      ? `  Merge: each new lane is fed by ${flow.parentsPerLane} old ones; lane ${example} ← ${listed(flow.parentsOf(example))}. ${way}`
      : `  Shuffle: each new lane is fed by ${flow.parentsPerLane} old ones, each old lane feeds ${flow.childrenPerLane}; lane ${example} ← ${listed(flow.parentsOf(example))}. ${way}`,
  ]
}
