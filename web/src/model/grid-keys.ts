/**
 * Arrow keys on the map. Inside a block they step by cell and row; past its edge they go on into the neighbouring
 * block, so that all partitions of all topics are reached with one tab stop.
 */
import { type Cells, HAS_FINDING, hasFlag, OUTLIER } from './cells.ts'
import type { GridLayout, PlacedBlock } from './grid-layout.ts'

/** Where a key leads from `cell`; `undefined` when the key is not one of the grid's. */
export const moveInGrid = (
  layout: GridLayout,
  cell: number,
  key: string,
  whole: boolean,
): number | undefined => {
  const index = layout.blockOf[cell] ?? -1
  const placed = layout.blocks[index]
  if (placed === undefined) return undefined
  const position = layout.positionOf[cell] ?? 0
  const row = Math.floor(position / placed.columns)
  const column = position % placed.columns
  switch (key) {
    case 'ArrowRight':
      return cellIn(placed, row, column + 1) ?? sideways(layout, placed, 1, row) ?? cell
    case 'ArrowLeft':
      return (column > 0 ? cellIn(placed, row, column - 1) : sideways(layout, placed, -1, row)) ?? cell
    case 'ArrowDown':
      return cellIn(placed, row + 1, column) ?? vertical(layout, placed, 1, column) ?? cell
    case 'ArrowUp':
      return (row > 0 ? cellIn(placed, row - 1, column) : vertical(layout, placed, -1, column)) ?? cell
    case 'Home':
      return whole ? firstOf(layout) : (cellIn(placed, row, 0) ?? cell)
    case 'End':
      return whole ? lastOf(layout) : lastInRow(placed, row)
    default:
      return undefined
  }
}

/** The next outlier or finding after `cell`, round the end; -1 when there is none. */
export const nextOutlier = (cells: Cells, layout: GridLayout, cell: number): number => {
  const first = layout.blockOf[cell] ?? -1
  const blocks = layout.blocks.length
  // from the cell on through the following blocks, and round to what stands before it
  for (let step = 0; step <= blocks; step++) {
    const { block } = layout.blocks[(Math.max(0, first) + step) % blocks] as PlacedBlock
    const from = step === 0 && first >= 0 ? (layout.positionOf[cell] ?? 0) + 1 : 0
    for (let position = from; position < block.cells.length; position++) {
      const candidate = block.cells[position] ?? -1
      if (hasFlag(cells, candidate, OUTLIER | HAS_FINDING)) return candidate
    }
  }
  return -1
}

/** The cell a key press starts from when none is picked. */
export const firstOf = (layout: GridLayout): number => layout.blocks[0]?.block.cells[0] ?? -1

const lastOf = (layout: GridLayout): number => layout.blocks.at(-1)?.block.cells.at(-1) ?? -1

const cellIn = (placed: PlacedBlock, row: number, column: number): number | undefined =>
  column < 0 || column >= placed.columns || row < 0
    ? undefined
    : placed.block.cells[row * placed.columns + column]

const lastInRow = (placed: PlacedBlock, row: number): number => {
  const last = Math.min((row + 1) * placed.columns, placed.block.cells.length) - 1
  return placed.block.cells[last] ?? -1
}

const sideways = (layout: GridLayout, placed: PlacedBlock, step: 1 | -1, row: number): number | undefined => {
  const neighbour = layout.blocks[layout.blocks.indexOf(placed) + step]
  if (neighbour === undefined || neighbour.band !== placed.band) return undefined
  const landing = Math.min(row, neighbour.rows - 1)
  return step > 0 ? cellIn(neighbour, landing, 0) : lastInRow(neighbour, landing)
}

const vertical = (
  layout: GridLayout,
  placed: PlacedBlock,
  step: 1 | -1,
  column: number,
): number | undefined => {
  const x = placed.cellsX + column * placed.pitch
  const candidates = layout.blocks.filter(block => block.band === placed.band + step)
  const nearest = candidates.toSorted((a, b) => distance(a, x) - distance(b, x))[0]
  if (nearest === undefined) return undefined
  const row = step > 0 ? 0 : nearest.rows - 1
  const wanted = Math.floor((x - nearest.cellsX) / nearest.pitch)
  const landing = Math.min(Math.max(0, wanted), nearest.columns - 1)
  return cellIn(nearest, row, landing) ?? lastInRow(nearest, row)
}

const distance = (placed: PlacedBlock, x: number): number => {
  const right = placed.cellsX + Math.min(placed.columns, placed.block.cells.length) * placed.pitch
  return x < placed.cellsX ? placed.cellsX - x : x > right ? x - right : 0
}
