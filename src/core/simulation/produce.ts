/**
 * Produce as a leader does it: each batch is judged and appended alone; with acks=all the answer waits until every
 * batch of the request is on all in-sync replicas, or until the request's own time is over (code 7: appended here,
 * copies late). A batch that was appended before is answered with the offset it got then.
 * Source: kafka.server.ReplicaManager.appendRecords, DelayedProduce.
 *
 * A batch of a transaction is written only after the coordinator has entered its partition; then its end will find it.
 *
 * What it does not do: more than one batch per partition and request, quotas, recompression.
 */
import { type BrokerId, KafkaCode, type Offset, type PartitionInfo } from '../model/index.ts'
import { type BatchHeader, crc32c, forEachBatchHeader, isTransactional } from '../records/index.ts'
import type { Agenda } from './agenda.ts'
import type { Controller } from './controller.ts'
import type { Replica, Replicas } from './replicas.ts'
import { numericConfig } from './topic-configs.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'

export interface ProduceCall {
  readonly acks: -1 | 1
  readonly timeoutMs: number
  readonly transactionalId?: string
  readonly items: readonly {
    readonly topic: string
    readonly partition: number
    readonly batch: Uint8Array
  }[]
}

export interface ProducedItem {
  readonly code: number
  readonly baseOffset: Offset
  readonly appendTimeMs: number
  readonly message: string | null
  readonly leader: { readonly id: BrokerId; readonly epoch: number } | null
}

export interface ProduceReply {
  readonly throttleMs: number
  readonly results: readonly ProducedItem[]
}

/** A batch in the leader's log whose copies are awaited. */
interface Appended {
  readonly replica: Replica
  readonly topic: string
  readonly partition: number
  readonly baseOffset: Offset
  readonly endOffset: Offset
}

type Outcome = { readonly appended: Appended } | { readonly answered: ProducedItem }

export class ProduceService {
  readonly #agenda: Agenda
  readonly #controller: Controller
  readonly #replicas: Replicas
  readonly #transactions: TransactionCoordinator

  constructor(
    agenda: Agenda,
    controller: Controller,
    replicas: Replicas,
    transactions: TransactionCoordinator,
  ) {
    this.#agenda = agenda
    this.#controller = controller
    this.#replicas = replicas
    this.#transactions = transactions
  }

  produce(broker: BrokerId, call: ProduceCall, reply: (answer: ProduceReply) => void): void {
    const outcomes = call.items.map(item => this.#append(broker, call, item))
    if (call.acks !== -1) {
      reply(answerOf(outcomes.map(settledWithoutCopies)))
      return
    }
    const results = outcomes.map(outcome => ('answered' in outcome ? outcome.answered : null))
    const look = (): void => {
      outcomes.forEach((outcome, index) => {
        if ('appended' in outcome) results[index] ??= this.#copied(broker, outcome.appended)
      })
      if (results.every(result => result !== null)) finish()
    }
    const finish = (): void => {
      deadline.cancel()
      for (const outcome of outcomes) {
        if ('appended' in outcome) outcome.appended.replica.waiting.delete(look)
      }
      reply(answerOf(results.map(result => result ?? refused(KafkaCode.REQUEST_TIMED_OUT, null))))
    }
    const deadline = this.#agenda.after(call.timeoutMs, finish)
    for (const outcome of outcomes) {
      if ('appended' in outcome) outcome.appended.replica.waiting.add(look)
    }
    look()
  }

  #append(broker: BrokerId, call: ProduceCall, item: ProduceCall['items'][number]): Outcome {
    const { topic, partition, batch } = item
    const found = this.#replicas.find(topic, partition)
    if (found === null) return { answered: refused(KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, null) }
    const { info, replica } = found
    if (info.leader !== broker) return { answered: notLeader(info) }
    const configs = this.#controller.snapshot.topics.get(topic)?.configs ?? null
    if (call.acks === -1 && info.isr.length < inSyncDemanded(info, configs)) {
      const text = `The size of the current ISR : ${info.isr.length} is insufficient to satisfy the min.isr requirement`
      return { answered: refused(KafkaCode.NOT_ENOUGH_REPLICAS, text) }
    }
    const header = wholeBatch(batch)
    if (header === null) return { answered: refused(KafkaCode.CORRUPT_MESSAGE, 'Record batch is corrupt.') }
    if (batch.length > numericConfig(configs, 'max.message.bytes')) {
      const text = `The record batch size in the append to ${topic}-${partition} is ${batch.length} bytes, too large.`
      return { answered: refused(KafkaCode.MESSAGE_TOO_LARGE, text) }
    }
    const entered = this.#enter(call, replica, header)
    if (entered !== 0) return { answered: refused(entered, null) }
    const verdict = replica.log.producers.judge({
      producerId: header.producerId,
      producerEpoch: header.producerEpoch,
      baseSequence: header.baseSequence,
      recordCount: header.count,
    })
    if (verdict.kind === 'refused') return { answered: refused(verdict.code, verdict.message) }
    const baseOffset =
      verdict.kind === 'duplicate'
        ? verdict.baseOffset
        : this.#replicas.append(replica, batch, header, info.leaderEpoch)
    const endOffset = baseOffset + header.lastOffsetDelta + 1
    return { appended: { replica, topic, partition, baseOffset, endOffset } }
  }

  /** Puts the partition of a transactional batch into its transaction. */
  #enter({ transactionalId }: ProduceCall, { topic, partition, log }: Replica, header: BatchHeader): number {
    const { producerId, producerEpoch } = header
    if (isTransactional(header.attributes) !== (transactionalId !== undefined))
      return KafkaCode.INVALID_REQUEST
    if (transactionalId === undefined || log.transactions.isOpen(producerId, producerEpoch)) return 0
    return this.#transactions.enter({ transactionalId, producerId, producerEpoch }, topic, partition)
  }

  /** Null while copies are missing. */
  #copied(broker: BrokerId, appended: Appended): ProducedItem | null {
    const found = this.#replicas.find(appended.topic, appended.partition)
    if (found === null || found.replica !== appended.replica)
      return refused(KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, null)
    if (found.info.leader !== broker) return notLeader(found.info)
    if (appended.replica.log.highWatermark < appended.endOffset) return null
    const configs = this.#controller.snapshot.topics.get(appended.topic)?.configs ?? null
    if (found.info.isr.length < inSyncDemanded(found.info, configs))
      return refused(KafkaCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, null)
    return accepted(appended.baseOffset)
  }
}

/** A topic cannot demand more copies than it has: 2 on a topic without replication counts as 1. */
const inSyncDemanded = (info: PartitionInfo, configs: ReadonlyMap<string, string> | null): number =>
  Math.min(numericConfig(configs, 'min.insync.replicas'), info.replicas.length)

const settledWithoutCopies = (outcome: Outcome): ProducedItem =>
  'appended' in outcome ? accepted(outcome.appended.baseOffset) : outcome.answered

/** Header of a batch that is whole and whose checksum is right; null otherwise. */
const wholeBatch = (batch: Uint8Array): BatchHeader | null => {
  const headers: BatchHeader[] = []
  const end = forEachBatchHeader(batch, header => headers.push(header))
  const header = headers[0]
  if (header === undefined || headers.length !== 1 || end !== batch.length) return null
  return crc32c(batch.subarray(CRC_COVERS_FROM)) === header.crc ? header : null
}

/** The checksum covers everything after itself, which is why a broker may write offset and epoch before it. */
const CRC_COVERS_FROM = 21

const answerOf = (results: readonly ProducedItem[]): ProduceReply => ({ throttleMs: 0, results })

const accepted = (baseOffset: Offset): ProducedItem => ({
  code: 0,
  baseOffset,
  appendTimeMs: -1,
  message: null,
  leader: null,
})

const refused = (code: number, message: string | null): ProducedItem => ({
  code,
  baseOffset: -1,
  appendTimeMs: -1,
  message,
  leader: null,
})

const notLeader = (info: PartitionInfo): ProducedItem => ({
  ...refused(KafkaCode.NOT_LEADER_OR_FOLLOWER, null),
  leader: info.leader === null ? null : { id: info.leader, epoch: info.leaderEpoch },
})
