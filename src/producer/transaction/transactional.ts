/**
 * The transactional producer: a thin driver around its machine (machine.ts), which decides everything, and one ordinary
 * producer for each transaction, which delivers its records.
 *
 * One transaction, one producer: sequence numbers start anew with each epoch, and nothing that was on its way for one
 * transaction can be taken for a part of the next.
 */
import { type BrokerId, KafkaCode, LanekeeperError } from '../../core/model/index.ts'
import {
  type BrokerLink,
  type CoordinatorKind,
  LinkFailure,
  type TransactionAnswer,
} from '../../ports/broker-link.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Codecs } from '../../ports/codecs.ts'
import type { Random } from '../../ports/random.ts'
import { backoffAfter } from '../machine/backoff.ts'
import type { ProducerOptions } from '../options.ts'
import type { OnOutcome, ProducerRecord } from '../outcome.ts'
import type { Partitioner } from '../partitioner.ts'
import { createProducer, type Producer } from '../producer.ts'
import { misuse } from './errors.ts'
import type {
  GroupOffsets,
  Identity,
  TransactionEffect,
  TransactionEvent,
  TransactionPhase,
  TransactionRequest,
  TransactionSettings,
} from './events.ts'
import { KnownTopics } from './known-topics.ts'
import { newTransactions, stepTransaction, type TransactionState, wakeAtMs } from './machine.ts'
import { transactionLink } from './transaction-link.ts'
import { verdictOf } from './verdicts.ts'

export type { GroupMember, GroupOffsets, TransactionPhase } from './events.ts'

export interface TransactionalOptions {
  /** `transactional.id`: the same after a restart, and no other process's at the same time. */
  readonly transactionalId: string
  /**
   * `transaction.timeout.ms`: a transaction that is open longer is aborted by the cluster. Default 60,000. The offsets of its group and the end of the partitions it wrote to stand still until then, if a
   * process dies and does not come back.
   */
  readonly transactionTimeoutMs?: number
  /** `max.block.ms`: how long coordinators are asked before the instance gives up. Default 60,000. */
  readonly giveUpMs?: number
  /** Of the records' delivery. `acks=all` and idempotence are not for choice here. */
  readonly producer?: Partial<Omit<ProducerOptions, 'acks' | 'idempotent'>>
}

export interface TransactionalParts {
  /** For this producer alone. It is not closed by it. */
  readonly link: BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly random: Random
  /** Where records go that name no partition. By default as Kafka's own client does it. */
  readonly partitioner?: Partitioner
  readonly options: TransactionalOptions
}

/**
 * Records and offsets of which readers of committed records see all or nothing.
 *
 * One call at a time: `init` once, then `begin`, any number of `send` and `addOffsets`, then `commit` or `abort`.
 * Everything rejects with a `LanekeeperError`:
 *
 * - TRANSACTION_ABORTED: not committed, nothing of it is visible; `begin` again.
 * - TRANSACTION_FENCED: somebody else uses the id. The instance is dead, and so should the process be.
 * - TRANSACTION_IN_DOUBT: a commit was sent and never answered. The instance is dead; `init` of a new one decides.
 * - CLUSTER_UNREACHABLE, NOT_AUTHORIZED, AUTHENTICATION_FAILED, TRANSACTION_REFUSED, CLUSTER_TOO_OLD: the instance is dead.
 * - TRANSACTION_STATE: the call does not fit; nothing was done.
 */
export interface TransactionalProducer {
  readonly transactionalId: string
  /** Takes the id over: its last holder is shut out, and the transaction it left open is aborted. */
  init(): Promise<void>
  begin(): void
  /**
   * Takes a record into the open transaction; false: taken, but wait for `drained()`. What cannot be sent dooms the
   * transaction, which `commit` then reports; `onOutcome` tells it at once. Acknowledged means: in the log, undecided.
   * Throws TRANSACTION_STATE, or what ended the instance, where no transaction is open: nobody would miss the record.
   */
  send(record: ProducerRecord, onOutcome?: OnOutcome): boolean
  drained(): Promise<void>
  /**
   * Makes the group's offsets a part of the transaction. Rejects with GROUP_FENCED if the member no longer speaks for
   * the group; the transaction can then only be aborted.
   */
  addOffsets(offsets: GroupOffsets): Promise<void>
  /** Commits what was sent; if it cannot be committed, aborts it and rejects. */
  commit(): Promise<void>
  abort(): Promise<void>
  /** Aborts an open transaction. After this nothing is possible. Never rejects. */
  close(): Promise<void>
  readonly phase: TransactionPhase
}

/** Nothing is sent before `init`. Throws USAGE for an id that cannot be. */
export const createTransactionalProducer = (parts: TransactionalParts): TransactionalProducer =>
  new DrivenTransactions(parts)

const DEFAULT_TRANSACTION_TIMEOUT_MS = 60_000
const DEFAULT_GIVE_UP_MS = 60_000
const BACKOFF = { backoffMs: 20, backoffMsMax: 500 }

interface Waiter {
  resolve(): void
  reject(error: LanekeeperError): void
}

/** What delivers the records of the open transaction. */
interface Delivery {
  readonly producer: Producer
  /** Hears the outcomes of this transaction's records, and of no other's. */
  readonly note: OnOutcome
}

type Answer = Omit<Extract<TransactionEvent, { type: 'answered' }>, 'type' | 'nowMs'>

class DrivenTransactions implements TransactionalProducer {
  readonly transactionalId: string
  readonly #parts: TransactionalParts
  readonly #settings: TransactionSettings
  readonly #topics: KnownTopics
  /** Coordinator of the id, and of each group. */
  readonly #coordinators = new Map<string, BrokerId>()
  #state: TransactionState = newTransactions
  #waiter: Waiter | null = null
  #delivery: Delivery | null = null
  #timer: Timer | null = null
  #closed = false

  constructor(parts: TransactionalParts) {
    const { transactionalId, giveUpMs = DEFAULT_GIVE_UP_MS } = parts.options
    if (transactionalId === '')
      throw new LanekeeperError('USAGE', 'transactional.id must not be empty.', {
        fix: 'Name one that stays the same over restarts and that no other process uses.',
      })
    this.transactionalId = transactionalId
    this.#parts = parts
    this.#topics = new KnownTopics(parts.link)
    this.#settings = {
      transactionalId,
      giveUpMs,
      backoffMs: tries => backoffAfter(tries, BACKOFF, parts.random),
    }
  }

  get phase(): TransactionPhase {
    return this.#state.phase
  }

  init(): Promise<void> {
    return this.#call('init', { type: 'register', nowMs: this.#nowMs })
  }

  begin(): void {
    if (this.#waiter !== null) throw misuse(this.#settings, this.#state.phase, 'begin')
    const [state, effects] = stepTransaction(this.#settings, this.#state, { type: 'begin' })
    this.#state = state
    for (const effect of effects) if (effect.type === 'settled' && effect.error !== null) throw effect.error
  }

  send(record: ProducerRecord, onOutcome?: OnOutcome): boolean {
    const { phase, identity } = this.#state
    if (phase !== 'open' || identity === null) throw this.#state.end ?? misuse(this.#settings, phase, 'send')
    this.#delivery ??= this.#newDelivery(identity)
    if (!this.#state.begun) this.#on({ type: 'sent' })
    const { producer, note } = this.#delivery
    if (onOutcome === undefined) return producer.send(record, note)
    return producer.send(record, (outcome, sent) => {
      note(outcome, sent)
      onOutcome(outcome, sent)
    })
  }

  drained(): Promise<void> {
    return this.#delivery?.producer.drained() ?? Promise.resolve()
  }

  addOffsets(offsets: GroupOffsets): Promise<void> {
    return this.#call('addOffsets', { type: 'offsets', offsets, nowMs: this.#nowMs })
  }

  commit(): Promise<void> {
    return this.#call('commit', { type: 'commit' })
  }

  abort(): Promise<void> {
    return this.#call('abort', { type: 'abort', nowMs: this.#nowMs })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#state.phase === 'open' && this.#waiter === null) await this.abort().catch(() => undefined)
    const error = new LanekeeperError(
      'PRODUCER_CLOSED',
      `The producer of "${this.transactionalId}" is closed.`,
    )
    this.#on({ type: 'failed', error })
    this.#timer?.cancel()
  }

  get #nowMs(): number {
    return this.#parts.clock.monotonicMs()
  }

  /** One call at a time: the next one, before this is over, is a mistake of the caller. */
  #call(name: string, event: TransactionEvent): Promise<void> {
    if (this.#waiter !== null) return Promise.reject(misuse(this.#settings, this.#state.phase, name))
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
      this.#on(event)
    })
  }

  #on(event: TransactionEvent): void {
    const [state, effects] = stepTransaction(this.#settings, this.#state, event)
    this.#state = state
    for (const effect of effects) this.#run(effect)
    this.#setTimer()
  }

  #setTimer(): void {
    const atMs = wakeAtMs(this.#state)
    this.#timer?.cancel()
    this.#timer =
      atMs === Infinity
        ? null
        : this.#parts.clock.after(Math.max(0, atMs - this.#nowMs), () =>
            this.#on({ type: 'tick', nowMs: this.#nowMs }),
          )
  }

  #run(effect: TransactionEffect): void {
    switch (effect.type) {
      case 'ask':
        void this.#ask(effect.request)
        break
      case 'find-coordinator':
        this.#coordinators.clear()
        break
      case 'flush':
        void this.#flush()
        break
      case 'discard':
        this.#discard()
        break
      case 'settled':
        this.#settle(effect.error)
        break
    }
  }

  #settle(error: LanekeeperError | null): void {
    const waiter = this.#waiter
    this.#waiter = null
    if (error === null) waiter?.resolve()
    else waiter?.reject(error)
  }

  async #flush(): Promise<void> {
    const delivery = this.#delivery
    await delivery?.producer.flush()
    if (this.#delivery !== delivery) return
    this.#discard()
    this.#on({ type: 'flushed', nowMs: this.#nowMs })
  }

  /** The producer of the transaction ends with it; what it had not delivered is told as failed. */
  #discard(): void {
    const delivery = this.#delivery
    this.#delivery = null
    void delivery?.producer.close({ deadlineMs: 0 })
  }

  #newDelivery(identity: Identity): Delivery {
    const { link, clock, codecs, random, partitioner, options } = this.#parts
    const delivery: Delivery = {
      producer: createProducer({
        link: transactionLink(
          link,
          { transactionalId: this.transactionalId, ...identity },
          this.#topics.forTransaction(),
        ),
        clock,
        codecs,
        random,
        ...(partitioner === undefined ? {} : { partitioner }),
        options: { ...options.producer, acks: -1, idempotent: true },
      }),
      note: outcome => {
        // what was given up with an earlier transaction is no fault of this one
        if (outcome.kind === 'acknowledged' || this.#delivery !== delivery) return
        const code = outcome.kind === 'in-doubt' ? 'DELIVERY_IN_DOUBT' : outcome.code
        const error = new LanekeeperError(code, `A record was not delivered: ${outcome.why}.`)
        this.#on({ type: 'doomed', error })
      },
    }
    return delivery
  }

  /** Never rejects. */
  async #ask(request: TransactionRequest): Promise<void> {
    let event: TransactionEvent
    try {
      const answer = await this.#request(request)
      event = { type: 'answered', nowMs: this.#nowMs, ...answer }
    } catch (failure) {
      event = failureEvent(failure, this.#nowMs)
    }
    this.#on(event)
  }

  async #request(request: TransactionRequest): Promise<Answer> {
    const { link, options } = this.#parts
    const { transactionalId } = this
    switch (request.kind) {
      case 'register': {
        const timeoutMs = options.transactionTimeoutMs ?? DEFAULT_TRANSACTION_TIMEOUT_MS
        const coordinator = await this.#coordinator('transaction', transactionalId)
        return answerOf(await link.initTransactions(coordinator, { transactionalId, timeoutMs }))
      }
      case 'offsets': {
        const coordinator = await this.#coordinator('group', request.offsets.group)
        const codes = await link.commitOffsetsInTransaction(coordinator, {
          transactionalId,
          ...request.identity,
          ...request.offsets,
        })
        return { code: worstOf(codes), message: null, identity: null }
      }
      case 'end': {
        const { identity, decision } = request
        const coordinator = await this.#coordinator('transaction', transactionalId)
        return answerOf(await link.endTransaction(coordinator, { transactionalId, ...identity, decision }))
      }
    }
  }

  async #coordinator(kind: CoordinatorKind, name: string): Promise<BrokerId> {
    const known = this.#coordinators.get(`${kind} ${name}`)
    if (known !== undefined) return known
    const found = await this.#parts.link.findCoordinator(name, kind)
    this.#coordinators.set(`${kind} ${name}`, found)
    return found
  }
}

const answerOf = ({ code, message, producerId, producerEpoch }: TransactionAnswer): Answer => ({
  code,
  message,
  identity: code === KafkaCode.NONE ? { producerId, producerEpoch } : null,
})

/** One bad offset spoils all; one that may go well later counts only if nothing worse is there. */
const worstOf = (codes: readonly number[]): number => {
  const bad = codes.filter(code => code !== KafkaCode.NONE)
  return bad.find(code => verdictOf(code) !== 'again') ?? bad[0] ?? KafkaCode.NONE
}

const failureEvent = (failure: unknown, nowMs: number): TransactionEvent => {
  const why = failure instanceof Error ? failure.message : String(failure)
  if (!(failure instanceof LinkFailure))
    return { type: 'failed', error: new LanekeeperError('UNEXPECTED', why, { cause: failure }) }
  return failure.kind === 'authentication'
    ? { type: 'failed', error: new LanekeeperError('AUTHENTICATION_FAILED', why, { cause: failure }) }
    : { type: 'unanswered', nowMs, why }
}
