/** One partition in words: the same rows in the tooltip, for the screen reader and beside the map. */
import { type HeldTick as Tick, stateAt } from '../../../src/api/delta.ts'
import { type Cells, partitionAt, topicAt } from './cells.ts'
import { tooFewRecords } from './skew-told.ts'
import { meanOf } from './statistics.ts'
import { byteRate, bytes, count, duration, rate, times } from './text.ts'

export interface CellWords {
  readonly title: string
  readonly rows: readonly (readonly [term: string, value: string])[]
}

export const describeCell = (cells: Cells, tick: Tick, cell: number): CellWords => {
  const topic = topicAt(cells, cell)
  const partition = partitionAt(cells, cell)
  return { title: `${topic}-${partition}`, rows: partitionRows(tick, topic, partition) }
}

/** Rows about one partition from the newest tick. */
export const partitionRows = (tick: Tick, topic: string, partition: number): CellWords['rows'] => {
  const columns = tick.columns.find(candidate => candidate.topic === topic)
  if (columns === undefined) return [['State', 'unknown']]
  const summary = tick.topics.find(candidate => candidate.topic === topic)
  const compared = summary === undefined || !tooFewRecords(summary)
  const perSecond = columns.recordsPerSecond[partition]
  const leader = columns.leader[partition] ?? -1
  const reader = columns.consumers[columns.consumer[partition] ?? -1]
  return [
    ['Records in', `${rate(perSecond)}${compared ? shareSuffix(columns.recordsPerSecond, perSecond) : ''}`],
    ['Bytes in', byteRate(columns.bytesPerSecond[partition])],
    ['Lag', `${count(columns.lagRecords[partition])}, ${duration(columns.lagMs[partition])}`],
    ['Size', bytes(columns.sizeBytes[partition])],
    [
      'Leader, in sync',
      leader < 0 ? 'no leader' : `broker ${leader}, ${columns.isr[partition] ?? 0} in sync`,
    ],
    ['State', stateAt(columns, partition).replace('-', ' ')],
    ['Reader', reader ?? 'nobody'],
  ]
}

const shareSuffix = (all: ArrayLike<number | null>, value: number | null | undefined): string => {
  const mean = meanOf(all)
  return typeof value === 'number' && value >= 0 && mean > 0 ? `, ${times(value / mean)}` : ''
}
