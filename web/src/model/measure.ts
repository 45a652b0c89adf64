/** What the heat map can be coloured by: where the values stand in a tick, how they read, on which scale they lie. */
import type { HeldColumns as TopicColumns } from '../../../src/api/delta.ts'
import { levelTable, type LevelTable } from './ramp.ts'
import {
  lagTicks,
  lagTimeTicks,
  lagTimeToUnit,
  lagToUnit,
  partToUnit,
  type ScaleTick,
  shareTicks,
  shareToUnit,
} from './scale.ts'
import { byteRate, bytes, count, duration, type Known, rate } from './text.ts'

export type MeasureId = 'records' | 'bytes' | 'lag' | 'lag-time' | 'size'

/** `share`: of the topic's mean; `linear`: of its 99th percentile; the others: of nothing, their ends are fixed. */
export type ScaleName = 'share' | 'lag' | 'lag-time' | 'linear'

/** Each made when first asked for: four of them would hold up the first picture for tens of milliseconds. */
export const levelTables: Readonly<Record<ScaleName, () => LevelTable>> = {
  share: onceAsked(shareToUnit),
  lag: onceAsked(lagToUnit),
  'lag-time': onceAsked(lagTimeToUnit),
  linear: onceAsked(partToUnit),
}

function onceAsked(toUnit: (value: number) => number): () => LevelTable {
  let table: LevelTable | undefined
  return () => (table ??= levelTable(toUnit))
}

export interface Measure {
  readonly id: MeasureId
  /** On the switch. */
  readonly label: string
  /** Before a figure: "Records in". */
  readonly noun: string
  readonly values: (columns: TopicColumns) => ArrayLike<Known>
  readonly format: (value: Known) => string
  readonly scale: ScaleName
  /** Over the legend. */
  readonly legend: string
  readonly ticks: readonly ScaleTick[]
}

/** In the order of the switch. */
export const measures: readonly Measure[] = [
  {
    id: 'records',
    label: 'Records/s',
    noun: 'Records in',
    values: columns => columns.recordsPerSecond,
    format: rate,
    scale: 'share',
    legend: "Share of the topic's mean",
    ticks: shareTicks,
  },
  {
    id: 'bytes',
    label: 'Bytes/s',
    noun: 'Bytes in',
    values: columns => columns.bytesPerSecond,
    format: byteRate,
    scale: 'share',
    legend: "Share of the topic's mean, in bytes",
    ticks: shareTicks,
  },
  {
    id: 'lag',
    label: 'Lag',
    noun: 'Lag',
    values: columns => columns.lagRecords,
    format: count,
    scale: 'lag',
    legend: 'Records behind, symlog',
    ticks: lagTicks,
  },
  {
    id: 'lag-time',
    label: 'Lag time',
    noun: 'Behind',
    values: columns => columns.lagMs,
    format: duration,
    scale: 'lag-time',
    legend: 'Time behind, symlog',
    ticks: lagTimeTicks,
  },
  {
    id: 'size',
    label: 'Size',
    noun: 'Size',
    values: columns => columns.sizeBytes,
    format: bytes,
    scale: 'linear',
    legend: 'Size, linear to the 99th percentile',
    ticks: [
      { at: 0, label: '0' },
      { at: 1, label: 'p99+' },
    ],
  },
]

/** The measure of that name; the first when the name (from an address) is none of ours. */
export const measureOf = (id: string | undefined): Measure =>
  measures.find(measure => measure.id === id) ?? (measures[0] as Measure)
