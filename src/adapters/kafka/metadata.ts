/** From the library's metadata to the producer's and consumer's view of it; the snapshot's is in metadata-codec.ts. */
import type { metadataV12 } from '@platformatic/kafka'
import { brokerId } from '../../core/model/index.ts'
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

/** Brokers list partitions in any order; we promise that the index is the partition. */
const inOrder = (topic: WireTopic): readonly WirePartition[] =>
  topic.partitions.toSorted((left, right) => left.partitionIndex - right.partitionIndex)
