import type { Look } from './look.ts'

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
}

/** The looks in which `topic` was the same topic as in the newest look, as a series of one of their columns. */
export const seriesOf = (
  looks: readonly Look[],
  topic: string,
  pick: (look: Look) => Float64Array | undefined,
): Series => {
  const topicId = looks.at(-1)?.observation.snapshot.topics.get(topic)?.topicId
  const first =
    looks.findLastIndex(look => look.observation.snapshot.topics.get(topic)?.topicId !== topicId) + 1
  const same = looks.slice(first)
  return { atMs: same.map(look => look.observation.monotonicMs), columns: same.map(pick) }
}

/** Per second, one figure per partition; NaN when unknown. */
export const ratePerSecond = (series: Series, partitions: number, spanMinMs: number): Float64Array => {
  const rates = new Float64Array(partitions).fill(NaN)
  const last = series.columns.length - 1
  const newest = series.columns[last]
  const newestMs = series.atMs[last]
  if (newest === undefined || newestMs === undefined) return rates
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
 * Bytes a second = records a second × mean bytes of a record that the partition retains (bytes on disk ÷ records).
 * Growth of the log on disk would be the direct way, but retention and compaction shrink it, and brokers are asked
 * for sizes ten times more seldom than for offsets. Compressed size, as on disk. With few records in a partition
 * (segment overhead, sizes read a moment apart) the topic's mean stands in; with none the figure is unknown.
 */
export const bytesPerSecond = (
  recordsPerSecond: Float64Array,
  sizeBytes: Float64Array | undefined,
  records: Float64Array | undefined,
): Float64Array => {
  const bytes = new Float64Array(recordsPerSecond.length).fill(NaN)
  if (sizeBytes === undefined || records === undefined) return bytes
  let bytesTotal = 0
  let recordsTotal = 0
  for (let p = 0; p < records.length; p++) {
    const size = sizeBytes[p] ?? NaN
    const count = records[p] ?? NaN
    if (Number.isNaN(size) || !(count > 0)) continue
    bytesTotal += size
    recordsTotal += count
  }
  const topicMean = recordsTotal > 0 ? bytesTotal / recordsTotal : NaN
  for (let p = 0; p < bytes.length; p++) {
    if (recordsPerSecond[p] === 0) {
      bytes[p] = 0
      continue
    }
    const count = records[p] ?? NaN
    const own = count >= 100 ? (sizeBytes[p] ?? NaN) / count : NaN
    bytes[p] = (recordsPerSecond[p] ?? NaN) * (Number.isNaN(own) ? topicMean : own)
  }
  return bytes
}

/** Sum of the known figures; NaN when none is known. */
export const sumKnown = (column: Iterable<number>): number => {
  let sum = NaN
  for (const value of column) if (!Number.isNaN(value)) sum = Number.isNaN(sum) ? value : sum + value
  return sum
}

/** Largest of the known figures; NaN when none is known. */
export const maxKnown = (column: Iterable<number>): number => {
  let max = NaN
  for (const value of column) if (!(value <= max) && !Number.isNaN(value)) max = value
  return max
}
