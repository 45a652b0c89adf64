/**
 * Metadata, version 12, as the observer reads it every few seconds: of a large cluster by far the longest answer of all,
 * and mostly the same as the one before. A topic of which nothing changed keeps its partitions (read-before.ts), and who
 * works something out of them (core/health/structure.ts, who is asked for offsets) does so once. Lists of brokers that
 * say the same are one list: of 200,000 partitions on twenty brokers there are a few hundred different ones, and each list
 * that is kept is gone through by every collection of garbage.
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
  readonly #lists = new BrokerLists()

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
      const id = checkedId(brokerId, reader.int32())
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
      const partitions = this.#partitions.part(reader, reader.at, name, from =>
        readPartitions(from, this.#lists),
      )
      reader.int32() // authorised operations
      reader.taggedFields()
      topics.push({ code, info: { name, topicId, internal, partitions, configs: null } })
    }
    return { clusterId, brokers, topics }
  }
}

/** Brokers list partitions in any order; we promise that the index is the partition. */
const readPartitions = (reader: WireReader, lists: BrokerLists): readonly PartitionInfo[] => {
  const partitions: PartitionInfo[] = []
  for (let left = reader.compactLength(); left > 0; left--) {
    reader.int16() // error code: a partition without a leader says so itself
    const partition = checkedId(partitionIndex, reader.int32())
    const leader = reader.int32()
    const leaderEpoch = reader.int32()
    partitions.push({
      partition,
      leader: leader < 0 ? null : checkedId(brokerId, leader),
      leaderEpoch,
      replicas: lists.read(reader),
      isr: lists.read(reader),
      offlineReplicas: lists.read(reader),
    })
    reader.taggedFields()
  }
  return partitions.every(({ partition }, at) => partition === at)
    ? partitions
    : partitions.toSorted((left, right) => left.partition - right.partition)
}

/** A list of brokers, and those that begin with it, by the broker that comes next. */
interface ListNode {
  readonly list: readonly BrokerId[]
  readonly longer: Map<number, ListNode>
}

/** Every list of brokers once. */
class BrokerLists {
  readonly #empty: ListNode = { list: [], longer: new Map() }

  read(reader: WireReader): readonly BrokerId[] {
    let node = this.#empty
    for (let left = reader.compactLength(); left > 0; left--) {
      const id = reader.int32()
      let next = node.longer.get(id)
      if (next === undefined) {
        next = { list: [...node.list, checkedId(brokerId, id)], longer: new Map() }
        node.longer.set(id, next)
      }
      node = next
    }
    return node.list
  }
}

const checkedId = <Id>(make: (id: number) => Id, id: number): Id => {
  try {
    return make(id)
  } catch (failure) {
    throw new UnreadableAnswer((failure as Error).message)
  }
}
