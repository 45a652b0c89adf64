import type {
  BrokerDisk,
  BrokerId,
  ClusterSnapshot,
  Columns,
  GroupObservation,
  Offset,
  TopicOffsets,
  TopicSizes,
} from '../core/model/index.ts'

/**
 * The control plane of a cluster: look at it, change it. One contract suite (test/contract) holds every adapter to
 * the words below.
 *
 * Rejections are always a `LanekeeperError`. A changing call reports one outcome per item and never stops at the
 * first failure.
 */
export interface Cluster {
  /** Where this cluster was found, as the user wrote it: `host:port,host:port`. */
  readonly bootstrapServer: string
  /** True for the simulated cluster; every screen says so. */
  readonly simulated: boolean

  /** Metadata of all topics, or of those named (absent ones are left out), with or without their configs. */
  describe(options?: {
    readonly topics?: readonly string[]
    readonly configs?: WhichConfigs
  }): Promise<ClusterSnapshot>

  createTopics(requests: readonly NewTopic[]): Promise<readonly ItemOutcome[]>
  addPartitions(topic: string, count: number): Promise<ItemOutcome>
  /** Null removes the override, so that the broker's default holds again. Other keys are untouched. */
  alterTopicConfigs(topic: string, changes: ReadonlyMap<string, string | null>): Promise<ItemOutcome>
  deleteTopics(topics: readonly string[]): Promise<readonly ItemOutcome[]>
  /**
   * Puts `leader` first in the partition's replica list and elects it; moves no data. The outcome is `ok` as soon as
   * Kafka accepted both; the move itself is seen by describing again.
   */
  moveLeader(topic: string, partition: number, leader: BrokerId): Promise<ItemOutcome>

  /**
   * End and start offset of every partition of the topics of `snapshot` that are named: one request per leader and
   * figure. Partitions whose leader does not answer are NaN; nothing waits longer than the adapter's request timeout.
   * With `ends` only the ends are promised, for half the requests: starts may be NaN. The ends may be lent from `columns`.
   */
  readOffsets(
    snapshot: ClusterSnapshot,
    topics: readonly string[],
    which?: 'both' | 'ends',
    columns?: Columns,
  ): Promise<ReadonlyMap<string, TopicOffsets>>
  readSizes(
    snapshot: ClusterSnapshot,
    topics: readonly string[],
  ): Promise<{ readonly sizes: ReadonlyMap<string, TopicSizes>; readonly disks: readonly BrokerDisk[] }>
  /** All groups, or those named. Committed offsets come with `snapshot`'s partition counts. */
  readGroups(
    snapshot: ClusterSnapshot,
    groups?: readonly string[],
    how?: GroupReading,
  ): Promise<readonly GroupObservation[]>
  /** Sets committed offsets of a group that has no members, and creates it if need be. One outcome per partition. */
  setGroupOffsets(
    group: string,
    topic: string,
    offsets: readonly { readonly partition: number; readonly offset: Offset }[],
  ): Promise<readonly ItemOutcome[]>

  close(): Promise<void>
}

export interface GroupReading {
  /** Committed offsets may be lent from here. */
  readonly columns?: Columns
  /** A broker did not tell its groups: they are missing from the answer, and may be there all the same. */
  readonly onSilence?: (broker: BrokerId) => void
}

/** Of a topic's configs: none, those set on the topic itself (true), or all in force, brokers' defaults included. */
export type WhichConfigs = boolean | 'in-force'

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

export interface ItemOutcome {
  /** What the outcome is about: a topic, or `topic-partition`. */
  readonly item: string
  /** 0 is success. Kafka's own code otherwise. */
  readonly code: number
  readonly message: string | null
}
