import { initProducerIdV5 } from '@platformatic/kafka'
import type { BrokerId } from '../../core/model/index.ts'
import {
  LinkFailure,
  type BrokerLink,
  type Channel,
  type CommitRequest,
  type CoordinatorKind,
  type EndTransactionRequest,
  type FetchAnswer,
  type FetchRequest,
  type HeartbeatAnswer,
  type HeartbeatRequest,
  type InitTransactionsRequest,
  type Isolation,
  type MetadataAnswer,
  type OffsetFetchAnswer,
  type OffsetFetchRequest,
  type ProduceAnswer,
  type ProduceChannel,
  type ProduceRequest,
  type TransactionalCommitRequest,
  type TransactionAnswer,
} from '../../ports/broker-link.ts'
import type {
  ClassicMember,
  JoinGroupAnswer,
  JoinGroupRequest,
  SyncGroupAnswer,
  SyncGroupRequest,
} from '../../ports/classic-group.ts'
import type { BrokerBook, Endpoint } from './addresses.ts'
import { heartbeatClassic, joinGroup, leaveGroup, syncGroup } from './classic-group-calls.ts'
import { encodeFetch, fetchV17 } from './fetch-codec.ts'
import { commitOffsets, fetchOffsets, groupHeartbeat } from './group-calls.ts'
import { groupSessionTimeoutMs } from './group-session.ts'
import { encodeListOffsets, listOffsetsV9, type OffsetQuestion } from './list-offsets-codec.ts'
import { Lookup } from './lookup.ts'
import { metadataAnswer } from './metadata.ts'
import { framedProduce } from './produce-codec.ts'
import { commitOffsetsInTransaction, endTransaction, initTransactions } from './transaction-calls.ts'
import type { Wires } from './wires.ts'

const NO_TRANSACTION = null
const NO_PRODUCER_ID = -1n
const NO_PRODUCER_EPOCH = -1
/** Kafka wants a transaction timeout even from those who have no transactions. */
const UNUSED_TRANSACTION_TIMEOUT_MS = 60_000

/** The data plane over real connections. Its laws are in the port. */
export class KafkaLink implements BrokerLink {
  readonly #wires: Wires
  readonly #book: BrokerBook
  readonly #lookup: Lookup

  constructor(wires: Wires, book: BrokerBook) {
    this.#wires = wires
    this.#book = book
    this.#lookup = new Lookup(wires, book)
  }

  async metadata(topics: readonly string[] | null): Promise<MetadataAnswer> {
    return metadataAnswer(await this.#lookup.metadata(topics))
  }

  findCoordinator(name: string, kind: CoordinatorKind = 'group'): Promise<BrokerId> {
    return this.#lookup.coordinator(name, kind)
  }

  async initProducerId(): ReturnType<BrokerLink['initProducerId']> {
    const answer = await this.#wires.call(await this.#lookup.liveBroker(), 'control', initProducerIdV5.api, [
      NO_TRANSACTION,
      UNUSED_TRANSACTION_TIMEOUT_MS,
      NO_PRODUCER_ID,
      NO_PRODUCER_EPOCH,
    ])
    return { code: answer.errorCode, producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  async produce(broker: BrokerId, channel: ProduceChannel, request: ProduceRequest): Promise<ProduceAnswer> {
    return this.#wires.ask(this.#endpoint(broker), channel, framedProduce(request), request.timeoutMs)
  }

  async initTransactions(
    coordinator: BrokerId,
    request: InitTransactionsRequest,
  ): Promise<TransactionAnswer> {
    return initTransactions(this.#wires, this.#endpoint(coordinator), request)
  }

  async commitOffsetsInTransaction(
    groupCoordinator: BrokerId,
    request: TransactionalCommitRequest,
  ): Promise<readonly number[]> {
    return commitOffsetsInTransaction(this.#wires, this.#endpoint(groupCoordinator), request)
  }

  async endTransaction(coordinator: BrokerId, request: EndTransactionRequest): Promise<TransactionAnswer> {
    return endTransaction(this.#wires, this.#endpoint(coordinator), request)
  }

  async fetch(broker: BrokerId, channel: Channel, request: FetchRequest): Promise<FetchAnswer> {
    return this.#wires.call(
      this.#endpoint(broker),
      channel,
      fetchV17,
      [encodeFetch(request)],
      request.maxWaitMs,
    )
  }

  async listOffsets(
    broker: BrokerId,
    isolation: Isolation,
    items: readonly OffsetQuestion[],
  ): ReturnType<BrokerLink['listOffsets']> {
    const found = new Map<string, Map<number, { readonly code: number; readonly offset: number }>>()
    const listed = listOffsetsV9(topic => {
      const partitions = new Map<number, { readonly code: number; readonly offset: number }>()
      found.set(topic, partitions)
      return (partition, code, offset) => partitions.set(partition, { code, offset })
    })
    await this.#wires.call(this.#endpoint(broker), 'control', listed, [encodeListOffsets(isolation, items)])
    return items.map(({ topic, partition }) => found.get(topic)?.get(partition) ?? { code: -1, offset: -1 })
  }

  async groupHeartbeat(coordinator: BrokerId, request: HeartbeatRequest): Promise<HeartbeatAnswer> {
    return groupHeartbeat(this.#wires, this.#endpoint(coordinator), request)
  }

  async joinGroup(coordinator: BrokerId, request: JoinGroupRequest): Promise<JoinGroupAnswer> {
    return joinGroup(this.#wires, this.#endpoint(coordinator), request)
  }

  async syncGroup(coordinator: BrokerId, request: SyncGroupRequest): Promise<SyncGroupAnswer> {
    return syncGroup(this.#wires, this.#endpoint(coordinator), request)
  }

  async heartbeatClassic(coordinator: BrokerId, request: ClassicMember): Promise<number> {
    return heartbeatClassic(this.#wires, this.#endpoint(coordinator), request)
  }

  async leaveGroup(coordinator: BrokerId, request: Omit<ClassicMember, 'generation'>): Promise<number> {
    return leaveGroup(this.#wires, this.#endpoint(coordinator), request)
  }

  async commitOffsets(coordinator: BrokerId, request: CommitRequest): Promise<readonly number[]> {
    return commitOffsets(this.#wires, this.#endpoint(coordinator), request)
  }

  async fetchOffsets(coordinator: BrokerId, request: OffsetFetchRequest): Promise<OffsetFetchAnswer> {
    return fetchOffsets(this.#wires, this.#endpoint(coordinator), request)
  }

  async groupSessionTimeoutMs(group: string): Promise<number> {
    return groupSessionTimeoutMs(this.#wires, await this.#lookup.liveBroker(), group)
  }

  abandon(broker: BrokerId, channel: Channel): void {
    const endpoint = this.#book.endpoint(broker)
    if (endpoint !== null) this.#wires.abandon(endpoint, channel)
  }

  close(): Promise<void> {
    this.#wires.close()
    return Promise.resolve()
  }

  #endpoint(broker: BrokerId): Endpoint {
    const endpoint = this.#book.endpoint(broker)
    if (endpoint === null)
      throw new LinkFailure('unknown-broker', broker, `no metadata has named broker ${broker} yet`)
    return endpoint
  }
}
