import {
  type Columns,
  type GroupObservation,
  newColumns,
  type Observation,
  type TopicOffsets,
} from '../model/index.ts'
import { columnOf } from './column.ts'
import type { EndSample, GroupLag, GroupTopicLag, Look, LookedLag } from './look.ts'
import { ownersOf } from './owners.ts'
import { noted } from './trail.ts'

/**
 * How far a group is behind, in records and in time.
 *
 * Records: lag = end - max(committed, start). Records below `start` are gone; nobody can still read them.
 * - An empty partition (end = start) has lag 0 even when nothing is committed: there is nothing to read.
 * - Records but no commit: unknown. Where such a consumer will begin depends on its `auto.offset.reset`.
 * - Committed beyond the end: unknown. It happens for moments after a leader change (the new leader learns its high
 *   watermark late) and for good after a topic was recreated under old commits. It is never "less than nothing".
 *
 * Time: the age of the oldest record not yet committed, from the history of the end offset alone: when did the end
 * pass the committed offset? Between two samples the end is taken to have moved evenly, so the answer is as sharp as
 * the samples (the look interval in the last half minute, 10 s further back). Reading record timestamps instead
 * costs a fetch per partition, and producers may write any time they like there. Older than the history: unknown.
 */
/** Lag of every group on every topic it counts for; null when groups were not read in this look. */
export const lagOf = (
  observation: Observation,
  before: ReadonlyMap<string, GroupLag> | null,
  columns: Columns = newColumns,
): ReadonlyMap<string, GroupLag> | null => {
  if (observation.groups === null) return null
  const groups = new Map<string, GroupLag>()
  for (const group of observation.groups) {
    const topics = new Map<string, LookedLag>()
    for (const topic of topicsOf(group, observation)) {
      const count = observation.snapshot.topics.get(topic)?.partitions.length ?? 0
      topics.set(
        topic,
        lookedLag(
          topic,
          columnOf(group.committed.get(topic), count),
          observation.offsets.get(topic),
          group,
          before?.get(group.groupId)?.get(topic),
          columns,
        ),
      )
    }
    groups.set(group.groupId, topics)
  }
  return groups
}

/** One pass over the columns, since at 200,000 partitions fetching them from memory is what costs. */
const lookedLag = (
  topic: string,
  committed: Float64Array,
  offsets: TopicOffsets | undefined,
  { members }: GroupObservation,
  before: LookedLag | undefined,
  columns: Columns,
): LookedLag => {
  const count = committed.length
  const start = columnOf(offsets?.start, count)
  const end = columnOf(offsets?.end, count)
  const was = columnOf(before?.committed, count)
  const column = columns.figures(count)
  const flags = columns.flags(count)
  let lagTotal = 0
  let lagsKnown = 0
  let rose = 0
  for (let p = 0; p < count; p++) {
    const position = committed[p] as number
    const lag = lagRecords(position, start[p] as number, end[p] as number)
    const stepped = position - (was[p] as number)
    column[p] = lag
    flags[p] = noted(position, lag, stepped)
    if (stepped >= 0) rose++
    if (lag !== lag) continue
    lagTotal += lag
    lagsKnown++
  }
  const rising = before?.committed.length === count && rose === count
  const sameOwners = before?.members === members && before.owner.length === count
  const owner = sameOwners ? before.owner : ownersOf(members, topic, count)
  return { committed, lagRecords: column, owner, members, noted: flags, rising, lagTotal, lagsKnown }
}

/**
 * Topics that count for a group. With members: what they subscribe to or hold; old commits on a topic that nobody
 * of the group reads any more would otherwise look like a reader that stopped. Without members: all it committed to.
 */
const topicsOf = (group: GroupObservation, observation: Observation): readonly string[] => {
  // a share group acknowledges record by record; it has no committed offset to subtract
  if (group.type === 'share') return []
  const read = new Set<string>()
  for (const member of group.members) {
    for (const topic of member.subscribed) read.add(topic)
    for (const topic of member.assigned.keys()) read.add(topic)
  }
  const topics = read.size > 0 ? [...read] : [...group.committed.keys()]
  return topics.filter(topic => observation.snapshot.topics.has(topic)).toSorted()
}

/** One partition's lag in records; NaN when unknown. */
export const lagRecords = (committed: number, start: number, end: number): number => {
  if (end === start) return 0
  if (Number.isNaN(committed) || Number.isNaN(start)) return NaN
  const lag = end - Math.max(committed, start)
  return lag >= 0 ? lag : NaN
}

/** End offsets in the past of one topic, newest first, as far back as the topic is the same one. */
export interface EndHistory {
  readonly agesMs: readonly number[]
  readonly ends: readonly Float64Array[]
}

/** `look` is where the lag was taken; ages count back from it. */
export const endHistory = (
  topic: string,
  look: Look,
  looks: readonly Look[],
  samples: readonly EndSample[],
): EndHistory => {
  const agesMs: number[] = []
  const ends: Float64Array[] = []
  const nowMs = look.observation.monotonicMs
  const topicId = look.observation.snapshot.topics.get(topic)?.topicId
  const add = (atMs: number, id: string | undefined, offsets: TopicOffsets | undefined): boolean => {
    if (atMs > nowMs) return true
    // a recreated topic starts its offsets anew; its predecessor's say nothing
    if (id !== topicId) return false
    if (offsets !== undefined) {
      agesMs.push(nowMs - atMs)
      ends.push(offsets.end)
    }
    return true
  }
  for (const { observation } of looks.toReversed()) {
    const id = observation.snapshot.topics.get(topic)?.topicId
    if (!add(observation.monotonicMs, id, observation.offsets.get(topic))) return { agesMs, ends }
  }
  for (const sample of samples.toReversed()) {
    if (!add(sample.monotonicMs, sample.topicIds.get(topic), sample.offsets.get(topic))) break
  }
  return { agesMs, ends }
}

/**
 * Age of the oldest waiting record of every partition. What waits was mostly written since the look before the newest,
 * and then two columns tell; only for the others is the history gone through.
 */
export const lagAges = (
  history: EndHistory,
  { committed, lagRecords }: GroupTopicLag,
  start: Float64Array | undefined,
  columns: Columns = newColumns,
): Float64Array => {
  const ages = columns.figures(lagRecords.length)
  const starts = columnOf(start, ages.length)
  const [newest = NO_ENDS, before = NO_ENDS] = history.ends
  const [newestAgeMs = NaN, beforeAgeMs = NaN] = history.agesMs
  const both = Math.min(newest.length, before.length)
  for (let p = 0; p < ages.length; p++) {
    const lag = lagRecords[p] as number
    if (lag === 0) {
      ages[p] = 0
      continue
    }
    const position = Math.max(committed[p] as number, starts[p] as number)
    if (p < both && lag === lag) {
      const end = newest[p] as number
      const was = before[p] as number
      if (was <= position && position < end) {
        ages[p] = newestAgeMs + (beforeAgeMs - newestAgeMs) * (1 - (position - was) / (end - was))
        continue
      }
    }
    ages[p] = lagMs(history, p, position, lag)
  }
  return ages
}

const NO_ENDS = new Float64Array()

/** Age of the record at `position`, in milliseconds; 0 when nothing waits, NaN when unknown or older than history. */
export const lagMs = (history: EndHistory, partition: number, position: number, lag: number): number => {
  if (lag === 0) return 0
  if (Number.isNaN(lag)) return NaN
  let laterAge = NaN
  let laterEnd = NaN
  for (let i = 0; i < history.ends.length; i++) {
    const end = history.ends[i]?.[partition] ?? NaN
    const age = history.agesMs[i] ?? NaN
    if (Number.isNaN(end)) continue
    if (end <= position) {
      if (Number.isNaN(laterAge)) return NaN
      return laterAge + (age - laterAge) * (1 - (position - end) / (laterEnd - end))
    }
    laterAge = age
    laterEnd = end
  }
  return NaN
}
