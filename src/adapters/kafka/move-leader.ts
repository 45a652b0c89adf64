/**
 * Moving a partition's leadership: the wanted leader is put first in the replica list, then Kafka is asked to elect
 * the first replica. The set of replicas stays, so no data moves.
 *
 * The election must wait until the new order is in force everywhere: asked earlier, the controller elects the replica
 * that was first before, finds that it leads already, and answers "not needed", which reads as success.
 */
import { alterPartitionReassignmentsV1, listPartitionReassignmentsV0 } from '@platformatic/kafka'
import { KafkaCode, type BrokerId } from '../../core/model/index.ts'
import type { ItemOutcome } from '../../ports/cluster.ts'
import type { Endpoint } from './addresses.ts'
import { electPreferredLeaderV2 } from './elect-leaders.ts'
import type { ChangeTools } from './topic-changes.ts'
import { untilVisible } from './until-visible.ts'
import type { Wires } from './wires.ts'

const TIMEOUT_MS = 10_000
const INVALID_REPLICA_ASSIGNMENT = 39

export const moveLeader = async (
  tools: ChangeTools,
  topic: string,
  partition: number,
  leader: BrokerId,
): Promise<ItemOutcome> => {
  const outcome = (code: number, message: string | null): ItemOutcome => ({
    item: `${topic}-${partition}`,
    code,
    message,
  })
  const replicas = await replicasOf(tools, topic, partition)
  if (replicas === null)
    return outcome(KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, 'the topic has no such partition')
  if (!replicas.includes(leader))
    return outcome(
      INVALID_REPLICA_ASSIGNMENT,
      `broker ${leader} holds no copy of this partition; its replicas are ${replicas.join(', ')}`,
    )
  const wanted = [leader, ...replicas.filter(each => each !== leader)]
  const reordered = await putInOrder(tools, topic, partition, wanted)
  return reordered === null
    ? electFirst(tools, topic, partition, outcome)
    : outcome(reordered.code, reordered.message)
}

interface Refusal {
  readonly code: number
  readonly message: string | null
}

const replicasOf = async (
  tools: ChangeTools,
  topic: string,
  partition: number,
): Promise<readonly number[] | null> => {
  const { topics } = await tools.lookup.metadata([topic])
  return topics[0]?.partitions.find(each => each.partitionIndex === partition)?.replicaNodes ?? null
}

/** Null once every broker shows `wanted` and no reassignment of the partition is under way. */
const putInOrder = async (
  tools: ChangeTools,
  topic: string,
  partition: number,
  wanted: readonly number[],
): Promise<Refusal | null> => {
  const { wires, lookup, book, clock } = tools
  const sameSetOnly = false
  const answer = await wires.call(
    await lookup.liveBroker(),
    'control',
    alterPartitionReassignmentsV1.api,
    [
      TIMEOUT_MS,
      sameSetOnly,
      [{ name: topic, partitions: [{ partitionIndex: partition, replicas: [...wanted] }] }],
    ],
    TIMEOUT_MS,
  )
  const result = answer.responses[0]?.partitions[0]
  const code = answer.errorCode === 0 ? (result?.errorCode ?? -1) : answer.errorCode
  if (code !== 0) return { code, message: result?.errorMessage ?? answer.errorMessage ?? null }
  const inForce = await untilVisible(clock, book, TIMEOUT_MS, async endpoint => {
    const { topics } = await lookup.metadataFrom(endpoint, [topic])
    const shown = topics[0]?.partitions.find(each => each.partitionIndex === partition)?.replicaNodes ?? []
    return shown.join() === wanted.join() && !(await reassigning(wires, endpoint, topic, partition))
  })
  return inForce
    ? null
    : {
        code: KafkaCode.REQUEST_TIMED_OUT,
        message: `the new replica order was accepted, but is not in force after ${TIMEOUT_MS / 1000} s`,
      }
}

const reassigning = async (
  wires: Wires,
  endpoint: Endpoint,
  topic: string,
  partition: number,
): Promise<boolean> => {
  const answer = await wires.call(
    endpoint,
    'control',
    listPartitionReassignmentsV0.api,
    [TIMEOUT_MS, [{ name: topic, partitionIndexes: [partition] }]],
    TIMEOUT_MS,
  )
  return answer.topics.some(each => each.partitions.length > 0)
}

const electFirst = async (
  { wires, lookup }: ChangeTools,
  topic: string,
  partition: number,
  outcome: (code: number, message: string | null) => ItemOutcome,
): Promise<ItemOutcome> => {
  const answer = await wires.call(
    await lookup.liveBroker(),
    'control',
    electPreferredLeaderV2,
    [topic, partition, TIMEOUT_MS],
    TIMEOUT_MS,
  )
  const result = answer.partitions[0]
  const code = answer.code === 0 ? (result?.code ?? -1) : answer.code
  return code === KafkaCode.ELECTION_NOT_NEEDED ? outcome(0, null) : outcome(code, result?.message ?? null)
}
