/** From the library's metadata to our two views of it: the producer's and consumer's, and the planner's snapshot. */
import type { metadataV12 } from '@platformatic/kafka'
import {
  brokerId,
  partitionIndex,
  type BrokerId,
  type BrokerInfo,
  type PartitionInfo,
  type TopicInfo,
} from '../../core/model/index.ts'
import type { MetadataAnswer } from '../../ports/broker-link.ts'
import { topicIdFromWire } from './topic-id.ts'

/** As the library reads it from the wire. */
export type WireMetadata = ReturnType<typeof metadataV12.parseResponse>
type WireTopic = WireMetadata['topics'][number]
type WirePartition = WireTopic['partitions'][number]

export const metadataAnswer = (answer: WireMetadata): MetadataAnswer => ({
  brokers: answer.brokers.map(({ nodeId, host, port, rack }) => ({
    id: brokerId(nodeId),
    host,
    port,
    rack: rack ?? null,
  })),
  topics: answer.topics.map(topic => ({
    name: topic.name ?? '',
    code: topic.errorCode,
    topicId: topicIdFromWire(topic.topicId),
    partitions: inOrder(topic).map(each => ({ leader: each.leaderId, leaderEpoch: each.leaderEpoch })),
  })),
})

export const brokersOf = (answer: WireMetadata): readonly BrokerInfo[] =>
  answer.brokers.map(({ nodeId, host, port, rack }) => ({
    id: brokerId(nodeId),
    host,
    port,
    rack: rack ?? null,
    alive: true,
  }))

export const topicInfo = (topic: WireTopic, configs: ReadonlyMap<string, string> | null): TopicInfo => ({
  name: topic.name ?? '',
  topicId: topicIdFromWire(topic.topicId),
  internal: topic.isInternal,
  partitions: inOrder(topic).map(partitionInfo),
  configs,
})

const partitionInfo = (each: WirePartition): PartitionInfo => ({
  partition: partitionIndex(each.partitionIndex),
  leader: each.leaderId < 0 ? null : brokerId(each.leaderId),
  leaderEpoch: each.leaderEpoch,
  replicas: brokerIds(each.replicaNodes),
  isr: brokerIds(each.isrNodes),
  offlineReplicas: brokerIds(each.offlineReplicas),
})

const brokerIds = (ids: readonly number[]): readonly BrokerId[] => ids.map(brokerId)

/** Brokers list partitions in any order; we promise that the index is the partition. */
const inOrder = (topic: WireTopic): readonly WirePartition[] =>
  topic.partitions.toSorted((left, right) => left.partitionIndex - right.partitionIndex)
