import { type Columns, newColumns, type Observation } from '../model/index.ts'
import { columnOf } from './column.ts'

/**
 * Sizes on disk, and what the bytes of a new record are.
 *
 * Brokers tell sizes ten times more seldom than offsets, and no rates at all. Between two readings in which nothing was
 * deleted from a partition's front its log grew by exactly what was written: bytes ÷ records of that growth is what a
 * record takes on disk today, compressed as it is. That is measured per partition, never a topic's total divided by
 * its partitions. Where the front moved, or compaction rewrote segments, the last value measured stays; where there is
 * none yet, the mean over all records that the partition retains stands in.
 */
export interface TopicSizeReading {
  readonly topicId: string
  /** Index = partition, here and below; NaN when unknown. */
  readonly sizeBytes: Float64Array
  /** Records retained at that moment. */
  readonly records: Float64Array
  readonly start: Float64Array
  readonly end: Float64Array
  /** Bytes on disk of a record written since the reading before. */
  readonly recordBytes: Float64Array
  /** Bytes of a record where no batch tells: of a new one, else of what is retained here, else of the topic's mean. */
  readonly usualBytes: Float64Array
  /** Bytes of a record of the whole topic, for partitions added since; NaN when unknown. */
  readonly topicMeanBytes: number
  /** 1 where the log became smaller although its front did not move. */
  readonly compacting: Uint8Array
}

export type SizeReading = ReadonlyMap<string, TopicSizeReading>

/** Sizes are read a moment after the offsets; with fewer new records the moment would show in the quotient. */
const RECORDS_MIN = 50

/** The reading in `observation`, with what it tells beside the one before; null where it has none. */
export const sizeReading = (
  observation: Observation,
  before: SizeReading | null,
  columns: Columns = newColumns,
): SizeReading | null => {
  if (observation.sizes.size === 0) return null
  const reading = new Map<string, TopicSizeReading>()
  for (const [topic, { sizeBytes }] of observation.sizes) {
    const offsets = observation.offsets.get(topic)
    const info = observation.snapshot.topics.get(topic)
    if (info === undefined) continue
    const old = before?.get(topic)
    const compacted = info.configs?.get('cleanup.policy')?.includes('compact') === true
    reading.set(
      topic,
      readingOf(
        info.topicId,
        sizeBytes,
        offsets?.start,
        offsets?.end,
        old?.topicId === info.topicId ? old : null,
        compacted,
        columns,
      ),
    )
  }
  return reading
}

/** Gives back what `sizeReading` was lent. */
export const forgetSizes = (reading: SizeReading, columns: Columns): void => {
  for (const { records, end, recordBytes } of reading.values())
    for (const column of [records, end, recordBytes]) columns.giveBack(column)
}

const readingOf = (
  topicId: string,
  sizeBytes: Float64Array,
  starts: Float64Array | undefined,
  ends: Float64Array | undefined,
  old: TopicSizeReading | null,
  compacted: boolean,
  columns: Columns,
): TopicSizeReading => {
  const count = sizeBytes.length
  const start = columnOf(starts, count)
  // a copy of the ends: they go with their look, and this stays until the next reading
  const end = columns.figures(count)
  if (ends !== undefined) end.set(ends.subarray(0, count))
  const records = columns.figures(count)
  const recordBytes = columns.figures(count)
  const compacting = new Uint8Array(count)
  for (let p = 0; p < count; p++) {
    records[p] = (end[p] as number) - (start[p] as number)
    const grownBytes = (sizeBytes[p] as number) - (old?.sizeBytes[p] ?? Number.NaN)
    const grownRecords = (end[p] as number) - (old?.end[p] ?? Number.NaN)
    const sameFront = start[p] === old?.start[p]
    recordBytes[p] =
      sameFront && grownBytes > 0 && grownRecords >= RECORDS_MIN && !compacted
        ? grownBytes / grownRecords
        : (old?.recordBytes[p] ?? Number.NaN)
    if (compacted && sameFront && grownBytes < 0) compacting[p] = 1
  }
  const usual = usualRecordBytes({ sizeBytes, records, recordBytes })
  return { topicId, sizeBytes, records, start, end, recordBytes, ...usual, compacting }
}

/** Of fewer records retained, what a segment has beside them and the moment between two readings would show. */
const RETAINED_MIN = 100

export type UsualBytes = Pick<TopicSizeReading, 'usualBytes' | 'topicMeanBytes'>

export const usualRecordBytes = ({
  sizeBytes,
  records,
  recordBytes,
}: Pick<TopicSizeReading, 'sizeBytes' | 'records' | 'recordBytes'>): UsualBytes => {
  const topicMeanBytes = meanRecord(sizeBytes, records)
  const usualBytes = sizeBytes.map((size, p) => {
    const growth = recordBytes[p] as number
    if (growth > 0) return growth
    const count = records[p] as number
    const retained = count >= RETAINED_MIN ? size / count : Number.NaN
    return retained > 0 ? retained : topicMeanBytes
  })
  return { usualBytes, topicMeanBytes }
}

const meanRecord = (sizeBytes: Float64Array, records: Float64Array): number => {
  let bytesTotal = 0
  let recordsTotal = 0
  for (let p = 0; p < records.length; p++) {
    const size = sizeBytes[p] ?? Number.NaN
    const count = records[p] ?? Number.NaN
    if (Number.isNaN(size) || !(count > 0)) continue
    bytesTotal += size
    recordsTotal += count
  }
  return recordsTotal > 0 ? bytesTotal / recordsTotal : Number.NaN
}
