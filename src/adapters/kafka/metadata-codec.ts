/**
 * Metadata, version 12, as the observer reads it every few seconds: of a large cluster by far the longest answer of all,
 * and mostly the same as the one before. A topic of which nothing changed keeps its partitions (read-before.ts), and who
 * works something out of them (core/health/structure.ts, who is asked for offsets) does so once.
 *
 *     answer: throttle_time_ms [ node_id host port rack ] cluster_id controller_id
 *             [ error_code name topic_id is_internal [ partition ] topic_authorized_operations ]
 *     partition: error_code partition_index leader_id leader_epoch [ replica ] [ isr ] [ offline_replica ]
 */
import { type API, createAPI, metadataV12 } from '@platformatic/kafka'
import {
  brokerId,
  partitionIndex,
  type BrokerId,
  type BrokerInfo,
  type PartitionInfo,
  type TopicInfo,
} from '../../core/model/index.ts'
import { UnreadableAnswer } from './errors.ts'
import { ReadBefore } from './read-before.ts'
import { WireReader } from './wire-bytes.ts'

export interface DescribedTopics {
  readonly clusterId: string
  readonly brokers: readonly BrokerInfo[]
  /** As the broker lists them; `code` 0: all is well. */
  readonly topics: readonly { readonly code: number; readonly info: TopicInfo }[]
}

export class MetadataReader {
  readonly #partitions = new ReadBefore<readonly PartitionInfo[]>()

  /** Of the topics named, or of all (null). */
  request(topics: readonly string[] | null): API<[], DescribedTopics> {
    return createAPI(
      3,
      12,
      () => metadataV12.createRequest(topics === null ? null : [...topics], false, false),
      (_correlation, _key, _version, reader) => this.read(reader.buffer.slice(reader.position)),
    )
  }

  /** @throws UnreadableAnswer */
  read(bytes: Buffer): DescribedTopics {
    const reader = new WireReader(bytes)
    this.#partitions.begin()
    reader.int32() // throttle time
    const brokers: BrokerInfo[] = []
    for (let left = reader.compactLength(); left > 0; left--) {
      const id = brokerIdIn(reader)
      const host = reader.string()
      brokers.push({ id, host, port: reader.int32(), rack: reader.nullableString(), alive: true })
      reader.taggedFields()
    }
    const clusterId = reader.nullableString() ?? ''
    reader.int32() // some live broker, which KRaft gives for the controller
    const topics: { readonly code: number; readonly info: TopicInfo }[] = []
    for (let left = reader.compactLength(); left > 0; left--) {
      const code = reader.int16()
      const name = reader.nullableString() ?? ''
      const topicId = reader.uuidHex()
      const internal = reader.int8() !== 0
      const partitions = this.#partitions.part(reader, reader.at, name, readPartitions)
      reader.int32() // authorised operations
      reader.taggedFields()
      topics.push({ code, info: { name, topicId, internal, partitions, configs: null } })
    }
    return { clusterId, brokers, topics }
  }
}

/** Brokers list partitions in any order; we promise that the index is the partition. */
const readPartitions = (reader: WireReader): readonly PartitionInfo[] => {
  const partitions: PartitionInfo[] = []
  for (let left = reader.compactLength(); left > 0; left--) {
    reader.int16() // error code: a partition without a leader says so itself
    const index = reader.int32()
    const leader = reader.int32()
    const leaderEpoch = reader.int32()
    const replicas = brokerIdsIn(reader, [])
    // nearly all are in sync, and hundreds of thousands of lists that say the same are memory to be gone through
    const isr = brokerIdsIn(reader, replicas)
    partitions.push({
      partition: idFrom(() => partitionIndex(index)),
      leader: leader < 0 ? null : idFrom(() => brokerId(leader)),
      leaderEpoch,
      replicas,
      isr,
      offlineReplicas: brokerIdsIn(reader, NO_BROKERS),
    })
    reader.taggedFields()
  }
  return partitions.every(({ partition }, at) => partition === at)
    ? partitions
    : partitions.toSorted((left, right) => left.partition - right.partition)
}

const NO_BROKERS: readonly BrokerId[] = []

/** The list, or `like` where it says the same. */
const brokerIdsIn = (reader: WireReader, like: readonly BrokerId[]): readonly BrokerId[] => {
  const ids: BrokerId[] = []
  for (let left = reader.compactLength(); left > 0; left--) ids.push(brokerIdIn(reader))
  return ids.length === like.length && ids.every((id, at) => id === like[at]) ? like : ids
}

const brokerIdIn = (reader: WireReader): BrokerId => {
  const id = reader.int32()
  return idFrom(() => brokerId(id))
}

const idFrom = <Id>(make: () => Id): Id => {
  try {
    return make()
  } catch (failure) {
    throw new UnreadableAnswer((failure as Error).message)
  }
}
