/** The member's side of a group, as plain calls: heartbeat (KIP-848), commit, fetch of committed offsets. */
import { consumerGroupHeartbeatV1, offsetCommitV9, offsetFetchV9 } from '@platformatic/kafka'
import { KafkaCode, NO_OFFSET, offsetFromWire } from '../../core/model/index.ts'
import type {
  CommitRequest,
  HeartbeatAnswer,
  HeartbeatRequest,
  OffsetFetchAnswer,
  OffsetFetchRequest,
  TopicPartitions,
} from '../../ports/broker-link.ts'
import type { Endpoint } from './addresses.ts'
import { BrokerTooOld, errorTree } from './errors.ts'
import { groupBy } from './group-by.ts'
import { topicIdFromWire } from './topic-id.ts'
import type { Wires } from './wires.ts'

const NO_EPOCH = -1
/** The item is missing in the answer. */
const UNANSWERED = -1

export const groupHeartbeat = async (
  wires: Wires,
  coordinator: Endpoint,
  request: HeartbeatRequest,
): Promise<HeartbeatAnswer> => {
  const anyRegex = null
  try {
    const answer = await wires.call(coordinator, 'control', consumerGroupHeartbeatV1.api, [
      request.group,
      request.memberId,
      request.memberEpoch,
      request.instanceId,
      request.rackId,
      request.rebalanceTimeoutMs,
      [...request.topics],
      anyRegex,
      request.assignor,
      request.owned.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] })),
    ])
    return {
      code: answer.errorCode,
      message: answer.errorMessage ?? null,
      memberEpoch: answer.memberEpoch,
      intervalMs: answer.heartbeatIntervalMs,
      assignment: assignmentOf(answer),
    }
  } catch (error) {
    // the broker was never asked: it said beforehand that it does not know server-side groups
    const tooOld = errorTree(error).find(each => each instanceof BrokerTooOld)
    if (tooOld === undefined) throw error
    return {
      code: KafkaCode.UNSUPPORTED_VERSION,
      message: tooOld.message,
      memberEpoch: request.memberEpoch,
      intervalMs: 0,
      assignment: null,
    }
  }
}

type WireHeartbeat = ReturnType<typeof consumerGroupHeartbeatV1.parseResponse>

const assignmentOf = ({ assignment }: WireHeartbeat): readonly TopicPartitions[] | null =>
  assignment?.topicPartitions.map(({ topicId, partitions }) => ({
    topicId: topicIdFromWire(topicId),
    partitions,
  })) ?? null

export const commitOffsets = async (
  wires: Wires,
  coordinator: Endpoint,
  request: CommitRequest,
): Promise<readonly number[]> => {
  const answer = await wires.call(coordinator, 'control', offsetCommitV9.api, [
    request.group,
    request.memberEpoch,
    request.memberId,
    request.instanceId,
    committedTopics(request.offsets),
  ])
  return committedCodes(request.offsets, answer.topics)
}

/** The offsets as both kinds of commit write them. */
export const committedTopics = (
  offsets: CommitRequest['offsets'],
): Parameters<typeof offsetCommitV9.createRequest>[4] =>
  [...groupBy(offsets, each => each.topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition, offset, metadata }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: NO_EPOCH,
      committedMetadata: metadata ?? '',
    })),
  }))

/** Codes of the answer in the order of the request. */
export const committedCodes = (
  offsets: CommitRequest['offsets'],
  topics: ReturnType<typeof offsetCommitV9.parseResponse>['topics'],
): readonly number[] => {
  const codes = new Map(
    topics.map(topic => [
      topic.name,
      new Map(topic.partitions.map(each => [each.partitionIndex, each.errorCode])),
    ]),
  )
  return offsets.map(({ topic, partition }) => codes.get(topic)?.get(partition) ?? UNANSWERED)
}

export const fetchOffsets = async (
  wires: Wires,
  coordinator: Endpoint,
  request: OffsetFetchRequest,
): Promise<OffsetFetchAnswer> => {
  const answer = await wires.call(coordinator, 'control', offsetFetchV9.api, [
    [
      {
        groupId: request.group,
        // the empty id is for those who ask from outside the group
        memberId: request.memberId === '' ? null : request.memberId,
        memberEpoch: request.memberEpoch,
        topics: request.topics.map(({ topic, partitions }) => ({
          name: topic,
          partitionIndexes: [...partitions],
        })),
      },
    ],
    request.requireStable,
  ])
  const group = answer.groups.find(each => each.groupId === request.group)
  if (group === undefined) return { code: UNANSWERED, offsets: [] }
  return {
    code: group.errorCode,
    offsets: group.topics.flatMap(topic =>
      topic.partitions.map(each => ({
        topic: topic.name,
        partition: each.partitionIndex,
        code: each.errorCode,
        offset: each.errorCode === 0 ? offsetFromWire(each.committedOffset) : NO_OFFSET,
        metadata: each.metadata ?? '',
      })),
    ),
  }
}
