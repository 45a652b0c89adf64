/**
 * Paints time × partition: time across, partition down, a table of levels into an ImageData, one look-up a pixel.
 *
 * Colours are the heat map's, relative to the median cell of the picture, with one change for the light theme's sake:
 * what lies at or below the ordinary is drawn halfway to the paper, since a wall of ordinary colour hides the few lines
 * that are not. What was not seen is hatched.
 */
import type { Palette } from '../data/theme.ts'
import { levelOf, NO_LEVEL, RAMP_LEVELS } from '../model/ramp.ts'
import type { RasterLevels } from '../model/raster-levels.ts'
import { shareToUnit } from '../model/scale.ts'

/** From here up the colour is the ramp's own. */
const QUIET_BELOW_SHARE = 1.6
const QUIET_MIX = 0.55
const HATCH_EVERY = 4

/** Writes the whole image, whatever its size. */
export const paintRaster = (
  image: ImageData,
  { levels, steps, rows }: RasterLevels,
  palette: Palette,
): void => {
  const { width, height } = image
  const pixels = new Uint32Array(image.data.buffer)
  const colours = rasterColours(palette)
  const stepOf = new Uint32Array(width)
  for (let x = 0; x < width; x++) stepOf[x] = Math.floor((x * steps) / width)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * steps
    for (let x = 0; x < width; x++, at++) {
      const level = levels[row + (stepOf[x] ?? 0)] ?? NO_LEVEL
      pixels[at] =
        level === NO_LEVEL && (x + y) % HATCH_EVERY === 0 ? palette.pixelHatch : (colours[level] ?? 0)
    }
  }
}

/** Level → pixel; NO_LEVEL is the ground of the hatch. */
const rasterColours = (palette: Palette): Uint32Array => {
  const colours = new Uint32Array(NO_LEVEL + 1).fill(palette.pixelNone)
  colours.set(palette.ramp.pixels)
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
