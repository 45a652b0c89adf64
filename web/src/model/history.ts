/** Shapes of history that the pictures want: series for curves, one partition out of a raster, a compact line. */
import type { GroupHistory, History } from '../../../src/api/contract.ts'
import { percentile } from './statistics.ts'

/** uPlot's shape: seconds, then one column a series; gaps stay null. */
export type Series = readonly [xs: readonly number[], ...columns: (readonly (number | null)[])[]]

export const secondsOf = (at: readonly string[]): readonly number[] => at.map(time => Date.parse(time) / 1000)

/** So few steps are still a picture. */
const STEPS_LEAST = 30

/**
 * Without the steps before anything was ever seen: the first minutes of a history would be a sliver at the right of an
 * empty hour. A gap later on stays one, but for the step in progress, of which nothing may be known yet: it would come
 * and go with every answer. Every array as long as `at` is cut alike.
 */
export const sinceSeen = <One extends { readonly at: readonly string[] }>(
  history: One,
  columns: readonly (readonly (number | null)[])[],
): One => {
  const first = history.at.findIndex((_, step) => columns.some(column => (column[step] ?? null) !== null))
  const from = Math.max(0, Math.min(first, history.at.length - STEPS_LEAST))
  const inProgress = first >= 0 && columns.every(column => (column.at(-1) ?? null) === null)
  const to = history.at.length - (inProgress ? 1 : 0)
  if (from === 0 && to === history.at.length) return history
  return Object.fromEntries(
    Object.entries(history).map(([name, value]) => [
      name,
      Array.isArray(value) && value.length === history.at.length ? value.slice(from, to) : value,
    ]),
  ) as unknown as One
}

/** Of a topic: a partition by itself is cut with it. */
export const topicSinceSeen = (history: History): History => {
  const cut = sinceSeen(history, [history.recordsPerSecond, history.lagRecords])
  const from = history.at.indexOf(cut.at[0] ?? '')
  const to = from + cut.at.length
  return cut.partition === null || cut === history
    ? cut
    : {
        ...cut,
        partition: {
          ...cut.partition,
          recordsPerSecond: cut.partition.recordsPerSecond.slice(from, to),
          lagRecords: cut.partition.lagRecords.slice(from, to),
        },
      }
}

export const groupSinceSeen = (history: GroupHistory): GroupHistory =>
  sinceSeen(history, [history.lagRecords, history.lagMsMax, history.processedPerSecond])

/** Several histories on one time axis; a time that one of them lacks is a gap in it. */
export const joinHistories = <One extends { readonly at: readonly string[] }>(
  histories: readonly One[],
  column: (history: One) => readonly (number | null)[],
): Series => {
  const times = [...new Set(histories.flatMap(history => history.at))].toSorted()
  const columns = histories.map(history => {
    const values = column(history)
    const byTime = new Map(history.at.map((time, index) => [time, values[index] ?? null]))
    return times.map(time => byTime.get(time) ?? null)
  })
  return [secondsOf(times), ...columns]
}

/** Records/s of one partition over time: by itself where it was asked for, else the cell it shares with neighbours. */
export const partitionSeries = (history: History, partition: number): readonly (number | null)[] =>
  history.partition?.recordsPerSecond ??
  history.raster.map(row => row?.[Math.floor(partition / history.partitionsPerCell)] ?? null)

/**
 * What the raster compares with: the median of its cells in which something flows. Where most partitions are idle the
 * median of all is 0, of which everything is endlessly more. Not the mean of the partitions, because a cell shows the
 * largest of n neighbours, and the largest of four is ordinarily above the mean of all: compared with the mean the whole
 * picture would look warm. NaN where nothing flows.
 */
export const rasterReference = (history: History): number => {
  const sample: number[] = []
  const step = Math.max(1, Math.floor(history.raster.length / 24))
  for (let row = 0; row < history.raster.length; row += step)
    for (const value of history.raster[row] ?? []) if (value !== null && value > 0) sample.push(value)
  return percentile(Float64Array.from(sample).sort(), 0.5)
}

/** Largest share in the newest full minute or so, for names in the raster's margin. */
export const rasterOutliers = (
  history: History,
  reference: number,
  shareMin: number,
  limit: number,
): readonly { readonly partition: number; readonly share: number }[] => {
  const recent = history.raster.slice(-6).filter(row => row !== null)
  if (recent.length === 0 || !(reference > 0)) return []
  const cells = recent[0]?.length ?? 0
  return Array.from({ length: cells }, (_, cell) => {
    const known = recent.map(row => row[cell] ?? null).filter(value => value !== null)
    const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length)
    return { partition: cell * history.partitionsPerCell, share: mean / reference }
  })
    .filter(({ share }) => share >= shareMin)
    .toSorted((a, b) => b.share - a.share)
    .slice(0, limit)
}

/** The newest value; the step in progress may have none yet. Older ones are not the newest. */
export const newestOf = (values: readonly (number | null)[] | undefined): number | null =>
  values?.at(-1) ?? values?.at(-2) ?? null

const SPARK_STEPS_LEAST = 10

/** What a small line shows: without the steps before anything was known, but never stretched from a few points alone. */
export const sinceKnown = (values: readonly (number | null)[]): readonly (number | null)[] =>
  values.slice(
    Math.max(
      0,
      Math.min(
        values.findIndex(value => value !== null),
        values.length - SPARK_STEPS_LEAST,
      ),
    ),
  )

type Point = { readonly x: number; readonly y: number }

/**
 * From 0 at the foot; the head is the largest, and no less than twice the ordinary: what is steady runs through the
 * middle, level with the words beside it, and what is 0 throughout lies at the foot.
 */
const sparkPlace = (
  values: readonly (number | null)[],
  width: number,
  height: number,
): ((index: number, value: number) => Point) => {
  const known = values.filter(value => value !== null).toSorted((a, b) => a - b)
  const top = Math.max(known.at(-1) ?? 0, 2 * (known[known.length >> 1] ?? 0)) || 1
  return (index, value) => ({
    x: (index / (values.length - 1)) * (width - 4) + 2,
    y: height - 2 - (value / top) * (height - 5),
  })
}

/** Where the line is now; undefined when what is newest is not known. */
export const sparkEnd = (
  values: readonly (number | null)[],
  width: number,
  height: number,
): Point | undefined => {
  const index = values.findLastIndex(value => value !== null)
  // the step in progress may have no figure yet
  return index < 1 || index < values.length - 2
    ? undefined
    : sparkPlace(values, width, height)(index, values[index] ?? 0)
}

/** An SVG path through the known values, broken at gaps; empty when fewer than two are known. */
export const sparkPath = (values: readonly (number | null)[], width: number, height: number): string => {
  if (values.filter(value => value !== null).length < 2) return ''
  const place = sparkPlace(values, width, height)
  let path = ''
  let pen = 'M'
  values.forEach((value, index) => {
    if (value === null) {
      pen = 'M'
      return
    }
    const { x, y } = place(index, value)
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`
    pen = 'L'
  })
  return path
}

/** Steps that read as round in milliseconds: 2 m, not 1 m 40 s. */
const TIME_STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map(seconds => seconds * 1000)

/** Round steps for an axis from 0: four to six lines. */
export const axisSteps = (top: number, unit: 'decimal' | 'milliseconds' = 'decimal'): readonly number[] => {
  if (!(top > 0)) return [0, 1]
  const rough = top / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const decimal = ([1, 2, 2.5, 5, 10].find(factor => factor * power >= rough) ?? 10) * power
  const step =
    unit === 'milliseconds' && rough > 500
      ? (TIME_STEPS_MS.find(candidate => candidate >= rough) ?? decimal)
      : decimal
  const steps: number[] = []
  for (let index = 0; ; index++) {
    steps.push(index * step)
    if (index * step >= top) return steps
  }
}
