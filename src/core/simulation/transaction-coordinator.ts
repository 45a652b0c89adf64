/**
 * The transaction coordinator, second protocol (KIP-890): who may write under a transactional id, which partitions and
 * groups its open transaction has touched, how it ended.
 *
 *     empty → open → ending → empty
 *
 * Invariants.
 * - An epoch serves one transaction. Its end, its time running out, and a successor's registration each raise it, so
 *   that whatever is late from before is refused: by the partition, which learned the new epoch from the marker, or
 *   here, when the partition asks to be entered. A registration raises it once more than an end does: its predecessor
 *   must not be taken for somebody who asks for the end again.
 * - "Ending" is decided: the answer may be on its way before the markers are written, and nothing can change it.
 *   Meanwhile everything else under the id is CONCURRENT_TRANSACTIONS.
 * - The end of a transaction asked for again with the epoch that it had is answered as the first time.
 *
 * Source: kafka.coordinator.transaction.TransactionCoordinator, TransactionMetadata; codes as seen on a broker by the
 * contract suite.
 *
 * What it does not do: the first protocol, epochs that overflow, expiry of transactional ids, loss of state when the
 * coordinator dies (in Kafka it is a replicated log; here it is simply kept).
 */
import { KafkaCode } from '../model/index.ts'
import type { Agenda, Appointment } from './agenda.ts'

export interface TransactionEnd {
  readonly producerId: bigint
  /** The epoch after the transaction. */
  readonly producerEpoch: number
  readonly decision: 'commit' | 'abort'
}

/** Where the coordinator writes markers to. */
export interface MarkerTarget {
  /** False: not possible now, to be tried again. */
  mark(topic: string, partition: number, end: TransactionEnd): boolean
  markGroup(group: string, end: TransactionEnd): void
}

export interface TransactionAnswer {
  readonly code: number
  readonly message: null
  readonly producerId: bigint
  readonly producerEpoch: number
}

interface Transaction {
  readonly producerId: bigint
  producerEpoch: number
  timeoutMs: number
  state: 'empty' | 'open' | 'ending'
  /** How the last transaction ended; null before the first end. */
  decision: 'commit' | 'abort' | null
  /** `topic-partition` → what it is made of. */
  partitions: Map<string, readonly [topic: string, partition: number]>
  groups: Set<string>
  timeout: Appointment | null
}

/** Who wants to write, as the request says. */
export interface Writer {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** From a decision to its markers, and between tries of those that could not be written. */
const MARKER_MS = 3
const MARKER_RETRY_MS = 20

export class TransactionCoordinator {
  readonly #agenda: Agenda
  readonly #newProducerId: () => bigint
  readonly #target: MarkerTarget
  readonly #byId = new Map<string, Transaction>()

  constructor(agenda: Agenda, newProducerId: () => bigint, target: MarkerTarget) {
    this.#agenda = agenda
    this.#newProducerId = newProducerId
    this.#target = target
  }

  init(transactionalId: string, timeoutMs: number): TransactionAnswer {
    let transaction = this.#byId.get(transactionalId)
    if (transaction === undefined) {
      transaction = {
        producerId: this.#newProducerId(),
        producerEpoch: -1,
        timeoutMs,
        state: 'empty',
        decision: null,
        partitions: new Map(),
        groups: new Set(),
        timeout: null,
      }
      this.#byId.set(transactionalId, transaction)
    }
    if (transaction.state === 'open') this.#fence(transaction)
    if (transaction.state !== 'empty') return refused(KafkaCode.CONCURRENT_TRANSACTIONS)
    transaction.timeoutMs = timeoutMs
    transaction.producerEpoch++
    // the end of the last one may not be asked for again by whoever comes now
    transaction.decision = null
    return accepted(transaction)
  }

  /** Enters a partition into the writer's transaction, opening one if there is none. */
  enter(writer: Writer, topic: string, partition: number): number {
    const found = this.#openFor(writer)
    if (typeof found === 'number') return found
    found.partitions.set(`${topic}-${partition}`, [topic, partition])
    return 0
  }

  enterGroup(writer: Writer, group: string): number {
    const found = this.#openFor(writer)
    if (typeof found === 'number') return found
    found.groups.add(group)
    return 0
  }

  end(writer: Writer, decision: 'commit' | 'abort'): TransactionAnswer {
    const transaction = this.#byId.get(writer.transactionalId)
    if (transaction === undefined || transaction.producerId !== writer.producerId)
      return refused(KafkaCode.INVALID_PRODUCER_ID_MAPPING)
    const isRepeat =
      transaction.decision !== null &&
      transaction.state !== 'open' &&
      writer.producerEpoch === transaction.producerEpoch - 1
    if (isRepeat) {
      if (transaction.decision !== decision) return refused(KafkaCode.INVALID_TXN_STATE)
      return transaction.state === 'ending'
        ? refused(KafkaCode.CONCURRENT_TRANSACTIONS)
        : accepted(transaction)
    }
    if (writer.producerEpoch !== transaction.producerEpoch) return refused(KafkaCode.PRODUCER_FENCED)
    if (transaction.state === 'ending') return refused(KafkaCode.CONCURRENT_TRANSACTIONS)
    if (transaction.state === 'empty' && decision === 'commit') return refused(KafkaCode.INVALID_TXN_STATE)
    this.#end(transaction, decision)
    return accepted(transaction)
  }

  #openFor(writer: Writer): Transaction | number {
    const transaction = this.#byId.get(writer.transactionalId)
    if (transaction === undefined || transaction.producerId !== writer.producerId)
      return KafkaCode.INVALID_PRODUCER_ID_MAPPING
    if (transaction.producerEpoch !== writer.producerEpoch) return KafkaCode.INVALID_PRODUCER_EPOCH
    if (transaction.state === 'ending') return KafkaCode.CONCURRENT_TRANSACTIONS
    if (transaction.state === 'empty') {
      transaction.state = 'open'
      transaction.timeout = this.#agenda.after(transaction.timeoutMs, () => this.#end(transaction, 'abort'))
    }
    return transaction
  }

  /** Shuts its writer out and aborts what it left open. */
  #fence(transaction: Transaction): void {
    transaction.producerEpoch++
    this.#end(transaction, 'abort')
    transaction.decision = null
  }

  #end(transaction: Transaction, decision: 'commit' | 'abort'): void {
    transaction.timeout?.cancel()
    transaction.timeout = null
    transaction.producerEpoch++
    transaction.state = 'ending'
    transaction.decision = decision
    const { producerId, producerEpoch } = transaction
    this.#writeMarkers(transaction, { producerId, producerEpoch, decision }, MARKER_MS)
  }

  #writeMarkers(transaction: Transaction, end: TransactionEnd, afterMs: number): void {
    this.#agenda.after(afterMs, () => {
      for (const [name, [topic, partition]] of transaction.partitions)
        if (this.#target.mark(topic, partition, end)) transaction.partitions.delete(name)
      if (transaction.partitions.size > 0) {
        this.#writeMarkers(transaction, end, MARKER_RETRY_MS)
        return
      }
      for (const group of transaction.groups) this.#target.markGroup(group, end)
      transaction.groups = new Set()
      transaction.state = 'empty'
    })
  }
}

const accepted = ({ producerId, producerEpoch }: Transaction): TransactionAnswer => ({
  code: 0,
  message: null,
  producerId,
  producerEpoch,
})

const refused = (code: number): TransactionAnswer => ({
  code,
  message: null,
  producerId: -1n,
  producerEpoch: -1,
})
