import type { BrokerId, PartitionIndex } from './brand.ts'

/** A cluster at one moment: what planners read, `applyStep` changes, and adapters copy from the wire. */
export interface ClusterSnapshot {
  readonly clusterId: string
  /** Null while no controller is known. */
  readonly controllerId: BrokerId | null
  /** Sorted by id. Registered brokers that answer or are named by metadata; a dead one is absent or `alive: false`. */
  readonly brokers: readonly BrokerInfo[]
  /** By topic name. A Map, because `__proto__` is a legal topic name. */
  readonly topics: ReadonlyMap<string, TopicInfo>
  /** By group id; absent: not asked for. */
  readonly groups?: ReadonlyMap<string, GroupCommits>
}

/** What a group has committed, and whether anybody is in it. A group that the cluster does not know is absent. */
export interface GroupCommits {
  readonly members: number
  /** By topic; index = partition, NaN where nothing is committed. */
  readonly committed: ReadonlyMap<string, Float64Array>
}

export interface BrokerInfo {
  readonly id: BrokerId
  readonly host: string
  readonly port: number
  /** Null when the broker states no `broker.rack`. */
  readonly rack: string | null
  readonly alive: boolean
}

export interface TopicInfo {
  readonly name: string
  /** Kafka's topic id as 32 hex digits; distinguishes a recreated topic from its predecessor of the same name. */
  readonly topicId: string
  readonly internal: boolean
  /** Index = partition. */
  readonly partitions: readonly PartitionInfo[]
  /**
   * Configs set on the topic itself (dynamic topic configs), not the broker's defaults, unless those in force were asked
   * for; null when not asked for.
   */
  readonly configs: ReadonlyMap<string, string> | null
}

export interface PartitionInfo {
  readonly partition: PartitionIndex
  /** Null: no leader, the partition is offline. */
  readonly leader: BrokerId | null
  readonly leaderEpoch: number
  /** In assignment order; the first is the preferred leader. */
  readonly replicas: readonly BrokerId[]
  readonly isr: readonly BrokerId[]
  readonly offlineReplicas: readonly BrokerId[]
  /** True while Kafka moves it to other brokers. Absent: it does not, or nobody asked. */
  readonly reassigning?: boolean
}

export const emptySnapshot: ClusterSnapshot = {
  clusterId: '',
  controllerId: null,
  brokers: [],
  topics: new Map(),
}
