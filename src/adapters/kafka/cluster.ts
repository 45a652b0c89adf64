import {
  type BrokerId,
  type BrokerInfo,
  type ClusterSnapshot,
  type Columns,
  type GroupObservation,
  newColumns,
  type TopicOffsets,
} from '../../core/model/index.ts'
import type { Cluster, GroupReading, ItemOutcome, NewTopic } from '../../ports/cluster.ts'
import type { Clock } from '../../ports/clock.ts'
import type { BrokerBook } from './addresses.ts'
import { describe } from './describe.ts'
import { asLanekeeperError } from './errors.ts'
import type { GroupDescriptionReader } from './group-description-codec.ts'
import { Lookup } from './lookup.ts'
import { MetadataReader } from './metadata-codec.ts'
import { moveLeader } from './move-leader.ts'
import { readGroups } from './read-groups.ts'
import { OffsetReader } from './read-offsets.ts'
import { readSizes, type Sizes } from './read-sizes.ts'
import {
  addPartitions,
  alterTopicConfigs,
  createTopics,
  deleteTopics,
  type ChangeTools,
} from './topic-changes.ts'
import { setGroupOffsets } from './set-group-offsets.ts'
import type { Wires } from './wires.ts'

/** The control plane over real connections: each verb lives in a file of its own; here failures get their words. */
export class KafkaCluster implements Cluster {
  readonly bootstrapServer: string
  readonly simulated = false
  readonly #tools: ChangeTools
  readonly #offsets: OffsetReader
  readonly #seen = new Map<BrokerId, BrokerInfo>()
  readonly #metadata = new MetadataReader()
  readonly #groups = new Map<BrokerId, GroupDescriptionReader>()

  constructor(bootstrapServer: string, wires: Wires, book: BrokerBook, clock: Clock) {
    this.bootstrapServer = bootstrapServer
    this.#tools = { wires, book, clock, lookup: new Lookup(wires, book) }
    this.#offsets = new OffsetReader(wires, book)
  }

  describe(options: Parameters<Cluster['describe']>[0] = {}): Promise<ClusterSnapshot> {
    return inOurWords(
      describe(
        { ...this.#tools, seen: this.#seen, metadata: this.#metadata },
        options.topics ?? null,
        options.configs ?? false,
      ),
    )
  }

  createTopics(requests: readonly NewTopic[]): Promise<readonly ItemOutcome[]> {
    return inOurWords(createTopics(this.#tools, requests))
  }

  addPartitions(topic: string, count: number): Promise<ItemOutcome> {
    return inOurWords(addPartitions(this.#tools, topic, count))
  }

  alterTopicConfigs(topic: string, changes: ReadonlyMap<string, string | null>): Promise<ItemOutcome> {
    return inOurWords(alterTopicConfigs(this.#tools, topic, changes))
  }

  deleteTopics(topics: readonly string[]): Promise<readonly ItemOutcome[]> {
    return inOurWords(deleteTopics(this.#tools, topics))
  }

  moveLeader(topic: string, partition: number, leader: BrokerId): Promise<ItemOutcome> {
    return inOurWords(moveLeader(this.#tools, topic, partition, leader))
  }

  readOffsets(
    snapshot: ClusterSnapshot,
    topics: readonly string[],
    which: 'both' | 'ends' = 'both',
    columns: Columns = newColumns,
  ): Promise<ReadonlyMap<string, TopicOffsets>> {
    return inOurWords(this.#offsets.read(snapshot, topics, which, columns))
  }

  readSizes(snapshot: ClusterSnapshot, topics: readonly string[]): Promise<Sizes> {
    return inOurWords(readSizes(this.#tools.wires, this.#tools.book, snapshot, topics))
  }

  readGroups(
    snapshot: ClusterSnapshot,
    groups?: readonly string[],
    { columns = newColumns, onSilence = () => undefined }: GroupReading = {},
  ): Promise<readonly GroupObservation[]> {
    const { wires, book } = this.#tools
    const tools = { wires, book, descriptions: this.#groups, columns, onSilence }
    return inOurWords(readGroups(tools, snapshot, groups ?? null))
  }

  setGroupOffsets(
    group: string,
    topic: string,
    offsets: Parameters<Cluster['setGroupOffsets']>[2],
  ): Promise<readonly ItemOutcome[]> {
    return inOurWords(setGroupOffsets(this.#tools, group, topic, offsets))
  }

  close(): Promise<void> {
    this.#tools.wires.close()
    return Promise.resolve()
  }
}

const inOurWords = async <Value>(work: Promise<Value>): Promise<Value> => {
  try {
    return await work
  } catch (error) {
    throw asLanekeeperError(error)
  }
}
