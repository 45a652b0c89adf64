import { KafkaCode, kafkaCodeName, LanekeeperError } from '../core/model/index.ts'

/** A member that the coordinator will not have, whatever is asked again: what to do, and the coordinator's own words. */
export const refusalError = (group: string, code: number, message: string | null): LanekeeperError => {
  const text = `${kafkaCodeName(code)}${message === null ? '' : `: ${message}`}`
  const [errorCode, fix] = refusals.get(code) ?? (['GROUP_REFUSED', null] as const)
  return new LanekeeperError(
    errorCode,
    `The coordinator of group ${group} refused this member: ${text}`,
    fix === null ? {} : { fix },
  )
}

const refusals: ReadonlyMap<
  number,
  readonly ['GROUP_REFUSED' | 'NOT_AUTHORIZED' | 'CLUSTER_TOO_OLD', string]
> = new Map([
  [
    KafkaCode.TOPIC_AUTHORIZATION_FAILED,
    ['NOT_AUTHORIZED', 'Grant READ and DESCRIBE on the topics to this principal.'],
  ],
  [KafkaCode.GROUP_AUTHORIZATION_FAILED, ['NOT_AUTHORIZED', 'Grant READ on the group to this principal.']],
  [
    KafkaCode.UNSUPPORTED_VERSION,
    [
      'CLUSTER_TOO_OLD',
      'Use Kafka 4.0 or later, or enable the consumer group protocol, or join with groupProtocol "classic".',
    ],
  ],
  [
    KafkaCode.FENCED_INSTANCE_ID,
    ['GROUP_REFUSED', 'Another process uses the same group.instance.id: give each its own.'],
  ],
  [
    KafkaCode.INCONSISTENT_GROUP_PROTOCOL,
    [
      'GROUP_REFUSED',
      'Members must have an assignor in common (partition.assignment.strategy) and be of one kind: use the strategy that the others have, or another group.',
    ],
  ],
  [
    KafkaCode.INVALID_SESSION_TIMEOUT,
    [
      'GROUP_REFUSED',
      'Choose session.timeout.ms between the brokers’ group.min.session.timeout.ms and group.max.session.timeout.ms (6,000 and 1,800,000 unless changed).',
    ],
  ],
  [
    KafkaCode.GROUP_MAX_SIZE_REACHED,
    ['GROUP_REFUSED', 'The group is full: raise group.max.size (classic) or group.consumer.max.size.'],
  ],
])
