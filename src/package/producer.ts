/**
 * `lanekeeper/producer`: the producer with everything it needs joined, for programs that use it as a library.
 */
import './node-version.ts'
import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import type { KafkaConnection } from '../adapters/kafka/connect.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { RecordHeader } from '../core/records/index.ts'
import type { ConventionName, Strategy } from '../core/routing/index.ts'
import type { BrokerFigures, PartitionFigures } from '../producer/figures.ts'
import type { ObservedAnswer, ObservedRequest } from '../producer/observer.ts'
import type { OnOutcome, Outcome, ProducerRecord } from '../producer/outcome.ts'
import type { PartitionFunction } from '../producer/partitioner.ts'
import {
  type CloseReport,
  createProducer as createCore,
  type Producer as Core,
} from '../producer/producer.ts'
import { roomWithin, sendFrom } from '../producer/send-from.ts'
import type { Resolution } from '../producer/settle.ts'
import type { ProducerStats } from '../producer/stats.ts'
import { clientIdOf, connect } from './connect.ts'
import { producerDiagnostics } from './producer-diagnostics.ts'
import { type ProducerConfig, readProducerConfig } from './producer-options.ts'
import { ProducerWritable } from './producer-writable.ts'

export type {
  BrokerFigures,
  CloseReport,
  ConventionName,
  ObservedAnswer,
  ObservedRequest,
  OnOutcome,
  Outcome,
  PartitionFigures,
  PartitionFunction,
  ProducerConfig,
  ProducerRecord,
  ProducerStats,
  RecordHeader,
  Resolution,
  Strategy,
}
export { LanekeeperError }
export {
  createTransactionalProducer,
  type GroupMember,
  type GroupOffsets,
  type TransactionalConfig,
  type TransactionalProducer,
  type TransactionPhase,
} from './transactional.ts'

/** Idempotent, `acks=all`, in order per key unless told otherwise. One outcome per record, always. */
export interface Producer {
  /**
   * Takes a record. False: taken, but the buffer is full; wait for `drained()`. Whoever goes on regardless is refused
   * record by record (BUFFER_FULL) at twice the buffer. Never throws for what a record is: that is its outcome. Without
   * `onOutcome` it costs no allocation; what failed is then only counted, in `stats()`.
   */
  send(record: ProducerRecord, onOutcome?: OnOutcome): boolean
  /** The same for many; false when the buffer is full after the last of them. */
  sendBatch(records: readonly ProducerRecord[], onOutcome?: OnOutcome): boolean
  /** `send` with a promise of the outcome. It never rejects. */
  deliver(record: ProducerRecord): Promise<Outcome>
  /** `deliver` for many: outcomes in the order of the records. */
  deliverAll(records: readonly ProducerRecord[]): Promise<readonly Outcome[]>
  /**
   * Sends what `source` yields, asking for no more than there is room for. Resolves with the count when everything is
   * taken; `flush` waits for the outcomes. Rejects with what the source throws, with BUFFER_FULL when there was no room
   * for `max.block.ms`, with PRODUCER_CLOSED after `close`.
   */
  sendFrom(
    source: AsyncIterable<ProducerRecord> | Iterable<ProducerRecord>,
    onOutcome?: OnOutcome,
  ): Promise<number>
  /**
   * A Node stream of records (object mode). Without `onOutcome` the first record that is not acknowledged destroys it
   * with the reason; with it, that is the caller's affair. Its end waits for all outcomes; the producer stays open.
   */
  writable(onOutcome?: OnOutcome): ProducerWritable
  /** Resolves when there is room again; at once while there is. */
  drained(): Promise<void>
  /** Sends what lingers, and resolves when everything taken before this call has its outcome. Never rejects. */
  flush(): Promise<void>
  /**
   * Looks in the log for what is in doubt and says what became of it. Partitions that stopped over a doubt take records
   * again once it is decided. Never rejects. Default deadline 30 s.
   */
  settle(options?: { readonly deadlineMs: number }): Promise<readonly Resolution[]>
  /**
   * Takes no more records, flushes, gives up after the deadline (default 30 s) what is left and says what that was, then
   * closes the connections. Calling again gives the same report.
   */
  close(options?: { readonly deadlineMs: number }): Promise<CloseReport>
  stats(): ProducerStats
  partitionFigures(): readonly PartitionFigures[]
  brokerFigures(): readonly BrokerFigures[]
  /** Number of partitions. Rejects with TOPIC_UNKNOWN (and the nearest name), NOT_AUTHORIZED or CLUSTER_UNREACHABLE. */
  partitionsFor(topic: string): Promise<number>
  /** `await using producer = await createProducer(…)` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>
}

const DEADLINE_MS = 30_000

/**
 * @throws LanekeeperError USAGE that lists everything wrong with the options; FILE_UNREADABLE and CONFIG_INVALID for
 * certificates. The cluster is first asked when it is needed: an unreachable one shows as the outcome of a record.
 */
export const createProducer = async (config: ProducerConfig): Promise<Producer> => {
  // without a seed: two producers must not draw alike
  const random = { next: Math.random }
  const { options, partitioner, maxBlockMs } = readProducerConfig(config, random)
  const connection = await connect(config)
  const core = createCore({
    link: connection.openLink(clientIdOf(config)),
    clock: systemClock,
    codecs: nodeCodecs,
    random,
    options,
    partitioner,
    observer: producerDiagnostics(clientIdOf(config)),
  })
  return new PackagedProducer(core, connection, maxBlockMs)
}

class PackagedProducer implements Producer {
  readonly #core: Core
  readonly #connection: KafkaConnection
  readonly #maxBlockMs: number
  #closing: Promise<CloseReport> | null = null

  constructor(core: Core, connection: KafkaConnection, maxBlockMs: number) {
    this.#core = core
    this.#connection = connection
    this.#maxBlockMs = maxBlockMs
  }

  send(record: ProducerRecord, onOutcome?: OnOutcome): boolean {
    return this.#core.send(record, onOutcome)
  }

  sendBatch(records: readonly ProducerRecord[], onOutcome?: OnOutcome): boolean {
    return this.#core.sendBatch(records, onOutcome)
  }

  deliver(record: ProducerRecord): Promise<Outcome> {
    return new Promise(resolve => this.#core.send(record, resolve))
  }

  deliverAll(records: readonly ProducerRecord[]): Promise<readonly Outcome[]> {
    return Promise.all(records.map(record => this.deliver(record)))
  }

  sendFrom(
    source: AsyncIterable<ProducerRecord> | Iterable<ProducerRecord>,
    onOutcome?: OnOutcome,
  ): Promise<number> {
    return sendFrom(this.#core, source, {
      clock: systemClock,
      maxBlockMs: this.#maxBlockMs,
      isClosed: () => this.#closing !== null,
      onOutcome,
    })
  }

  writable(onOutcome?: OnOutcome): ProducerWritable {
    return new ProducerWritable(
      this.#core,
      () => roomWithin(this.#core, systemClock, this.#maxBlockMs),
      onOutcome ?? null,
    )
  }

  drained(): Promise<void> {
    return this.#core.drained()
  }

  flush(): Promise<void> {
    return this.#core.flush()
  }

  settle({ deadlineMs } = { deadlineMs: DEADLINE_MS }): Promise<readonly Resolution[]> {
    return this.#core.settle({ deadlineMs })
  }

  close({ deadlineMs } = { deadlineMs: DEADLINE_MS }): Promise<CloseReport> {
    this.#closing ??= this.#closeAll(deadlineMs)
    return this.#closing
  }

  async #closeAll(deadlineMs: number): Promise<CloseReport> {
    const report = await this.#core.close({ deadlineMs })
    await this.#connection.close()
    return report
  }

  stats(): ProducerStats {
    return this.#core.stats()
  }

  partitionFigures(): readonly PartitionFigures[] {
    return this.#core.partitionFigures()
  }

  brokerFigures(): readonly BrokerFigures[] {
    return this.#core.brokerFigures()
  }

  async partitionsFor(topic: string): Promise<number> {
    // an unreachable cluster is told within seconds here, where a record would wait for its whole delivery timeout
    await this.#connection.cluster.describe({ topics: [topic] })
    return this.#core.partitionsFor(topic)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
