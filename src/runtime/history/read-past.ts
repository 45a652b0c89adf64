import type { CellColumn, HistoryFile, HistoryRow, StoredSeries } from '../../ports/history-file.ts'
import { groupTotals, topicTotals, type GroupTotal, type TopicTotal } from './columns.ts'
import { openStep, type OpenStep } from './step.ts'
import { pictureStepMs, stepOf, stepStart, tiers } from './tiers.ts'

/** Which part of the past is wanted, how fine. Times are wall clock. */
export interface TimeQuery {
  readonly fromMs: number
  readonly toMs: number
  /** The least step; 0: as fine as the columns allow. */
  readonly stepMs: number
  readonly columnsMax: number
}

export interface HistoryQuery extends TimeQuery {
  readonly measure: CellColumn
  /** One partition by itself, beside the raster; null: none. */
  readonly partition: number | null
  /** Most cells of a step in the raster: neighbours are put together until they fit. 0: no raster. */
  readonly cellsMax: number
}

/** Oldest first; NaN: not known. */
export interface TopicPast {
  readonly stepMs: number
  /** Beginning of each step. */
  readonly atMs: readonly number[]
  readonly totals: Readonly<Record<TopicTotal, readonly number[]>>
  readonly partitionsPerCell: number
  /** Null: nothing known in this step. */
  readonly raster: readonly (Float32Array | null)[]
  /** Of the partition asked for, or of the few neighbours that share its cell; null: none was asked for. */
  readonly partition:
    | (Readonly<Record<CellColumn, readonly number[]>> & { readonly partitionsPerCell: number })
    | null
  /** Wall clock of the oldest row of all; null: nothing is kept. */
  readonly oldestMs: number | null
}

/** Null: nothing is kept of this topic. */
export const readTopic = (
  file: HistoryFile,
  inProgress: readonly HistoryRow[],
  topic: string,
  query: HistoryQuery,
): TopicPast | null => {
  const series = file.seriesNamed('topic', topic)
  const newest = series[0]
  if (newest === undefined) return null
  const wanted: readonly CellColumn[] =
    query.partition !== null
      ? ['recordsPerSecond', 'lagRecords']
      : query.cellsMax === 0
        ? []
        : [query.measure]
  // a recreated topic is another topic; one that grew is the same with fewer cells
  const same = series.filter(each => each.identity === newest.identity)
  const { steps, stepMs } = readSteps(file, inProgress, same, query, each =>
    each.partitionsPerCell === newest.partitionsPerCell ? wanted : [],
  )
  return pastOf(steps, newest, query, stepMs, oldestOf(file))
}

export interface GroupPast {
  readonly stepMs: number
  readonly atMs: readonly number[]
  readonly totals: Readonly<Record<GroupTotal, readonly number[]>>
}

/** Null: nothing is kept of this group. */
export const readGroup = (
  file: HistoryFile,
  inProgress: readonly HistoryRow[],
  groupId: string,
  query: TimeQuery,
): GroupPast | null => {
  const series = file.seriesNamed('group', groupId)
  if (series.length === 0) return null
  const { steps, stepMs } = readSteps(file, inProgress, series, query, () => [])
  return { stepMs, atMs: steps.map(step => step.atMs), totals: byName(groupTotals, steps) }
}

/**
 * Reads the tier that is fine enough and reaches back far enough. Steps in which nothing was seen stay unknown, up to
 * the end that was asked for: time without figures belongs to the picture.
 *
 * `inProgress`: steps that are not in the file yet, of whatever tier and series; none where another process writes it.
 */
const readSteps = (
  file: HistoryFile,
  inProgress: readonly HistoryRow[],
  series: readonly StoredSeries[],
  query: TimeQuery,
  cellsOf: (series: StoredSeries) => readonly CellColumn[],
): { readonly steps: readonly OpenStep[]; readonly stepMs: number } => {
  const pictureMs = pictureStepMs(query.toMs - query.fromMs, query.columnsMax, query.stepMs)
  const tier = chooseTier(file, pictureMs, query)
  const stepMs = Math.max(pictureMs, stepOf(tier))
  const columns = createColumns(query, stepMs)
  for (const each of series) {
    const cells = cellsOf(each)
    for (const row of file.rows(tier, each.id, columns.firstMs, query.toMs, cells)) columns.add(row)
    for (const row of inProgress)
      if (
        row.tier === tier &&
        row.seriesId === each.id &&
        row.atMs >= columns.firstMs &&
        row.atMs < query.toMs
      )
        columns.add(cells.length > 0 ? row : { ...row, cells: noCells })
  }
  return { steps: columns.steps, stepMs }
}

const noCells = { recordsPerSecond: null, lagRecords: null }

/**
 * The coarsest tier that is fine enough; where it does not reach back to the beginning, one that does. A coarser one
 * must show a tenth of the picture more: the first minutes of a history are not told in one column.
 */
const chooseTier = (file: HistoryFile, stepMs: number, { fromMs, toMs }: TimeQuery): number => {
  // by the end of its first step, whose beginning lies before anything was seen
  const missing = (tier: number): number => {
    const oldest = file.oldestMs(tier)
    return oldest === null ? toMs - fromMs : Math.max(0, oldest + stepOf(tier) - fromMs)
  }
  let best = Math.max(
    0,
    tiers.findLastIndex(tier => tier.stepMs <= stepMs),
  )
  for (let tier = best + 1; tier < tiers.length; tier++)
    if (missing(best) - missing(tier) > (toMs - fromMs) / 10) best = tier
  return best
}

const oldestOf = (file: HistoryFile): number | null => {
  const known = tiers.flatMap((_, tier) => file.oldestMs(tier) ?? [])
  return known.length === 0 ? null : Math.min(...known)
}

interface Columns {
  readonly firstMs: number
  readonly steps: readonly OpenStep[]
  add(row: HistoryRow): void
}

const createColumns = ({ fromMs, toMs }: TimeQuery, columnMs: number): Columns => {
  const firstMs = stepStart(fromMs, columnMs)
  const count = Math.max(1, Math.ceil((toMs - firstMs) / columnMs))
  const steps = Array.from({ length: count }, (_, i) => openStep(firstMs + i * columnMs))
  return { firstMs, steps, add: row => steps[Math.floor((row.atMs - firstMs) / columnMs)]?.add(row) }
}

const pastOf = (
  steps: readonly OpenStep[],
  series: StoredSeries,
  { measure, partition, cellsMax }: HistoryQuery,
  stepMs: number,
  oldestMs: number | null,
): TopicPast => {
  const cells = steps.map(step => step.cells())
  const perCell = Math.max(1, series.partitionsPerCell)
  const merge = Math.max(1, Math.ceil(Math.ceil(series.partitions / perCell) / Math.max(1, cellsMax)))
  const cell = partition === null ? -1 : Math.floor(partition / perCell)
  const ofPartition = (column: CellColumn): readonly number[] =>
    cells.map(each => each[column]?.[cell] ?? NaN)
  return {
    stepMs,
    atMs: steps.map(step => step.atMs),
    totals: byName(topicTotals, steps),
    partitionsPerCell: perCell * merge,
    raster: cellsMax === 0 ? [] : cells.map(each => merged(each[measure], merge)),
    partition:
      partition === null
        ? null
        : {
            partitionsPerCell: perCell,
            recordsPerSecond: ofPartition('recordsPerSecond'),
            lagRecords: ofPartition('lagRecords'),
          },
    oldestMs,
  }
}

const byName = <Name extends string>(
  names: readonly Name[],
  steps: readonly OpenStep[],
): Readonly<Record<Name, readonly number[]>> => {
  const totals = steps.map(step => step.totals())
  return Object.fromEntries(names.map((name, i) => [name, totals.map(each => each[i] ?? NaN)])) as Record<
    Name,
    number[]
  >
}

const merged = (cells: Float32Array | null, by: number): Float32Array | null => {
  if (cells === null || by === 1) return cells
  const fewer = new Float32Array(Math.ceil(cells.length / by)).fill(NaN)
  cells.forEach((value, i) => {
    const cell = Math.floor(i / by)
    if (!Number.isNaN(value) && !(value <= (fewer[cell] ?? NaN))) fewer[cell] = value
  })
  return fewer
}
