import type { CellColumn, HistoryRow } from '../../ports/history-file.ts'

/**
 * Several steps as one.
 *
 * A total is the mean of the steps in which it is known. A cell is the largest: a partition that was hot for a minute
 * is still seen in the picture of the day, which a mean would hide. Unknown (NaN) stays unknown only where every step
 * is: a gap is data too, and is never filled from what lies beside it.
 */
export interface OpenStep {
  readonly atMs: number
  add(row: Pick<HistoryRow, 'totals' | 'cells'>): void
  totals(): Float64Array
  cells(): HistoryRow['cells']
  isEmpty(): boolean
}

export const openStep = (atMs: number): OpenStep => {
  let sums = new Float64Array(0)
  let counts = new Float64Array(0)
  const largest: Record<CellColumn, Float32Array | null> = { recordsPerSecond: null, lagRecords: null }
  let rows = 0
  return {
    atMs,
    add: ({ totals, cells }) => {
      rows++
      if (sums.length < totals.length) {
        sums = grown(sums, totals.length)
        counts = grown(counts, totals.length)
      }
      totals.forEach((value, i) => {
        if (Number.isNaN(value)) return
        sums[i] = (sums[i] ?? 0) + value
        counts[i] = (counts[i] ?? 0) + 1
      })
      largest.recordsPerSecond = larger(largest.recordsPerSecond, cells.recordsPerSecond)
      largest.lagRecords = larger(largest.lagRecords, cells.lagRecords)
    },
    totals: () => sums.map((sum, i) => (counts[i] === 0 ? NaN : sum / (counts[i] ?? 1))),
    cells: () => ({ ...largest }),
    isEmpty: () => rows === 0,
  }
}

const grown = (column: Float64Array, length: number): Float64Array<ArrayBuffer> => {
  const longer = new Float64Array(length)
  longer.set(column)
  return longer
}

/** Cell by cell; of columns of different length (partitions were added) the longer one counts. */
const larger = (a: Float32Array | null, b: Float32Array | null): Float32Array | null => {
  if (a === null || b === null) return a === null ? (b?.slice() ?? null) : a
  const into = a.length >= b.length ? a : Float32Array.from({ length: b.length }, (_, i) => a[i] ?? NaN)
  for (let i = 0; i < b.length; i++) {
    const value = b[i] ?? NaN
    if (!Number.isNaN(value) && !(value <= (into[i] ?? NaN))) into[i] = value
  }
  return into
}
