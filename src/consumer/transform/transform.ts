/**
 * Read, process, write: each record of the input topics has its output in the output topic exactly once, in order per
 * key, for readers of committed records.
 *
 * Method. The ordered consumer reads committed records and runs the handlers; what they return goes into the open
 * transaction of a transactional producer; the offsets are committed in the same transaction
 * (transactional-commits.ts). Whatever goes wrong ends the attempt: its transaction is aborted, the group left, and the
 * next attempt begins at the committed offsets, which say exactly what is in the output.
 *
 * - An abort, a lost partition, a broker or coordinator that was away, a commit whose fate is not known: the next attempt
 *   goes on by itself. Its registration under the same transactional id settles what the last one left open.
 * - Fenced by a successor, a handler that fails for good, a refusal: the transform ends with that error. To go on would
 *   be to fight the successor, or to pass over a record.
 *
 * What it does not do: effects outside Kafka are not part of the transaction, and a handler may run more than once for a
 * record. Order between different keys is not kept. Source: KIP-447.
 */
import { LanekeeperError } from '../../core/model/index.ts'
import type { BrokerLink } from '../../ports/broker-link.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Codecs } from '../../ports/codecs.ts'
import type { Random } from '../../ports/random.ts'
import { asError } from '../as-error.ts'
import { type Consumer, createConsumerWith } from '../consumer.ts'
import type { ConsumedRecord } from '../delivery.ts'
import type { ConsumerEvent, ConsumerStats } from '../events.ts'
import type { FailurePolicy } from '../failures.ts'
import type { ConsumerOptions } from '../settings.ts'
import { TransactionalCommits } from './transactional-commits.ts'
import type { OutgoingRecord, Transactions } from './transactions.ts'

/** A record to write; without `topic` it goes to `to`. */
export type TransformOutput = Omit<OutgoingRecord, 'topic'> & { readonly topic?: string }

/** Nothing, one record, or several that stay in order. */
export type TransformResult = TransformOutput | readonly TransformOutput[] | null | undefined | void

export interface TransformOptions<Message = undefined>
  extends Omit<
    ConsumerOptions<Message>,
    | 'topics'
    | 'handler'
    | 'commit'
    | 'autoCommitIntervalMs'
    | 'isolationLevel'
    | 'onPartitionsRevoked'
    | 'onFailure'
    | 'onEvent'
  > {
  readonly from: string | readonly string[]
  /** Where outputs go that name no topic. */
  readonly to: string
  /**
   * The output of one record. It may be called again for the same record, as long as no output of it is committed: keep
   * it free of effects of its own.
   */
  readonly handler: (record: ConsumedRecord, message: Message) => TransformResult | Promise<TransformResult>
  /** How long a transaction collects before it is committed. Short: low latency; long: less work for brokers. Default 100. */
  readonly commitIntervalMs?: number
  /**
   * `transaction.timeout.ms`. Half of it must be enough for the longest handler with its retries. What a dead process
   * left open blocks its partitions for so long, unless it comes back under the same transactional id. Default 30,000.
   */
  readonly transactionTimeoutMs?: number
  /** For a record whose attempts are used up. A dead letter is written in the transaction as well. Default `stop`. */
  readonly onFailure?: Exclude<FailurePolicy, { readonly policy: 'park-key' }>
  readonly onEvent?: (event: TransformEvent) => void
}

export type TransformEvent =
  | ConsumerEvent
  /** The attempt ended and its transaction did not count; the next begins at the committed offsets. */
  | { readonly type: 'restarting'; readonly error: LanekeeperError; readonly attempt: number }

export interface TransformParts<Message = undefined> {
  /** For this transform alone. It is not closed by it. */
  readonly link: BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly random: Random
  /** A fresh instance under the same transactional id, for each attempt. */
  readonly openTransactions: (transactionTimeoutMs: number) => Transactions
  readonly options: TransformOptions<Message>
}

export interface TransformStats {
  /** Attempts begun; more than one: something was aborted and done again. */
  readonly attempts: number
  readonly transactionsCommitted: number
  /** Of the attempt that runs. */
  readonly consumer: ConsumerStats
}

export interface Transform {
  /** Works until `close`, then resolves. Rejects with the `LanekeeperError` that ended it. To be called once. */
  run(): Promise<void>
  /** Finishes and commits what was started, leaves the group. `run` then resolves. */
  close(options: { readonly deadlineMs: number }): Promise<void>
  stats(): TransformStats
}

const DEFAULT_TRANSACTION_TIMEOUT_MS = 30_000
const DEFAULT_COMMIT_INTERVAL_MS = 100
/** Nothing of a spoiled attempt is finished any more; only the group must hear of it. */
const SPOILED_CLOSE_MS = 5_000
const RESTART_PAUSE_MS = 200

/** Ends of an attempt after which the next one can do better. */
const GO_ON: ReadonlySet<string> = new Set([
  'TRANSACTION_ABORTED',
  'TRANSACTION_IN_DOUBT',
  'GROUP_FENCED',
  'CLUSTER_UNREACHABLE',
  'DELIVERY_FAILED',
  'DELIVERY_IN_DOUBT',
])

/** Throws USAGE if the options cannot work. Nothing is sent before `run`. */
export const createTransform = <Message = undefined>(parts: TransformParts<Message>): Transform => {
  const { from, to } = parts.options
  const {
    commitIntervalMs = DEFAULT_COMMIT_INTERVAL_MS,
    transactionTimeoutMs = DEFAULT_TRANSACTION_TIMEOUT_MS,
  } = parts.options
  const problems: string[] = []
  if (to === '') problems.push('to must name a topic')
  if ([from].flat().includes(to))
    problems.push(`${to} is both input and output: it would feed itself for ever`)
  for (const [name, value] of Object.entries({ commitIntervalMs, transactionTimeoutMs }))
    if (!Number.isInteger(value) || value < 1) problems.push(`${name} must be a whole number from 1`)
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', `The transform cannot start: ${problems.join('; ')}.`, { problems })
  return new RestartingTransform(parts)
}

class RestartingTransform<Message> implements Transform {
  readonly #parts: TransformParts<Message>
  #attempt: Attempt<Message>
  #attempts = 0
  #committedBefore = 0
  #closing = false

  constructor(parts: TransformParts<Message>) {
    this.#parts = parts
    this.#attempt = new Attempt(parts)
  }

  async run(): Promise<void> {
    const { clock, options } = this.#parts
    for (;;) {
      if (this.#closing) return
      this.#attempts++
      const error = await this.#attempt.run()
      if (error === null) return
      if (!canGoOn(error)) throw error
      options.onEvent?.({ type: 'restarting', error, attempt: this.#attempts })
      if (!this.#closing) await sleep(clock, RESTART_PAUSE_MS)
      this.#committedBefore += this.#attempt.transactionsCommitted
      this.#attempt = new Attempt(this.#parts)
    }
  }

  async close(options: { readonly deadlineMs: number }): Promise<void> {
    this.#closing = true
    await this.#attempt.close(options.deadlineMs)
  }

  stats(): TransformStats {
    return {
      attempts: this.#attempts,
      transactionsCommitted: this.#committedBefore + this.#attempt.transactionsCommitted,
      consumer: this.#attempt.stats(),
    }
  }
}

/** What a transaction failed of, not that it failed, says whether another one can do better. */
const canGoOn = (error: LanekeeperError): boolean => {
  const reason =
    error.code === 'TRANSACTION_ABORTED' && error.cause instanceof LanekeeperError ? error.cause : error
  return GO_ON.has(reason.code)
}

/** One life of consumer and transactional producer. */
class Attempt<Message> {
  readonly #to: string
  readonly #handler: TransformOptions<Message>['handler']
  readonly #transactions: Transactions
  readonly #consumer: Consumer
  #commits: TransactionalCommits | null = null
  #ending: Promise<unknown> | null = null
  #error: LanekeeperError | null = null
  #closed = false

  constructor({ link, clock, codecs, random, openTransactions, options }: TransformParts<Message>) {
    const { from, to, handler, commitIntervalMs, transactionTimeoutMs, onEvent, ...rest } = options
    const timeoutMs = transactionTimeoutMs ?? DEFAULT_TRANSACTION_TIMEOUT_MS
    this.#to = to
    this.#handler = handler
    this.#transactions = openTransactions(timeoutMs)
    this.#consumer = createConsumerWith<Message>(
      {
        link,
        clock,
        codecs,
        random,
        deadLetters: { write: (topic, letter) => this.#write({ topic, ...letter }) ?? Promise.resolve() },
        options: {
          ...rest,
          topics: [from].flat(),
          handler: (record, message) => this.#handle(record, message),
          isolationLevel: 'read_committed',
          commit: 'periodic',
          autoCommitIntervalMs: commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS,
          onEvent: event => {
            this.#heed(event)
            onEvent?.(event)
          },
        },
      },
      (commitOptions, barrier) => {
        const commits = new TransactionalCommits(
          commitOptions,
          barrier,
          this.#transactions,
          timeoutMs / 2,
          error => this.#spoiled(error),
        )
        this.#commits = commits
        return commits
      },
    )
  }

  get transactionsCommitted(): number {
    return this.#commits?.committed ?? 0
  }

  /** Resolves with what ended it; null: it was closed, and everything is committed. Never rejects. */
  async run(): Promise<LanekeeperError | null> {
    try {
      await this.#transactions.init()
      if (!this.#closed) {
        this.#transactions.begin()
        await this.#consumer.run()
      }
    } catch (thrown) {
      const error = asError(thrown)
      // what cannot be mended must not hide behind the loss of partitions that it brought about
      if (this.#error === null || (canGoOn(this.#error) && !canGoOn(error))) this.#error = error
    }
    await this.#ending
    await this.#transactions.close()
    return this.#error
  }

  async close(deadlineMs: number): Promise<void> {
    this.#closed = true
    await this.#consumer.close({ deadlineMs })
  }

  stats(): ConsumerStats {
    return this.#consumer.stats()
  }

  #handle(record: ConsumedRecord, message: Message): void | Promise<void> {
    // nothing of this attempt will count: what comes now is passed over, and read again by the next
    if (this.#error !== null) return
    const result = this.#handler(record, message)
    return result instanceof Promise ? result.then(output => this.#writeAll(output)) : this.#writeAll(result)
  }

  #writeAll(result: TransformResult): void | Promise<void> {
    if (result === null || result === undefined) return
    let waiting: void | Promise<void> = undefined
    for (const output of Array.isArray(result)
      ? (result as readonly TransformOutput[])
      : [result as TransformOutput])
      waiting = this.#write({ topic: this.#to, ...output })
    return waiting
  }

  #write(record: OutgoingRecord): void | Promise<void> {
    if (this.#error !== null || this.#transactions.send(record)) return
    return this.#transactions.drained()
  }

  #heed(event: ConsumerEvent): void {
    if (event.type === 'lost' && event.partitions.length > 0)
      this.#commits?.spoil(
        new LanekeeperError(
          'GROUP_FENCED',
          `The group gave this member's partitions to others: ${event.reason}.`,
        ),
      )
    // records of other keys above it are in the transaction, and the offset can never pass it
    else if (event.type === 'partition-stopped' && event.error.code === 'HANDLER_FAILED')
      this.#commits?.spoil(event.error)
  }

  /** Abort first: until then the group's next owner of the partitions waits for us. */
  #spoiled(error: LanekeeperError): void {
    this.#error = error
    this.#ending = this.#transactions
      .close()
      .then(() => this.#consumer.close({ deadlineMs: SPOILED_CLOSE_MS }))
  }
}
