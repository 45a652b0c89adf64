/**
 * How cells are put together on the map: by topic in order of id, or by the broker, rack or consumer that carries them.
 * Inside a block the order is always by topic and id, so that a partition is found where it was a minute ago.
 */
import type { Tick } from '../../../src/api/contract.ts'
import { type Cells, topicAt } from './cells.ts'
import { meanOf } from './statistics.ts'
import { count, counted, rate } from './text.ts'

export type GroupingId = 'id' | 'broker' | 'rack' | 'consumer'

export const groupings: readonly { readonly id: GroupingId; readonly label: string }[] = [
  { id: 'id', label: 'By id' },
  { id: 'broker', label: 'Broker' },
  { id: 'rack', label: 'Rack' },
  { id: 'consumer', label: 'Consumer' },
]

export const groupingOf = (id: string | undefined): GroupingId =>
  groupings.find(grouping => grouping.id === id)?.id ?? 'id'

export interface Block {
  readonly key: string
  readonly label: string
  /** Beside the label, quieter. */
  readonly note: string
  readonly cells: Int32Array
  /** Row label plus column gives the id: only true where ids are consecutive. */
  readonly numbered: boolean
}

/** Blocks in the order drawn: topics as given, brokers by id, racks and consumers by name, "no leader" and the like last. */
export const blocksOf = (cells: Cells, tick: Tick, by: GroupingId): readonly Block[] =>
  by === 'id' ? topicBlocks(cells, tick) : groupedBlocks(cells, tick, by)

const topicBlocks = (cells: Cells, tick: Tick): readonly Block[] =>
  cells.topics.map((topic, index) => {
    const start = cells.start[index] ?? 0
    const end = cells.start[index + 1] ?? cells.length
    const summary = tick.topics.find(candidate => candidate.topic === topic)
    return {
      key: topic,
      label: topic,
      note: `${counted(end - start, 'partition')}, ${rate(summary?.recordsPerSecond)}`,
      cells: Int32Array.from({ length: end - start }, (_, offset) => start + offset),
      numbered: true,
    }
  })

const LAST = '\uffff'

const groupedBlocks = (cells: Cells, tick: Tick, by: Exclude<GroupingId, 'id'>): readonly Block[] => {
  const rackOf = new Map(tick.cluster.brokers.map(broker => [broker.id, broker.rack]))
  const columnsOf = new Map(tick.columns.map(columns => [columns.topic, columns]))
  const groups = new Map<string, { label: string; cells: number[]; known: number[] }>()
  for (let cell = 0; cell < cells.length; cell++) {
    const columns = columnsOf.get(topicAt(cells, cell))
    const partition = cells.partition[cell] ?? 0
    const leader = columns?.leader[partition] ?? -1
    const [key, label] =
      by === 'consumer'
        ? consumerKey(columns?.consumers[columns.consumer[partition] ?? -1])
        : by === 'rack'
          ? rackKey(leader, rackOf.get(leader) ?? null)
          : brokerKey(leader)
    const group = groups.get(key) ?? { label, cells: [], known: [] }
    group.cells.push(cell)
    group.known.push(columns?.recordsPerSecond[partition] ?? Number.NaN)
    groups.set(key, group)
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => ({
      key,
      label: group.label,
      note: noteOf(by, group.cells.length, group.known),
      cells: Int32Array.from(group.cells),
      numbered: false,
    }))
}

const brokerKey = (leader: number): readonly [string, string] =>
  leader < 0 ? [LAST, 'No leader'] : [String(leader).padStart(10, '0'), `Broker ${leader}`]

const rackKey = (leader: number, rack: string | null): readonly [string, string] =>
  leader < 0 ? [LAST, 'No leader'] : rack === null ? [`${LAST}r`, 'No rack'] : [rack, `Rack ${rack}`]

const consumerKey = (consumer: string | undefined): readonly [string, string] =>
  consumer === undefined ? [LAST, 'Nobody reads'] : [consumer, consumer]

const noteOf = (by: GroupingId, cells: number, rates: readonly number[]): string => {
  const known = Float64Array.from(rates).filter(value => !Number.isNaN(value))
  const sum = known.length === 0 ? null : meanOf(known) * known.length
  return by === 'consumer' ? `${count(cells)}, ${rate(sum)}` : `${counted(cells, 'leader')}, ${rate(sum)}`
}
