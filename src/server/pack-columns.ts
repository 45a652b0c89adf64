import type { Tick } from '../api/contract.ts'
import type { ColumnCells, Sent, SentDelta, SentTick, TickDelta } from '../api/delta.ts'
import { figureColumns, type PackedColumn, packedFrom, wholeColumns } from '../api/packed.ts'

/** The sending end of api/packed.ts: long columns of numbers become bytes, everything else stays as it is. */
export const packTick = (tick: Tick): SentTick => ({
  ...tick,
  columns: tick.columns.map(columns => ({
    ...columns,
    ...Object.fromEntries(numeric.map(name => [name, pack(name, columns[name])])),
  })),
})

export const packDelta = (delta: TickDelta): SentDelta => ({
  ...delta,
  columns: delta.columns.map(({ topic, changes }) => ({
    topic,
    changes: Object.fromEntries(
      Object.entries(changes).map(([name, change]) => [
        name,
        'all' in change
          ? { all: pack(name, change.all) }
          : { at: packed(change.at, Int32Array, 'i32'), to: pack(name, change.to) },
      ]),
    ),
  })),
})

const figures: ReadonlySet<string> = new Set(figureColumns)
const numeric = [...figureColumns, ...wholeColumns] as const
const packable: ReadonlySet<string> = new Set(numeric)

const pack = (name: string, cells: ColumnCells): Sent<ColumnCells> =>
  !packable.has(name)
    ? cells
    : figures.has(name)
      ? packed(cells as ArrayLike<number | null>, Float32Array, 'f32')
      : packed(cells as ArrayLike<number | null>, Int32Array, 'i32')

const packed = <Cells extends ArrayLike<number | null>>(
  cells: Cells,
  kind: typeof Float32Array | typeof Int32Array,
  name: keyof PackedColumn,
): Cells | PackedColumn => {
  if (cells.length < packedFrom) return cells
  const numbers = new kind(cells.length)
  for (let index = 0; index < cells.length; index++) numbers[index] = cells[index] ?? Number.NaN
  return { [name]: Buffer.from(numbers.buffer).toString('base64') }
}
