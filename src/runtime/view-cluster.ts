import type { BrokerView, ClusterView, TopicColumns, TopicSummary, TopicView } from '../api/contract.ts'
import { sumKnown, type BrokerHealth, type ClusterHealth, type TopicHealth } from '../core/health/index.ts'
import { figure, figures, offsetText, whole, wholes } from './figure.ts'

/** Brokers and topics as the HTTP contract states them. */

/** What the configuration file says of a topic; Kafka itself does not know it. */
export interface DeclaredTopic {
  readonly partitions: number
  readonly key: string | null
  readonly ordering: 'per-key' | 'none'
}
export type DeclaredTopics = ReadonlyMap<string, DeclaredTopic>

/** Worst group per partition of a topic, computed once per tick for all views. */
export interface Readers {
  readonly lagRecords: Float64Array
  readonly lagMs: Float64Array
  /** Index into `consumers`; -1: nobody. */
  readonly consumer: Int32Array
  readonly consumers: readonly string[]
}

export const clusterView = (health: ClusterHealth | null): ClusterView => {
  const brokers = health?.brokers ?? []
  return {
    clusterId: health?.snapshot.clusterId ?? '',
    controllerId: health?.snapshot.controllerId ?? null,
    racks: [...new Set(brokers.flatMap(broker => broker.info.rack ?? []))].toSorted(),
    brokers: brokers.map(brokerView),
  }
}

const brokerView = (broker: BrokerHealth): BrokerView => ({
  id: broker.info.id,
  host: broker.info.host,
  port: broker.info.port,
  rack: broker.info.rack,
  alive: broker.info.alive,
  controller: broker.controller,
  leaders: broker.leaders,
  replicas: broker.replicas,
  underReplicated: broker.outOfSync,
  recordsPerSecond: figure(broker.recordsPerSecond),
  bytesPerSecond: whole(broker.bytesPerSecond),
  sizeBytes: whole(broker.disk?.usedBytes ?? NaN),
  diskTotalBytes: whole(broker.disk?.totalBytes ?? NaN),
  diskUsableBytes: whole(broker.disk?.usableBytes ?? NaN),
})

export const topicSummary = (
  topic: TopicHealth,
  readers: Readers | undefined,
  declared: DeclaredTopic | undefined,
): TopicSummary => ({
  topic: topic.info.name,
  topicId: topic.info.topicId,
  internal: topic.info.internal,
  partitions: topic.info.partitions.length,
  replicationFactor: topic.info.partitions[0]?.replicas.length ?? 0,
  key: declared?.key ?? null,
  ordering: declared?.ordering ?? null,
  recordsPerSecond: figure(sumKnown(topic.recordsPerSecond)),
  bytesPerSecond: whole(sumKnown(topic.bytesPerSecond)),
  sizeBytes: whole(sumKnown(topic.sizeBytes)),
  records: whole(topic.records),
  skewMaxOverMean: figure(topic.skew.maxOverMean),
  skewExpectedByChance: figure(topic.skew.expectedByChance),
  underReplicated: topic.underReplicated,
  leaderless: topic.leaderless,
  lagRecords: readers === undefined ? null : whole(sumKnown(readers.lagRecords)),
})

export const topicColumns = (topic: TopicHealth, readers: Readers | undefined): TopicColumns => {
  const { partitions } = topic.info
  const unknown = partitions.map(() => null)
  return {
    topic: topic.info.name,
    recordsPerSecond: figures(topic.recordsPerSecond),
    bytesPerSecond: wholes(topic.bytesPerSecond),
    sizeBytes: wholes(topic.sizeBytes),
    lagRecords: readers === undefined ? unknown : wholes(readers.lagRecords),
    lagMs: readers === undefined ? unknown : wholes(readers.lagMs),
    leader: partitions.map(partition => partition.leader ?? -1),
    isr: partitions.map(partition => partition.isr.length),
    state: [...topic.condition],
    consumer: readers === undefined ? partitions.map(() => -1) : Array.from(readers.consumer),
    consumers: readers === undefined ? [] : [...readers.consumers],
  }
}

/** One topic with every partition, or only the one asked for, and every group that reads it. */
export const topicView = (
  topic: TopicHealth,
  health: ClusterHealth,
  readers: Readers | undefined,
  declared: DeclaredTopic | undefined,
  only?: number,
): TopicView => {
  const reading = health.groups.flatMap(group =>
    group.topics.filter(each => each.topic === topic.info.name).map(each => ({ group, on: each })),
  )
  const { partitions } = topic.info
  const listed = only === undefined ? partitions : partitions.slice(only, only + 1)
  return {
    ...topicSummary(topic, readers, declared),
    configs: Object.fromEntries(topic.info.configs ?? []),
    partitionList: listed.map(partition => {
      const p = partition.partition
      return {
        partition: p,
        leader: partition.leader,
        leaderEpoch: partition.leaderEpoch,
        replicas: [...partition.replicas],
        isr: [...partition.isr],
        state: topic.condition[p] ?? 'unknown',
        startOffset: offsetText(topic.start[p] ?? NaN),
        endOffset: offsetText(topic.end[p] ?? NaN),
        recordsPerSecond: figure(topic.recordsPerSecond[p] ?? NaN),
        bytesPerSecond: whole(topic.bytesPerSecond[p] ?? NaN),
        sizeBytes: whole(topic.sizeBytes[p] ?? NaN),
        groups: reading.map(({ group, on }) => {
          const member = group.observed.members[on.owner[p] ?? -1]
          return {
            groupId: group.observed.groupId,
            committedOffset: offsetText(on.committed[p] ?? NaN),
            lagRecords: whole(on.lagRecords[p] ?? NaN),
            lagMs: whole(on.lagMs[p] ?? NaN),
            memberId: member?.memberId ?? null,
            clientId: member?.clientId ?? null,
          }
        }),
      }
    }),
  }
}

/** Readers of every topic that some group reads. */
export const readersOf = (health: ClusterHealth): ReadonlyMap<string, Readers> => {
  const all = new Map<string, Merging>()
  for (const group of health.groups) {
    for (const on of group.topics) {
      const count = on.lagRecords.length
      let readers = all.get(on.topic)
      if (readers === undefined) {
        readers = {
          lagRecords: new Float64Array(count).fill(NaN),
          lagMs: new Float64Array(count).fill(NaN),
          consumer: new Int32Array(count).fill(-1),
          consumers: [],
        }
        all.set(on.topic, readers)
      }
      const offset = readers.consumers.length
      readers.consumers.push(...group.observed.members.map(member => member.clientId))
      for (let p = 0; p < count; p++) {
        raise(readers.lagRecords, p, on.lagRecords[p] ?? NaN)
        raise(readers.lagMs, p, on.lagMs[p] ?? NaN)
        const owner = on.owner[p] ?? -1
        if (owner >= 0) readers.consumer[p] = offset + owner
      }
    }
  }
  return all
}

interface Merging extends Readers {
  readonly consumers: string[]
}

const raise = (column: Float64Array, p: number, value: number): void => {
  const known = column[p] ?? NaN
  if (!Number.isNaN(value) && !(value <= known)) column[p] = value
}
