import type { BrokerDisk, BrokerId, BrokerInfo, ClusterSnapshot } from '../model/index.ts'
import type { TopicHealth } from './topics.ts'
import { isUnderReplicated } from './topics.ts'
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
  const tallies = new Map<BrokerId, Tally>()
  const tallyOf = (id: BrokerId): Tally => {
    let tally = tallies.get(id)
    if (tally === undefined) {
      tally = { leaders: 0, replicas: 0, outOfSync: 0, records: NaN, bytes: NaN }
      tallies.set(id, tally)
    }
    return tally
  }
  for (const broker of snapshot.brokers) tallyOf(broker.id)
  for (const topic of topics) {
    topic.info.partitions.forEach((partition, p) => {
      const inSync = isUnderReplicated(partition) ? new Set(partition.isr) : null
      for (const id of partition.replicas) {
        const tally = tallyOf(id)
        tally.replicas++
        if (inSync !== null && !inSync.has(id)) tally.outOfSync++
      }
      if (partition.leader === null) return
      const tally = tallyOf(partition.leader)
      tally.leaders++
      tally.records = plusKnown(tally.records, topic.recordsPerSecond[p])
      tally.bytes = plusKnown(tally.bytes, topic.bytesPerSecond[p])
    })
  }
  const present = new Map(snapshot.brokers.map(broker => [broker.id, broker]))
  const disks = new Map(window.disks?.map(disk => [disk.broker, disk]))
  return [...tallies]
    .toSorted(([a], [b]) => a - b)
    .map(([id, tally]) => ({
      info: present.get(id) ?? gone(id, window),
      controller: id === snapshot.controllerId,
      leaders: tally.leaders,
      replicas: tally.replicas,
      outOfSync: tally.outOfSync,
      recordsPerSecond: tally.records,
      bytesPerSecond: tally.bytes,
      disk: disks.get(id) ?? null,
    }))
}

interface Tally {
  leaders: number
  replicas: number
  outOfSync: number
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
