import type { ScaleObservation, ScalePartition } from '../core/groups/index.ts'
import {
  type ClusterHealth,
  type GroupTopicHealth,
  type GroupTurnover,
  type TopicHealth,
  verdictOrder,
} from '../core/health/index.ts'

/**
 * What the controller of a group's size sees of a judgement. A reading older than `staleMs` is none: then nothing is
 * known, and the controller holds.
 *
 * @param topics what the group is going to read; needed as long as it has neither members nor commits.
 */
export const scaleObservation = (
  health: ClusterHealth | null,
  groupId: string,
  topics: readonly string[],
  nowMs: number,
  staleMs: number,
): ScaleObservation => {
  const group = health?.groups.find(each => each.observed.groupId === groupId)
  const known = new Map(group?.topics.map(each => [each.topic, each]))
  const names = [...new Set([...known.keys(), ...topics])].filter(name => health?.topics.has(name))
  const seenMs = group?.turnover.seenMs ?? -Infinity
  const stale = nowMs - seenMs > staleMs
  const counts = names.map(name => health?.topics.get(name)?.info.partitions.length ?? 0)
  const partitions = names.flatMap(name => {
    const topic = health?.topics.get(name)
    return topic === undefined ? [] : partitionsOf(name, topic, known.get(name), stale)
  })
  return {
    nowMs,
    members: group?.observed.members.length ?? 0,
    placesMax:
      group?.observed.assignor === 'range'
        ? Math.max(0, ...counts)
        : counts.reduce((sum, count) => sum + count, 0),
    steadyMs: steadyMs(group?.turnover, nowMs),
    partitions,
  }
}

/** What was so from the first look on may have been so for ever; all that is known of its rates is from then. */
const steadyMs = (turnover: GroupTurnover | undefined, nowMs: number): number => {
  if (turnover === undefined) return 0
  return turnover.movedMs === turnover.watchedSinceMs ? Infinity : nowMs - turnover.movedMs
}

const partitionsOf = (
  name: string,
  topic: TopicHealth,
  read: GroupTopicHealth | undefined,
  stale: boolean,
): readonly ScalePartition[] =>
  Array.from(topic.recordsPerSecond, (rate, partition): ScalePartition => {
    const arrivingPerSecond = stale ? Number.NaN : rate
    const lagRecords = stale ? Number.NaN : (read?.lagRecords[partition] ?? Number.NaN)
    const seen = read?.processedPerSecond[partition] ?? Number.NaN
    // nothing waits and nothing was ever committed: an empty partition, or all of it read a moment ago
    const processedPerSecond = Number.isNaN(seen) && lagRecords === 0 ? arrivingPerSecond : seen
    const owner = read?.owner[partition] ?? -1
    return {
      topic: name,
      partition,
      arrivingPerSecond,
      processedPerSecond,
      lagRecords,
      lagMs: lagAge(read?.lagMs[partition] ?? Number.NaN, lagRecords, arrivingPerSecond, processedPerSecond),
      owner,
      // without a member nothing moves either, but that is nobody's fault that is stuck
      stuck: owner >= 0 && verdictOrder[read?.verdicts[partition] ?? 0] === 'stalled',
    }
  })

/** An age beyond the history is put together from what flows: how long it takes until as much has come or gone. */
const lagAge = (ageMs: number, records: number, arriving: number, processed: number): number => {
  if (records === 0) return 0
  return Number.isNaN(ageMs) ? (records / Math.max(arriving, processed)) * 1000 : ageMs
}
