import type { Tick, TopicColumns } from './contract.ts'
import type { ColumnCells, ColumnName, HeldTick, TickDelta } from './delta.ts'

/**
 * Columns that are too long for text. A topic of 200,000 partitions is 1.4 MB of digits a column and second: writing
 * and reading those digits is most of what the server and the page would do. From `packedFrom` cells on, the event
 * stream carries a column as the bytes of its numbers, in base64 (the stream is text), little-endian:
 *
 * - `{ "f32": "…" }` figures; NaN is "not known". Seven digits, more than a screen shows;
 * - `{ "i32": "…" }` brokers, counts, indexes;
 * - `{ "u8": "…" }` states, by their place in the contract's list.
 *
 * Whoever asks an address of the API gets plain JSON.
 */
export interface PackedColumn {
  readonly f32?: string
  readonly i32?: string
  readonly u8?: string
}

/** As they travel: the same, with long columns packed. */
export type Sent<Cells> = Cells | PackedColumn
export type SentTick = Omit<Tick, 'columns'> & {
  readonly columns: readonly ({ readonly topic: string } & {
    readonly [Name in ColumnName]: Sent<ArrayLike<TopicColumns[Name][number]>>
  })[]
}
export type SentDelta = Omit<TickDelta, 'columns'> & {
  readonly columns: readonly {
    readonly topic: string
    readonly changes: Readonly<Record<string, SentChange>>
  }[]
}
type SentChange =
  | { readonly all: Sent<ColumnCells> }
  | { readonly at: Sent<ArrayLike<number>>; readonly to: Sent<ColumnCells> }

export const packedFrom = 4096

export const figureColumns = [
  'recordsPerSecond',
  'bytesPerSecond',
  'sizeBytes',
  'lagRecords',
  'lagMs',
] as const
export const wholeColumns = ['leader', 'isr', 'consumer'] as const

/** The tick that was sent, its packed columns as typed arrays. */
export const unpackTick = (sent: SentTick): HeldTick => ({
  ...sent,
  columns: sent.columns.map(
    columns =>
      Object.fromEntries(
        Object.entries(columns).map(([name, column]) => [
          name,
          typeof column === 'string' ? column : unpack(column as Sent<ColumnCells>),
        ]),
      ) as unknown as HeldTick['columns'][number],
  ),
})

export const unpackDelta = (sent: SentDelta): TickDelta => ({
  ...sent,
  columns: sent.columns.map(({ topic, changes }) => ({
    topic,
    changes: Object.fromEntries(
      Object.entries(changes).map(([name, change]) => [
        name,
        'all' in change
          ? { all: unpack(change.all) }
          : { at: unpack(change.at) as ArrayLike<number>, to: unpack(change.to) },
      ]),
    ),
  })),
})

const unpack = (column: Sent<ColumnCells>): ColumnCells => {
  if (!isPacked(column)) return column
  if (column.f32 !== undefined) return new Float32Array(bytesOf(column.f32).buffer)
  if (column.i32 !== undefined) return new Int32Array(bytesOf(column.i32).buffer)
  return bytesOf(column.u8 ?? '')
}

const isPacked = (column: Sent<ColumnCells>): column is PackedColumn => !('length' in column)

/** The engine's own reader where there is one (0.3 ms a megabyte); the loop is for browsers of before 2025. */
const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => {
  const { fromBase64 } = Uint8Array as unknown as {
    readonly fromBase64?: (text: string) => Uint8Array<ArrayBuffer>
  }
  if (fromBase64 !== undefined) return fromBase64.call(Uint8Array, base64)
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index)
  return bytes
}
