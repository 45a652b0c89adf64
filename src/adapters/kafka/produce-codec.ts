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
import { createAPI, Writer } from '@platformatic/kafka'
import type { ProduceAnswer, ProduceRequest, ProduceResult } from '../../ports/broker-link.ts'
import { groupBy } from './group-by.ts'
import { readLeaderHint, type LeaderHint } from './leader-hint.ts'
import { compactStringBytesMax, type Scratch, WireReader, WireWriter } from './wire-bytes.ts'

type Outcomes = ReadonlyMap<string, ReadonlyMap<number, ProduceResult>>

/** @returns a view of `scratch`: it holds until the next call */
export const encodeProduce = (request: ProduceRequest, scratch: Scratch): Buffer => {
  const topics = groupBy(request.items, item => item.topic)
  let bytesMax = 32 + compactStringBytesMax(request.transactionalId ?? '')
  for (const [topic, items] of topics) {
    bytesMax += compactStringBytesMax(topic) + 8
    for (const item of items) bytesMax += item.batch.length + 12
  }
  const writer = new WireWriter(scratch.ofBytes(bytesMax))
    .nullableString(request.transactionalId ?? null)
    .int16(request.acks)
    .int32(request.timeoutMs)
    .compactLength(topics.size)
  for (const [topic, items] of topics) {
    writer.string(topic).compactLength(items.length)
    for (const item of items)
      writer.int32(item.partition).compactLength(item.batch.length).append(item.batch).noTaggedFields()
    writer.noTaggedFields()
  }
  return writer.noTaggedFields().finish()
}

/** @throws UnreadableAnswer */
export const decodeProduce = (
  bytes: Buffer,
): { readonly throttleMs: number; readonly outcomes: Outcomes } => {
  const reader = new WireReader(bytes)
  const outcomes = new Map<string, Map<number, ProduceResult>>()
  for (let left = reader.compactLength(); left > 0; left--) {
    const partitions = new Map<number, ProduceResult>()
    outcomes.set(reader.string(), partitions)
    for (let count = reader.compactLength(); count > 0; count--)
      partitions.set(reader.int32(), result(reader))
    reader.taggedFields()
  }
  return { outcomes, throttleMs: reader.int32() }
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

const PRODUCE = 0

const produceOf = (version: number) =>
  createAPI<[request: ProduceRequest, scratch: Scratch], ReturnType<typeof decodeProduce>>(
    PRODUCE,
    version,
    (request: ProduceRequest, scratch: Scratch) => {
      // the library copies it behind the header before it calls anybody else
      const writer = Writer.create().append(encodeProduce(request, scratch))
      // with acks 0 the broker answers nothing, and a request that waits for an answer would break the connection
      if (request.acks === 0) writer.context['noResponse'] = true
      return writer
    },
    (_correlation, _key, _version, reader) => decodeProduce(reader.buffer.slice(reader.position)),
  )

export const produceV11 = produceOf(11)
export const produceV12 = produceOf(12)

const UNANSWERED: ProduceResult = { code: -1, baseOffset: -1, appendTimeMs: -1, message: null, leader: null }
const UNCONFIRMED: ProduceResult = { ...UNANSWERED, code: 0 }

/** Puts the outcomes in the order of the request's items. */
export const produceAnswer = (
  request: ProduceRequest,
  answer: ReturnType<typeof decodeProduce>,
): ProduceAnswer =>
  request.acks === 0
    ? { throttleMs: 0, results: request.items.map(() => UNCONFIRMED) }
    : {
        throttleMs: answer.throttleMs,
        results: request.items.map(
          ({ topic, partition }) => answer.outcomes.get(topic)?.get(partition) ?? UNANSWERED,
        ),
      }
