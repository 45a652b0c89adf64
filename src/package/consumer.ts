/**
 * `lanekeeper/consumer`: the ordered consumer with everything it needs joined, for programs that use it as a library.
 */
import './node-version.ts'
import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import type { KafkaConnection } from '../adapters/kafka/connect.ts'
import { systemClock } from '../adapters/system/clock.ts'
import type {
  CloseReport,
  ConsumedBatch,
  ConsumedRecord,
  Consumer as Core,
  ConsumerEvent,
  ConsumerOptions,
  ConsumerStats,
  PartitionStats,
  RecordFailure,
} from '../consumer/consumer.ts'
import { createConsumer as createCore } from '../consumer/consumer.ts'
import type { FailurePolicy, RetryOptions } from '../consumer/failures.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { RecordHeader } from '../core/records/index.ts'
import type { EffectSink, RecordPlace, SinkOutcome } from '../ports/effect-sink.ts'
import { writeConsumers } from '../server/consumer-metrics.ts'
import { createExposition } from '../server/exposition.ts'
import { type OpenDeadLetterWriter, openDeadLetterWriter } from '../runtime/dead-letter-writer.ts'
import { clientIdOf, connect } from './connect.ts'
import { type ConnectionOptions, connectionProblems } from './connection-options.ts'
import { consumerDiagnostics } from './consumer-diagnostics.ts'

export type {
  CloseReport,
  ConnectionOptions,
  ConsumedBatch,
  ConsumedRecord,
  ConsumerEvent,
  ConsumerOptions,
  ConsumerStats,
  EffectSink,
  FailurePolicy,
  PartitionStats,
  RecordFailure,
  RecordHeader,
  RecordPlace,
  RetryOptions,
  SinkOutcome,
}
export { LanekeeperError }
export {
  transform,
  type TransformConfig,
  type TransformEvent,
  type TransformOptions,
  type TransformOutput,
  type TransformResult,
  type TransformStats,
} from './transform.ts'

export interface RunOptions<Message = undefined> extends ConsumerOptions<Message> {
  /** Aborted: the consumer finishes what it started, commits, leaves the group, and `run` resolves. */
  readonly signal?: AbortSignal
  /** How long that may take. Default 30,000. */
  readonly closeDeadlineMs?: number
  /** The store that the handler writes to by `sink.once`: told of every commit, so that it may forget old tokens. */
  readonly sink?: Pick<EffectSink<never>, 'settle'>
}

/** At least once by itself; with an `EffectSink` the effect of each record exactly once. */
export interface Consumer {
  /**
   * Joins the group and processes until `close` is called or `signal` aborted; resolves with how it ended. Rejects with
   * the `LanekeeperError` that ended it: USAGE, TOPIC_UNKNOWN (dead-letter topic), GROUP_REFUSED, NOT_AUTHORIZED,
   * CLUSTER_TOO_OLD, AUTHENTICATION_FAILED. One run at a time.
   */
  run<Message = undefined>(options: RunOptions<Message>): Promise<CloseReport>
  /** Finishes what was started, commits, leaves. Null when nothing runs. Default deadline 30 s. */
  close(options?: { readonly deadlineMs: number }): Promise<CloseReport | null>
  /** Commits everything that is processed by now. True: the coordinator has it. False also when nothing runs. */
  commit(): Promise<boolean>
  /** Null until the first run is connected; of the last run after its end. */
  stats(): ConsumerStats | null
  /** The same in Prometheus' text format, for a `/metrics` of your own; empty until the first run is connected. */
  metrics(): string
  /** `await using consumer = createConsumer(…)` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>
}

const CLOSE_DEADLINE_MS = 30_000

/** @throws LanekeeperError USAGE that lists everything wrong with the options. Nothing is connected before `run`. */
export const createConsumer = (config: ConnectionOptions): Consumer => {
  const problems = connectionProblems(config)
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', 'The consumer cannot be made with these options.', { problems })
  return new PackagedConsumer(config)
}

class PackagedConsumer implements Consumer {
  readonly #config: ConnectionOptions
  #core: Core | null = null
  #group = ''
  #running: Promise<CloseReport> | null = null
  /** Set by `close`, which may come while the run still connects. */
  #closeDeadlineMs: number | null = null

  constructor(config: ConnectionOptions) {
    this.#config = config
  }

  run<Message = undefined>(options: RunOptions<Message>): Promise<CloseReport> {
    if (this.#running !== null)
      return Promise.reject(
        new LanekeeperError('USAGE', 'This consumer runs already; make one for each run at the same time.'),
      )
    this.#closeDeadlineMs = null
    this.#running = this.#connectAndRun(options).finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async close({ deadlineMs } = { deadlineMs: CLOSE_DEADLINE_MS }): Promise<CloseReport | null> {
    const running = this.#running
    if (running === null) return null
    this.#closeDeadlineMs = deadlineMs
    void this.#core?.close({ deadlineMs })
    try {
      return await running
    } catch {
      // whoever called `run` hears of it
      return null
    }
  }

  async commit(): Promise<boolean> {
    return this.#running === null ? false : ((await this.#core?.commit()) ?? false)
  }

  stats(): ConsumerStats | null {
    return this.#core?.stats() ?? null
  }

  metrics(): string {
    if (this.#core === null) return ''
    const to = createExposition(Number.POSITIVE_INFINITY)
    const clientId = clientIdOf(this.#config)
    writeConsumers(to, [{ clientId, groupId: this.#group, consumer: this.#core }], true)
    return to.bytes().toString()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #connectAndRun<Message>(options: RunOptions<Message>): Promise<CloseReport> {
    this.#core = null
    const connection = await connect(this.#config)
    try {
      return await this.#runOver(connection, options)
    } finally {
      await connection.close()
    }
  }

  async #runOver<Message>(connection: KafkaConnection, options: RunOptions<Message>): Promise<CloseReport> {
    const { signal, closeDeadlineMs = CLOSE_DEADLINE_MS, sink, ...plain } = options
    const clientId = clientIdOf(this.#config)
    // without a seed: two consumers must not draw alike
    const parts = { clock: systemClock, codecs: nodeCodecs, random: { next: Math.random } }
    const onEvent = consumerDiagnostics(clientId, plain.group, plain.onEvent)
    const deadLetters = await this.#openDeadLetters(connection, options, parts)
    try {
      const core = createCore<Message>({
        ...parts,
        link: connection.openLink(clientId),
        ...(deadLetters === null ? {} : { deadLetters }),
        options: { ...plain, onEvent: sink === undefined ? onEvent : settling(sink, onEvent) },
      })
      this.#core = core
      this.#group = plain.group
      const close = (): void => void core.close({ deadlineMs: this.#closeDeadlineMs ?? closeDeadlineMs })
      if (signal?.aborted === true || this.#closeDeadlineMs !== null) close()
      signal?.addEventListener('abort', close, { once: true })
      try {
        await core.run()
      } finally {
        signal?.removeEventListener('abort', close)
      }
      // the report of the close that ended it
      return await core.close({ deadlineMs: closeDeadlineMs })
    } finally {
      await deadLetters?.close()
    }
  }

  async #openDeadLetters(
    connection: KafkaConnection,
    { onFailure }: { readonly onFailure?: FailurePolicy },
    parts: Omit<Parameters<typeof openDeadLetterWriter>[0], 'link'>,
  ): Promise<OpenDeadLetterWriter | null> {
    if (onFailure?.policy !== 'dead-letter') return null
    const link = connection.openLink(`${clientIdOf(this.#config)}-dead-letters`)
    const writer = openDeadLetterWriter({ ...parts, link })
    try {
      await writer.check(onFailure.topic)
      return writer
    } catch (failure) {
      await writer.close()
      throw failure
    }
  }
}

/** A sink that cannot forget at the moment does so with the next commit: its tokens are only more numerous meanwhile. */
const settling =
  (
    sink: Pick<EffectSink<never>, 'settle'>,
    onEvent: ((event: ConsumerEvent) => void) | undefined,
  ): ((event: ConsumerEvent) => void) =>
  event => {
    if (event.type === 'committed') void settle(sink, event.offsets)
    onEvent?.(event)
  }

const settle = async (
  sink: Pick<EffectSink<never>, 'settle'>,
  committed: readonly RecordPlace[],
): Promise<void> => {
  try {
    await sink.settle(committed)
  } catch {
    // see `settling`
  }
}
