import type {
  BrokerDisk,
  BrokerId,
  BrokerInfo,
  ClusterSnapshot,
  GroupObservation,
  PartitionIndex,
  TopicInfo,
  TopicOffsets,
  TopicSizes,
} from '../../src/core/model/index.ts'
import type { Cluster, ItemOutcome } from '../../src/ports/cluster.ts'

/**
 * A cluster that says what a test tells it to. It does not produce, elect, or expire anything by itself, and it
 * refuses every change; for a cluster with behaviour there is the simulated one.
 */
export interface ScriptedCluster extends Cluster {
  /** True until a test says otherwise: then findings come with commands, as of a cluster that other processes can ask. */
  simulated: boolean
  snapshot: ClusterSnapshot
  offsets: Map<string, TopicOffsets>
  sizes: Map<string, TopicSizes>
  disks: BrokerDisk[]
  groups: GroupObservation[]
  /** Thrown by the named calls while set. */
  failing: Partial<Record<'describe' | 'readOffsets' | 'readGroups' | 'readSizes', Error>>
  /** Runs before every call; a test delays or counts here. */
  before: (call: string) => Promise<void>
  readonly calls: Map<string, number>
}

export const scriptedCluster = (snapshot: ClusterSnapshot): ScriptedCluster => {
  const calls = new Map<string, number>()
  const enter = async (call: keyof ScriptedCluster['failing']): Promise<void> => {
    calls.set(call, (calls.get(call) ?? 0) + 1)
    await cluster.before(call)
    const failure = cluster.failing[call]
    if (failure !== undefined) throw failure
  }
  const refuse = (item: string): ItemOutcome => ({ item, code: 42, message: 'scripted cluster: no changes' })
  const cluster: ScriptedCluster = {
    bootstrapServer: 'scripted:9092',
    simulated: true,
    snapshot,
    offsets: new Map(),
    sizes: new Map(),
    disks: [],
    groups: [],
    failing: {},
    before: async () => {},
    calls,
    describe: async () => {
      await enter('describe')
      return cluster.snapshot
    },
    readOffsets: async () => {
      await enter('readOffsets')
      return new Map(cluster.offsets)
    },
    readSizes: async () => {
      await enter('readSizes')
      return { sizes: new Map(cluster.sizes), disks: [...cluster.disks] }
    },
    readGroups: async () => {
      await enter('readGroups')
      return [...cluster.groups]
    },
    createTopics: async requests => requests.map(request => refuse(request.name)),
    addPartitions: async topic => refuse(topic),
    alterTopicConfigs: async topic => refuse(topic),
    deleteTopics: async topics => topics.map(refuse),
    moveLeader: async topic => refuse(topic),
    setGroupOffsets: async (_group, topic, offsets) =>
      offsets.map(({ partition }) => refuse(`${topic}-${partition}`)),
    close: async () => {},
  }
  return cluster
}

export const id = (broker: number): BrokerId => broker as BrokerId

export const broker = (number: number, rack: string | null = null): BrokerInfo => ({
  id: id(number),
  host: `broker-${number}`,
  port: 9092,
  rack,
  alive: true,
})

/** Replicas on all `brokers`, leaders in turn. */
export const topic = (
  name: string,
  partitions: number,
  brokers: readonly number[],
  topicId = name,
): TopicInfo => ({
  name,
  topicId,
  internal: false,
  configs: null,
  partitions: Array.from({ length: partitions }, (_, p) => {
    const replicas = brokers.map((_each, i) => id(brokers[(p + i) % brokers.length] ?? 0))
    return {
      partition: p as PartitionIndex,
      leader: replicas[0] ?? null,
      leaderEpoch: 0,
      replicas,
      isr: replicas,
      offlineReplicas: [],
    }
  }),
})

export const snapshotOf = (
  topics: readonly TopicInfo[],
  brokers: readonly BrokerInfo[] = [broker(1, 'a'), broker(2, 'b'), broker(3, 'c')],
): ClusterSnapshot => ({
  clusterId: 'scripted',
  controllerId: brokers[0]?.id ?? null,
  brokers,
  topics: new Map(topics.map(each => [each.name, each])),
})

/** A member that holds the given partitions of one topic. */
export const groupOf = (
  groupId: string,
  topicName: string,
  committed: ArrayLike<number>,
  members: readonly (readonly number[])[],
): GroupObservation => ({
  groupId,
  type: 'consumer',
  state: members.length === 0 ? 'Empty' : 'Stable',
  coordinator: id(1),
  assignor: 'uniform',
  members: members.map((partitions, index) => ({
    memberId: `${groupId}-member-${index}`,
    instanceId: null,
    clientId: `client-${index}`,
    host: '/127.0.0.1',
    subscribed: [topicName],
    assigned: partitions.length === 0 ? new Map() : new Map([[topicName, partitions]]),
  })),
  committed: new Map([[topicName, Float64Array.from(committed)]]),
})
