import type { BrokerDisk, BrokerId, BrokerInfo, ClusterSnapshot } from '../model/index.ts'
import type { TopicHealth } from './topics.ts'
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
  const written = new Map<BrokerId, Written>()
  for (const topic of topics) {
    topic.info.partitions.forEach(({ leader }, p) => {
      if (leader === null) return
      let sums = written.get(leader)
      if (sums === undefined) {
        sums = { records: Number.NaN, bytes: Number.NaN }
        written.set(leader, sums)
      }
      sums.records = plusKnown(sums.records, topic.recordsPerSecond[p])
      sums.bytes = plusKnown(sums.bytes, topic.bytesPerSecond[p])
    })
  }
  const present = new Map(snapshot.brokers.map(broker => [broker.id, broker]))
  const disks = new Map(window.disks?.map(disk => [disk.broker, disk]))
  return [...window.structure.brokers]
    .toSorted(([a], [b]) => a - b)
    .map(([id, { leaders, replicas, outOfSync }]) => ({
      info: present.get(id) ?? gone(id, window),
      controller: id === snapshot.controllerId,
      leaders,
      replicas,
      outOfSync,
      recordsPerSecond: written.get(id)?.records ?? Number.NaN,
      bytesPerSecond: written.get(id)?.bytes ?? Number.NaN,
      disk: disks.get(id) ?? null,
    }))
}

interface Written {
  records: number
  bytes: number
}

const plusKnown = (sum: number, value: number | undefined): number => {
  if (value === undefined || Number.isNaN(value)) return sum
  return Number.isNaN(sum) ? value : sum + value
}

const gone = (id: BrokerId, window: HealthWindow): BrokerInfo => {
  const seen = window.brokersSeen.get(id)
  return seen === undefined
    ? { id, host: 'unknown', port: 0, rack: null, alive: false }
    : { ...seen, alive: false }
}
