/**
 * OffsetFetch, version 9: what groups of one coordinator have committed on all topics, straight into columns. The library
 * makes an object and a bigint of each partition, which for a group on 1,000 partitions is more than all else of a look.
 *
 *     answer:    throttle_time_ms [ group_id [ name [ partition ] ] error_code ]
 *     partition: partition_index committed_offset committed_leader_epoch metadata error_code
 */
import { type API, createAPI, offsetFetchV9 } from '@platformatic/kafka'
import {
  type Columns,
  failingFrom,
  type FailingRecord,
  type GroupObservation,
} from '../../core/model/index.ts'
import { WireReader } from './wire-bytes.ts'

/** NaN where nothing is committed; `failing` where a text beside an offset says so. */
export type Committed = Pick<GroupObservation, 'committed' | 'failing'>

/** @param partitionsOf of a topic; undefined: it does not exist, and what was committed on it is passed over */
export const fetchCommittedV9 = (
  groups: readonly string[],
  partitionsOf: (topic: string) => number | undefined,
  columns: Columns,
): API<[], ReadonlyMap<string, Committed>> =>
  createAPI(
    9,
    9,
    () =>
      offsetFetchV9.createRequest(
        // no topics: all of them; as nobody in particular, so that members of any epoch do not matter
        groups.map(groupId => ({ groupId, memberId: null, memberEpoch: -1, topics: null })),
        false,
      ),
    (_correlation, _key, _version, reader) =>
      readCommitted(reader.buffer.slice(reader.position), partitionsOf, columns),
  )

/**
 * By group; those that were refused are absent.
 *
 * @throws UnreadableAnswer
 */
export const readCommitted = (
  bytes: Buffer,
  partitionsOf: (topic: string) => number | undefined,
  columns: Columns,
): ReadonlyMap<string, Committed> => {
  const reader = new WireReader(bytes)
  const groups = new Map<string, Committed>()
  reader.int32() // throttle time
  for (let left = reader.compactLength(); left > 0; left--) {
    const groupId = reader.string()
    const committed = new Map<string, Float64Array>()
    const failing = new Map<string, ReadonlyMap<number, FailingRecord>>()
    for (let more = reader.compactLength(); more > 0; more--) {
      const topic = reader.string()
      const count = partitionsOf(topic)
      const column = columns.figures(count ?? 0)
      const records = readTopic(reader, column)
      // offsets outlive their topic; without it there is nothing to compare them with
      if (count !== undefined) committed.set(topic, column)
      if (records.size > 0) failing.set(topic, records)
    }
    const code = reader.int16()
    reader.taggedFields()
    if (code === 0) groups.set(groupId, failing.size === 0 ? { committed } : { committed, failing })
  }
  return groups
}

/** Fills the column; returns the records that fail. */
const readTopic = (reader: WireReader, column: Float64Array): ReadonlyMap<number, FailingRecord> => {
  const failing = new Map<number, FailingRecord>()
  for (let left = reader.compactLength(); left > 0; left--) {
    const at = reader.skip(16)
    const partition = reader.int32At(at)
    const offset = reader.offsetAt(at + 4)
    const textBytes = reader.compactLength()
    // most groups write nothing beside their offsets
    const text = textBytes > 0 ? reader.take(textBytes).toString('utf8') : ''
    const code = reader.int16()
    reader.taggedFields()
    if (code !== 0) continue
    // Kafka writes -1 where nothing is committed
    if (offset >= 0 && partition < column.length) column[partition] = offset
    const record = text === '' ? null : failingFrom(offset, text)
    if (record !== null) failing.set(partition, record)
  }
  reader.taggedFields()
  return failing
}
