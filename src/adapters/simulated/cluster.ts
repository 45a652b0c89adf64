import {
  type BrokerDisk,
  type BrokerId,
  type ClusterSnapshot,
  type FailingRecord,
  failingFrom,
  type GroupObservation,
  LanekeeperError,
  type Offset,
  type TopicInfo,
  type TopicOffsets,
  type TopicSizes,
} from '../../core/model/index.ts'
import { configsInForce, type SimulatedKafka } from '../../core/simulation/index.ts'
import { sleep } from '../../ports/clock.ts'
import type { Cluster, ItemOutcome, NewTopic, WhichConfigs } from '../../ports/cluster.ts'
import type { Driver } from './driver.ts'

/** What the simulated brokers claim to have: enough for any demo, finite so that shares can be shown. */
const DISK_BYTES = 64 * 1024 ** 3

/**
 * The control plane of the simulated cluster. Its laws are in the port. Questions take one round trip and are not
 * subject to network faults: observers and planners are tested against lost brokers, not against lost packets.
 */
export class SimulatedCluster implements Cluster {
  readonly bootstrapServer = 'simulated'
  readonly simulated = true
  readonly #driver: Driver
  readonly #roundTripMs: number

  constructor(driver: Driver, roundTripMs: number) {
    this.#driver = driver
    this.#roundTripMs = roundTripMs
  }

  describe(
    options: { readonly topics?: readonly string[]; readonly configs?: WhichConfigs } = {},
  ): Promise<ClusterSnapshot> {
    return this.#ask(({ snapshot }) => {
      const named = options.topics ?? [...snapshot.topics.keys()]
      const topics = new Map<string, TopicInfo>()
      for (const name of named) {
        const info = snapshot.topics.get(name)
        if (info !== undefined) topics.set(name, { ...info, configs: configsTold(info, options.configs) })
      }
      return { ...snapshot, topics }
    })
  }

  createTopics(requests: readonly NewTopic[]): Promise<readonly ItemOutcome[]> {
    return this.#ask(({ controller }) => requests.map(request => controller.createTopic(request)))
  }

  addPartitions(topic: string, count: number): Promise<ItemOutcome> {
    return this.#ask(({ controller }) => controller.addPartitions(topic, count))
  }

  alterTopicConfigs(topic: string, changes: ReadonlyMap<string, string | null>): Promise<ItemOutcome> {
    return this.#ask(({ controller }) => controller.alterConfigs(topic, changes))
  }

  deleteTopics(topics: readonly string[]): Promise<readonly ItemOutcome[]> {
    return this.#ask(kafka => topics.map(topic => kafka.deleteTopic(topic)))
  }

  moveLeader(topic: string, partition: number, leader: BrokerId): Promise<ItemOutcome> {
    return this.#ask(({ controller }) => controller.moveLeader(topic, partition, leader))
  }

  readOffsets(
    snapshot: ClusterSnapshot,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, TopicOffsets>> {
    return this.#ask(kafka => {
      const read = new Map<string, TopicOffsets>()
      for (const topic of topics) {
        const count = snapshot.topics.get(topic)?.partitions.length
        if (count === undefined) continue
        const end = new Float64Array(count).fill(NaN)
        const start = new Float64Array(count).fill(NaN)
        for (let partition = 0; partition < count; partition++) {
          const found = kafka.replicas.find(topic, partition)
          if (found === null || !answers(kafka, found.info.leader)) continue
          end[partition] = found.replica.log.highWatermark
          start[partition] = found.replica.log.startOffset
        }
        read.set(topic, { topic, end, start })
      }
      return read
    })
  }

  readSizes(
    snapshot: ClusterSnapshot,
    topics: readonly string[],
  ): Promise<{ readonly sizes: ReadonlyMap<string, TopicSizes>; readonly disks: readonly BrokerDisk[] }> {
    return this.#ask(kafka => {
      const sizes = new Map<string, TopicSizes>()
      for (const topic of topics) {
        const count = snapshot.topics.get(topic)?.partitions.length
        const info = kafka.snapshot.topics.get(topic)
        if (count === undefined || info === undefined) continue
        const bytes = kafka.replicas.sizesOf(info)
        const sizeBytes = Float64Array.from({ length: count }, (_, partition) =>
          answers(kafka, info.partitions[partition]?.leader ?? null) ? (bytes[partition] ?? NaN) : NaN,
        )
        sizes.set(topic, { topic, sizeBytes })
      }
      return { sizes, disks: disksOf(kafka) }
    })
  }

  readGroups(snapshot: ClusterSnapshot, groups?: readonly string[]): Promise<readonly GroupObservation[]> {
    return this.#ask(kafka =>
      kafka.groups.view(groups).map(group => {
        const nameById = new Map([...kafka.snapshot.topics.values()].map(info => [info.topicId, info.name]))
        const committed = new Map<string, Float64Array>()
        const failing = new Map<string, ReadonlyMap<number, FailingRecord>>()
        for (const [topic, offsets] of group.committed) {
          const count = snapshot.topics.get(topic)?.partitions.length
          if (count === undefined) continue
          committed.set(
            topic,
            Float64Array.from({ length: count }, (_, partition) => offsets.get(partition) ?? NaN),
          )
          const records = [...offsets].flatMap(([partition, offset]) => {
            const record = failingFrom(offset, group.texts.get(topic)?.get(partition) ?? '')
            return record === null ? [] : [[partition, record] as const]
          })
          if (records.length > 0) failing.set(topic, new Map(records))
        }
        return {
          groupId: group.groupId,
          type: 'consumer' as const,
          state: group.state,
          coordinator: kafka.coordinatorOf(group.groupId),
          assignor: group.assignor,
          members: group.members.map(member => ({
            memberId: member.memberId,
            instanceId: member.instanceId,
            clientId: member.clientId,
            host: 'simulated',
            subscribed: member.subscribed,
            assigned: new Map(
              [...member.assigned].map(([topicId, partitions]) => [
                nameById.get(topicId) ?? topicId,
                [...partitions].sort((left, right) => left - right),
              ]),
            ),
          })),
          committed,
          ...(failing.size === 0 ? {} : { failing }),
        }
      }),
    )
  }

  setGroupOffsets(
    group: string,
    topic: string,
    offsets: readonly { readonly partition: number; readonly offset: Offset }[],
  ): Promise<readonly ItemOutcome[]> {
    return this.#ask(kafka => {
      const asked = offsets.map(each => ({ ...each, topic }))
      const codes = kafka.groups.commit({ group, memberId: '', memberEpoch: -1, offsets: asked })
      return asked.map(({ partition }, index) => ({
        item: `${topic}-${partition}`,
        code: codes[index] ?? -1,
        message: null,
      }))
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #ask<Answer>(read: (kafka: SimulatedKafka) => Answer): Promise<Answer> {
    await sleep(this.#driver.clock, this.#roundTripMs)
    return this.#driver.run(kafka => {
      if (!kafka.snapshot.brokers.some(broker => kafka.processes.isRunning(broker.id)))
        throw new LanekeeperError('CLUSTER_UNREACHABLE', 'No broker of the simulated cluster answers.', {
          fix: 'Start a broker again.',
        })
      return read(kafka)
    })
  }
}

const configsTold = ({ configs }: TopicInfo, which: WhichConfigs = false): TopicInfo['configs'] =>
  which === 'in-force' ? configsInForce(configs) : which ? configs : null

const answers = (kafka: SimulatedKafka, leader: BrokerId | null): boolean =>
  leader !== null && kafka.processes.isRunning(leader)

const disksOf = (kafka: SimulatedKafka): readonly BrokerDisk[] => {
  const used = new Map<BrokerId, number>()
  for (const info of kafka.snapshot.topics.values()) {
    const sizes = kafka.replicas.sizesOf(info)
    for (const { partition, replicas } of info.partitions)
      for (const id of replicas) used.set(id, (used.get(id) ?? 0) + (sizes[partition] ?? 0))
  }
  return kafka.snapshot.brokers
    .filter(broker => kafka.processes.isRunning(broker.id))
    .map(({ id }) => {
      const usedBytes = used.get(id) ?? 0
      return {
        broker: id,
        usedBytes,
        totalBytes: DISK_BYTES,
        usableBytes: Math.max(0, DISK_BYTES - usedBytes),
      }
    })
}
