import type { Tick } from '../api/contract.ts'
import type { ColumnCells, TickDelta } from '../api/delta.ts'
import {
  figureColumns,
  packedFrom,
  type Sent,
  type SentDelta,
  type SentTick,
  wholeColumns,
} from '../api/packed.ts'
import { partitionStates } from '../api/partition-states.ts'

/** The sending end of api/packed.ts: long columns become bytes, everything else stays as it is. */
export const packTick = (tick: Tick): SentTick => ({
  ...tick,
  columns: tick.columns.map(columns => ({
    ...columns,
    ...Object.fromEntries(packable.map(name => [name, pack(name, columns[name])])),
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
          : { at: packed(change.at, 'i32') as Sent<ArrayLike<number>>, to: pack(name, change.to) },
      ]),
    ),
  })),
})

const kinds = { f32: Float32Array, i32: Int32Array, u8: Uint8Array } as const
type Kind = keyof typeof kinds

const kindOf: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(figureColumns.map(name => [name, 'f32'])),
  ...Object.fromEntries(wholeColumns.map(name => [name, 'i32'])),
  state: 'u8',
}
const packable = Object.keys(kindOf) as (keyof SentTick['columns'][number])[]

const placeOf: ReadonlyMap<unknown, number> = new Map(partitionStates.map((state, place) => [state, place]))

const pack = (name: string, cells: ColumnCells): Sent<ColumnCells> => {
  const kind = kindOf[name]
  return kind === undefined ? cells : packed(cells, kind)
}

const packed = (cells: ColumnCells, kind: Kind): Sent<ColumnCells> => {
  if (cells.length < packedFrom) return cells
  const numbers = new kinds[kind](cells.length)
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index]
    numbers[index] = typeof cell === 'number' ? cell : (placeOf.get(cell) ?? Number.NaN)
  }
  return { [kind]: Buffer.from(numbers.buffer).toString('base64') }
}
