/** What travels between members and the coordinator, and which requests make no sense. */
import { KafkaCode, type Offset } from '../model/index.ts'
import type { WirePartitions } from './partition-set.ts'

/** Member epochs that ask for something; -1 leaves. */
export const JOIN = 0
export const LEAVE_FOR_RESTART = -2

export interface GroupHeartbeat {
  readonly group: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rebalanceTimeoutMs: number
  readonly topics: readonly string[]
  readonly assignor: string | null
  readonly owned: readonly WirePartitions[]
}

export interface GroupHeartbeatAnswer {
  readonly code: number
  readonly message: string | null
  readonly memberEpoch: number
  readonly intervalMs: number
  readonly assignment: readonly WirePartitions[] | null
}

export interface OffsetCommit {
  readonly group: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly offsets: readonly {
    readonly topic: string
    readonly partition: number
    readonly offset: Offset
    readonly metadata?: string
  }[]
}

/** A commit that counts with its transaction. */
export interface TransactionalCommit extends OffsetCommit {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface OffsetFetch {
  readonly group: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly requireStable: boolean
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
}

export interface OffsetFetchAnswer {
  readonly code: number
  readonly offsets: readonly {
    readonly topic: string
    readonly partition: number
    readonly code: number
    readonly offset: Offset
    readonly metadata: string
  }[]
}

export const refusal = (code: number, message: string): GroupHeartbeatAnswer => ({
  code,
  message,
  memberEpoch: 0,
  intervalMs: 0,
  assignment: null,
})

export const unknownMember = (memberId: string): GroupHeartbeatAnswer =>
  refusal(KafkaCode.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of the group.`)

/** Why the request makes no sense whatever the group is, or null. */
export const requestProblem = (request: GroupHeartbeat): GroupHeartbeatAnswer | null => {
  const invalid = (text: string): GroupHeartbeatAnswer => refusal(KafkaCode.INVALID_REQUEST, text)
  if (request.group === '') return invalid("GroupId can't be empty.")
  if (request.memberId === '') return invalid("MemberId can't be empty.")
  if (request.memberEpoch < LEAVE_FOR_RESTART) return invalid('MemberEpoch is invalid.')
  if (request.memberEpoch === LEAVE_FOR_RESTART && request.instanceId === null)
    return invalid("InstanceId can't be null.")
  if (request.memberEpoch === JOIN && request.owned.length > 0)
    return invalid('TopicPartitions must be empty when (re-)joining.')
  if (request.memberEpoch === JOIN && request.rebalanceTimeoutMs <= 0)
    return invalid('RebalanceTimeoutMs must be provided in first request.')
  if (request.assignor !== null && request.assignor !== 'uniform' && request.assignor !== 'range')
    return refusal(KafkaCode.UNSUPPORTED_ASSIGNOR, `ServerAssignor ${request.assignor} is not supported.`)
  return null
}
