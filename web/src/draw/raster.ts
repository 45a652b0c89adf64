/**
 * Paints time × partition: time across, partition down, one pixel at a time into an ImageData.
 *
 * A screen row is the largest of the partitions it covers, a screen column the step it falls in; nothing is smoothed
 * and no step without data is filled from its neighbours: it is hatched. Colours are the heat map's, relative to the
 * median cell of the picture, with one change for the light theme's sake: what lies at or below the ordinary is drawn
 * halfway to the paper, since a wall of ordinary colour hides the few lines that are not.
 */
import type { History } from '../../../src/api/contract.ts'
import type { Palette } from '../data/theme.ts'
import { levelOf, RAMP_LEVELS } from '../model/ramp.ts'
import { shareToUnit } from '../model/scale.ts'

/** From here up the colour is the ramp's own. */
const QUIET_BELOW_SHARE = 1.6
const QUIET_MIX = 0.55

/** @returns an image of `width` × `height` device pixels, or undefined when the history is empty */
export const rasterImage = (
  history: History,
  reference: number,
  width: number,
  height: number,
  palette: Palette,
): ImageData | undefined => {
  const steps = history.raster.length
  const cells = history.raster.find(row => row !== null)?.length ?? 0
  if (steps === 0 || cells === 0 || width < 1 || height < 1) return undefined
  const image = new ImageData(width, height)
  const pixels = new Uint32Array(image.data.buffer)
  const colours = quietRamp(palette)
  for (let x = 0; x < width; x++) {
    const row = history.raster[Math.floor((x / width) * steps)] ?? null
    for (let y = 0; y < height; y++) {
      const value = row === null ? null : largestOf(row, y, height)
      pixels[y * width + x] =
        value === null
          ? (x + y) % 4 === 0
            ? palette.pixelHatch
            : palette.pixelNone
          : (colours[levelOf(shareToUnit(reference > 0 ? value / reference : 1))] ?? palette.pixelNone)
    }
  }
  return image
}

const largestOf = (row: readonly (number | null)[], y: number, height: number): number | null => {
  const first = Math.floor((y / height) * row.length)
  const last = Math.max(first + 1, Math.floor(((y + 1) / height) * row.length))
  let largest: number | null = null
  for (let cell = first; cell < last; cell++) {
    const value = row[cell] ?? null
    if (value !== null && (largest === null || value > largest)) largest = value
  }
  return largest
}

const quietRamp = (palette: Palette): Uint32Array => {
  const colours = palette.ramp.pixels.slice()
  const full = levelOf(shareToUnit(QUIET_BELOW_SHARE))
  const [red, green, blue] = palette.pixelSurface
  for (let level = 0; level < Math.min(full, RAMP_LEVELS); level++) {
    const pixel = colours[level] ?? 0
    const part = QUIET_MIX * (1 - (level / full) ** 2)
    const blend = (channel: number, to: number): number => Math.round(channel + (to - channel) * part)
    colours[level] =
      ((255 << 24) |
        (blend((pixel >> 16) & 255, blue) << 16) |
        (blend((pixel >> 8) & 255, green) << 8) |
        blend(pixel & 255, red)) >>>
      0
  }
  return colours
}
