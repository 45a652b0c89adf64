/**
 * Fetch, version 17, without a fetch session. Read here because the library inflates every batch inside its parser,
 * where a 40 kB answer can become a gigabyte, and loses the leader hint; ours hands the batches out as bytes.
 *
 *     request:  max_wait_ms min_bytes max_bytes isolation session_id=0 session_epoch=-1
 *               [ topic_id [ partition leader_epoch fetch_offset last_fetched_epoch log_start_offset=-1
 *                            partition_max_bytes ] ] [forgotten] rack_id
 *     answer:   throttle_time_ms error_code session_id
 *               [ topic_id [ partition_index error_code high_watermark last_stable_offset log_start_offset
 *                            [ producer_id first_offset ] preferred_read_replica records,
 *                            tag 0: epoch end_offset, tag 1: leader_id leader_epoch ] ]
 */
import { createAPI, Writer } from '@platformatic/kafka'
import type { Offset } from '../../core/model/index.ts'
import type { FetchAnswer, FetchedPartition, FetchRequest } from '../../ports/broker-link.ts'
import { groupBy } from './group-by.ts'
import { readLeaderHint, type LeaderHint } from './leader-hint.ts'
import { WireReader, WireWriter } from './wire-bytes.ts'

const NO_SESSION_ID = 0
const NO_SESSION_EPOCH = -1
const PARTITION_BYTES = 33
const TOPIC_BYTES_MAX = 16 + 5 + 1

export const encodeFetch = (request: FetchRequest): Buffer => {
  const topics = groupBy(request.partitions, each => each.topicId)
  const writer = new WireWriter(
    40 + topics.size * TOPIC_BYTES_MAX + request.partitions.length * PARTITION_BYTES,
  )
    .int32(request.maxWaitMs)
    .int32(request.minBytes)
    .int32(request.maxBytes)
    .int8(request.isolation === 'read_committed' ? 1 : 0)
    .int32(NO_SESSION_ID)
    .int32(NO_SESSION_EPOCH)
    .compactLength(topics.size)
  for (const [topicId, partitions] of topics) {
    writer.uuidHex(topicId).compactLength(partitions.length)
    for (const each of partitions)
      writer
        .int32(each.partition)
        .int32(each.leaderEpoch)
        .int64(each.offset)
        .int32(each.lastFetchedEpoch)
        .int64(-1)
        .int32(each.maxBytes)
        .noTaggedFields()
    writer.noTaggedFields()
  }
  const noForgottenTopics = 0
  return writer.compactLength(noForgottenTopics).string('').noTaggedFields().finish()
}

/** @throws UnreadableAnswer */
export const decodeFetch = (bytes: Buffer): FetchAnswer => {
  const reader = new WireReader(bytes)
  const throttleMs = reader.int32()
  const code = reader.int16()
  reader.int32() // session id
  const partitions: FetchedPartition[] = []
  for (let left = reader.compactLength(); left > 0; left--) {
    const topicId = reader.uuidHex()
    for (let count = reader.compactLength(); count > 0; count--) partitions.push(fetched(reader, topicId))
    reader.taggedFields()
  }
  return { throttleMs, code, partitions }
}

const fetched = (reader: WireReader, topicId: string): FetchedPartition => {
  const partition = reader.int32()
  const code = reader.int16()
  const highWatermark = reader.offset()
  const lastStableOffset = reader.offset()
  const logStart = reader.offset()
  const aborted: { producerId: bigint; firstOffset: Offset }[] = []
  for (let left = reader.compactLength(); left > 0; left--) {
    aborted.push({ producerId: reader.bigint64(), firstOffset: reader.offset() })
    reader.taggedFields()
  }
  reader.int32() // preferred read replica: only for readers that state a rack
  const length = reader.compactLength()
  const records = length > 0 ? reader.take(length) : null
  let diverging: { epoch: number; endOffset: Offset } | null = null
  let leader: LeaderHint | null = null
  reader.taggedFields((tag, field) => {
    if (tag === 0) {
      const epoch = field.int32()
      if (epoch >= 0) diverging = { epoch, endOffset: field.offset() }
    } else if (tag === 1) leader = readLeaderHint(field)
  })
  return {
    topicId,
    partition,
    code,
    highWatermark,
    lastStableOffset,
    logStart,
    aborted,
    records,
    leader,
    diverging,
  }
}

export const fetchV17 = createAPI<[body: Buffer], FetchAnswer>(
  1,
  17,
  (body: Buffer) => Writer.create().append(body),
  (_correlation, _key, _version, reader) => decodeFetch(reader.buffer.slice(reader.position)),
)
