/** The hottest and the coolest partitions, and what the whole looks like between them. */
import { type Cells, partitionAt, topicAt } from './cells.ts'
import { knownOf, selectPercentile } from './statistics.ts'

export interface RankedCell {
  readonly cell: number
  readonly topic: string
  readonly partition: number
  readonly value: number
  readonly share: number
}

/**
 * @param end "top" for the largest first, "bottom" for the smallest first; unknown values rank nowhere. Only what can
 *   be among the `limit` is sorted: a selection finds the last of them first.
 */
export const rankCells = (
  cells: Cells,
  end: 'top' | 'bottom',
  limit: number,
  by: 'share' | 'value' = 'share',
): readonly RankedCell[] => {
  const column = cells[by]
  const sign = end === 'top' ? -1 : 1
  const signed = knownOf(column).map(value => sign * value)
  const last =
    limit < signed.length ? selectPercentile(signed, limit / signed.length) : Number.POSITIVE_INFINITY
  const candidates: number[] = []
  for (let cell = 0; cell < column.length; cell++)
    if (sign * (column[cell] ?? Number.NaN) <= last) candidates.push(cell)
  return candidates
    .sort((a, b) => sign * ((column[a] ?? 0) - (column[b] ?? 0)) || a - b)
    .slice(0, limit)
    .map(cell => ({
      cell,
      topic: topicAt(cells, cell),
      partition: partitionAt(cells, cell),
      value: cells.value[cell] ?? Number.NaN,
      share: cells.share[cell] ?? Number.NaN,
    }))
}

/** The cell with the largest share, -1 where none is known: what `rankCells` would name first, at the price of a look. */
export const hottestCell = ({ share }: Pick<Cells, 'share'>): number => {
  let hottest = -1
  for (let cell = 0; cell < share.length; cell++) {
    const value = share[cell] ?? Number.NaN
    if (!Number.isNaN(value) && !(value <= (share[hottest] ?? Number.NaN))) hottest = cell
  }
  return hottest
}

export interface Spread {
  readonly known: number
  readonly median: number
  readonly medianShare: number
  readonly least: number
  readonly leastShare: number
  readonly mostShare: number
  readonly over: number
}

/** @param overShare partitions above this share of the mean are counted in `over` */
export const spreadOf = (cells: Cells, overShare: number): Spread => {
  const values = knownOf(cells.value)
  const shares = knownOf(cells.share)
  let over = 0
  for (const share of shares) if (share > overShare) over++
  return {
    known: values.length,
    median: selectPercentile(values, 0.5),
    medianShare: selectPercentile(shares, 0.5),
    least: selectPercentile(values, 0),
    leastShare: selectPercentile(shares, 0),
    mostShare: selectPercentile(shares, 1),
    over,
  }
}
