/**
 * The heat map of a moment of the past: one column of the raster, laid out as the partitions are now. History keeps
 * records a second, the largest within a step, and on large topics the largest of some neighbours; the page says so.
 */
import type { History } from '../../../src/api/contract.ts'
import { type Cells, NO_DATA, OUTLIER, OUTLIER_SHARE_MIN } from './cells.ts'
import type { CellWords } from './describe.ts'
import { levelTables } from './measure.ts'
import { levelsOf } from './ramp.ts'
import { knownOf, meanOf, selectPercentile } from './statistics.ts'
import { rate, times } from './text.ts'

/** The step of the history that a moment falls into; -1 when the history does not reach it. */
export const stepAt = (history: History, at: string | undefined): number => {
  const first = history.at[0]
  if (at === undefined || first === undefined) return -1
  const step = Math.floor((Date.parse(at) - Date.parse(first)) / history.stepMs)
  return step >= 0 && step < history.at.length ? step : -1
}

/** @param now the topic's cells as they are: places and names stay */
export const pastCells = (now: Cells, history: History, step: number): Cells => {
  const row = history.raster[step] ?? []
  const value = new Float64Array(now.length)
  for (let cell = 0; cell < now.length; cell++)
    value[cell] = row[Math.floor((now.partition[cell] ?? 0) / history.partitionsPerCell)] ?? Number.NaN
  const mean = meanOf(value)
  const p99 = selectPercentile(knownOf(value), 0.99)
  const share = value.map(each => (mean > 0 ? each / mean : Number.isNaN(each) ? each : 1))
  const level = new Uint8Array(now.length)
  levelsOf(share, 1, levelTables.share, new Float32Array(now.length), level)
  const flags = Uint8Array.from(value, (each, cell) =>
    Number.isNaN(each) ? NO_DATA : each >= p99 && (share[cell] ?? 0) >= OUTLIER_SHARE_MIN ? OUTLIER : 0,
  )
  return { ...now, value, share, level, flags }
}

export const describePast = (cells: Cells, cell: number, at: string): CellWords => ({
  title: `${cells.topics[cells.topicOf[cell] ?? 0] ?? ''}-${cells.partition[cell] ?? 0}`,
  rows: [
    ['Records in', `${rate(cells.value[cell])}, ${times(cells.share[cell])}`],
    ['At', `${at.slice(11, 19)} UTC`],
  ],
})
