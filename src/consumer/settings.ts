import { LanekeeperError } from '../core/model/index.ts'
import type { Isolation } from '../ports/broker-link.ts'
import type { ConsumedRecord } from './delivery.ts'
import type { ConsumerEvent } from './events.ts'

export interface ConsumerOptions {
  readonly group: string
  readonly topics: readonly string[]
  /**
   * Processes one record. A record counts as processed when the handler returns, or its promise resolves; return
   * nothing where there is nothing to wait for, a promise per record costs as much as all the rest. A handler that
   * throws is called again with the same record, with back-off.
   */
  readonly handler: (record: ConsumedRecord) => void | Promise<void>
  /** `key` (default): records of one key in order. `partition`: all records of a partition in order. */
  readonly ordering?: 'key' | 'partition'
  /** Handlers that may wait at the same time. Default 64. */
  readonly concurrency?: number
  /** Default `earliest`: `latest` skips what was written before the group first ran. */
  readonly fromWhenNothingCommitted?: 'earliest' | 'latest'
  /** Default `read_committed`. */
  readonly isolation?: Isolation
  /** How often processed offsets are committed. Default 1000. A crash repeats what came after the last commit. */
  readonly commitIntervalMs?: number
  /** How long the group waits for this member to give up partitions; more than the longest handler. Default 60,000. */
  readonly rebalanceTimeoutMs?: number
  /** Records of a partition that may start above its lowest unfinished one: what a crash repeats at most. Default 1024. */
  readonly windowRecords?: number
  /** Attempts before a record parks its partition. Default 10: with the back-off about half a minute. */
  readonly attemptsMax?: number
  /** Static membership: a restart within the session keeps the partitions. Unique in the group. */
  readonly instanceId?: string | null
  /** Default: a new UUID. Never share or store one. */
  readonly memberId?: string
  /** For people, in reports. */
  readonly clientId?: string
  readonly onEvent?: (event: ConsumerEvent) => void
}

export type ConsumerSettings = Required<Omit<ConsumerOptions, 'clientId'>>

/** Defaults filled in. Throws USAGE with every problem at once. */
export const settingsFrom = (options: ConsumerOptions): ConsumerSettings => {
  const settings: ConsumerSettings = {
    ordering: 'key',
    concurrency: 64,
    fromWhenNothingCommitted: 'earliest',
    isolation: 'read_committed',
    commitIntervalMs: 1000,
    rebalanceTimeoutMs: 60_000,
    windowRecords: 1024,
    attemptsMax: 10,
    instanceId: null,
    memberId: options.memberId ?? crypto.randomUUID(),
    onEvent: () => undefined,
    ...options,
  }
  const problems: string[] = []
  if (settings.group === '') problems.push('group must not be empty')
  // the coordinator accepts a member without topics and gives it nothing, silently
  if (settings.topics.length === 0) problems.push('topics must name at least one topic')
  for (const name of [
    'concurrency',
    'commitIntervalMs',
    'rebalanceTimeoutMs',
    'windowRecords',
    'attemptsMax',
  ] as const)
    if (!Number.isInteger(settings[name]) || settings[name] < 1)
      problems.push(`${name} must be a whole number from 1`)
  if (problems.length > 0)
    throw new LanekeeperError('USAGE', `The consumer cannot start: ${problems.join('; ')}.`, { problems })
  return settings
}
