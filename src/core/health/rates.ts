import { type Columns, newColumns } from '../model/index.ts'
import type { Look } from './look.ts'
import type { UsualBytes } from './sizes.ts'

/**
 * Rates from counters that only grow: (newest - oldest) ÷ time between them, per partition, within the window.
 *
 * Why a plain difference and no fitted line: offsets are exact counts, so the difference over the window is the exact
 * number of records in it, and every partition's rate adds up to the topic's. A fitted line weighs the middle of the
 * window more and has neither property.
 *
 * - A counter that goes down (unclean election, truncation) starts anew after the fall: only what follows counts.
 * - A recreated topic is another topic: earlier looks are not used.
 * - A missing figure is skipped between its neighbours; a missing newest figure makes the rate unknown.
 * - Less time than `spanMinMs`: unknown.
 */
export interface Series {
  /** Monotonic milliseconds, oldest first. */
  readonly atMs: readonly number[]
  /** One column per time; index = partition. */
  readonly columns: readonly (Float64Array | undefined)[]
  /** No figure is missing in any column and none is lower than in the one before: two columns then tell all. */
  readonly rising: boolean
}

/** The looks since `topic` has been the same topic as in the newest one. */
export const sinceRecreated = (looks: readonly Look[], topic: string): readonly Look[] => {
  const idIn = ({ observation }: Look): string | undefined => observation.snapshot.topics.get(topic)?.topicId
  const newest = looks.at(-1)
  if (newest === undefined) return looks
  const topicId = idIn(newest)
  return looks.slice(looks.findLastIndex(look => idIn(look) !== topicId) + 1)
}

/** A column of every look since `topic` was made, as a series. */
export const seriesOf = (
  looks: readonly Look[],
  topic: string,
  pick: (look: Look) => Float64Array | undefined,
  isRising: (look: Look) => boolean,
): Series => {
  const same = sinceRecreated(looks, topic)
  return {
    atMs: same.map(look => look.observation.monotonicMs),
    columns: same.map(pick),
    rising: same.length > 1 && same.slice(1).every(isRising),
  }
}

/**
 * The sum of a column, NaN as soon as one figure is; and whether every figure is known in it and in the one before, and
 * none is lower.
 */
export const grownSince = (
  before: Float64Array | undefined,
  now: Float64Array,
): { readonly total: number; readonly rises: boolean } => {
  const was = before?.length === now.length ? before : null
  let total = 0
  let rose = 0
  for (let p = 0; p < now.length; p++) {
    const value = now[p] as number
    total += value
    // a comparison with NaN is false
    if (was !== null && value >= (was[p] as number)) rose++
  }
  return { total, rises: was !== null && rose === now.length }
}

/** Per second, one figure per partition; NaN when unknown. Lent from `columns`. */
export const ratePerSecond = (
  series: Series,
  partitions: number,
  spanMinMs: number,
  columns: Columns = newColumns,
): Float64Array => {
  const rates = columns.figures(partitions)
  const last = series.columns.length - 1
  const newest = series.columns[last]
  const newestMs = series.atMs[last]
  if (newest === undefined || newestMs === undefined) return rates
  const oldest = series.columns[0]
  if (series.rising && oldest?.length === partitions && newest.length === partitions) {
    const spanMs = newestMs - (series.atMs[0] ?? newestMs)
    if (!(spanMs > 0 && spanMs >= spanMinMs)) return rates
    for (let p = 0; p < partitions; p++)
      rates[p] = (((newest[p] as number) - (oldest[p] as number)) * 1000) / spanMs
    return rates
  }
  for (let p = 0; p < partitions; p++) {
    const end = newest[p] ?? NaN
    if (Number.isNaN(end)) continue
    let first = end
    let firstMs = newestMs
    for (let i = last - 1; i >= 0; i--) {
      const value = series.columns[i]?.[p] ?? NaN
      if (Number.isNaN(value)) continue
      if (value > first) break
      first = value
      firstMs = series.atMs[i] ?? firstMs
    }
    const spanMs = newestMs - firstMs
    if (spanMs > 0 && spanMs >= spanMinMs) rates[p] = ((end - first) * 1000) / spanMs
  }
  return rates
}

/**
 * Bytes a second on disk = records a second × bytes of a record. What a record takes is measured per partition: from the
 * batches that were fetched in the last minute (`fetchedBytes`), else by the sizes (sizes.ts). A rate is never divided
 * among partitions.
 */
export const bytesPerSecond = (
  recordsPerSecond: Float64Array,
  sizes: UsualBytes | undefined,
  fetchedBytes: ((partition: number) => number) | null,
  columns: Columns = newColumns,
): Float64Array => {
  const bytes = columns.figures(recordsPerSecond.length)
  const { usualBytes, topicMeanBytes } = sizes ?? NO_SIZES
  for (let p = 0; p < bytes.length; p++) {
    const rate = recordsPerSecond[p] as number
    if (rate === 0) {
      bytes[p] = 0
      continue
    }
    const fetched = fetchedBytes === null ? NaN : fetchedBytes(p)
    const usual = p < usualBytes.length ? (usualBytes[p] as number) : topicMeanBytes
    bytes[p] = rate * (fetched > 0 ? fetched : usual)
  }
  return bytes
}

const NO_SIZES: UsualBytes = { usualBytes: new Float64Array(), topicMeanBytes: NaN }

/** Sum of the known figures; NaN when none is known. */
export const sumKnown = (column: ArrayLike<number>): number => {
  let sum = 0
  let known = 0
  // by index: for-of over arrays of several kinds costs ten times as much
  for (let at = 0; at < column.length; at++) {
    const value = column[at] as number
    if (value !== value) continue
    sum += value
    known++
  }
  return known === 0 ? Number.NaN : sum
}

/** Largest of the known figures; NaN when none is known. */
export const maxKnown = (column: ArrayLike<number>): number => {
  let max = Number.NaN
  for (let at = 0; at < column.length; at++) {
    const value = column[at] as number
    if (!(value <= max) && value === value) max = value
  }
  return max
}
