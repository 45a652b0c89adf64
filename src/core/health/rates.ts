import type { Look } from './look.ts'
import type { TopicSizeReading } from './sizes.ts'

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

/** The looks in which `topic` was the same topic as in the newest look, as a series of one of their columns. */
export const seriesOf = (
  looks: readonly Look[],
  topic: string,
  pick: (look: Look) => Float64Array | undefined,
  isRising: (look: Look) => boolean,
): Series => {
  const topicId = looks.at(-1)?.observation.snapshot.topics.get(topic)?.topicId
  const first =
    looks.findLastIndex(look => look.observation.snapshot.topics.get(topic)?.topicId !== topicId) + 1
  const same = looks.slice(first)
  return {
    atMs: same.map(look => look.observation.monotonicMs),
    columns: same.map(pick),
    rising: same.length > 1 && same.slice(1).every(isRising),
  }
}

/** Whether every figure of both columns is known, and none is lower in the later one. */
export const rises = (before: Float64Array | undefined, now: Float64Array): boolean => {
  if (before?.length !== now.length) return false
  // a comparison with NaN is false
  for (let p = 0; p < now.length; p++) if (!((now[p] as number) >= (before[p] as number))) return false
  return true
}

/** Per second, one figure per partition; NaN when unknown. */
export const ratePerSecond = (series: Series, partitions: number, spanMinMs: number): Float64Array => {
  const rates = new Float64Array(partitions).fill(NaN)
  const last = series.columns.length - 1
  const newest = series.columns[last]
  const newestMs = series.atMs[last]
  if (newest === undefined || newestMs === undefined) return rates
  const oldest = series.columns[0]
  if (series.rising && oldest !== undefined && oldest.length === partitions) {
    const spanMs = newestMs - (series.atMs[0] ?? newestMs)
    if (spanMs > 0 && spanMs >= spanMinMs)
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
 * batches that were fetched in the last minute (`fetchedBytes`), else from how the log grew between two size readings,
 * else from all that the partition retains. With few records retained (segment overhead, sizes read a moment apart) the
 * mean record of the topic stands in; with none the figure is unknown. A rate is never divided among partitions.
 */
export const bytesPerSecond = (
  recordsPerSecond: Float64Array,
  sizes: Pick<TopicSizeReading, 'sizeBytes' | 'records' | 'recordBytes'> | undefined,
  fetchedBytes: (partition: number) => number,
): Float64Array => {
  const bytes = new Float64Array(recordsPerSecond.length)
  const topicMean = sizes === undefined ? Number.NaN : meanRecord(sizes.sizeBytes, sizes.records)
  for (let p = 0; p < bytes.length; p++) {
    const rate = recordsPerSecond[p] as number
    if (rate === 0) continue
    let record = fetchedBytes(p)
    if (!(record > 0)) record = sizes?.recordBytes[p] ?? Number.NaN
    if (!(record > 0)) {
      const count = sizes?.records[p] ?? Number.NaN
      record = count >= 100 ? (sizes?.sizeBytes[p] ?? Number.NaN) / count : Number.NaN
    }
    bytes[p] = rate * (record > 0 ? record : topicMean)
  }
  return bytes
}

const meanRecord = (sizeBytes: Float64Array, records: Float64Array): number => {
  let bytesTotal = 0
  let recordsTotal = 0
  for (let p = 0; p < records.length; p++) {
    const size = sizeBytes[p] ?? Number.NaN
    const count = records[p] ?? Number.NaN
    if (Number.isNaN(size) || !(count > 0)) continue
    bytesTotal += size
    recordsTotal += count
  }
  return recordsTotal > 0 ? bytesTotal / recordsTotal : Number.NaN
}

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
