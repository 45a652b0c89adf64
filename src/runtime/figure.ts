/**
 * From columns to JSON. NaN, "not known", becomes null; a figure is rounded to what a screen can show, because 17
 * digits of a rate are most of the bytes of a tick and none of its meaning.
 */
export const figure = (value: number): number | null =>
  Number.isFinite(value) ? Math.round(value * 100) / 100 : null

export const whole = (value: number): number | null => (Number.isFinite(value) ? Math.round(value) : null)

export const figures = (column: ArrayLike<number>): (number | null)[] => told(column, figure)
export const wholes = (column: ArrayLike<number>): (number | null)[] => told(column, whole)

/** A loop: `Array.from` goes through the iterator, which at 200,000 partitions is a tenth of a second of every look. */
const told = (column: ArrayLike<number>, tell: (value: number) => number | null): (number | null)[] => {
  const cells = new Array<number | null>(column.length)
  for (let index = 0; index < cells.length; index++) cells[index] = tell(column[index] ?? NaN)
  return cells
}

/** Offsets leave as decimal text: they may pass 2^53 where they are read. */
export const offsetText = (value: number): string | null => (Number.isNaN(value) ? null : String(value))

export const isoTime = (wallMs: number): string => new Date(wallMs).toISOString()
