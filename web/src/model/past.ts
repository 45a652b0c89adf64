/**
 * The heat map of a moment of the past: one column of the raster, laid out as the partitions are now. History keeps
 * records a second, the largest within a step, and on large topics the largest of some neighbours; the page says so.
 */
import type { History } from '../../../src/api/contract.ts'
import { type Cells, NO_DATA, OUTLIER, OUTLIER_SHARE_MIN, partitionAt, setCount, topicAt } from './cells.ts'
import type { CellWords } from './describe.ts'
import { levelTables } from './measure.ts'
import { levelsOf, NO_LEVEL } from './ramp.ts'
import { knownOf, selectPercentile } from './statistics.ts'
import { rate, times } from './text.ts'

/** The step of the history that a moment falls into; -1 when the history does not reach it. */
export const stepAt = (history: History, at: string | undefined): number => {
  const first = history.at[0]
  if (at === undefined || first === undefined) return -1
  const step = Math.floor((Date.parse(at) - Date.parse(first)) / history.stepMs)
  return step >= 0 && step < history.at.length ? step : -1
}

/**
 * Worked out by cells of the raster, of which there are hundreds, and spread over the partitions they stand for: a
 * slider that is dragged asks for another moment in every frame.
 *
 * @param now the topic's cells as they are: places and names stay
 */
export const pastCells = (
  now: Cells,
  history: Pick<History, 'raster' | 'partitionsPerCell'>,
  step: number,
): Cells => {
  const { partitionsPerCell } = history
  const row = Float32Array.from(history.raster[step] ?? [], value => value ?? Number.NaN)
  const mean = meanOfCells(row, partitionsPerCell, now.length)
  const p99 = selectPercentile(knownOf(row), 0.99)
  const shares = row.map(value => (mean > 0 || Number.isNaN(value) ? value / mean : 1))
  const levels = new Uint8Array(row.length)
  levelsOf(shares, 1, levelTables.share(), levels)
  const marked: number[] = []
  const counts = now.counts.map(() => 0)
  const past: Cells = {
    ...now,
    counts,
    value: new Float32Array(now.length).fill(Number.NaN),
    share: new Float32Array(now.length).fill(Number.NaN),
    level: new Uint8Array(now.length).fill(NO_LEVEL),
    flags: new Uint8Array(now.length).fill(NO_DATA),
  }
  let without = now.length
  row.forEach((value, cell) => {
    const from = cell * partitionsPerCell
    const to = Math.min(now.length, from + partitionsPerCell)
    const share = shares[cell] ?? Number.NaN
    const outlier = value >= p99 && share >= OUTLIER_SHARE_MIN
    past.value.fill(value, from, to)
    past.share.fill(share, from, to)
    past.level.fill(levels[cell] ?? NO_LEVEL, from, to)
    if (Number.isNaN(value)) return
    past.flags.fill(outlier ? OUTLIER : 0, from, to)
    without -= Math.max(0, to - from)
    for (let each = from; outlier && each < to; each++) marked.push(each)
  })
  // partitions beyond the row were added since, and have none
  setCount(counts, NO_DATA, without)
  setCount(counts, OUTLIER, marked.length)
  return { ...past, marked: Int32Array.from(marked) }
}

/** The mean over partitions: the last cell may stand for fewer of them. */
const meanOfCells = (row: Float32Array, partitionsPerCell: number, partitions: number): number => {
  let sum = 0
  let known = 0
  row.forEach((value, cell) => {
    const weight = Math.max(0, Math.min(partitionsPerCell, partitions - cell * partitionsPerCell))
    if (Number.isNaN(value)) return
    sum += value * weight
    known += weight
  })
  return known === 0 ? Number.NaN : sum / known
}

export const describePast = (cells: Cells, cell: number, at: string): CellWords => ({
  title: `${topicAt(cells, cell)}-${partitionAt(cells, cell)}`,
  rows: [
    ['Records in', `${rate(cells.value[cell])}, ${times(cells.share[cell])}`],
    ['At', `${at.slice(11, 19)} UTC`],
  ],
})
