import { type ClusterSnapshot, type Columns, newColumns } from '../model/index.ts'
import { judgeBrokers, type BrokerHealth } from './brokers.ts'
import { judgeGroups, type GroupHealth } from './groups.ts'
import { type KeyEvidence, noKeyEvidence } from './key-evidence.ts'
import type { HealthThresholds } from './thresholds.ts'
import { judgeTopic, type TopicHealth } from './topics.ts'
import { newestLook, type HealthWindow } from './window.ts'

/** Everything that can be said about the cluster at one moment. */
export interface ClusterHealth {
  readonly snapshot: ClusterSnapshot
  /** Sorted by name. */
  readonly topics: ReadonlyMap<string, TopicHealth>
  readonly groups: readonly GroupHealth[]
  readonly brokers: readonly BrokerHealth[]
  /** What the rates are over. */
  readonly rateSpanMs: number
}

/**
 * Judges the newest look against the looks before it. `nowMs` is monotonic: with the same window, a later `now` only
 * makes knowledge older, never better. Without `evidence` the keys are not known. Null before the first look.
 *
 * @param columns lends the judgement its columns, until `forgetHealth`
 */
export const judgeHealth = (
  window: HealthWindow,
  thresholds: HealthThresholds,
  nowMs: number,
  evidence: KeyEvidence = noKeyEvidence,
  columns: Columns = newColumns,
): ClusterHealth | null => {
  const look = newestLook(window)
  if (look === null) return null
  const { snapshot } = look.observation
  const room = columns.figures(largestOf(snapshot))
  const topics = new Map(
    [...snapshot.topics.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(info => [info.name, judgeTopic(info, window, thresholds, evidence, room, columns)]),
  )
  columns.giveBack(room)
  return {
    snapshot,
    topics,
    groups: judgeGroups(window, thresholds, nowMs, columns),
    brokers: judgeBrokers(snapshot, topics.values(), window),
    rateSpanMs:
      look.observation.monotonicMs -
      (window.looks[0]?.observation.monotonicMs ?? look.observation.monotonicMs),
  }
}

/** Gives back what `judgeHealth` was lent for a judgement that nobody reads any more; what is of its look stays. */
export const forgetHealth = ({ topics, groups }: ClusterHealth, columns: Columns): void => {
  for (const topic of topics.values()) {
    columns.giveBack(topic.recordsPerSecond)
    columns.giveBack(topic.bytesPerSecond)
  }
  for (const topic of groups.flatMap(group => group.topics)) {
    columns.giveBack(topic.lagMs)
    columns.giveBack(topic.verdicts)
    columns.giveBack(topic.processedPerSecond)
  }
}

const largestOf = ({ topics }: ClusterSnapshot): number => {
  let largest = 0
  for (const { partitions } of topics.values()) largest = Math.max(largest, partitions.length)
  return largest
}
