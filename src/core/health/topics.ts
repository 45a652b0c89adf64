import type { PartitionInfo, TopicInfo } from '../model/index.ts'
import { bytesPerSecond, ratePerSecond, seriesOf, sumKnown } from './rates.ts'
import { judgeSkew, type TopicSkew } from './skew.ts'
import type { HealthThresholds } from './thresholds.ts'
import type { HealthWindow } from './window.ts'

/** `unknown`: there is a leader, but it did not tell the end offset in the newest look. */
export type PartitionCondition = 'active' | 'under-replicated' | 'leaderless' | 'unknown'

/** One topic now, in columns: index = partition, NaN = not known. */
export interface TopicHealth {
  readonly info: TopicInfo
  readonly start: Float64Array
  readonly end: Float64Array
  readonly recordsPerSecond: Float64Array
  readonly bytesPerSecond: Float64Array
  readonly sizeBytes: Float64Array
  readonly condition: readonly PartitionCondition[]
  readonly underReplicated: number
  readonly leaderless: number
  /** Partitions whose end offset is known. */
  readonly known: number
  /** Records retained in the partitions that are known. */
  readonly records: number
  readonly skew: TopicSkew
  /** What the rates are over; may be shorter than asked for while the window fills. */
  readonly rateSpanMs: number
}

export const judgeTopic = (
  info: TopicInfo,
  window: HealthWindow,
  thresholds: HealthThresholds,
): TopicHealth => {
  const count = info.partitions.length
  const offsets = window.looks.at(-1)?.observation.offsets.get(info.name)
  const start = columnOf(offsets?.start, count)
  const end = columnOf(offsets?.end, count)
  const series = seriesOf(window.looks, info.name, look => look.observation.offsets.get(info.name)?.end)
  const rateSpanMs = (series.atMs.at(-1) ?? 0) - (series.atMs[0] ?? 0)
  const rates = ratePerSecond(series, count, thresholds.rateSpanMinMs)
  const reading = window.sizes?.get(info.name)
  const sizes = reading?.topicId === info.topicId ? reading : undefined
  const condition = info.partitions.map((partition, p) => conditionOf(partition, end[p] ?? NaN))
  return {
    info,
    start,
    end,
    recordsPerSecond: rates,
    bytesPerSecond: bytesPerSecond(rates, sizes?.sizeBytes, sizes?.records),
    sizeBytes: columnOf(sizes?.sizeBytes, count),
    condition,
    underReplicated: info.partitions.filter(isUnderReplicated).length,
    leaderless: info.partitions.filter(partition => partition.leader === null).length,
    known: end.reduce((known, value) => known + (Number.isNaN(value) ? 0 : 1), 0),
    records: sumKnown(end.map((value, p) => value - (start[p] ?? NaN))),
    skew: judgeSkew(rates, rateSpanMs, thresholds),
    rateSpanMs,
  }
}

export const isUnderReplicated = (partition: PartitionInfo): boolean =>
  partition.isr.length < partition.replicas.length

const conditionOf = (partition: PartitionInfo, end: number): PartitionCondition => {
  if (partition.leader === null) return 'leaderless'
  if (Number.isNaN(end)) return 'unknown'
  return isUnderReplicated(partition) ? 'under-replicated' : 'active'
}

/** A column of exactly `count` figures: one read before partitions were added is shorter. */
const columnOf = (column: Float64Array | undefined, count: number): Float64Array => {
  if (column?.length === count) return column
  const full = new Float64Array(count).fill(NaN)
  if (column !== undefined) full.set(column.subarray(0, count))
  return full
}
