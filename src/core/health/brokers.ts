import type { BrokerDisk, BrokerId, BrokerInfo, ClusterSnapshot } from '../model/index.ts'
import type { TopicHealth } from './topics.ts'
import type { TopicStructure } from './structure.ts'
import type { HealthWindow } from './window.ts'

export interface BrokerHealth {
  readonly info: BrokerInfo
  readonly controller: boolean
  readonly leaders: number
  readonly replicas: number
  /** Replicas on this broker that are not in sync. */
  readonly outOfSync: number
  /** Written to the partitions it leads; NaN when none is known. */
  readonly recordsPerSecond: number
  readonly bytesPerSecond: number
  readonly disk: BrokerDisk | null
}

/**
 * Every broker that is registered, or that some partition has a replica on: metadata drops a broker the moment it is
 * gone, its replicas still name it. Address and rack of a gone one are those it had when last seen.
 */
export const judgeBrokers = (
  snapshot: ClusterSnapshot,
  topics: Iterable<TopicHealth>,
  window: HealthWindow,
): readonly BrokerHealth[] => {
  const { structure } = window
  const records = new Map<BrokerId, number>()
  const bytes = new Map<BrokerId, number>()
  for (const topic of topics) {
    const on = structure.topics.get(topic.info.name)
    if (on === undefined) continue
    addTo(records, on, topic.recordsPerSecond)
    addTo(bytes, on, topic.bytesPerSecond)
  }
  const present = new Map(snapshot.brokers.map(broker => [broker.id, broker]))
  const disks = new Map(window.disks?.map(disk => [disk.broker, disk]))
  return [...structure.brokers].map(([id, { leaders, replicas, outOfSync }]) => ({
    info: present.get(id) ?? gone(id, window),
    controller: id === snapshot.controllerId,
    leaders,
    replicas,
    outOfSync,
    recordsPerSecond: records.get(id) ?? Number.NaN,
    bytesPerSecond: bytes.get(id) ?? Number.NaN,
    disk: disks.get(id) ?? null,
  }))
}

/** Adds what is known of each partition to its leader's sum; a sum is known as soon as one of its parts is. */
const addTo = (
  sums: Map<BrokerId, number>,
  { leaderAt, leaders }: TopicStructure,
  column: Float64Array,
): void => {
  const ofLeader = new Float64Array(leaders.length).fill(Number.NaN)
  for (let p = 0; p < leaderAt.length; p++) {
    const place = leaderAt[p] as number
    const value = column[p] as number
    if (place < 0 || value !== value) continue
    const sum = ofLeader[place] as number
    ofLeader[place] = sum === sum ? sum + value : value
  }
  leaders.forEach((id, place) => {
    const sum = ofLeader[place] as number
    if (sum === sum) sums.set(id, (sums.get(id) ?? 0) + sum)
  })
}

const gone = (id: BrokerId, window: HealthWindow): BrokerInfo => {
  const seen = window.brokersSeen.get(id)
  return seen === undefined
    ? { id, host: 'unknown', port: 0, rack: null, alive: false }
    : { ...seen, alive: false }
}
