import type { Columns, TopicInfo } from '../model/index.ts'
import { type Bursts, judgeBursts } from './bursts.ts'
import { type Arrivals, arrivalsOf } from './clumps.ts'
import { columnOf } from './column.ts'
import type { Growth } from './grown.ts'
import { type HotBytes, judgeHotBytes } from './hot-bytes.ts'
import type { KeyEvidence } from './key-evidence.ts'
import { bytesPerSecond, ratePerSecond, seriesOf } from './rates.ts'
import { judgeSkew, type TopicSkew } from './skew.ts'
import type { PartitionCondition } from './structure.ts'
import type { HealthThresholds } from './thresholds.ts'
import type { HealthWindow } from './window.ts'

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
  /** The partition with the most bytes, where it may be hot by them. */
  readonly hotBytes: HotBytes | null
  /** Null: records come evenly enough, or it is not known. */
  readonly bursts: Bursts | null
  /** Partitions that were added while watching; null: none. */
  readonly grown: Growth | null
  /** What the rates are over; may be shorter than asked for while the window fills. */
  readonly rateSpanMs: number
}

/** @param room for as many figures as the topic has partitions, written over */
export const judgeTopic = (
  info: TopicInfo,
  window: HealthWindow,
  thresholds: HealthThresholds,
  evidence: KeyEvidence,
  room: Float64Array,
  columns: Columns,
): TopicHealth => {
  const count = info.partitions.length
  const offsets = window.looks.at(-1)?.observation.offsets.get(info.name)
  const start = columnOf(offsets?.start, count)
  const end = columnOf(offsets?.end, count)
  const series = seriesOf(
    window.looks,
    info.name,
    look => look.observation.offsets.get(info.name)?.end,
    look => look.rising.has(info.name),
  )
  const rateSpanMs = (series.atMs.at(-1) ?? 0) - (series.atMs[0] ?? 0)
  const rates = ratePerSecond(series, count, thresholds.rateSpanMinMs, columns)
  const reading = window.sizes?.get(info.name)
  const sizes = reading?.topicId === info.topicId ? reading : undefined
  const bytes = bytesPerSecond(rates, sizes, evidence.recordBytes(info.name), columns)
  let measured: Arrivals | null = null
  const arrivals = (): Arrivals => (measured ??= arrivalsOf(series, count))
  const skew = judgeSkew(rates, rateSpanMs, thresholds, evidence.activeKeys(info.name), arrivals, room)
  const structure = window.structure.topics.get(info.name)
  const known = countKnown(end)
  return {
    info,
    start,
    end,
    recordsPerSecond: rates,
    bytesPerSecond: bytes,
    sizeBytes: columnOf(sizes?.sizeBytes, count),
    condition: conditionsOf(structure?.conditions ?? [], end, known, sizes?.compacting),
    underReplicated: structure?.underReplicated ?? 0,
    leaderless: structure?.leaderless ?? 0,
    known,
    records: sumDifferences(end, start),
    skew,
    hotBytes: info.internal
      ? null
      : judgeHotBytes(
          rates,
          bytes,
          rateSpanMs,
          thresholds,
          p => skew.ballsPerRecord / arrivals().clump(p),
          p => evidence.recordSizes(info.name, p),
          room,
        ),
    bursts: info.internal ? null : judgeBursts(window.looks, info.name),
    grown: window.grown.get(info.name) ?? null,
    rateSpanMs,
  }
}

const countKnown = (column: Float64Array): number => {
  let known = 0
  for (let p = 0; p < column.length; p++) if (column[p] === column[p]) known++
  return known
}

/** Sum of end − start where both are known; NaN when none is. */
const sumDifferences = (end: Float64Array, start: Float64Array): number => {
  let sum = 0
  let known = 0
  for (let p = 0; p < end.length; p++) {
    const records = (end[p] as number) - (start[p] as number)
    if (records !== records) continue
    sum += records
    known++
  }
  return known === 0 ? Number.NaN : sum
}

/** The conditions that metadata tells, but where a look or a size reading knows more. */
const conditionsOf = (
  told: readonly PartitionCondition[],
  end: Float64Array,
  known: number,
  compacting: Uint8Array | undefined,
): readonly PartitionCondition[] => {
  if (known === end.length && compacting?.includes(1) !== true) return told
  return told.map((condition, p) => {
    if (condition === 'leaderless') return condition
    if (Number.isNaN(end[p] ?? Number.NaN)) return 'unknown'
    return condition === 'active' && compacting?.[p] === 1 ? 'compacting' : condition
  })
}
