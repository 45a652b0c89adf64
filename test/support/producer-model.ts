import assert from 'node:assert/strict'
import { brokerId, KafkaCode } from '../../src/core/model/index.ts'
import { assignOffsets, crc32c, forEachBatchHeader, readBatches } from '../../src/core/records/index.ts'
import type { BrokerLink, MetadataAnswer, ProduceResult } from '../../src/ports/broker-link.ts'

/**
 * What three brokers do with produce requests: per partition a log, the leader with its epoch, and what Kafka keeps per
 * producer to tell repeats (the last five batches). A stopped broker loses its leaderships and executes what it was sent
 * when it goes on, before it can lead again.
 *
 * It does not model: replicas, truncation after unclean elections, retention.
 */
export const BROKERS = 3
export const TOPIC = 'orders'
const TOPIC_ID = 'a'.repeat(32)

interface KnownBatch {
  readonly sequence: number
  readonly count: number
  readonly offset: number
}

export interface ModelPartition {
  leader: number
  epoch: number
  end: number
  readonly values: string[]
  readonly batches: { readonly offset: number; readonly bytes: Uint8Array }[]
  /** By producer id. */
  readonly known: Map<bigint, KnownBatch[]>
  /** A broker that has fenced our producer id here refuses it for good. */
  fenced: boolean
}

const noDecompression = (_codec: unknown, bytes: Uint8Array): Uint8Array => bytes

export class ProducerModel {
  readonly partitions: ModelPartition[]
  readonly #random: () => number
  readonly #batchBytesMax: number
  readonly #stopped = new Set<number>()
  #history: MetadataAnswer[] = []
  #producerIds = 7n

  /** `batchBytesMax`: of more than one record; a larger batch is refused before anything else is looked at. */
  constructor(partitions: number, batchBytesMax: number, random: () => number) {
    this.#random = random
    this.#batchBytesMax = batchBytesMax
    this.partitions = Array.from({ length: partitions }, (_, index) => ({
      leader: index % BROKERS,
      epoch: 0,
      end: 0,
      values: [],
      batches: [],
      known: new Map(),
      fenced: false,
    }))
    this.#remember()
  }

  /** Metadata as it was `back` changes ago. */
  metadata(back: number): MetadataAnswer {
    return this.#history.at(-1 - Math.min(back, this.#history.length - 1)) as MetadataAnswer
  }

  nextProducerId(): bigint {
    return this.#producerIds++
  }

  isStopped(broker: number): boolean {
    return this.#stopped.has(broker)
  }

  stop(broker: number): void {
    this.#stopped.add(broker)
  }

  goOn(broker: number): void {
    this.#stopped.delete(broker)
  }

  /** The controller has noticed: others lead. */
  depose(broker: number): void {
    for (const partition of this.partitions) if (partition.leader === broker) this.#elect(partition)
  }

  moveLeader(): void {
    this.#elect(this.partitions[Math.floor(this.#random() * this.partitions.length)] as ModelPartition)
  }

  /** One item of a request, as the broker that got it executes it. */
  execute(broker: number, partition: number, batch: Uint8Array): ProduceResult {
    const model = this.partitions[partition] as ModelPartition
    if (model.leader !== broker)
      return {
        ...result(KafkaCode.NOT_LEADER_OR_FOLLOWER),
        leader: this.#random() < 0.5 ? { id: brokerId(model.leader), epoch: model.epoch } : null,
      }
    return model.fenced ? result(KafkaCode.INVALID_PRODUCER_EPOCH) : this.#append(model, batch)
  }

  /** As much of a link as it takes to look into the log; brokers are healthy when somebody does. */
  get link(): BrokerLink {
    return {
      metadata: () => Promise.resolve(this.metadata(0)),
      initProducerId: () => Promise.resolve({ code: 0, producerId: this.nextProducerId(), producerEpoch: 0 }),
      listOffsets: () => Promise.resolve([{ code: 0, offset: 0 }]),
      fetch: (_broker, _channel, { partitions: [wanted] }) => {
        const { partition, offset } = wanted as { partition: number; offset: number }
        const { batches, end } = this.partitions[partition] as ModelPartition
        const from = batches.filter(batch => batch.offset >= offset).slice(0, 3)
        return Promise.resolve({
          throttleMs: 0,
          code: 0,
          partitions: [
            {
              topicId: TOPIC_ID,
              partition,
              code: 0,
              highWatermark: end,
              lastStableOffset: end,
              logStart: 0,
              aborted: [],
              records: from.length === 0 ? null : Buffer.concat(from.map(({ bytes }) => bytes)),
              leader: null,
              diverging: null,
            },
          ],
        })
      },
    } as Partial<BrokerLink> as BrokerLink
  }

  #append(model: ModelPartition, batch: Uint8Array): ProduceResult {
    let answer = result(KafkaCode.CORRUPT_MESSAGE)
    forEachBatchHeader(batch, ({ baseSequence: sequence, count, producerId }) => {
      if (count > 1 && batch.length > this.#batchBytesMax) {
        answer = result(KafkaCode.MESSAGE_TOO_LARGE)
        return
      }
      const known = model.known.get(producerId) ?? []
      const repeat = known.find(each => each.sequence === sequence && each.count === count)
      const last = known.at(-1)
      if (repeat !== undefined)
        answer =
          this.#random() < 0.5
            ? result(KafkaCode.NONE, repeat.offset)
            : result(KafkaCode.DUPLICATE_SEQUENCE_NUMBER)
      else if (last !== undefined && sequence !== last.sequence + last.count)
        answer = result(KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
      else {
        answer = result(KafkaCode.NONE, model.end)
        model.known.set(producerId, [...known, { sequence, count, offset: model.end }].slice(-5))
        const bytes = batch.slice()
        assignOffsets(bytes, model.end, model.epoch)
        model.batches.push({ offset: model.end, bytes })
        readBatches(
          batch,
          {
            from: 0,
            isolation: 'read_uncommitted',
            aborted: [],
            crc32c,
            decompress: noDecompression,
            maxInflatedBytes: 1 << 20,
          },
          record => model.values.push(Buffer.from(record.value ?? []).toString()),
        )
        model.end += count
      }
    })
    assert.equal(model.end, model.values.length)
    return answer
  }

  #elect(partition: ModelPartition): void {
    const others = Array.from({ length: BROKERS }, (_, broker) => broker).filter(
      broker => broker !== partition.leader && !this.#stopped.has(broker),
    )
    const next = others[Math.floor(this.#random() * others.length)]
    if (next === undefined) return
    partition.leader = next
    partition.epoch++
    this.#remember()
  }

  #remember(): void {
    const partitions = this.partitions.map(({ leader, epoch }) => ({ leader, leaderEpoch: epoch }))
    this.#history = [
      ...this.#history.slice(-4),
      { brokers: [], topics: [{ name: TOPIC, code: 0, topicId: TOPIC_ID, partitions }] },
    ]
  }
}

const result = (code: number, baseOffset = -1): ProduceResult => ({
  code,
  baseOffset,
  appendTimeMs: -1,
  message: null,
  leader: null,
})
