/**
 * Cells of a few pixels, written straight into an image.
 *
 * Goal: 200,000 cells within a frame. Method: one table of 256 ready pixels (level → colour, everything unknown → none),
 * one image a block, kept from frame to frame; where a cell has the colour it had, its pixels are left alone. Then one
 * putImageData a block. A path of 200,000 rectangles would cost a hundred times as much.
 *
 * Cells too small for a mark's shape show it as their colour: with one broker of twenty gone 30,000 partitions have one,
 * and as many shapes would hold the page up for as long as the broker is.
 */
import type { Palette } from '../data/theme.ts'
import { type Cells, LEADERLESS, UNDER_REPLICATED } from '../model/cells.ts'
import type { PlacedBlock } from '../model/grid-layout.ts'
import { NO_LEVEL, RAMP_LEVELS } from '../model/ramp.ts'

export interface CellPixels {
  /** @param strength 1, or less for figures that are old: colours move towards the surface */
  paint(
    context: CanvasRenderingContext2D,
    blocks: readonly PlacedBlock[],
    cells: Cells,
    palette: Palette,
    strength: number,
  ): void
}

interface Held {
  readonly image: ImageData
  readonly pixels: Uint32Array
  /** What the pixels show; UNPAINTED before the first time. */
  readonly shown: Uint8Array
}

const UNPAINTED = 254
const SHADE_LEADERLESS = 253
const SHADE_UNDER_REPLICATED = 252
/** From this side on (CSS pixels) a mark has room for its shape, which heat.ts draws. */
export const MARK_SIDE_MIN = 3

export const createCellPixels = (): CellPixels => {
  let held = new Map<string, Held>()
  let colours:
    | { readonly palette: Palette; readonly strength: number; readonly table: Uint32Array }
    | undefined

  return {
    paint: (context, blocks, cells, palette, strength) => {
      if (colours?.palette !== palette || colours.strength !== strength) {
        colours = { palette, strength, table: colourTable(palette, strength) }
        held = new Map()
      }
      const { table } = colours
      const ratio = devicePixelRatio || 1
      const next = new Map<string, Held>()
      for (const placed of blocks) {
        const pitch = Math.max(1, Math.round(placed.pitch * ratio))
        const side = Math.max(1, Math.round((placed.pitch - placed.gap) * ratio))
        const key = `${placed.block.key} ${placed.columns} ${placed.rows} ${pitch} ${side}`
        const target = held.get(key) ?? blank(placed, pitch)
        next.set(key, target)
        write(target, placed, cells, table, pitch, side)
        context.putImageData(
          target.image,
          Math.round(placed.cellsX * ratio),
          Math.round(placed.cellsY * ratio),
        )
      }
      held = next
    },
  }
}

const blank = ({ columns, rows, block }: PlacedBlock, pitch: number): Held => {
  const image = new ImageData(columns * pitch, rows * pitch)
  return {
    image,
    pixels: new Uint32Array(image.data.buffer),
    shown: new Uint8Array(block.cells.length).fill(UNPAINTED),
  }
}

const write = (
  { image, pixels, shown }: Held,
  placed: PlacedBlock,
  cells: Cells,
  table: Uint32Array,
  pitch: number,
  side: number,
): void => {
  const { width } = image
  const { columns } = placed
  const ids = placed.block.cells
  const marksAreColours = placed.pitch - placed.gap < MARK_SIDE_MIN
  let position = 0
  for (let top = 0; position < ids.length; top += pitch * width) {
    const rowEnd = Math.min(ids.length, position + columns)
    for (let corner = top; position < rowEnd; position++, corner += pitch) {
      const cell = ids[position] ?? 0
      const shade = marksAreColours ? markedShade(cells, cell) : (cells.level[cell] ?? NO_LEVEL)
      if (shown[position] === shade) continue
      shown[position] = shade
      const colour = table[shade] ?? 0
      for (let row = 0, start = corner; row < side; row++, start += width)
        for (let pixel = start; pixel < start + side; pixel++) pixels[pixel] = colour
    }
  }
}

const markedShade = ({ flags, level }: Cells, cell: number): number => {
  const marks = (flags[cell] ?? 0) & (LEADERLESS | UNDER_REPLICATED)
  return marks === 0
    ? (level[cell] ?? NO_LEVEL)
    : (marks & LEADERLESS) !== 0
      ? SHADE_LEADERLESS
      : SHADE_UNDER_REPLICATED
}

const colourTable = (palette: Palette, strength: number): Uint32Array => {
  const table = new Uint32Array(256).fill(dimmed(palette.pixelNone, palette, strength))
  for (let level = 0; level < RAMP_LEVELS; level++)
    table[level] = dimmed(palette.ramp.pixels[level] ?? 0, palette, strength)
  table[SHADE_LEADERLESS] = dimmed(palette.pixelCrit, palette, strength)
  table[SHADE_UNDER_REPLICATED] = dimmed(palette.pixelWarn, palette, strength)
  return table
}

const dimmed = (pixel: number, { pixelSurface: [red, green, blue] }: Palette, strength: number): number => {
  const blend = (channel: number, to: number): number => Math.round(to + (channel - to) * strength)
  return (
    ((255 << 24) |
      (blend((pixel >> 16) & 255, blue) << 16) |
      (blend((pixel >> 8) & 255, green) << 8) |
      blend(pixel & 255, red)) >>>
    0
  )
}
