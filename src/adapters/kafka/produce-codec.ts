/**
 * Produce, versions 11 and 12. Written and read here because the library encodes records itself, routes them by its own
 * partitioner, and throws the whole answer away when one partition failed; ours sends ready batches and reads each
 * partition's outcome, with the broker's hint who leads now (KIP-951).
 *
 *     request:  transactional_id acks timeout_ms [ name [ index records ] ]
 *     answer:   [ name [ index error_code base_offset log_append_time_ms log_start_offset
 *                        [ batch_index message ] error_message, tag 0: leader_id leader_epoch ] ] throttle_time_ms
 *
 * The two look the same. Version 12 says that its writer speaks the second transaction protocol (KIP-890): the leader
 * enters the partition into the transaction itself, where older writers had to ask the coordinator first.
 */
import type { ProduceAnswer, ProduceRequest, ProduceResult } from '../../ports/broker-link.ts'
import { UnreadableAnswer } from './errors.ts'
import type { FramedRequest } from './frames.ts'
import { groupBy } from './group-by.ts'
import { readLeaderHint, type LeaderHint } from './leader-hint.ts'
import { compactStringBytesMax, type WireReader } from './wire-bytes.ts'

const PRODUCE = 0
/** Of an item that the broker left out. */
const UNANSWERED: ProduceResult = { code: -1, baseOffset: -1, appendTimeMs: -1, message: null, leader: null }

/** Ready to be written into its frame; the batches must not change before that. */
export const framedProduce = (request: ProduceRequest): FramedRequest<ProduceAnswer> => {
  const { acks, timeoutMs, transactionalId } = request
  const topics = groupBy(request.items, item => item.topic)
  let bytesMax = 32 + compactStringBytesMax(transactionalId ?? '')
  for (const [topic, items] of topics) {
    bytesMax += compactStringBytesMax(topic) + 8
    for (const item of items) bytesMax += item.batch.length + 12
  }
  return {
    key: PRODUCE,
    version: transactionalId === undefined ? 11 : 12,
    bytesMax,
    write: writer => {
      writer
        .nullableString(transactionalId ?? null)
        .int16(acks)
        .int32(timeoutMs)
        .compactLength(topics.size)
      for (const [topic, items] of topics) {
        writer.string(topic).compactLength(items.length)
        for (const { partition, batch } of items)
          writer.int32(partition).compactLength(batch.length).append(batch).noTaggedFields()
        writer.noTaggedFields()
      }
      writer.noTaggedFields()
    },
    read: reader => decodeProduce(reader, request.items),
  }
}

/**
 * Results in the order of `items`. Brokers answer in the order of the request, so each is looked for from where the one
 * before was found.
 *
 * @throws UnreadableAnswer
 */
export const decodeProduce = (reader: WireReader, items: ProduceRequest['items']): ProduceAnswer => {
  const results = items.map(() => UNANSWERED)
  let next = 0
  for (let left = reader.compactLength(); left > 0; left--) {
    const topic = reader.string()
    for (let count = reader.compactLength(); count > 0; count--) {
      const at = placeOf(topic, reader.int32(), items, next)
      results[at] = result(reader)
      next = at + 1
    }
    reader.taggedFields()
  }
  return { results, throttleMs: reader.int32() }
}

const placeOf = (topic: string, partition: number, items: ProduceRequest['items'], from: number): number => {
  for (let step = 0; step < items.length; step++) {
    const at = (from + step) % items.length
    const item = items[at]
    if (item?.partition === partition && item.topic === topic) return at
  }
  throw new UnreadableAnswer(`an answer for ${topic}-${partition}, which was not in the request`)
}

const result = (reader: WireReader): ProduceResult => {
  const code = reader.int16()
  const baseOffset = reader.offset()
  const appendTimeMs = reader.offset()
  reader.offset() // start of the log
  let recordMessage: string | null = null
  for (let left = reader.compactLength(); left > 0; left--) {
    reader.int32()
    recordMessage ??= reader.nullableString()
    reader.taggedFields()
  }
  const message = reader.nullableString() ?? recordMessage
  let leader: LeaderHint | null = null
  reader.taggedFields((tag, field) => {
    if (tag === 0) leader = readLeaderHint(field)
  })
  return { code, baseOffset, appendTimeMs, message, leader }
}
