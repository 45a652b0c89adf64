/**
 * All partitions that a map shows, as columns: one entry a partition, whatever topic it is of, in the order of the
 * topics given. Built anew each tick, in the stream's worker where the page asked for it beforehand (data/cells.ts), so
 * that drawing, hit test, tooltip and table read the same numbers.
 *
 * Outlier: above the 99th percentile of its topic AND clearly over the ordinary. The second half is what keeps the
 * ring meaningful: one cell in a hundred is above p99 on the calmest day. "Clearly" is 1.5 times the mean, and never
 * less than what chance alone gives for so few records (the server sends that figure).
 *
 * Whatever a picture would have to look through all cells for (which carry a mark, how many of each kind) is found here
 * once: 200,000 flags looked through by a painter, a legend and a margin are a frame.
 */
import type { Finding, TopicSummary } from '../../../src/api/contract.ts'
import { type HeldColumns as TopicColumns, type HeldTick as Tick, stateAt } from '../../../src/api/delta.ts'
import { levelTables, type Measure } from './measure.ts'
import { levelsOf } from './ramp.ts'
import { tooFewRecords } from './skew-told.ts'
import { knownOf, meanOf, selectPercentile } from './statistics.ts'

export const NO_DATA = 1
export const UNDER_REPLICATED = 2
export const LEADERLESS = 4
export const OUTLIER = 8
export const HAS_FINDING = 16
const FLAGS = 5

export interface Cells extends CellColumns {
  /** Cells with any flag but NO_DATA, ascending: those that are more than a colour. */
  readonly marked: Int32Array
  /** How many cells carry each flag, by its bit. */
  readonly counts: readonly number[]
}

export interface CellColumns {
  readonly topics: readonly string[]
  /** First cell of each topic. */
  readonly start: readonly number[]
  readonly length: number
  /** In the measure's unit; NaN is not known. */
  readonly value: Float32Array<ArrayBuffer>
  /** Value ÷ mean of its topic. */
  readonly share: Float32Array<ArrayBuffer>
  /** Level of the colour ramp; NO_LEVEL is not known. */
  readonly level: Uint8Array<ArrayBuffer>
  readonly flags: Uint8Array<ArrayBuffer>
}

export const OUTLIER_SHARE_MIN = 1.5
/** On the fixed lag scales an outlier must also be visible: a quarter of the ramp is about 100 records or 3 s. */
const OUTLIER_LAG_LEVEL_MIN = 32

/** The topics a map shows: not Kafka's own, largest first, then by name so that no cell moves when rates change. */
export const shownTopics = (tick: Tick): readonly TopicSummary[] =>
  tick.topics
    .filter(topic => !topic.internal)
    .toSorted((a, b) => b.partitions - a.partitions || (a.topic < b.topic ? -1 : 1))

/** @param topics names, in the order wanted; those without columns in this tick are left out. */
export const cellsOf = (tick: Tick, topics: readonly string[], measure: Measure): Cells => {
  const columns = topics.flatMap(name => tick.columns.find(column => column.topic === name) ?? [])
  const length = columns.reduce((sum, column) => sum + column.leader.length, 0)
  const cells = {
    topics: columns.map(column => column.topic),
    start: [] as number[],
    length,
    value: new Float32Array(length),
    share: new Float32Array(length),
    level: new Uint8Array(length),
    flags: new Uint8Array(length),
  }
  let at = 0
  for (const column of columns) {
    cells.start.push(at)
    const summary = tick.topics.find(candidate => candidate.topic === column.topic)
    // of too few records none stands out
    const ordinary =
      summary !== undefined && tooFewRecords(summary)
        ? Number.POSITIVE_INFINITY
        : (summary?.skewExpectedByChance ?? 0)
    fillTopic(cells, at, column, measure, ordinary)
    at += column.leader.length
  }
  markFindings(cells, tick.findings)
  return withMarks(cells)
}

/** The cells with their marks found and counted; nobody changes flags afterwards. */
export const withMarks = (cells: CellColumns): Cells => {
  const counts = new Array<number>(FLAGS).fill(0)
  const marked: number[] = []
  for (let cell = 0; cell < cells.length; cell++) {
    const flags = cells.flags[cell] ?? 0
    if (flags === 0) continue
    if ((flags & ~NO_DATA) !== 0) marked.push(cell)
    for (let bit = 0; bit < FLAGS; bit++) if ((flags & (1 << bit)) !== 0) counts[bit] = (counts[bit] ?? 0) + 1
  }
  return { ...cells, marked: Int32Array.from(marked), counts }
}

const fillTopic = (
  cells: CellColumns,
  start: number,
  columns: TopicColumns,
  measure: Measure,
  ordinary: number,
): void => {
  const partitions = columns.leader.length
  const end = start + partitions
  const values = cells.value.subarray(start, end)
  const shares = cells.share.subarray(start, end)
  const levels = cells.level.subarray(start, end)
  const flags = cells.flags.subarray(start, end)
  const source = measure.values(columns)
  for (let index = 0; index < partitions; index++) values[index] = source[index] ?? Number.NaN
  const mean = meanOf(values)
  const p99 = selectPercentile(knownOf(values), 0.99)
  // where nothing flows every share is the ordinary one
  for (let index = 0; index < partitions; index++) {
    const value = values[index] ?? Number.NaN
    shares[index] = mean > 0 || Number.isNaN(value) ? value / mean : 1
  }
  const table = levelTables[measure.scale]()
  if (measure.scale === 'share') levelsOf(shares, 1, table, levels)
  else levelsOf(values, measure.scale === 'linear' && p99 > 0 ? p99 : 1, table, levels)

  const lagScale = measure.scale === 'lag' || measure.scale === 'lag-time'
  const floor = measure.scale === 'share' ? Math.max(OUTLIER_SHARE_MIN, ordinary) : OUTLIER_SHARE_MIN
  // a topic of a few partitions has no meaningful p99: the largest of ten is the p99 itself
  const outliers = partitions >= 10
  for (let index = 0; index < partitions; index++) {
    const value = values[index] ?? Number.NaN
    const state = stateAt(columns, index)
    flags[index] =
      (Number.isNaN(value) ? NO_DATA : 0) |
      (state === 'active'
        ? 0
        : state === 'under-replicated' || state === 'recovering'
          ? UNDER_REPLICATED
          : state === 'leaderless'
            ? LEADERLESS
            : 0) |
      (outliers &&
      value >= p99 &&
      (shares[index] ?? 0) >= floor &&
      (!lagScale || (levels[index] ?? 0) >= OUTLIER_LAG_LEVEL_MIN)
        ? OUTLIER
        : 0)
  }
}

const markFindings = (cells: CellColumns, findings: readonly Finding[]): void => {
  for (const finding of findings) {
    if (finding.partition === null || finding.topic === null) continue
    const cell = cellAt(cells, finding.topic, finding.partition)
    if (cell >= 0 && finding.severity !== 'info') cells.flags[cell] = (cells.flags[cell] ?? 0) | HAS_FINDING
  }
}

/** The cell of a partition, -1 when the map does not show it. */
export const cellAt = (cells: CellColumns, topic: string, partition: number): number => {
  const index = cells.topics.indexOf(topic)
  const start = cells.start[index]
  if (start === undefined || partition < 0) return -1
  const cell = start + partition
  return cell < (cells.start[index + 1] ?? cells.length) ? cell : -1
}

/** Index of the topic that a cell is of: the last one that begins at or before it. */
export const topicIndexAt = ({ start }: Pick<CellColumns, 'start'>, cell: number): number => {
  let low = 0
  let high = start.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((start[middle] ?? 0) <= cell) low = middle
    else high = middle - 1
  }
  return low
}

export const topicAt = (cells: CellColumns, cell: number): string =>
  cells.topics[topicIndexAt(cells, cell)] ?? ''

export const partitionAt = (cells: CellColumns, cell: number): number =>
  cell - (cells.start[topicIndexAt(cells, cell)] ?? 0)

export const hasFlag = (cells: CellColumns, cell: number, flag: number): boolean =>
  ((cells.flags[cell] ?? 0) & flag) !== 0

/** Where a count stands among the others. */
const placeOf = (flag: number): number => 31 - Math.clz32(flag)

export const setCount = (counts: number[], flag: number, count: number): void => {
  counts[placeOf(flag)] = count
}

/** How many cells carry a flag, for the legend. */
export const countFlag = (cells: Cells, flag: number): number => cells.counts[placeOf(flag)] ?? 0
