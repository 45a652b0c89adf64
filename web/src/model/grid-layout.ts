/**
 * Where each cell of a heat map lies.
 *
 * Goal: as large as the space allows, whole on one screen, and never a cell that moves without cause.
 * Invariants: a block's columns are a round number (10, 20, 25, 50, 100 to 1,000), so that row label plus column gives
 * the id; all large blocks share one pitch, so that areas compare; cells of a block stand in its own order.
 *
 * Method. One block: the fewest round columns whose pitch stays under the limit for its size, and whose height keeps to
 * the space if any does. Several blocks side by
 * side: every count of blocks a band and every target number of rows is tried (a few hundred combinations at most), and
 * the largest pitch wins whose height keeps to the limit. Blocks of up to 50 cells beside larger ones are not worth a
 * band of their own: they share strips below, in a small fixed pitch.
 *
 * It does not merge cells: each partition has at least one pixel of its own, so 200,000 are a field of 1,000 × 200, and
 * on a narrow screen the map grows taller than the screen.
 */
import { type Block, SMALL_BLOCK_CELLS } from './blocks.ts'

export interface LayoutSpace {
  readonly width: number
  /** The map should be no taller, if the width allows. */
  readonly heightLimit: number
  /** Left of numbered blocks, for row labels; 0 on a phone. */
  readonly labelWidth: number
  /** Right of numbered blocks, for names of outliers; 0 on a phone. */
  readonly marginWidth: number
  readonly devicePixelRatio: number
  /** Width of a block's name as drawn. */
  readonly textWidth: (text: string) => number
  /** Narrower than this a block stands below its neighbour instead of beside it. */
  readonly blockWidthMin: number
  /** Heading over a lone block too? */
  readonly headed: boolean
}

export interface PlacedBlock {
  readonly block: Block
  /** Left edge of the heading. */
  readonly x: number
  readonly y: number
  /** Left and upper edge of the first cell. */
  readonly cellsX: number
  readonly cellsY: number
  readonly columns: number
  readonly rows: number
  readonly pitch: number
  readonly gap: number
  readonly band: number
  readonly strip: boolean
  /** A row label every so many rows; 0 for none. */
  readonly labelEvery: number
}

export interface GridLayout {
  readonly width: number
  readonly height: number
  readonly blocks: readonly PlacedBlock[]
  /** Cell → index of its block, -1 where it is not drawn. */
  readonly blockOf: Int32Array
  /** Cell → position inside its block. */
  readonly positionOf: Int32Array
}

export const ROUND_COLUMNS: readonly number[] = [10, 20, 25, 50, 100, 200, 250, 500, 1000]
const NUMBERED_PITCH = 26
const PITCH_MIN = 1
const STRIP_PITCH = 14
const HEAD_HEIGHT = 24
const TOP_MARGIN = 5
const BOTTOM_MARGIN = 6
const BAND_GAP = 14
/** Between the large blocks and the strips; a hairline is drawn in it. */
export const STRIP_MARGIN = 26
const BLOCK_GAP = 24
const LABEL_PITCH_MIN = 15

/** The largest pitch that suits a map of so many cells (px); beyond it cells turn into a wall of tiles. */
export const pitchLimit = (cells: number): number =>
  cells <= 500 ? 26 : cells <= 3000 ? 20 : cells <= 12_000 ? 8 : cells <= 60_000 ? 3 : 2

/** Space between cells at a pitch: none where it would eat the cell. */
export const gapOf = (pitch: number): number => (pitch >= 9 ? 1.5 : pitch >= 6 ? 1 : pitch >= 4 ? 0.5 : 0)

export const layoutGrid = (blocks: readonly Block[], cellCount: number, space: LayoutSpace): GridLayout => {
  const drawn = blocks.filter(block => block.cells.length > 0)
  const large = drawn.filter(block => !block.numbered || block.cells.length > SMALL_BLOCK_CELLS)
  const main = large.length > 0 ? large : drawn
  const strips = large.length > 0 ? drawn.filter(block => !large.includes(block)) : []
  const plan = main.length === 1 ? planOne(main, space) : planMany(main, space)
  const placed = [...placeBands(main, plan, space)]
  const bottom = placed.reduce((lowest, block) => Math.max(lowest, blockBottom(block)), 0)
  placed.push(...placeStrips(strips, bottom, (placed.at(-1)?.band ?? -1) + 1, space))
  const blockOf = new Int32Array(cellCount).fill(-1)
  const positionOf = new Int32Array(cellCount)
  placed.forEach(({ block }, index) => {
    block.cells.forEach((cell, position) => {
      blockOf[cell] = index
      positionOf[cell] = position
    })
  })
  const height = placed.reduce((lowest, block) => Math.max(lowest, blockBottom(block)), 0) + BOTTOM_MARGIN
  return { width: space.width, height, blocks: placed, blockOf, positionOf }
}

interface BandPlan {
  readonly perBand: number
  readonly columns: readonly number[]
  readonly pitch: number
  readonly height: number
}

const overheadOf = (block: Block, space: LayoutSpace): number =>
  block.numbered ? space.labelWidth + space.marginWidth : 0

const toDevicePixels = (pitch: number, space: LayoutSpace): number =>
  Math.floor(pitch * space.devicePixelRatio) / space.devicePixelRatio

const roundUp = (cells: number): number =>
  ROUND_COLUMNS.find(columns => columns >= cells) ?? (ROUND_COLUMNS.at(-1) as number)

const planOne = (blocks: readonly Block[], space: LayoutSpace): BandPlan => {
  const block = blocks[0] as Block
  const cells = block.cells.length
  const width = space.width - overheadOf(block, space)
  const limit = cells <= SMALL_BLOCK_CELLS ? NUMBERED_PITCH : pitchLimit(cells)
  // a handful of cells is not stretched over the width: whole rows of ten at the pitch that carries an id
  const fitting = ROUND_COLUMNS.filter(columns => columns * limit <= width)
  const drawable = ROUND_COLUMNS.filter(columns => columns === 10 || width / columns >= PITCH_MIN)
  const candidates = drawable.filter(columns => width / columns <= limit)
  const columns =
    cells <= SMALL_BLOCK_CELLS
      ? Math.min(fitting.at(-1) ?? 10, roundUp(cells))
      : (candidates.find(
          candidate => Math.ceil(cells / candidate) * (width / candidate) <= space.heightLimit,
        ) ??
        // none is low enough: the lowest there is
        candidates.at(-1) ??
        drawable.at(-1) ??
        10)
  const pitch = Math.max(PITCH_MIN, toDevicePixels(Math.min(limit, width / columns), space))
  return { perBand: 1, columns: [columns], pitch, height: Math.ceil(cells / columns) * pitch }
}

const planMany = (blocks: readonly Block[], space: LayoutSpace): BandPlan => {
  const cells = blocks.reduce((sum, block) => sum + block.cells.length, 0)
  const overhead = Math.max(...blocks.map(block => overheadOf(block, space)))
  const perBandMax = Math.max(
    1,
    Math.min(
      blocks.length,
      Math.floor((space.width + BLOCK_GAP) / (space.blockWidthMin + overhead + BLOCK_GAP)),
    ),
  )
  const targets = new Set(
    blocks.flatMap(block => ROUND_COLUMNS.map(columns => Math.ceil(block.cells.length / columns))),
  )
  const plans: BandPlan[] = []
  for (let perBand = 1; perBand <= perBandMax; perBand++) {
    for (const rows of targets) {
      const own = blocks.map(block => roundUp(block.cells.length / rows))
      // brokers and consumers are compared with each other: one width for all; topics stand for themselves
      const columns = blocks.every(block => block.numbered) ? own : own.map(() => Math.max(...own))
      plans.push(measureBands(blocks, columns, perBand, pitchLimit(cells), space))
    }
  }
  return choosePlan(plans, space.heightLimit)
}

const measureBands = (
  blocks: readonly Block[],
  columns: readonly number[],
  perBand: number,
  limit: number,
  space: LayoutSpace,
): BandPlan => {
  let pitch = limit
  for (let first = 0; first < blocks.length; first += perBand) {
    const band = blocks.slice(first, first + perBand)
    const overhead = band.reduce(
      (sum, block) => sum + overheadOf(block, space),
      BLOCK_GAP * (band.length - 1),
    )
    const columnsSum = columns.slice(first, first + perBand).reduce((sum, value) => sum + value, 0)
    pitch = Math.min(pitch, (space.width - overhead) / columnsSum)
  }
  let rows = 0
  let heads = -BAND_GAP
  for (let first = 0; first < blocks.length; first += perBand) {
    const members = blocks.slice(first, first + perBand)
    rows += Math.max(
      ...members.map((block, index) => Math.ceil(block.cells.length / (columns[first + index] ?? 1))),
    )
    heads += HEAD_HEIGHT + BAND_GAP
  }
  // a row too many makes cells a little smaller, not another arrangement
  const low = (space.heightLimit - heads) / rows
  pitch = toDevicePixels(low >= pitch * NEARLY ? Math.min(pitch, low) : pitch, space)
  return { perBand, columns, pitch, height: rows * pitch + heads }
}

/** A pitch nearly as large is as good, if its blocks stand side by side and end evenly. */
const NEARLY = 0.8

/** Within the height limit nearly the largest pitch; of those the fewest bands, then the flattest. Else the flattest of all. */
const choosePlan = (plans: readonly BandPlan[], heightLimit: number): BandPlan => {
  // squeezed below a pixel, neighbours would be drawn over each other
  const drawable = plans.filter(plan => plan.pitch >= PITCH_MIN)
  const fitting = drawable.filter(plan => plan.height <= heightLimit)
  if (fitting.length === 0) {
    const flattest = drawable.toSorted((a, b) => a.height - b.height)[0]
    return flattest ?? { ...(plans[0] as BandPlan), pitch: PITCH_MIN }
  }
  const largest = Math.max(...fitting.map(plan => plan.pitch))
  const bands = (plan: BandPlan): number => Math.ceil(plan.columns.length / plan.perBand)
  return fitting
    .filter(plan => plan.pitch >= largest * NEARLY)
    .toSorted((a, b) => bands(a) - bands(b) || a.height - b.height)[0] as BandPlan
}

const placeBands = function* (
  blocks: readonly Block[],
  plan: BandPlan,
  space: LayoutSpace,
): Generator<PlacedBlock> {
  const head = blocks.length > 1 || space.headed ? HEAD_HEIGHT : TOP_MARGIN
  let y = 0
  for (let first = 0, band = 0; first < blocks.length; first += plan.perBand, band++) {
    const members = blocks.slice(first, first + plan.perBand)
    const widths = members.map(
      (block, index) => overheadOf(block, space) + (plan.columns[first + index] ?? 1) * plan.pitch,
    )
    // what is left over parts the blocks, so that a band ends where the panel does; among blocks of one width a band
    // that is not full keeps the places of the one above it
    const slots = members.every(block => block.numbered)
      ? members.length
      : Math.min(plan.perBand, blocks.length)
    const used = widths.reduce((sum, width) => sum + width, 0) * (slots / members.length)
    const between = slots > 1 ? Math.min((space.width - used) / (slots - 1), BLOCK_GAP * 3) : 0
    let x = 0
    let rowsMax = 0
    for (const [index, block] of members.entries()) {
      const columns = plan.columns[first + index] ?? 1
      const rows = Math.ceil(block.cells.length / columns)
      const labelWidth = block.numbered ? space.labelWidth : 0
      const left = toDevicePixels(x + labelWidth, space)
      yield {
        block,
        x: left,
        y,
        cellsX: left,
        cellsY: y + head,
        columns,
        rows,
        pitch: plan.pitch,
        gap: gapOf(plan.pitch),
        band,
        strip: false,
        labelEvery: labelWidth > 0 && rows > 1 ? Math.max(1, Math.ceil(LABEL_PITCH_MIN / plan.pitch)) : 0,
      }
      x += (widths[index] ?? 0) + between
      rowsMax = Math.max(rowsMax, rows)
    }
    y += head + rowsMax * plan.pitch + BAND_GAP
  }
}

const placeStrips = function* (
  blocks: readonly Block[],
  top: number,
  firstBand: number,
  space: LayoutSpace,
): Generator<PlacedBlock> {
  let x = 0
  let y = top + STRIP_MARGIN
  let band = firstBand
  let rowsMax = 1
  for (const block of blocks) {
    const label = space.textWidth(`${block.label}  ${block.cells.length}`) + 14
    const columns = Math.min(
      roundUp(block.cells.length),
      Math.max(10, Math.floor((space.width - label) / STRIP_PITCH / 10) * 10),
    )
    const rows = Math.ceil(block.cells.length / columns)
    const width = label + Math.min(columns, block.cells.length) * STRIP_PITCH
    if (x > 0 && x + width > space.width) {
      x = 0
      y += rowsMax * STRIP_PITCH + BAND_GAP
      band++
      rowsMax = 1
    }
    rowsMax = Math.max(rowsMax, rows)
    yield {
      block,
      x,
      y,
      cellsX: x + label,
      cellsY: y,
      columns,
      rows,
      pitch: STRIP_PITCH,
      gap: gapOf(STRIP_PITCH),
      band,
      strip: true,
      labelEvery: 0,
    }
    x += width + BLOCK_GAP
  }
}

const blockBottom = (placed: PlacedBlock): number => placed.cellsY + placed.rows * placed.pitch

/** Upper left corner and side of a cell; undefined where it is not drawn. */
export const cellBox = (
  layout: GridLayout,
  cell: number,
): { readonly x: number; readonly y: number; readonly side: number } | undefined => {
  const placed = layout.blocks[layout.blockOf[cell] ?? -1]
  if (placed === undefined) return undefined
  const position = layout.positionOf[cell] ?? 0
  return {
    x: placed.cellsX + (position % placed.columns) * placed.pitch,
    y: placed.cellsY + Math.floor(position / placed.columns) * placed.pitch,
    side: placed.pitch - placed.gap,
  }
}

/** The cell under a point, -1 for none. The gap belongs to the cell left of and above it: no dead lines. */
export const hitCell = (layout: GridLayout, x: number, y: number): number => {
  for (const placed of layout.blocks) {
    const column = Math.floor((x - placed.cellsX) / placed.pitch)
    const row = Math.floor((y - placed.cellsY) / placed.pitch)
    if (column < 0 || column >= placed.columns || row < 0 || row >= placed.rows) continue
    const cell = placed.block.cells[row * placed.columns + column]
    if (cell !== undefined) return cell
  }
  return -1
}
