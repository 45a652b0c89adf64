import type { BrokerId, Offset } from '../core/model/index.ts'
import type { ClassicGroupLink } from './classic-group.ts'

/**
 * The data plane: single requests to single brokers, for the producer and the consumer, whose rules (number, retry,
 * settle what is in doubt, lease, revoke) live above this port and therefore also run against the simulated cluster.
 *
 * Laws every adapter keeps (test/contract):
 * - One call is one request. The link never retries, never reroutes, never waits beyond its timeout.
 * - A Kafka error code is a value in the answer, per item. A call rejects only with `LinkFailure`: no answer came, and
 *   the broker may or may not have done what was asked.
 * - After a `LinkFailure` the connection of that (broker, channel) is gone; the next call opens a new one. A connection
 *   counts as open only after the broker answered on it: a stopped process still accepts TCP.
 * - Requests of one (broker, channel) are written in call order on one connection. Channels never delay each other.
 */
export interface BrokerLink extends ClassicGroupLink {
  /**
   * Asks all known brokers at once and takes the first good answer. Topics that do not exist come with their code.
   * Null asks for all topics.
   */
  metadata(topics: readonly string[] | null): Promise<MetadataAnswer>
  /** Coordinator of a group (default) or of a transactional id, asked of all known brokers. Rejects while none is known. */
  findCoordinator(name: string, kind?: CoordinatorKind): Promise<BrokerId>

  initProducerId(): Promise<ProducerIdAnswer>
  produce(broker: BrokerId, channel: ProduceChannel, request: ProduceRequest): Promise<ProduceAnswer>

  /**
   * Registers a transactional id: whoever used it before is fenced, and the transaction it left open is aborted. Code 51
   * while that abort is under way, 35 where the cluster does not have the second transaction protocol (KIP-890).
   */
  initTransactions(coordinator: BrokerId, request: InitTransactionsRequest): Promise<TransactionAnswer>
  /**
   * Offsets of a group as a part of the transaction, checked against the member and its epoch. Goes to the coordinator
   * of the group, which enters itself into the transaction. Codes in the order of `offsets`.
   */
  commitOffsetsInTransaction(
    groupCoordinator: BrokerId,
    request: TransactionalCommitRequest,
  ): Promise<readonly number[]>
  /**
   * Decides the transaction. The answer carries the identity of the next one: an epoch is never used twice, so that a
   * late batch of this transaction cannot slip into the next. "Decided" is not "visible": markers follow.
   */
  endTransaction(coordinator: BrokerId, request: EndTransactionRequest): Promise<TransactionAnswer>

  fetch(broker: BrokerId, channel: Channel, request: FetchRequest): Promise<FetchAnswer>
  /** `timestamp` -1: end offset at the asked isolation; -2: start of the log; otherwise first offset at or after it. */
  listOffsets(
    broker: BrokerId,
    isolation: Isolation,
    items: readonly { readonly topic: string; readonly partition: number; readonly timestamp: number }[],
  ): Promise<readonly { readonly code: number; readonly offset: Offset }[]>

  groupHeartbeat(coordinator: BrokerId, request: HeartbeatRequest): Promise<HeartbeatAnswer>
  /** Codes in the order of `offsets`. */
  commitOffsets(coordinator: BrokerId, request: CommitRequest): Promise<readonly number[]>
  fetchOffsets(coordinator: BrokerId, request: OffsetFetchRequest): Promise<OffsetFetchAnswer>
  /** `consumer.session.timeout.ms` in force for the group: the member's lease is a part of it. */
  groupSessionTimeoutMs(group: string): Promise<number>

  /** Breaks the connection at once: what is in flight on it rejects with `LinkFailure`. */
  abandon(broker: BrokerId, channel: Channel): void
  close(): Promise<void>
}

/** A connection of its own per purpose: a long fetch must never delay a heartbeat, a late copy never a fresh batch. */
export type Channel = 'produce' | 'produce-retry' | 'fetch' | 'control'

export type ProduceChannel = Extract<Channel, 'produce' | 'produce-retry'>

export type CoordinatorKind = 'group' | 'transaction'

export type Isolation = 'read_uncommitted' | 'read_committed'

export class LinkFailure extends Error {
  readonly kind: 'timeout' | 'closed' | 'refused' | 'unknown-broker' | 'authentication'
  readonly broker: BrokerId | null

  constructor(kind: LinkFailure['kind'], broker: BrokerId | null, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'LinkFailure'
    this.kind = kind
    this.broker = broker
  }
}

export interface MetadataAnswer {
  readonly brokers: readonly {
    readonly id: BrokerId
    readonly host: string
    readonly port: number
    readonly rack: string | null
  }[]
  readonly topics: readonly {
    readonly name: string
    readonly code: number
    /** 32 hex digits. */
    readonly topicId: string
    /** Index = partition. `leader` -1: none. */
    readonly partitions: readonly { readonly leader: number; readonly leaderEpoch: number }[]
  }[]
}

export interface ProducerIdAnswer {
  readonly code: number
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The id was taken for a transactional id: its batches belong to the open transaction. */
  readonly transactional?: boolean
}

export interface ProduceRequest {
  /** -1: all in-sync replicas; 1: the leader. With 0 the broker would answer nothing, and nobody here could go on. */
  readonly acks: -1 | 1
  /** How long the broker waits for copies; the answer waits for the slowest partition of the request. */
  readonly timeoutMs: number
  /** For batches of a transaction: their partitions enter it by this very request. */
  readonly transactionalId?: string
  /** At most one batch per partition; grouped by topic. `batch` is a whole record batch v2 and is sent as it is. */
  readonly items: readonly {
    readonly topic: string
    readonly partition: number
    readonly batch: Uint8Array
  }[]
}

export interface InitTransactionsRequest {
  readonly transactionalId: string
  /** `transaction.timeout.ms`: the coordinator aborts a transaction that is open longer. */
  readonly timeoutMs: number
}

export interface TransactionAnswer {
  readonly code: number
  readonly message: string | null
  /** -1 with every code but 0. */
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** Who speaks for an open transaction. */
export interface TransactionIdentity {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface EndTransactionRequest extends TransactionIdentity {
  readonly decision: 'commit' | 'abort'
}

export interface TransactionalCommitRequest extends TransactionIdentity, CommitRequest {}

export interface ProduceAnswer {
  readonly throttleMs: number
  /** In the order of the request's items. An item that the broker left out has code -1. */
  readonly results: readonly ProduceResult[]
}

export interface ProduceResult {
  readonly code: number
  readonly baseOffset: Offset
  /** -1 unless the topic stamps records at append. */
  readonly appendTimeMs: number
  readonly message: string | null
  /** The broker's hint who leads now (KIP-951), with its epoch. */
  readonly leader: { readonly id: BrokerId; readonly epoch: number } | null
}

export interface FetchRequest {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolation: Isolation
  readonly partitions: readonly FetchPartition[]
}

export interface FetchPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly leaderEpoch: number
  readonly offset: Offset
  /** Epoch of the last batch read, for divergence checks; -1 to leave the check out. */
  readonly lastFetchedEpoch: number
  readonly maxBytes: number
}

export interface FetchAnswer {
  readonly throttleMs: number
  readonly code: number
  readonly partitions: readonly FetchedPartition[]
}

export interface FetchedPartition {
  readonly topicId: string
  readonly partition: number
  readonly code: number
  readonly highWatermark: Offset
  readonly lastStableOffset: Offset
  readonly logStart: Offset
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: Offset }[]
  /** Record batches as they are in the log; the last may be cut off. Not inflated, not checked. Null: none. */
  readonly records: Uint8Array | null
  readonly leader: { readonly id: BrokerId; readonly epoch: number } | null
  readonly diverging: { readonly epoch: number; readonly endOffset: Offset } | null
}

export interface TopicPartitions {
  /** 32 hex digits. */
  readonly topicId: string
  readonly partitions: readonly number[]
}

export interface HeartbeatRequest {
  readonly group: string
  readonly memberId: string
  /** 0 joins, -1 leaves, -2 leaves for a restart (static member). */
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly topics: readonly string[]
  readonly assignor: 'uniform' | 'range' | null
  readonly owned: readonly TopicPartitions[]
}

export interface HeartbeatAnswer {
  readonly code: number
  readonly message: string | null
  readonly memberEpoch: number
  readonly intervalMs: number
  /** Null: unchanged since the last answer. */
  readonly assignment: readonly TopicPartitions[] | null
}

export interface CommitRequest {
  readonly group: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly offsets: readonly {
    readonly topic: string
    readonly partition: number
    readonly offset: Offset
    /** A text that is kept beside the offset and read back with it; empty by default. */
    readonly metadata?: string
  }[]
}

export interface OffsetFetchRequest {
  readonly group: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly requireStable: boolean
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

export interface OffsetFetchAnswer {
  readonly code: number
  /** `offset` -1: nothing committed. */
  readonly offsets: readonly {
    readonly topic: string
    readonly partition: number
    readonly code: number
    readonly offset: Offset
    /** What the commit said beside the offset; empty where it said nothing. */
    readonly metadata: string
  }[]
}
