import type { BrokerId, ClusterSnapshot, PartitionInfo } from '../model/index.ts'

/**
 * What follows from metadata alone. Metadata is read every few seconds and looks come every second, so this is computed
 * once per snapshot: counting 600,000 replicas each second would cost more than everything else about a look.
 */
export interface ClusterStructure {
  readonly snapshot: ClusterSnapshot
  readonly topics: ReadonlyMap<string, TopicStructure>
  /** Ascending by id. */
  readonly brokers: ReadonlyMap<BrokerId, BrokerStructure>
}

export interface TopicStructure {
  /** Index = partition. */
  readonly conditions: readonly PartitionCondition[]
  readonly underReplicated: number
  readonly leaderless: number
  /** Index = partition: place of its leader among the cluster's `brokers`; -1 without a leader. */
  readonly leaderAt: Int16Array
}

export interface BrokerStructure {
  readonly leaders: number
  readonly replicas: number
  /** Replicas on this broker that are not in sync. */
  readonly outOfSync: number
}

/**
 * - `leaderless`: nobody can write or read it.
 * - `reassigning`: Kafka moves it to other brokers (it says so); being behind is then a part of the move.
 * - `recovering`: every copy that is behind is on a broker that answers: it catches up.
 * - `under-replicated`: a copy is missing, on a broker that does not answer.
 * - `compacting`: its log became smaller although nothing was deleted from its front, in the last size reading.
 * - `unknown`: there is a leader, but it did not tell the end offset in the newest look.
 */
export type PartitionCondition =
  | 'active'
  | 'under-replicated'
  | 'recovering'
  | 'reassigning'
  | 'compacting'
  | 'leaderless'
  | 'unknown'

export const structureOf = (snapshot: ClusterSnapshot): ClusterStructure => {
  const alive = new Set(snapshot.brokers.filter(broker => broker.alive).map(broker => broker.id))
  const brokers = new Map<BrokerId, { leaders: number; replicas: number; outOfSync: number }>()
  const tallyOf = (id: BrokerId) => {
    let tally = brokers.get(id)
    if (tally === undefined) {
      tally = { leaders: 0, replicas: 0, outOfSync: 0 }
      brokers.set(id, tally)
    }
    return tally
  }
  for (const broker of snapshot.brokers) tallyOf(broker.id)
  const topics = new Map<string, TopicStructure>()
  for (const topic of snapshot.topics.values()) {
    let underReplicated = 0
    let leaderless = 0
    const conditions = topic.partitions.map(partition => {
      const behind = isUnderReplicated(partition)
      if (behind) underReplicated++
      for (const id of partition.replicas) {
        const tally = tallyOf(id)
        tally.replicas++
        if (behind && !partition.isr.includes(id)) tally.outOfSync++
      }
      if (partition.leader === null) leaderless++
      else tallyOf(partition.leader).leaders++
      return conditionOf(partition, behind, alive)
    })
    topics.set(topic.name, {
      conditions,
      underReplicated,
      leaderless,
      leaderAt: new Int16Array(conditions.length),
    })
  }
  const ordered = new Map([...brokers].toSorted(([a], [b]) => a - b))
  const places = new Map([...ordered.keys()].map((id, place) => [id, place]))
  for (const topic of snapshot.topics.values()) {
    const leaderAt = topics.get(topic.name)?.leaderAt
    topic.partitions.forEach(({ leader }, p) => {
      if (leaderAt !== undefined) leaderAt[p] = leader === null ? -1 : (places.get(leader) ?? -1)
    })
  }
  return { snapshot, topics, brokers: ordered }
}

export const isUnderReplicated = (partition: PartitionInfo): boolean =>
  partition.isr.length < partition.replicas.length

const conditionOf = (
  partition: PartitionInfo,
  behind: boolean,
  alive: ReadonlySet<BrokerId>,
): PartitionCondition => {
  if (partition.leader === null) return 'leaderless'
  if (partition.reassigning === true) return 'reassigning'
  if (!behind) return 'active'
  return partition.replicas.every(id => partition.isr.includes(id) || alive.has(id))
    ? 'recovering'
    : 'under-replicated'
}
