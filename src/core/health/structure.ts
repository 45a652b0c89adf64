import type { BrokerId, ClusterSnapshot, PartitionInfo } from '../model/index.ts'

/**
 * What follows from metadata alone. Metadata is read every few seconds and looks come every second, so this is computed
 * once per snapshot: counting 600,000 replicas each second would cost more than everything else about a look.
 */
export interface ClusterStructure {
  readonly snapshot: ClusterSnapshot
  /** Brokers that answer, ascending. */
  readonly alive: readonly BrokerId[]
  readonly topics: ReadonlyMap<string, TopicStructure>
  /** Ascending by id. */
  readonly brokers: ReadonlyMap<BrokerId, BrokerStructure>
}

export interface TopicStructure {
  /** What this follows from. */
  readonly partitions: readonly PartitionInfo[]
  /** Index = partition. */
  readonly conditions: readonly PartitionCondition[]
  readonly underReplicated: number
  readonly leaderless: number
  /** Index = partition: place of its leader among `leaders`; -1 without a leader. */
  readonly leaderAt: Int16Array
  readonly leaders: readonly BrokerId[]
  readonly onBrokers: ReadonlyMap<BrokerId, BrokerStructure>
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

/** @param before what followed from older metadata: topics of which nothing changed are not gone through again */
export const structureOf = (
  snapshot: ClusterSnapshot,
  before: ClusterStructure | null = null,
): ClusterStructure => {
  const alive = snapshot.brokers.filter(broker => broker.alive).map(broker => broker.id)
  const sameBrokers = before !== null && before.alive.join() === alive.join()
  const topics = new Map<string, TopicStructure>()
  for (const { name, partitions } of snapshot.topics.values()) {
    const known = sameBrokers ? before.topics.get(name) : undefined
    topics.set(name, known?.partitions === partitions ? known : topicStructure(partitions, new Set(alive)))
  }
  const brokers = new Map<BrokerId, BrokerStructure>(snapshot.brokers.map(({ id }) => [id, NO_REPLICAS]))
  for (const { onBrokers } of topics.values())
    for (const [id, on] of onBrokers) {
      const { leaders, replicas, outOfSync } = brokers.get(id) ?? NO_REPLICAS
      brokers.set(id, {
        leaders: leaders + on.leaders,
        replicas: replicas + on.replicas,
        outOfSync: outOfSync + on.outOfSync,
      })
    }
  return { snapshot, alive, topics, brokers: new Map([...brokers].toSorted(([a], [b]) => a - b)) }
}

const NO_REPLICAS: BrokerStructure = { leaders: 0, replicas: 0, outOfSync: 0 }

const topicStructure = (
  partitions: readonly PartitionInfo[],
  alive: ReadonlySet<BrokerId>,
): TopicStructure => {
  const onBrokers = new Map<BrokerId, { leaders: number; replicas: number; outOfSync: number }>()
  const on = (id: BrokerId) => {
    let tally = onBrokers.get(id)
    if (tally === undefined) {
      tally = { leaders: 0, replicas: 0, outOfSync: 0 }
      onBrokers.set(id, tally)
    }
    return tally
  }
  let underReplicated = 0
  let leaderless = 0
  const leaderAt = new Int16Array(partitions.length)
  const places = new Map<BrokerId | null, number>([[null, -1]])
  const conditions = partitions.map((partition, p) => {
    const behind = isUnderReplicated(partition)
    if (behind) underReplicated++
    for (const id of partition.replicas) {
      const tally = on(id)
      tally.replicas++
      if (behind && !partition.isr.includes(id)) tally.outOfSync++
    }
    if (partition.leader === null) leaderless++
    else on(partition.leader).leaders++
    const place = places.get(partition.leader) ?? places.size - 1
    places.set(partition.leader, place)
    leaderAt[p] = place
    return conditionOf(partition, behind, alive)
  })
  const leaders = [...places.keys()].filter(id => id !== null)
  return { partitions, conditions, underReplicated, leaderless, leaderAt, leaders, onBrokers }
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
