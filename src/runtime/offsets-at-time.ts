import { type ClusterSnapshot, KafkaCode, LanekeeperError } from '../core/model/index.ts'
import { type BrokerLink, LinkFailure } from '../ports/broker-link.ts'

/**
 * For each partition of `topic` the first offset whose record is at or after `timestampMs`, or the end of the log where
 * none is. NaN where the leader does not answer. Rejects with TOPIC_UNKNOWN.
 */
export const offsetsAtTime = async (
  link: BrokerLink,
  snapshot: ClusterSnapshot,
  topic: string,
  timestampMs: number,
): Promise<Float64Array> => {
  const info = snapshot.topics.get(topic)
  if (info === undefined) throw new LanekeeperError('TOPIC_UNKNOWN', `Topic ${topic} does not exist.`)
  const offsets = new Float64Array(info.partitions.length).fill(Number.NaN)
  const byLeader = Map.groupBy(info.partitions, each => each.leader)
  await Promise.all(
    [...byLeader].map(async ([leader, partitions]) => {
      if (leader === null) return
      const ask = (timestamp: number) =>
        link.listOffsets(
          leader,
          'read_uncommitted',
          partitions.map(({ partition }) => ({ topic, partition, timestamp })),
        )
      try {
        const [found, ends] = await Promise.all([ask(timestampMs), ask(LATEST)])
        partitions.forEach(({ partition }, index) => {
          const [at, end] = [found[index], ends[index]]
          if (at?.code !== KafkaCode.NONE || end?.code !== KafkaCode.NONE) return
          offsets[partition] = at.offset < 0 ? end.offset : at.offset
        })
      } catch (failure) {
        if (!(failure instanceof LinkFailure)) throw failure
      }
    }),
  )
  return offsets
}

const LATEST = -1
