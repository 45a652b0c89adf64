/**
 * The raster as a table of levels, one byte for each step and screen row: made once for a history and a height, so
 * that painting it, in whatever width and theme, is a look-up a pixel.
 *
 * A screen row is the largest of the partitions that it covers; nothing is smoothed, and a step without data stays
 * without.
 */
import type { History } from '../../../src/api/contract.ts'
import { levelTables } from './measure.ts'
import { levelsOf, NO_LEVEL } from './ramp.ts'

export interface RasterLevels {
  /** Row by row: the level of step s in row r is at r × steps + s. */
  readonly levels: Uint8Array
  readonly steps: number
  readonly rows: number
}

/**
 * @param reference the ordinary value, which stands where the mean does on the map
 * @param rows at most; fewer where there are fewer cells
 */
export const rasterLevels = (
  history: Pick<History, 'raster'>,
  reference: number,
  rows: number,
): RasterLevels | undefined => {
  const { raster } = history
  const steps = raster.length
  const cells = raster.find(row => row !== null)?.length ?? 0
  if (steps === 0 || cells === 0 || rows < 1) return undefined
  const height = Math.min(rows, cells)
  const levels = new Uint8Array(steps * height).fill(NO_LEVEL)
  const largest = new Float32Array(height)
  const column = new Uint8Array(height)
  raster.forEach((row, step) => {
    if (row === null) return
    largest.fill(Number.NaN)
    for (let cell = 0; cell < cells; cell++) {
      const value = row[cell] ?? Number.NaN
      const at = Math.floor((cell * height) / cells)
      if (value === value && !(value <= (largest[at] ?? 0))) largest[at] = value
    }
    // where nothing flows at all, nothing stands out: seen, and ordinary, as on the map
    if (!(reference > 0)) for (let at = 0; at < height; at++) largest[at] = ordinaryWhereKnown(largest[at])
    levelsOf(largest, reference > 0 ? reference : 1, levelTables.share(), column)
    for (let at = 0; at < height; at++) levels[at * steps + step] = column[at] ?? NO_LEVEL
  })
  return { levels, steps, rows: height }
}

const ordinaryWhereKnown = (value = Number.NaN): number => (Number.isNaN(value) ? value : 1)
