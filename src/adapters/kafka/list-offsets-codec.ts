/**
 * ListOffsets, version 9: one request for any number of partitions of one leader. Written and read here because it
 * runs every second over all partitions, where the library makes an object and two bigints for each.
 *
 *     request:  replica_id=-1 isolation [ name [ partition_index current_leader_epoch=-1 timestamp ] ]
 *     answer:   throttle_time_ms [ name [ partition_index error_code timestamp offset leader_epoch ] ]
 */
import { type API, createAPI, Writer } from '@platformatic/kafka'
import type { Offset } from '../../core/model/index.ts'
import type { Isolation } from '../../ports/broker-link.ts'
import { groupBy } from './group-by.ts'
import { compactStringBytesMax, WireReader, WireWriter } from './wire-bytes.ts'

export const LATEST = -1
export const EARLIEST = -2

const CONSUMER = -1
const ANY_EPOCH = -1

export interface OffsetQuestion {
  readonly topic: string
  readonly partition: number
  /** `LATEST`, `EARLIEST`, or milliseconds since 1970. */
  readonly timestamp: number
}

/** Is told of each partition of a topic. `offset` is -1 where the log has nothing at or after the time asked for. */
export type OffsetTaker = (partition: number, code: number, offset: Offset) => void

export const encodeListOffsets = (isolation: Isolation, questions: readonly OffsetQuestion[]): Buffer => {
  const topics = groupBy(questions, each => each.topic)
  let bytesMax = 16 + questions.length * 17
  for (const topic of topics.keys()) bytesMax += compactStringBytesMax(topic) + 8
  const writer = new WireWriter(bytesMax)
    .int32(CONSUMER)
    .int8(isolation === 'read_committed' ? 1 : 0)
    .compactLength(topics.size)
  for (const [topic, partitions] of topics) {
    writer.string(topic).compactLength(partitions.length)
    for (const each of partitions)
      writer.int32(each.partition).int32(ANY_EPOCH).int64(each.timestamp).noTaggedFields()
    writer.noTaggedFields()
  }
  return writer.noTaggedFields().finish()
}

/**
 * Goes through an answer; `takerOf` names who wants to know about a topic.
 *
 * @throws UnreadableAnswer
 */
export const readListedOffsets = (
  bytes: Buffer,
  takerOf: (topic: string) => OffsetTaker | undefined,
): void => {
  const reader = new WireReader(bytes)
  reader.int32() // throttle time
  for (let left = reader.compactLength(); left > 0; left--) {
    const take = takerOf(reader.string()) ?? ignore
    for (let count = reader.compactLength(); count > 0; count--) {
      const at = reader.skip(ENTRY_BYTES)
      reader.taggedFields()
      // the time of the record found is passed over: it is -1 here, which as a number would take a bigint each
      take(reader.int32At(at), reader.int16At(at + 4), reader.offsetAt(at + 14))
    }
    reader.taggedFields()
  }
}

/** Of a partition, without its tagged fields. */
const ENTRY_BYTES = 26

const ignore: OffsetTaker = () => undefined

/** One request, whose answer is told to the takers while it is read. */
export const listOffsetsV9 = (
  takerOf: (topic: string) => OffsetTaker | undefined,
): API<[body: Buffer], null> =>
  createAPI(
    2,
    9,
    (body: Buffer) => Writer.create().append(body),
    (_correlation, _key, _version, reader) => {
      readListedOffsets(reader.buffer.slice(reader.position), takerOf)
      return null
    },
  )
