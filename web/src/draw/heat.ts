/**
 * Paints a heat map on one canvas: cells, marks, row labels, headings, margin labels.
 *
 * Goal: 1,500 cells in under two milliseconds, 200,000 within a frame, sharp on any screen. Method: large cells are
 * bucketed by colour level, and each level is one path and one fill (some 40 fills instead of 1,500); cells too small
 * for round corners are written as pixels (heat-pixels.ts); marks are few and drawn on top. Everything is computed
 * elsewhere: this file knows pixels, not Kafka.
 */
import type { Palette } from '../data/theme.ts'
import { SMALL_BLOCK_CELLS } from '../model/blocks.ts'
import {
  type Cells,
  HAS_FINDING,
  hasFlag,
  LEADERLESS,
  OUTLIER,
  partitionAt,
  UNDER_REPLICATED,
} from '../model/cells.ts'
import { cellBox, type GridLayout, type PlacedBlock, STRIP_MARGIN } from '../model/grid-layout.ts'
import type { MarginLabel } from '../model/margin-labels.ts'
import { NO_LEVEL, RAMP_LEVELS } from '../model/ramp.ts'
import { type CellPixels, MARK_SIDE_MIN } from './heat-pixels.ts'

export interface HeatPicture {
  readonly layout: GridLayout
  readonly cells: Cells
  readonly labels: readonly MarginLabel[]
  /** Beside the name of a block, by its key. */
  readonly notes: ReadonlyMap<string, string>
  /** Cell that the reader has picked; -1 for none. The one that is pointed at is no part of the picture. */
  readonly picked: number
  /** Old figures are drawn at 60 %. */
  readonly dimmed: boolean
}

const FONT = "'Inter Variable', system-ui, sans-serif"
export const HEADING_FONT = `600 12.5px ${FONT}`
const NOTE_FONT = `400 12px ${FONT}`
const AXIS_FONT = `500 10.5px ${FONT}`
const LABEL_FONT = `600 11px ${FONT}`
const DIM = 0.6
/** A heading may reach over the margin that is kept for outliers' names. */
const HEADING_OVERHANG = 48
const ROUNDED_SIDE_MIN = 7

export const paintHeat = (
  context: CanvasRenderingContext2D,
  picture: HeatPicture,
  palette: Palette,
  pixels: CellPixels,
): void => {
  const { layout } = picture
  context.clearRect(0, 0, layout.width, layout.height)
  context.textBaseline = 'middle'
  for (const placed of layout.blocks)
    paintBlockText(context, placed, picture.notes.get(placed.block.key) ?? '', palette)
  paintStripRule(context, layout, palette)
  const fine = layout.blocks.filter(isFine)
  pixels.paint(context, fine, picture.cells, palette, picture.dimmed ? DIM : 1)
  if (picture.dimmed) context.globalAlpha = DIM
  if (fine.length < layout.blocks.length) paintCells(context, picture, palette)
  context.globalAlpha = 1
  paintIds(context, picture, palette)
  paintMarks(context, picture, palette)
  for (const label of picture.labels) paintMarginLabel(context, label, picture, palette)
  paintChoice(context, picture, palette)
}

/** Too small for round corners: written as pixels. */
const isFine = (placed: PlacedBlock): boolean => placed.pitch - placed.gap < ROUNDED_SIDE_MIN

const paintBlockText = (
  context: CanvasRenderingContext2D,
  placed: PlacedBlock,
  words: string,
  palette: Palette,
): void => {
  const { block } = placed
  const headed = placed.strip || placed.cellsY - placed.y > 10
  if (headed) {
    const y = placed.strip ? placed.y + placed.pitch / 2 : placed.y + 9
    const room = placed.strip
      ? Number.POSITIVE_INFINITY
      : placed.columns * placed.pitch + (block.numbered ? HEADING_OVERHANG : 0)
    context.textAlign = 'left'
    context.font = HEADING_FONT
    const label = shortened(context, block.label, room)
    context.fillStyle = palette.text
    context.fillText(label, placed.x, y)
    const used = context.measureText(label).width
    context.font = NOTE_FONT
    const note = placed.strip ? String(block.cells.length) : words
    context.fillStyle = palette.text3
    if (used + 10 + context.measureText(note).width <= room) context.fillText(note, placed.x + used + 8, y)
  }
  if (placed.labelEvery === 0) return
  context.font = AXIS_FONT
  context.fillStyle = palette.text3
  context.textAlign = 'right'
  for (let row = 0; row < placed.rows; row += placed.labelEvery)
    context.fillText(
      String(row * placed.columns),
      placed.cellsX - 8,
      placed.cellsY + (row + 0.5) * placed.pitch - placed.gap / 2,
    )
}

const paintStripRule = (context: CanvasRenderingContext2D, layout: GridLayout, palette: Palette): void => {
  const strip = layout.blocks.find(placed => placed.strip)
  if (strip === undefined) return
  context.fillStyle = palette.line
  context.fillRect(0, Math.round(strip.y - STRIP_MARGIN / 2 - 2), layout.width, 1)
}

const shortened = (context: CanvasRenderingContext2D, text: string, room: number): string => {
  if (context.measureText(text).width <= room) return text
  let kept = text
  while (kept.length > 1 && context.measureText(`${kept}…`).width > room) kept = kept.slice(0, -1)
  return `${kept}…`
}

const paintCells = (context: CanvasRenderingContext2D, picture: HeatPicture, palette: Palette): void => {
  const { layout, cells } = picture
  const buckets: number[][] = Array.from({ length: RAMP_LEVELS }, () => [])
  const unknown: number[] = []
  for (const placed of layout.blocks) {
    if (isFine(placed)) continue
    for (const cell of placed.block.cells) (buckets[cells.level[cell] ?? NO_LEVEL] ?? unknown).push(cell)
  }
  buckets.forEach((bucket, level) => {
    if (bucket.length > 0) fillCells(context, layout, bucket, palette.ramp.css[level] ?? palette.cellNone)
  })
  if (unknown.length === 0) return
  fillCells(context, layout, unknown, palette.cellNone)
  hatchCells(context, layout, unknown, palette)
}

const fillCells = (
  context: CanvasRenderingContext2D,
  layout: GridLayout,
  cells: readonly number[],
  colour: string,
): void => {
  context.fillStyle = colour
  context.beginPath()
  for (const cell of cells) {
    const box = cellBox(layout, cell)
    if (box !== undefined) context.roundRect(box.x, box.y, box.side, box.side, 1.5)
  }
  context.fill()
}

const hatchCells = (
  context: CanvasRenderingContext2D,
  layout: GridLayout,
  cells: readonly number[],
  palette: Palette,
): void => {
  context.save()
  context.beginPath()
  for (const cell of cells) {
    const box = cellBox(layout, cell)
    if (box !== undefined) context.rect(box.x, box.y, box.side, box.side)
  }
  context.clip()
  context.strokeStyle = palette.cellHatch
  context.lineWidth = 1
  context.beginPath()
  for (const cell of cells) {
    const box = cellBox(layout, cell)
    if (box === undefined) continue
    for (let shift = -box.side; shift < box.side; shift += 3.5) {
      context.moveTo(box.x + Math.max(0, shift), box.y + box.side - Math.max(0, -shift))
      context.lineTo(box.x + Math.min(box.side, shift + box.side), box.y + Math.max(0, shift))
    }
  }
  context.stroke()
  context.restore()
}

/** A map of few partitions has room for their ids. */
const paintIds = (
  context: CanvasRenderingContext2D,
  { layout, cells }: HeatPicture,
  palette: Palette,
): void => {
  context.font = AXIS_FONT
  context.textAlign = 'center'
  for (const placed of layout.blocks) {
    if (placed.pitch < 22 || placed.block.cells.length > SMALL_BLOCK_CELLS) continue
    for (const cell of placed.block.cells) {
      const box = cellBox(layout, cell)
      if (box === undefined) continue
      const level = cells.level[cell] ?? NO_LEVEL
      // the ends of the ramp are dark and light (or light and dark): text takes the colour of the other end
      context.fillStyle =
        level === NO_LEVEL
          ? palette.text
          : (palette.ramp.css[level > 0.45 * RAMP_LEVELS ? 0 : RAMP_LEVELS - 1] ?? palette.text)
      context.fillText(String(partitionAt(cells, cell)), box.x + box.side / 2, box.y + box.side / 2 + 0.5)
    }
  }
}

const paintMarks = (
  context: CanvasRenderingContext2D,
  { layout, cells, dimmed }: HeatPicture,
  palette: Palette,
): void => {
  const outliers: Box[] = []
  const found: Box[] = []
  for (const cell of cells.marked) {
    const flags = cells.flags[cell] ?? 0
    const box = cellBox(layout, cell)
    if (box === undefined) continue
    if ((flags & HAS_FINDING) !== 0) found.push(box)
    if (box.side < MARK_SIDE_MIN) continue
    if ((flags & UNDER_REPLICATED) !== 0) paintCut(context, box, palette)
    if ((flags & LEADERLESS) !== 0) paintCross(context, box, palette)
    if ((flags & HAS_FINDING) === 0 && (flags & OUTLIER) !== 0) outliers.push(box)
  }
  outline(context, outliers, -0.25, 1, palette.surface)
  outline(context, outliers, -1.25, 1.5, palette.text)
  outline(context, found, -1, 2.5, palette.surface)
  outline(context, found, -2.25, 2, dimmed ? palette.text2 : palette.crit)
}

const paintCut = (context: CanvasRenderingContext2D, box: Box, palette: Palette): void => {
  const { x, y, side } = box
  context.fillStyle = palette.surface
  context.beginPath()
  context.moveTo(x + side, y + side * 0.35)
  context.lineTo(x + side, y + side)
  context.lineTo(x + side * 0.35, y + side)
  context.fill()
  outline(context, [box], 0.5, 1, palette.text3)
  context.lineWidth = 1.25
  context.beginPath()
  context.moveTo(x + side, y + side * 0.35)
  context.lineTo(x + side * 0.35, y + side)
  context.stroke()
}

type Box = { readonly x: number; readonly y: number; readonly side: number }

/** All boxes with one stroke. */
const outline = (
  context: CanvasRenderingContext2D,
  boxes: readonly Box[],
  inset: number,
  width: number,
  colour: string,
): void => {
  if (boxes.length === 0) return
  context.strokeStyle = colour
  context.lineWidth = width
  context.beginPath()
  for (const { x, y, side } of boxes)
    context.roundRect(x + inset, y + inset, side - 2 * inset, side - 2 * inset, inset < 0 ? 2.5 : 1.5)
  context.stroke()
}

const paintCross = (context: CanvasRenderingContext2D, { x, y, side }: Box, palette: Palette): void => {
  context.fillStyle = palette.surface
  context.fillRect(x, y, side, side)
  outline(context, [{ x, y, side }], 0.75, 1.5, palette.cellHatch)
  context.beginPath()
  const inset = side * 0.28
  context.moveTo(x + inset, y + inset)
  context.lineTo(x + side - inset, y + side - inset)
  context.moveTo(x + side - inset, y + inset)
  context.lineTo(x + inset, y + side - inset)
  context.stroke()
}

const paintMarginLabel = (
  context: CanvasRenderingContext2D,
  label: MarginLabel,
  { cells, dimmed }: HeatPicture,
  palette: Palette,
): void => {
  const colour =
    hasFlag(cells, label.cell, HAS_FINDING) && !dimmed ? palette.crit : dimmed ? palette.text2 : palette.text
  context.strokeStyle = colour
  context.lineWidth = 1
  context.beginPath()
  context.moveTo(label.x + 2, Math.round(label.y) + 0.5)
  context.lineTo(label.x + 9, Math.round(label.y) + 0.5)
  context.stroke()
  context.textAlign = 'left'
  context.fillStyle = colour
  context.font = LABEL_FONT
  context.fillText(label.text, label.x + 13, label.y - 6)
  context.font = AXIS_FONT
  context.fillText(label.sub, label.x + 13, label.y + 7)
}

/** Blue ring, and ticks at the edges, so that row and column can be read off. */
const paintChoice = (
  context: CanvasRenderingContext2D,
  { layout, picked }: HeatPicture,
  palette: Palette,
): void => {
  const box = picked < 0 ? undefined : cellBox(layout, picked)
  const placed = layout.blocks[layout.blockOf[picked] ?? -1]
  if (box === undefined || placed === undefined) return
  outline(context, [box], -2.5, 5, palette.surface)
  outline(context, [box], -2.5, 2, palette.accent)
  if (placed.strip) return
  context.fillStyle = palette.accent
  context.fillRect(placed.cellsX - 5, box.y, 2.5, box.side)
  context.fillRect(box.x, placed.cellsY + placed.rows * placed.pitch + 1, box.side, 2)
}
