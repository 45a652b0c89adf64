import { LanekeeperError } from '../core/model/index.ts'
import type { Isolation } from '../ports/broker-link.ts'
import type { ConsumedBatch } from './batch-delivery.ts'
import type { ConsumedRecord } from './delivery.ts'
import { errorText } from './error-text.ts'
import type { ConsumerEvent } from './events.ts'
import { type GroupOptions, type GroupSettings, groupSettingsFrom } from './group-options.ts'
import { defaultRetry, type FailurePolicy, type RetryOptions, type RetrySettings } from './failures.ts'

/** What a consumer is told. Where Kafka has a name for an option it is that name, in camel case. */
export interface ConsumerOptions<Message = undefined> extends GroupOptions {
  /** `group.id`. */
  readonly group: string
  readonly topics: readonly string[]
  /**
   * Processes one record. It counts as processed when the handler returns, or its promise resolves; return nothing
   * where there is nothing to wait for, a promise per record costs as much as all the rest. What a handler throws is
   * dealt with by `retry`, then by `onFailure`. `message` is what `decode` made of the record. Either this or
   * `handleBatch` must be there.
   */
  readonly handler?: (record: ConsumedRecord, message: Message) => void | Promise<void>
  /**
   * Instead of `handler`, where throughput is wanted and not keys side by side: processes what has come of one partition,
   * one batch of a partition at a time, in log order; `concurrency` partitions at once. A batch counts as processed, or
   * is tried again, as a whole: what was done of a batch that fails is done again. `onFailure` can only be `stop`, because
   * nobody says which record failed.
   */
  readonly handleBatch?: (batch: ConsumedBatch) => void | Promise<void>
  /** `max.poll.records`: of one batch. Default 500. */
  readonly maxPollRecords?: number
  /** Runs before the handler. What it throws is not tried again: `onFailure` decides at once. */
  readonly decode?: (record: ConsumedRecord) => Message
  /** `key` (default; with `handleBatch` always `partition`): records of one key in order. `partition`: all records of a partition in order. `none`: no order. */
  readonly ordering?: 'key' | 'partition' | 'none'
  /** Handlers that may wait at the same time. Default 64. */
  readonly concurrency?: number
  /**
   * When processed offsets are committed; never what is not processed.
   * `after-processing` (default): as soon as the coordinator bears it, 100 ms after at the earliest and a second at the
   * latest. `periodic`: every `autoCommitIntervalMs`, fewer requests and more repeats after a crash. `manual`: when
   * `commit` is called, and not even when a partition is given up.
   */
  readonly commit?: 'after-processing' | 'periodic' | 'manual'
  /** `auto.commit.interval.ms`, for `periodic`. Default 5000. */
  readonly autoCommitIntervalMs?: number
  /** `auto.offset.reset`: where to begin when the group committed nothing yet. Default `earliest`. */
  readonly autoOffsetReset?: 'earliest' | 'latest'
  /** `isolation.level`. Default `read_committed`. */
  readonly isolationLevel?: Isolation
  /** Records of a partition that may start above its lowest unfinished one. Default 1024. */
  readonly windowRecords?: number
  readonly retry?: RetryOptions
  /** For a record whose attempts are used up. Default `stop`. */
  readonly onFailure?: FailurePolicy
  /** Default: a new UUID. Never share or store one. With `groupProtocol: 'classic'` the coordinator gives one instead. */
  readonly memberId?: string
  readonly onEvent?: (event: ConsumerEvent) => void
  /**
   * Called, and waited for, when partitions (`topic-partition` each) are at rest and about to be given up: the last
   * moment to commit by hand.
   */
  readonly onPartitionsRevoked?: (partitions: readonly string[]) => void | Promise<void>
}

export interface ConsumerSettings
  extends Required<
      Omit<ConsumerOptions, 'handler' | 'handleBatch' | 'decode' | 'retry' | keyof GroupOptions>
    >,
    GroupSettings {
  /** One of the two is there. */
  readonly handler: ((record: ConsumedRecord) => void | Promise<void>) | null
  readonly handleBatch: ((batch: ConsumedBatch) => void | Promise<void>) | null
  readonly retry: RetrySettings
}

/** Defaults filled in. Throws USAGE with every problem at once. */
export const settingsFrom = <Message>(options: ConsumerOptions<Message>): ConsumerSettings => {
  const { decode, handler, handleBatch = null, retry, ...plain } = options
  const problems: string[] = []
  if ((handler === undefined) === (handleBatch === null)) problems.push('give handler, or handleBatch')
  if (handleBatch !== null) problems.push(...batchProblemsOf(options))
  const settings: ConsumerSettings = {
    ordering: handleBatch === null ? 'key' : 'partition',
    maxPollRecords: 500,
    concurrency: 64,
    commit: 'after-processing',
    autoCommitIntervalMs: 5000,
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
    windowRecords: 1024,
    onFailure: { policy: 'stop' },
    memberId: crypto.randomUUID(),
    onEvent: () => undefined,
    onPartitionsRevoked: () => undefined,
    ...plain,
    ...groupSettingsFrom(options, problems),
    retry: { ...defaultRetry, ...retry },
    handler: handler === undefined ? null : handlerWith(handler, decode),
    handleBatch,
  }
  problems.push(...problemsOf(settings))
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', `The consumer cannot start: ${problems.join('; ')}.`, { problems })
  return settings
}

const batchProblemsOf = <Message>({
  ordering,
  onFailure,
  decode,
}: ConsumerOptions<Message>): readonly string[] => [
  ...(ordering === undefined || ordering === 'partition'
    ? []
    : [`handleBatch takes the records of a partition in order: ordering cannot be ${ordering}`]),
  ...(onFailure === undefined || onFailure.policy === 'stop'
    ? []
    : [
        `a batch that fails does not say which record did: onFailure cannot be ${onFailure.policy} with handleBatch`,
      ]),
  ...(decode === undefined ? [] : ['decode goes with handler: decode the records of a batch in handleBatch']),
]

const problemsOf = (settings: ConsumerSettings): readonly string[] => {
  const problems: string[] = []
  const { group, topics, retry, onFailure } = settings
  if (group === '') problems.push('group must not be empty')
  // the coordinator accepts a member without topics and gives it nothing, silently
  if (topics.length === 0) problems.push('topics must name at least one topic')
  const counts = {
    concurrency: settings.concurrency,
    autoCommitIntervalMs: settings.autoCommitIntervalMs,
    windowRecords: settings.windowRecords,
    maxPollRecords: settings.maxPollRecords,
    'retry.attempts': retry.attempts,
    'retry.backoffMs': retry.backoffMs,
    'retry.backoffMsMax': retry.backoffMsMax,
    ...(onFailure.policy === 'park-key' && onFailure.keysMax !== undefined
      ? { 'onFailure.keysMax': onFailure.keysMax }
      : {}),
  }
  for (const [name, value] of Object.entries(counts))
    if (!Number.isInteger(value) || value < 1) problems.push(`${name} must be a whole number from 1`)
  if (!(retry.jitter >= 0 && retry.jitter <= 1)) problems.push('retry.jitter must be between 0 and 1')
  if (onFailure.policy === 'dead-letter') {
    if (onFailure.topic === '') problems.push('onFailure.topic must name the dead-letter topic')
    // it would consume its own dead letters, for ever
    if (topics.includes(onFailure.topic))
      problems.push(`the dead-letter topic ${onFailure.topic} is among the consumed topics`)
  }
  return problems
}

const handlerWith = <Message>(
  handler: NonNullable<ConsumerOptions<Message>['handler']>,
  decode: ((record: ConsumedRecord) => Message) | undefined,
): NonNullable<ConsumerSettings['handler']> => {
  if (decode === undefined) return handler as NonNullable<ConsumerSettings['handler']>
  return record => handler(record, decoded(decode, record))
}

const decoded = <Message>(decode: (record: ConsumedRecord) => Message, record: ConsumedRecord): Message => {
  try {
    return decode(record)
  } catch (cause) {
    throw new LanekeeperError(
      'RECORD_UNDECODABLE',
      `${record.topic}-${record.partition} offset ${record.offset} cannot be decoded: ${errorText(cause)}`,
      { cause },
    )
  }
}

/** Long enough that a burst of records is one commit. */
const COMMIT_PAUSE_MS = 100
/** A commit costs the coordinator one record for each partition in it. */
const COMMIT_PAUSE_PER_PARTITION_MS = 4
const COMMIT_PAUSE_MS_MAX = 1000

/** Pause between two commits by themselves; null: there are none. */
export const commitPauseMs = (
  { commit, autoCommitIntervalMs }: Pick<ConsumerSettings, 'commit' | 'autoCommitIntervalMs'>,
  ownedPartitions: number,
): number | null => {
  switch (commit) {
    case 'after-processing':
      return Math.min(
        COMMIT_PAUSE_MS_MAX,
        Math.max(COMMIT_PAUSE_MS, ownedPartitions * COMMIT_PAUSE_PER_PARTITION_MS),
      )
    case 'periodic':
      return autoCommitIntervalMs
    case 'manual':
      return null
  }
}
