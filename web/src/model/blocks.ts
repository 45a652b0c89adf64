/**
 * How cells are put together on the map: by topic in order of id, or by the broker, rack or consumer that carries them.
 * Inside a block the order is always by topic and id, so that a partition is found where it was a minute ago.
 *
 * Which cells a block holds changes with leaders and assignments, seldom; what stands beside its name changes with
 * every tick. The two are made apart, so that a large map is not laid out anew each second.
 */
import type { HeldTick as Tick } from '../../../src/api/delta.ts'
import { type Cells, topicAt } from './cells.ts'
import { count, counted, rate } from './text.ts'

/** Up to here a cell is large enough to carry its id, and a block is not worth a band of its own. */
export const SMALL_BLOCK_CELLS = 50

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
  readonly cells: Int32Array
  /** Row label plus column gives the id: only true where ids are consecutive. */
  readonly numbered: boolean
}

/** What blocks are made of beside the cells themselves: while all of it is the same, so are they. */
export const carriersOf = (tick: Tick, topics: readonly string[], by: GroupingId): readonly unknown[] =>
  topics.flatMap((topic): readonly unknown[] => {
    const columns = tick.columns.find(candidate => candidate.topic === topic)
    if (columns === undefined) return []
    if (by === 'id') return [topic, columns.leader.length]
    return by === 'consumer'
      ? [topic, columns.consumer, columns.consumers]
      : [topic, columns.leader, ...(by === 'rack' ? tick.cluster.brokers.map(broker => broker.rack) : [])]
  })

/** Blocks in the order drawn: topics as given (of many small ones the last together), brokers by id, racks and consumers by name, "no leader" and the like last. */
export const blocksOf = (cells: Cells, tick: Tick, by: GroupingId): readonly Block[] =>
  by === 'id' ? topicBlocks(cells) : groupedBlocks(cells, tick, by)

/** A name over each of a thousand topics of three partitions is a map of many screens: beyond this many, small ones share a block. */
const SMALL_TOPICS_MAX = 24

const LAST = '\uffff'

const topicBlocks = (cells: Cells): readonly Block[] => {
  const sizeOf = (topic: number): number =>
    (cells.start[topic + 1] ?? cells.length) - (cells.start[topic] ?? 0)
  const small = cells.topics.map((_, topic) => topic).filter(topic => sizeOf(topic) <= SMALL_BLOCK_CELLS)
  const sharing = new Set(small.length > SMALL_TOPICS_MAX ? small.slice(SMALL_TOPICS_MAX) : [])
  const cellsOfTopic = (topic: number): readonly number[] =>
    Array.from({ length: sizeOf(topic) }, (_, id) => (cells.start[topic] ?? 0) + id)
  const blocks = cells.topics.flatMap((name, topic): Block[] =>
    sharing.has(topic)
      ? []
      : [{ key: name, label: name, cells: Int32Array.from(cellsOfTopic(topic)), numbered: true }],
  )
  if (sharing.size === 0) return blocks
  const shared = Int32Array.from([...sharing].flatMap(cellsOfTopic))
  return [
    ...blocks,
    { key: LAST, label: counted(sharing.size, 'small topic'), cells: shared, numbered: false },
  ]
}

const groupedBlocks = (cells: Cells, tick: Tick, by: Exclude<GroupingId, 'id'>): readonly Block[] => {
  const rackOf = new Map(tick.cluster.brokers.map(broker => [broker.id, broker.rack]))
  const groups = new Map<string, { readonly label: string; readonly cells: number[] }>()
  cells.topics.forEach((topic, index) => {
    const columns = tick.columns.find(candidate => candidate.topic === topic)
    const carriers = (by === 'consumer' ? columns?.consumer : columns?.leader) ?? []
    // a name is looked up once for each carrier of the topic, not once for each cell
    const groupOf = new Map<number, number[]>()
    const start = cells.start[index] ?? 0
    const end = cells.start[index + 1] ?? cells.length
    for (let cell = start; cell < end; cell++) {
      const carrier = carriers[cell - start] ?? -1
      let members = groupOf.get(carrier)
      if (members === undefined) {
        const [key, label] =
          by === 'consumer'
            ? consumerKey(columns?.consumers[carrier])
            : by === 'rack'
              ? rackKey(carrier, rackOf.get(carrier) ?? null)
              : brokerKey(carrier)
        const group = groups.get(key) ?? { label, cells: [] }
        groups.set(key, group)
        members = group.cells
        groupOf.set(carrier, members)
      }
      members.push(cell)
    }
  })
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => ({
      key,
      label: group.label,
      cells: Int32Array.from(group.cells),
      numbered: false,
    }))
}

const brokerKey = (leader: number): readonly [string, string] =>
  leader < 0 ? [LAST, 'No leader'] : [String(leader).padStart(10, '0'), `Broker ${leader}`]

const rackKey = (leader: number, rack: string | null): readonly [string, string] =>
  leader < 0
    ? [LAST, 'No leader']
    : rack === null
      ? [`${LAST}r`, 'No rack']
      : [rack, /^rack/i.test(rack) ? rack : `Rack ${rack}`]

const consumerKey = (consumer: string | undefined): readonly [string, string] =>
  consumer === undefined ? [LAST, 'Nobody reads'] : [consumer, consumer]

/** Beside the name of a block, by its key: how many cells, and what arrives on them. */
export const blockNotes = (
  blocks: readonly Block[],
  cells: Cells,
  tick: Tick,
  by: GroupingId,
): ReadonlyMap<string, string> => {
  const columnsOf = cells.topics.map(topic => tick.columns.find(candidate => candidate.topic === topic))
  const noteOf = (block: Block): string => {
    if (by === 'id' && block.numbered) {
      const summary = tick.topics.find(topic => topic.topic === topicAt(cells, block.cells[0] ?? 0))
      return `${counted(block.cells.length, 'partition')}, ${rate(summary?.recordsPerSecond)}`
    }
    let sum = 0
    let known = 0
    let topic = 0
    for (const cell of block.cells) {
      // cells of a block ascend, and so do topics
      while ((cells.start[topic + 1] ?? cells.length) <= cell) topic++
      const value = columnsOf[topic]?.recordsPerSecond[cell - (cells.start[topic] ?? 0)] ?? Number.NaN
      if (value !== value) continue
      sum += value
      known++
    }
    const arriving = rate(known === 0 ? null : sum)
    if (by === 'consumer') return `${count(block.cells.length)}, ${arriving}`
    return `${counted(block.cells.length, by === 'id' ? 'partition' : 'leader')}, ${arriving}`
  }
  return new Map(blocks.map(block => [block.key, noteOf(block)]))
}
