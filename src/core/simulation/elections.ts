/**
 * Who leads, who is in sync: the controller's decisions as pure functions from snapshot to snapshot.
 *
 * Invariants: a leader is a live member of the ISR; the ISR is never empty; the leader epoch grows by one exactly
 * when the leader changes (also to and from "none"), so that a client can tell an old answer from a new one.
 * A partition whose last in-sync replica dies keeps it in the ISR and has no leader until that broker is back:
 * electing any other would lose acknowledged records.
 *
 * What it does not do: unclean election, eligible leader replicas (KIP-966), the balancer that moves leaders back to
 * the preferred replica after some minutes.
 */
import type { BrokerId, ClusterSnapshot, PartitionInfo, TopicInfo } from '../model/index.ts'

/** The controller gave up on the broker (its session ended, or it said goodbye). */
export const fenceBroker = (snapshot: ClusterSnapshot, id: BrokerId): ClusterSnapshot => {
  const fenced = withBroker(snapshot, id, false)
  const alive = aliveBrokers(fenced)
  return mapPartitions(fenced, partition => {
    if (!partition.replicas.includes(id)) return partition
    const others = partition.isr.filter(replica => replica !== id)
    const isr = others.length > 0 ? others : partition.isr
    const offlineReplicas = [...partition.offlineReplicas.filter(replica => replica !== id), id]
    return elected({ ...partition, isr, offlineReplicas }, alive)
  })
}

/** The broker is registered again. It leads only what nobody else can; it joins the ISR later, when it caught up. */
export const unfenceBroker = (snapshot: ClusterSnapshot, id: BrokerId): ClusterSnapshot => {
  const unfenced = withBroker(snapshot, id, true)
  const alive = aliveBrokers(unfenced)
  return mapPartitions(unfenced, partition =>
    partition.replicas.includes(id)
      ? elected(
          {
            ...partition,
            offlineReplicas: partition.offlineReplicas.filter(replica => replica !== id),
          },
          alive,
        )
      : partition,
  )
}

/**
 * The broker has caught up with every leader that it could copy from: back into those in-sync sets. One whose leader
 * is dead but not yet missed must wait, or it would be elected without records that the leader had acknowledged.
 */
export const joinIsr = (
  snapshot: ClusterSnapshot,
  id: BrokerId,
  isServing: (leader: BrokerId) => boolean,
): ClusterSnapshot =>
  mapPartitions(snapshot, partition =>
    isOutOfSync(partition, id) && partition.leader !== null && isServing(partition.leader)
      ? { ...partition, isr: partition.replicas.filter(one => one === id || partition.isr.includes(one)) }
      : partition,
  )

/** Does some partition of the broker still miss it in its in-sync set? */
export const isBehind = (snapshot: ClusterSnapshot, id: BrokerId): boolean =>
  [...snapshot.topics.values()].some(info => info.partitions.some(partition => isOutOfSync(partition, id)))

const isOutOfSync = (partition: PartitionInfo, id: BrokerId): boolean =>
  partition.replicas.includes(id) && !partition.isr.includes(id)

/**
 * `leader` first in the replica list, and elected when it is alive and in sync; otherwise it only becomes the
 * preferred one. The caller has checked that it is a replica.
 */
export const preferLeader = (
  snapshot: ClusterSnapshot,
  topic: string,
  partition: number,
  leader: BrokerId,
): ClusterSnapshot => {
  const alive = aliveBrokers(snapshot)
  return mapTopic(snapshot, topic, info => ({
    ...info,
    partitions: info.partitions.map(one => {
      if (one.partition !== partition) return one
      const replicas = [leader, ...one.replicas.filter(replica => replica !== leader)]
      const reordered = { ...one, replicas }
      return one.isr.includes(leader) && alive.has(leader) ? ledBy(reordered, leader) : reordered
    }),
  }))
}

/** Every partition led by the first of its replicas that may lead, as `kafka-leader-election` does for all. */
export const electPreferred = (snapshot: ClusterSnapshot): ClusterSnapshot => {
  const alive = aliveBrokers(snapshot)
  return mapPartitions(snapshot, partition => {
    const preferred = partition.replicas[0]
    return preferred !== undefined && partition.isr.includes(preferred) && alive.has(preferred)
      ? ledBy(partition, preferred)
      : partition
  })
}

/** Replaces one topic; the snapshot itself when it does not exist. */
export const mapTopic = (
  snapshot: ClusterSnapshot,
  topic: string,
  change: (info: TopicInfo) => TopicInfo,
): ClusterSnapshot => {
  const info = snapshot.topics.get(topic)
  if (info === undefined) return snapshot
  return { ...snapshot, topics: new Map(snapshot.topics).set(topic, change(info)) }
}

const mapPartitions = (
  snapshot: ClusterSnapshot,
  change: (partition: PartitionInfo) => PartitionInfo,
): ClusterSnapshot => ({
  ...snapshot,
  topics: new Map(
    [...snapshot.topics].map(([name, info]) => [name, { ...info, partitions: info.partitions.map(change) }]),
  ),
})

/** Keeps a leader that may lead; otherwise takes the first replica, in assignment order, that may. */
const elected = (partition: PartitionInfo, alive: ReadonlySet<BrokerId>): PartitionInfo => {
  const mayLead = (id: BrokerId): boolean => alive.has(id) && partition.isr.includes(id)
  if (partition.leader !== null && mayLead(partition.leader)) return partition
  return ledBy(partition, partition.replicas.find(mayLead) ?? null)
}

const ledBy = (partition: PartitionInfo, leader: BrokerId | null): PartitionInfo =>
  partition.leader === leader ? partition : { ...partition, leader, leaderEpoch: partition.leaderEpoch + 1 }

const aliveBrokers = (snapshot: ClusterSnapshot): ReadonlySet<BrokerId> =>
  new Set(snapshot.brokers.filter(broker => broker.alive).map(broker => broker.id))

/** Also moves the controller's role, which a broker that is gone cannot hold. */
const withBroker = (snapshot: ClusterSnapshot, id: BrokerId, alive: boolean): ClusterSnapshot => {
  const brokers = snapshot.brokers.map(broker => (broker.id === id ? { ...broker, alive } : broker))
  const controller = brokers.find(broker => broker.id === snapshot.controllerId && broker.alive)
  const next = controller ?? brokers.find(broker => broker.alive)
  return { ...snapshot, brokers, controllerId: next?.id ?? null }
}
