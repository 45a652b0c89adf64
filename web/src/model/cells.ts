/**
 * All partitions that a map shows, as columns: one entry a partition, whatever topic it is of, in the order of the
 * topics given. Built anew each tick (1,500 entries: well under a millisecond; 200,000: some five), so that drawing, hit
 * test, tooltip and table read the same numbers.
 *
 * Outlier: above the 99th percentile of its topic AND clearly over the ordinary. The second half is what keeps the
 * ring meaningful: one cell in a hundred is above p99 on the calmest day. "Clearly" is 1.5 times the mean, and never
 * less than what chance alone gives for so few records (the server sends that figure).
 */
import type { Finding, TopicSummary } from '../../../src/api/contract.ts'
import type { HeldTick as Tick, HeldColumns as TopicColumns } from '../../../src/api/delta.ts'
import { levelTables, type Measure } from './measure.ts'
import { levelsOf } from './ramp.ts'
import { knownOf, meanOf, selectPercentile } from './statistics.ts'

export const NO_DATA = 1
export const UNDER_REPLICATED = 2
export const LEADERLESS = 4
export const OUTLIER = 8
export const HAS_FINDING = 16

export interface Cells {
  readonly topics: readonly string[]
  /** First cell of each topic. */
  readonly start: readonly number[]
  readonly length: number
  readonly topicOf: Uint16Array
  readonly partition: Int32Array
  /** In the measure's unit; NaN is not known. */
  readonly value: Float64Array
  /** Value ÷ mean of its topic. */
  readonly share: Float64Array
  /** Level of the colour ramp; NO_LEVEL is not known. */
  readonly level: Uint8Array
  readonly flags: Uint8Array
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
    topicOf: new Uint16Array(length),
    partition: new Int32Array(length),
    value: new Float64Array(length),
    share: new Float64Array(length),
    level: new Uint8Array(length),
    flags: new Uint8Array(length),
  }
  const scratch = new Float32Array(Math.max(0, ...columns.map(column => column.leader.length)))
  let at = 0
  columns.forEach((column, topic) => {
    cells.start.push(at)
    const chance = tick.topics.find(summary => summary.topic === column.topic)?.skewExpectedByChance ?? 0
    fillTopic(cells, at, topic, column, measure, chance, scratch)
    at += column.leader.length
  })
  markFindings(cells, tick.findings)
  return cells
}

const fillTopic = (
  cells: Cells,
  start: number,
  topic: number,
  columns: TopicColumns,
  measure: Measure,
  chance: number,
  scratch: Float32Array<ArrayBuffer>,
): void => {
  const partitions = columns.leader.length
  const end = start + partitions
  const values = cells.value.subarray(start, end)
  const source = measure.values(columns)
  for (let index = 0; index < partitions; index++) values[index] = source[index] ?? Number.NaN
  const mean = meanOf(values)
  const p99 = selectPercentile(knownOf(values), 0.99)
  // where nothing flows every share is the ordinary one
  const reference = mean > 0 ? mean : Number.NaN
  for (let index = 0; index < partitions; index++) {
    const value = values[index] ?? Number.NaN
    const cell = start + index
    cells.topicOf[cell] = topic
    cells.partition[cell] = index
    cells.share[cell] = mean > 0 || Number.isNaN(value) ? value / reference : 1
  }
  const levels = cells.level.subarray(start, end)
  const table = levelTables[measure.scale]
  if (measure.scale === 'share') levelsOf(cells.share.subarray(start, end), 1, table, scratch, levels)
  else levelsOf(values, measure.scale === 'linear' && p99 > 0 ? p99 : 1, table, scratch, levels)

  const lagScale = measure.scale === 'lag' || measure.scale === 'lag-time'
  const floor = measure.scale === 'share' ? Math.max(OUTLIER_SHARE_MIN, chance) : OUTLIER_SHARE_MIN
  // a topic of a few partitions has no meaningful p99: the largest of ten is the p99 itself
  const outliers = partitions >= 10
  for (let index = 0; index < partitions; index++) {
    const value = values[index] ?? Number.NaN
    const cell = start + index
    const state = columns.state[index]
    cells.flags[cell] =
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
      (cells.share[cell] ?? 0) >= floor &&
      (!lagScale || (levels[index] ?? 0) >= OUTLIER_LAG_LEVEL_MIN)
        ? OUTLIER
        : 0)
  }
}

const markFindings = (cells: Cells, findings: readonly Finding[]): void => {
  for (const finding of findings) {
    if (finding.partition === null || finding.topic === null) continue
    const cell = cellAt(cells, finding.topic, finding.partition)
    if (cell >= 0 && finding.severity !== 'info') cells.flags[cell] = (cells.flags[cell] ?? 0) | HAS_FINDING
  }
}

/** The cell of a partition, -1 when the map does not show it. */
export const cellAt = (cells: Cells, topic: string, partition: number): number => {
  const index = cells.topics.indexOf(topic)
  const start = cells.start[index]
  if (start === undefined || partition < 0) return -1
  const cell = start + partition
  return cell < (cells.start[index + 1] ?? cells.length) ? cell : -1
}

export const topicAt = (cells: Cells, cell: number): string => cells.topics[cells.topicOf[cell] ?? 0] ?? ''

export const hasFlag = (cells: Cells, cell: number, flag: number): boolean =>
  ((cells.flags[cell] ?? 0) & flag) !== 0

/** How many cells carry a flag, for the legend. */
export const countFlag = (cells: Cells, flag: number): number => {
  let found = 0
  for (const flags of cells.flags) if ((flags & flag) !== 0) found++
  return found
}
