import { type ClusterSnapshot, KafkaCode, LanekeeperError, NO_OFFSET } from '../../core/model/index.ts'
import type { ReadTopicOptions } from '../../consumer/reader.ts'
import type { BrokerLink } from '../../ports/broker-link.ts'
import type { Cluster } from '../../ports/cluster.ts'
import { offsetsAtTime } from '../../runtime/offsets-at-time.ts'

/** Where reading begins, as the flags say it. */
export interface Start {
  readonly where: 'earliest' | 'latest'
  /** Only this partition. */
  readonly partition: number | null
  /** In that partition. */
  readonly offset: number | null
  readonly timeMs: number | null
  /** Where this group would go on; `where` for partitions without a committed offset. */
  readonly group: string | null
}

/** As `readTopic` takes it. Rejects with TOPIC_UNKNOWN or PARTITION_UNKNOWN. */
export const startOf = async (
  cluster: Cluster,
  link: BrokerLink,
  topic: string,
  start: Start,
): Promise<ReadTopicOptions['from']> => {
  const { where, partition, offset, timeMs, group } = start
  if (partition === null && timeMs === null && group === null) return where
  const snapshot = await cluster.describe({ topics: [topic] })
  const count = snapshot.topics.get(topic)?.partitions.length
  if (count === undefined) throw new LanekeeperError('TOPIC_UNKNOWN', `Topic ${topic} does not exist.`)
  if (partition !== null && partition >= count)
    throw new LanekeeperError('PARTITION_UNKNOWN', `Topic ${topic} has no partition ${partition}.`, {
      fix: `Its partitions are 0 to ${count - 1}.`,
    })
  if (offset !== null && partition !== null) return [{ topic, partition, offset }]
  const offsets = await startOffsets(cluster, link, topic, snapshot, start)
  return [...offsets.entries()].flatMap(([each, from]) =>
    partition === null || partition === each ? { topic, partition: each, offset: from } : [],
  )
}

const startOffsets = async (
  cluster: Cluster,
  link: BrokerLink,
  topic: string,
  snapshot: ClusterSnapshot,
  { where, timeMs, group }: Start,
): Promise<Float64Array> => {
  if (timeMs !== null) return allKnown(topic, await offsetsAtTime(link, snapshot, topic, timeMs))
  const log = (await cluster.readOffsets(snapshot, [topic])).get(topic)
  const plain = allKnown(topic, (where === 'earliest' ? log?.start : log?.end) ?? new Float64Array())
  if (group === null) return plain
  const committed = await committedOffsets(link, group, topic, plain.length)
  return plain.map((offset, partition) => committed.get(partition) ?? offset)
}

/** Partitions without a committed offset are absent. Asked from outside: the group is not joined. */
const committedOffsets = async (
  link: BrokerLink,
  group: string,
  topic: string,
  partitions: number,
): Promise<ReadonlyMap<number, number>> => {
  const answer = await link.fetchOffsets(await link.findCoordinator(group), {
    group,
    memberId: '',
    memberEpoch: -1,
    requireStable: false,
    topics: [{ topic, partitions: [...Array(partitions).keys()] }],
  })
  if (answer.code === KafkaCode.GROUP_AUTHORIZATION_FAILED)
    throw new LanekeeperError('NOT_AUTHORIZED', `The offsets of group ${group} may not be read.`, {
      fix: 'Grant DESCRIBE on the group to this principal.',
    })
  return new Map(
    answer.offsets.flatMap(({ partition, code, offset }) =>
      code === KafkaCode.NONE && offset !== NO_OFFSET ? [[partition, offset] as const] : [],
    ),
  )
}

const allKnown = (topic: string, offsets: Float64Array): Float64Array => {
  const missing = offsets.findIndex(offset => Number.isNaN(offset))
  if (missing >= 0)
    throw new LanekeeperError(
      'CLUSTER_UNREACHABLE',
      `The leader of ${topic}-${missing} does not say where its log begins and ends.`,
      { fix: 'Repeat the command when the partition has a leader.' },
    )
  return offsets
}
