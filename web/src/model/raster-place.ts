/** What lies under a point of the raster. */
import type { History } from '../../../src/api/contract.ts'
import type { CellWords } from './describe.ts'
import { rate, times } from './text.ts'

export interface RasterPlace {
  /** Shares of the picture, 0 to 1. */
  readonly across: number
  readonly down: number
  readonly step: number
  /** Cell of the step: so many partitions. */
  readonly cell: number
}

/** The place, or undefined outside of the picture. */
export const placeIn = (
  history: History,
  { across, down }: { readonly across: number; readonly down: number },
): RasterPlace | undefined => {
  const cells = history.raster.find(row => row !== null)?.length ?? 0
  if (!(across >= 0 && across < 1 && down >= 0 && down < 1) || cells === 0) return undefined
  return { across, down, step: Math.floor(across * history.raster.length), cell: Math.floor(down * cells) }
}

/** @param reference the ordinary value of the picture, which its colours are relative to */
export const describePlace = (
  history: History,
  { step, cell }: RasterPlace,
  reference: number,
): CellWords => {
  const first = cell * history.partitionsPerCell
  const last = first + history.partitionsPerCell - 1
  const value = history.raster[step]?.[cell] ?? null
  const share = value === null || !(reference > 0) ? '' : `, ${times(value / reference)} the ordinary`
  return {
    title: `${history.topic}-${first}${last > first ? ` to ${last}` : ''}`,
    rows: [
      ['At', `${(history.at[step] ?? '').slice(11, 19)} UTC`],
      [last > first ? 'Largest in' : 'Records in', value === null ? 'not seen' : `${rate(value)}${share}`],
    ],
  }
}
