/**
 * The colour ramp as a table. Drawing asks for a colour once a cell, 1,500 times a second and more: a table of 128
 * ready strings (and packed pixels for the raster) costs an index where interpolation would cost arithmetic and a
 * string each. 128 steps over eleven stops are finer than an eye can tell apart.
 */
export const RAMP_LEVELS = 128

export interface Ramp {
  /** CSS colours, index = level. */
  readonly css: readonly string[]
  /** The same as 0xAABBGGRR, the order of an ImageData buffer seen as Uint32 on little-endian machines. */
  readonly pixels: Uint32Array
}

type Rgb = readonly [number, number, number]

/** "#0a326a" → [10, 50, 106]; also "#fff", which is what a style sheet's minifier makes of "#ffffff". */
export const parseHex = (hex: string): Rgb => {
  const digits = hex.trim().slice(1)
  const value = Number.parseInt(digits.length === 3 ? digits.replace(/./g, '$&$&') : digits, 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

export const packPixel = ([red, green, blue]: Rgb): number =>
  ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0

/** Eleven (or any number ≥ 2 of) hex stops, least first → the table. */
export const buildRamp = (stops: readonly string[]): Ramp => {
  const colours = stops.map(parseHex)
  const css: string[] = []
  const pixels = new Uint32Array(RAMP_LEVELS)
  for (let level = 0; level < RAMP_LEVELS; level++) {
    const place = (level / (RAMP_LEVELS - 1)) * (colours.length - 1)
    const index = Math.min(colours.length - 2, Math.floor(place))
    const colour = mix(colours[index] ?? [0, 0, 0], colours[index + 1] ?? [0, 0, 0], place - index)
    css.push(`rgb(${colour.join(' ')})`)
    pixels[level] = packPixel(colour)
  }
  return { css, pixels }
}

export const mix = (from: Rgb, to: Rgb, part: number): Rgb => [
  Math.round(from[0] + (to[0] - from[0]) * part),
  Math.round(from[1] + (to[1] - from[1]) * part),
  Math.round(from[2] + (to[2] - from[2]) * part),
]

/** The level of what is not known. */
export const NO_LEVEL = 255

/** Place on the scale (0 to 1, NaN when not known) → level. */
export const levelOf = (unit: number): number =>
  Number.isNaN(unit) ? NO_LEVEL : Math.round(unit * (RAMP_LEVELS - 1))

/**
 * A whole scale as a table: the upper 17 bits of a 32-bit float (sign, exponent, eight bits of mantissa: steps of
 * 0.4 %, finer than a level) are the index. One look-up takes the place of a logarithm a cell, and what is not known
 * needs no branch: every NaN has an entry, too.
 */
export type LevelTable = Uint8Array

const TABLE_SHIFT = 15

export const levelTable = (toUnit: (value: number) => number): LevelTable => {
  const bits = new Uint32Array(1)
  const value = new Float32Array(bits.buffer)
  // the middle of each step, so that no value is off by more than half of one
  return Uint8Array.from({ length: 2 ** 17 }, (_, index) => {
    bits[0] = index * 2 ** TABLE_SHIFT + 2 ** (TABLE_SHIFT - 1)
    return levelOf(toUnit(value[0] ?? Number.NaN))
  })
}

/** Levels of `values` ÷ `reference`, NO_LEVEL where not known. */
export const levelsOf = (
  values: Float32Array<ArrayBuffer>,
  reference: number,
  table: LevelTable,
  levels: Uint8Array,
): void => {
  const scaled = reference === 1 ? values : values.map(value => value / reference)
  const bits = new Uint32Array(scaled.buffer, scaled.byteOffset, scaled.length)
  for (let index = 0; index < bits.length; index++)
    levels[index] = table[(bits[index] ?? 0) >>> TABLE_SHIFT] ?? NO_LEVEL
}
