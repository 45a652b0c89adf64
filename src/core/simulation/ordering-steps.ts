/**
 * Order of keys on the lanes of one topic, event by event: written, read, and what adding partitions does to it.
 *
 * The rules are Kafka's: a lane keeps the order in which its records came; nothing is promised between lanes. A key
 * stays on one lane as long as the hash of the key decides and the number of lanes stays; what was written before an
 * increase is not moved. Each lane has a reader of its own, and readers do not wait for each other.
 *
 * Invariant (what the page is for): routed by key and without an increase, the records of a key are read in the order in
 * which they were written, however the readers are interleaved. After an increase that moves a key its newer records
 * can be read first.
 *
 * What it does not do: several producers, retries that overtake each other, consumers that work on a key in parallel.
 * Source: Kafka's documentation on partitioning; `core/routing` for where a key goes.
 */
import { partitionCount } from '../model/index.ts'
import { routeKey } from '../routing/index.ts'

export interface OrderedRecord {
  readonly key: string
  /** Counts up within the key, from 1. */
  readonly sequence: number
  readonly lane: number
}

export interface OrderingState {
  /** `key`: the hash of the key decides. `turns`: each record goes to the next lane, as without a key. */
  readonly routing: 'key' | 'turns'
  /** Records of each lane in the order of its log. */
  readonly lanes: readonly (readonly OrderedRecord[])[]
  /** How many records of each lane have been read. */
  readonly positions: readonly number[]
  readonly written: readonly OrderedRecord[]
  /** In the order of reading, across all lanes. */
  readonly read: readonly OrderedRecord[]
  /** Read after a newer record of the same key. */
  readonly late: ReadonlySet<OrderedRecord>
  /** What just happened, in a sentence. */
  readonly text: string
}

export type OrderingEvent =
  | { readonly kind: 'write'; readonly key: string }
  /** The reader of this lane reads its next record. */
  | { readonly kind: 'read'; readonly lane: number }
  /** All readers go on, from the lowest lane up, until everything is read. */
  | { readonly kind: 'read-all' }
  | { readonly kind: 'add-lanes'; readonly to: number }

/** An empty topic. `lanes`: 1 and more. */
export const newOrdering = (lanes: number, routing: OrderingState['routing']): OrderingState => ({
  routing,
  lanes: Array.from({ length: partitionCount(lanes) }, () => []),
  positions: Array.from({ length: lanes }, () => 0),
  written: [],
  read: [],
  late: new Set(),
  text: `${lanes === 1 ? 'One empty lane' : `${lanes} empty lanes`}.`,
})

/** The state after the event. An event that cannot happen changes nothing but the text, which says why. */
export const advanceOrdering = (state: OrderingState, event: OrderingEvent): OrderingState => {
  switch (event.kind) {
    case 'write':
      return write(state, event.key)
    case 'read':
      return readNext(state, event.lane)
    case 'read-all':
      return readAll(state)
    case 'add-lanes':
      return addLanes(state, event.to)
  }
}

/** The lane of a key among so many. */
export const laneOfKey = (key: string, lanes: number): number => routeKey('java', key, partitionCount(lanes))

const write = (state: OrderingState, key: string): OrderingState => {
  const { lanes, written } = state
  const earlier = written.filter(record => record.key === key)
  const lane = state.routing === 'key' ? laneOfKey(key, lanes.length) : written.length % lanes.length
  const record: OrderedRecord = { key, sequence: earlier.length + 1, lane }
  const last = earlier.at(-1)
  const moved = last !== undefined && last.lane !== lane
  return {
    ...state,
    lanes: lanes.map((log, index) => (index === lane ? [...log, record] : log)),
    written: [...written, record],
    text: moved
      ? `${name(record)} goes to lane ${lane}; ${name(last)} lies on lane ${last.lane}. Nothing holds the two in order any more.`
      : `${name(record)} goes to lane ${lane}${last === undefined ? '' : `, behind ${name(last)}`}.`,
  }
}

const readNext = (state: OrderingState, lane: number): OrderingState => {
  const position = state.positions[lane] ?? 0
  const record = state.lanes[lane]?.[position]
  if (record === undefined) return { ...state, text: `The reader of lane ${lane} has nothing to read.` }
  const newer = state.read.findLast(other => other.key === record.key && other.sequence > record.sequence)
  return {
    ...state,
    positions: state.positions.map((each, index) => (index === lane ? position + 1 : each)),
    read: [...state.read, record],
    late: newer === undefined ? state.late : new Set([...state.late, record]),
    text:
      newer === undefined
        ? `The reader of lane ${lane} reads ${name(record)}.`
        : `The reader of lane ${lane} reads ${name(record)}, and ${name(newer)} was read before: the order is broken.`,
  }
}

const readAll = (state: OrderingState): OrderingState => {
  let after = state
  state.lanes.forEach((log, lane) => {
    for (let left = log.length - (state.positions[lane] ?? 0); left > 0; left--) after = readNext(after, lane)
  })
  const late = after.late.size - state.late.size
  return {
    ...after,
    text:
      after === state
        ? 'Everything is read already.'
        : `The readers read on, lane by lane: ${after.read.length - state.read.length} records, ${late === 0 ? 'all in the order of their key' : `${late} of them after a newer one of their key`}.`,
  }
}

const addLanes = (state: OrderingState, to: number): OrderingState => {
  const from = state.lanes.length
  if (to <= from) return { ...state, text: `Kafka takes no lanes away: ${from} cannot become ${to}.` }
  const added = Array.from({ length: partitionCount(to) - from }, () => [])
  const keys = [...new Set(state.written.map(record => record.key))]
  const moving = keys.filter(key => laneOfKey(key, from) !== laneOfKey(key, to))
  return {
    ...state,
    lanes: [...state.lanes, ...added],
    positions: [...state.positions, ...added.map(() => 0)],
    text:
      state.routing === 'turns'
        ? `${from} lanes become ${to}. There was no order to lose.`
        : moving.length === 0
          ? `${from} lanes become ${to}. These keys stay where they are, by luck; others move.`
          : `${from} lanes become ${to}. ${moving.map(key => `${key} moves from lane ${laneOfKey(key, from)} to lane ${laneOfKey(key, to)}`).join(', ')}; what was written stays.`,
  }
}

const name = ({ key, sequence }: OrderedRecord): string => `${key} ${sequence}`
