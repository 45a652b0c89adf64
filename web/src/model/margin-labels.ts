/**
 * Names of outliers in the margin right of a block: a ring says "look here", the label says what it is without a
 * pointer. Findings come first, then the largest; a label that would cover one already placed is left out, since two
 * half-read names are worth less than one.
 */
import { type Cells, HAS_FINDING, hasFlag, OUTLIER, partitionAt } from './cells.ts'
import { cellBox, type GridLayout } from './grid-layout.ts'
import type { Measure } from './measure.ts'
import { times } from './text.ts'

export interface MarginLabel {
  readonly cell: number
  /** Right edge of the block's cells. */
  readonly x: number
  /** Middle of the cell's row. */
  readonly y: number
  readonly text: string
  readonly sub: string
  readonly finding: boolean
}

const LABEL_HEIGHT = 27

export const marginLabels = (cells: Cells, layout: GridLayout, measure: Measure): readonly MarginLabel[] => {
  const taken = new Map<number, number[]>()
  const labels: MarginLabel[] = []
  const marked = cells.marked.filter(cell => hasFlag(cells, cell, OUTLIER | HAS_FINDING))
  const rank = (cell: number): number =>
    (hasFlag(cells, cell, HAS_FINDING) ? 1e9 : 0) + (cells.share[cell] || 0)
  for (const cell of marked.toSorted((a, b) => rank(b) - rank(a))) {
    const index = layout.blockOf[cell] ?? -1
    const placed = layout.blocks[index]
    const box = cellBox(layout, cell)
    if (placed === undefined || box === undefined || placed.strip || !placed.block.numbered) continue
    const y = box.y + box.side / 2
    const rows = taken.get(index) ?? []
    if (rows.some(other => Math.abs(other - y) < LABEL_HEIGHT)) continue
    taken.set(index, [...rows, y])
    labels.push({
      cell,
      x: placed.cellsX + placed.columns * placed.pitch,
      y,
      text: String(partitionAt(cells, cell)),
      sub: measure.scale === 'share' ? times(cells.share[cell]) : measure.format(cells.value[cell]),
      finding: hasFlag(cells, cell, HAS_FINDING),
    })
  }
  return labels
}
