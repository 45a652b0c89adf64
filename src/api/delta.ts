import type { PartitionState, Tick, TopicColumns } from './contract.ts'
import { partitionStates } from './partition-states.ts'

/**
 * What changed between two ticks, small enough to send every second to every open page.
 *
 * Lists of named things (topics, groups, brokers) carry the items that differ and, when it changed, the order. A
 * topic's columns carry the places that differ; where more than a third of a column does, the column as a whole is
 * shorter. Everything else is sent whole when it differs.
 *
 * Law (property-tested): applyDelta(before, deltaOf(before, after)) equals after, through JSON and back.
 */
export interface TickDelta {
  readonly parts: Partial<Omit<Tick, 'columns' | 'topics' | 'groups'>>
  readonly topics: ListDelta<Tick['topics'][number]> | null
  readonly groups: ListDelta<Tick['groups'][number]> | null
  readonly columns: readonly ColumnsDelta[]
  /** Topics that have columns, when that changed. */
  readonly columnOrder: readonly string[] | null
}

/**
 * A tick as whoever follows the stream holds it: long columns are typed arrays, in which NaN says what null says in
 * JSON, and a state its place among the states. A tick of the contract is one, too.
 */
export type HeldTick = Omit<Tick, 'columns'> & { readonly columns: readonly HeldColumns[] }
export type HeldColumns = { readonly topic: string; readonly consumers: readonly string[] } & {
  readonly [Name in Exclude<ColumnName, 'consumers' | 'state'>]: ArrayLike<TopicColumns[Name][number]>
} & { readonly state: ArrayLike<PartitionState> | Uint8Array }

/** A partition's state, however the column is held; "unknown" beyond its end. */
export const stateAt = ({ state }: Pick<HeldColumns, 'state'>, partition: number): PartitionState =>
  (state instanceof Uint8Array ? partitionStates[state[partition] ?? -1] : state[partition]) ?? 'unknown'

export type ColumnCells = ArrayLike<Cell>

interface ListDelta<Item> {
  readonly items: readonly Item[]
  readonly order: readonly string[] | null
}

export type ColumnName = Exclude<keyof TopicColumns, 'topic'>
type Cell = TopicColumns[ColumnName][number]

interface ColumnsDelta {
  readonly topic: string
  readonly changes: Partial<Record<ColumnName, ColumnDelta>>
}

type ColumnDelta =
  | { readonly all: ColumnCells }
  | { readonly at: ArrayLike<number>; readonly to: ColumnCells }

export const columnNames: readonly ColumnName[] = [
  'recordsPerSecond',
  'bytesPerSecond',
  'sizeBytes',
  'lagRecords',
  'lagMs',
  'leader',
  'isr',
  'state',
  'consumer',
  'consumers',
]

/** An index and its comma cost about as much as a figure; twice that is the whole column. */
const sparseShareMax = 1 / 3

export const deltaOf = (before: Tick, after: Tick): TickDelta => {
  const parts: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(after)) {
    if (name === 'columns' || name === 'topics' || name === 'groups') continue
    if (!same(before[name as keyof Tick], value)) parts[name] = value
  }
  const old = new Map(before.columns.map(columns => [columns.topic, columns]))
  const columns = after.columns.flatMap(each => columnsDelta(old.get(each.topic), each) ?? [])
  const order = (tick: Tick): readonly string[] => tick.columns.map(each => each.topic)
  return {
    parts: parts as TickDelta['parts'],
    topics: listDelta(before.topics, after.topics, topic => topic.topic),
    groups: listDelta(before.groups, after.groups, group => group.groupId),
    columns,
    columnOrder: same(order(before), order(after)) ? null : order(after),
  }
}

export const applyDelta = (before: HeldTick, delta: TickDelta): HeldTick => {
  const old = new Map<string, HeldColumns>(before.columns.map(columns => [columns.topic, columns]))
  for (const change of delta.columns) old.set(change.topic, withChanges(old.get(change.topic), change))
  const order = delta.columnOrder ?? before.columns.map(columns => columns.topic)
  return {
    ...before,
    ...delta.parts,
    topics: withItems(before.topics, delta.topics, topic => topic.topic),
    groups: withItems(before.groups, delta.groups, group => group.groupId),
    columns: order.flatMap(topic => old.get(topic) ?? []),
  }
}

const listDelta = <Item>(
  before: readonly Item[],
  after: readonly Item[],
  nameOf: (item: Item) => string,
): ListDelta<Item> | null => {
  const old = new Map(before.map(item => [nameOf(item), item]))
  const items = after.filter(item => !same(old.get(nameOf(item)), item))
  const order = after.map(nameOf)
  const moved = !same(before.map(nameOf), order)
  return items.length === 0 && !moved ? null : { items, order: moved ? order : null }
}

const withItems = <Item>(
  before: Item[],
  delta: ListDelta<Item> | null,
  nameOf: (item: Item) => string,
): Item[] => {
  if (delta === null) return before
  const items = new Map(before.map(item => [nameOf(item), item]))
  for (const item of delta.items) items.set(nameOf(item), item)
  return (delta.order ?? before.map(nameOf)).flatMap(name => items.get(name) ?? [])
}

const columnsDelta = (before: TopicColumns | undefined, after: TopicColumns): ColumnsDelta | null => {
  const changes: Partial<Record<ColumnName, ColumnDelta>> = {}
  for (const name of columnNames) {
    const change = columnDelta(before?.[name], after[name])
    if (change !== null) changes[name] = change
  }
  return Object.keys(changes).length === 0 ? null : { topic: after.topic, changes }
}

const columnDelta = (before: readonly Cell[] | undefined, after: readonly Cell[]): ColumnDelta | null => {
  if (before?.length !== after.length) return { all: after }
  const at: number[] = []
  const atMax = after.length * sparseShareMax
  for (let i = 0; i < after.length; i++) {
    if (before[i] === after[i]) continue
    at.push(i)
    if (at.length > atMax) return { all: after }
  }
  return at.length === 0 ? null : { at, to: at.map(i => after[i] ?? null) }
}

const withChanges = (before: HeldColumns | undefined, { topic, changes }: ColumnsDelta): HeldColumns => {
  const columns: Record<string, unknown> = { ...before, topic }
  for (const name of columnNames) {
    const change = changes[name]
    if (change === undefined) continue
    columns[name] = 'all' in change ? change.all : withCells(before?.[name] ?? [], change)
  }
  return columns as unknown as HeldColumns
}

/** A copy: what a picture was drawn from does not change under it. */
const withCells = (
  before: ColumnCells | Uint8Array,
  { at, to }: { readonly at: ArrayLike<number>; readonly to: ColumnCells },
): ColumnCells => {
  if (before instanceof Float32Array || before instanceof Int32Array) {
    const column = before.slice()
    for (let i = 0; i < at.length; i++) column[at[i] ?? 0] = (to[i] as number | null) ?? Number.NaN
    return column
  }
  if (before instanceof Uint8Array) {
    const column = before.slice()
    // a few states travel as words, though the whole column came as bytes
    for (let i = 0; i < at.length; i++) column[at[i] ?? 0] = stateNumber(to[i])
    return column
  }
  const column = Array.from(before)
  for (let i = 0; i < at.length; i++) column[at[i] ?? 0] = to[i] ?? null
  return column
}

const stateNumber = (cell: Cell | undefined): number =>
  typeof cell === 'number' ? cell : partitionStates.indexOf(cell as PartitionState)

/** Values of the contract are plain JSON, made in the same order every time. */
const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
