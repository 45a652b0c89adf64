import type { BrokerDisk, GroupObservation, TopicOffsets, TopicSizes } from '../../core/model/index.ts'
import { type ImaginedLoad, imagineLoad, type LogPositions } from '../../core/simulation/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Cluster } from '../../ports/cluster.ts'

const recordBytes = 100
/** Room for half an hour of it all, and some. */
const diskBytes = 1024 ** 4

/**
 * The simulated cluster under an imagined load: brokers, topics, placement and leaders are the simulated cluster's;
 * offsets, sizes and groups are worked out from the clock (core/simulation/imagined-load.ts). For looking, at any size:
 * there are no records in it. Resolves when its topics exist.
 */
export const imagineCluster = async (
  cluster: Cluster,
  partitions: number,
  seed: number,
  clock: Clock,
): Promise<Cluster> => {
  const load = imagineLoad(partitions, seed)
  const begunMs = clock.monotonicMs()
  const { brokers } = await cluster.describe()
  await cluster.createTopics(
    load.topics.map(topic => ({
      ...topic,
      replicationFactor: Math.min(3, brokers.length),
      configs: new Map<string, string>(),
    })),
  )
  const positions = (name: string): LogPositions | null => {
    const topic = load.topics.findIndex(each => each.name === name)
    return topic < 0 ? null : load.at(topic, clock.monotonicMs() - begunMs)
  }
  return {
    bootstrapServer: cluster.bootstrapServer,
    simulated: true,
    describe: options => cluster.describe(options),
    createTopics: requests => cluster.createTopics(requests),
    addPartitions: (topic, count) => cluster.addPartitions(topic, count),
    alterTopicConfigs: (topic, changes) => cluster.alterTopicConfigs(topic, changes),
    deleteTopics: topics => cluster.deleteTopics(topics),
    moveLeader: (topic, partition, leader) => cluster.moveLeader(topic, partition, leader),
    setGroupOffsets: (group, topic, offsets) => cluster.setGroupOffsets(group, topic, offsets),
    readOffsets: async (_, topics) =>
      new Map(
        topics.flatMap((topic): [string, TopicOffsets][] => {
          const at = positions(topic)
          return at === null ? [] : [[topic, { topic, start: at.start, end: at.end }]]
        }),
      ),
    readSizes: async (snapshot, topics) => {
      const sizes = new Map<string, TopicSizes>()
      for (const topic of topics) {
        const at = positions(topic)
        if (at !== null)
          sizes.set(topic, {
            topic,
            sizeBytes: at.end.map((end, p) => (end - (at.start[p] ?? 0)) * recordBytes),
          })
      }
      return { sizes, disks: disksOf(snapshot, sizes) }
    },
    readGroups: async (_, groups) =>
      load.topics.flatMap((topic, index) => {
        const group = groupOf(load, index, positions(topic.name))
        return groups === undefined || groups.includes(group.groupId) ? [group] : []
      }),
    close: () => cluster.close(),
  }
}

const groupOf = (load: ImaginedLoad, index: number, at: LogPositions | null): GroupObservation => {
  const name = load.topics[index]?.name ?? ''
  return {
    groupId: `${name}-readers`,
    type: 'consumer',
    state: 'Stable',
    coordinator: null,
    assignor: 'uniform',
    members: (load.members[index] ?? []).map(({ first, end }, member) => ({
      memberId: `${name}-${member}`,
      instanceId: null,
      clientId: `${name}-reader-${member}`,
      host: 'simulated',
      subscribed: [name],
      assigned: new Map([[name, Array.from({ length: end - first }, (_, offset) => first + offset)]]),
    })),
    committed: new Map(at === null ? [] : [[name, at.committed]]),
  }
}

const disksOf = (
  { brokers, topics }: Awaited<ReturnType<Cluster['describe']>>,
  sizes: ReadonlyMap<string, TopicSizes>,
): readonly BrokerDisk[] => {
  const used = new Map(brokers.map(({ id }) => [id, 0]))
  for (const [name, { sizeBytes }] of sizes)
    for (const { partition, replicas } of topics.get(name)?.partitions ?? [])
      for (const id of replicas) used.set(id, (used.get(id) ?? 0) + (sizeBytes[partition] ?? 0))
  return [...used].map(([broker, usedBytes]) => ({
    broker,
    usedBytes,
    totalBytes: diskBytes,
    usableBytes: Math.max(0, diskBytes - usedBytes),
  }))
}
