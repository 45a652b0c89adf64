/**
 * How a consumer belongs to its group, under the names that Kafka's Java client has for it (`group.protocol` is
 * `groupProtocol` here), so that what is known of a setting there holds here.
 */

/** Assignors of the classic protocol that this consumer offers, by the names that members agree on. */
export type ClassicAssignor = 'cooperative-sticky' | 'range'

export interface GroupOptions {
  /**
   * `group.protocol`. `consumer` (default): the coordinator assigns (KIP-848, Kafka 4.0 or later). `classic`: the members
   * do, one of them for all; for older clusters.
   */
  readonly groupProtocol?: 'consumer' | 'classic'
  /** `group.instance.id`, static membership: a restart within the session keeps the partitions. Unique in the group. */
  readonly groupInstanceId?: string | null
  /**
   * `max.poll.interval.ms`: how long the group waits for this member to finish what it has begun when a partition is to
   * go to somebody else; more than the longest handler. Whoever takes longer is removed, and its work is repeated by
   * others. Default 60,000.
   */
  readonly maxPollIntervalMs?: number
  /**
   * `session.timeout.ms`, classic protocol only: the coordinator gives the partitions of a member away that it has not
   * heard of for so long. Default 45,000. With `consumer` it is a setting of the group (`consumer.session.timeout.ms`).
   */
  readonly sessionTimeoutMs?: number
  /** `heartbeat.interval.ms`, classic protocol only. Default 3,000. With `consumer` the coordinator says it. */
  readonly heartbeatIntervalMs?: number
  /**
   * `partition.assignment.strategy`, classic protocol only: what this member can do, preferred first. Default
   * `['cooperative-sticky']`. With `range` among them every rebalance stops all partitions, as in Java's client.
   */
  readonly partitionAssignmentStrategy?: readonly ClassicAssignor[]
  /** `group.remote.assignor`, protocol `consumer` only. Default: the coordinator's first. */
  readonly groupRemoteAssignor?: 'uniform' | 'range' | null
}

export type GroupSettings = Required<GroupOptions>

const CLASSIC_ASSIGNORS: readonly ClassicAssignor[] = ['cooperative-sticky', 'range']

/** Defaults filled in. What cannot work is added to `problems`, in the words of Kafka's own settings. */
export const groupSettingsFrom = (options: GroupOptions, problems: string[]): GroupSettings => {
  const settings: GroupSettings = {
    groupProtocol: options.groupProtocol ?? 'consumer',
    groupInstanceId: options.groupInstanceId ?? null,
    maxPollIntervalMs: options.maxPollIntervalMs ?? 60_000,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 45_000,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 3000,
    partitionAssignmentStrategy: options.partitionAssignmentStrategy ?? ['cooperative-sticky'],
    groupRemoteAssignor: options.groupRemoteAssignor ?? null,
  }
  if (settings.groupInstanceId === '') problems.push('groupInstanceId must not be empty')
  for (const name of ['maxPollIntervalMs', 'sessionTimeoutMs', 'heartbeatIntervalMs'] as const)
    if (!Number.isInteger(settings[name]) || settings[name] < 1)
      problems.push(`${name} must be a whole number from 1`)
  if (settings.groupProtocol === 'consumer') refuseClassicOnly(options, problems)
  else refuseImpossibleClassic(settings, problems)
  return settings
}

/** Silence would be worse: the user would believe in a session that nobody keeps. */
const refuseClassicOnly = (options: GroupOptions, problems: string[]): void => {
  if (options.sessionTimeoutMs !== undefined)
    problems.push(
      'sessionTimeoutMs has no effect with groupProtocol "consumer": set consumer.session.timeout.ms on the group',
    )
  if (options.heartbeatIntervalMs !== undefined)
    problems.push(
      'heartbeatIntervalMs has no effect with groupProtocol "consumer": set consumer.heartbeat.interval.ms on the group',
    )
  if (options.partitionAssignmentStrategy !== undefined)
    problems.push(
      'partitionAssignmentStrategy has no effect with groupProtocol "consumer": use groupRemoteAssignor',
    )
}

const refuseImpossibleClassic = (settings: GroupSettings, problems: string[]): void => {
  const { heartbeatIntervalMs, sessionTimeoutMs, partitionAssignmentStrategy, groupRemoteAssignor } = settings
  // at least two heartbeats must fit into what we use of a session, or one lost answer ends the lease
  if (heartbeatIntervalMs * 3 > sessionTimeoutMs)
    problems.push('heartbeatIntervalMs must be at most a third of sessionTimeoutMs')
  if (partitionAssignmentStrategy.length === 0)
    problems.push('partitionAssignmentStrategy must name at least one assignor')
  for (const name of partitionAssignmentStrategy)
    if (!CLASSIC_ASSIGNORS.includes(name))
      problems.push(`partitionAssignmentStrategy: "${name}" is none of ${CLASSIC_ASSIGNORS.join(', ')}`)
  if (groupRemoteAssignor !== null)
    problems.push(
      'groupRemoteAssignor has no effect with groupProtocol "classic": use partitionAssignmentStrategy',
    )
}
