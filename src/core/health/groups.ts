import {
  type Columns,
  formatCount,
  formatDuration,
  formatRate,
  type GroupObservation,
} from '../model/index.ts'
import {
  type GroupPartition,
  type GroupTopicHealth,
  isFurther,
  judgeGroupTopic,
  sumUp,
} from './group-topic.ts'
import { endHistory, type EndHistory } from './lag.ts'
import type { Look } from './look.ts'
import { maxKnown, sumKnown } from './rates.ts'
import type { HealthThresholds } from './thresholds.ts'
import { type GroupTurnover, newTurnover } from './turnover.ts'
import { verdictOrder, worseOf, type Verdict } from './verdict.ts'
import { newestGroupLook, type HealthWindow } from './window.ts'

/** One consumer group now. NaN: not known. */
export interface GroupHealth {
  readonly observed: GroupObservation
  readonly topics: readonly GroupTopicHealth[]
  readonly idleMembers: number
  readonly partitionsAssigned: number
  /** Sum over the partitions whose lag is known. */
  readonly lagRecords: number
  readonly lagRecordsMax: number
  readonly lagMsMax: number
  readonly lagTrendPerSecond: number
  readonly processedPerSecond: number
  readonly catchUpMs: number
  readonly partitions: number
  /** Partitions by their verdict. */
  readonly counts: Readonly<Record<Verdict, number>>
  /** Furthest behind in time, then in records; null when nothing waits. */
  readonly worst: GroupPartition | null
  /** Partitions with records and no commit, now. */
  readonly uncommitted: number
  /** Of these, the ones that were so for the whole of `evidenceMs`: a new member has not had the time. */
  readonly neverCommitted: number
  readonly verdict: Verdict
  readonly reason: string
  readonly turnover: GroupTurnover
}

/**
 * All groups of the newest reading, by id, and those that are missing from it because their coordinator did not answer.
 * Without a fresh reading of it a group's verdict is `unknown`.
 */
export const judgeGroups = (
  window: HealthWindow,
  thresholds: HealthThresholds,
  nowMs: number,
  columns: Columns,
): readonly GroupHealth[] => {
  const look = window.looks.findLast(each => each.lag !== null)
  if (look === undefined) return []
  const fresh = newestGroupLook(window, nowMs, thresholds.freshMs) !== null
  const judge = judgeIn(window, look, thresholds, columns)
  const seen = (look.observation.groups ?? []).map(group =>
    fresh ? judge(group) : notSeen(judge(group), nowMs - look.observation.monotonicMs, ''),
  )
  const unseen = [...window.turnover.values()]
    .filter(({ seenMs, gone }) => !gone && seenMs < look.observation.monotonicMs)
    .map(({ observed, seenMs }) => {
      const last = window.looks.findLast(each => each.lag?.has(observed.groupId) === true)
      const where = observed.coordinator === null ? '' : `, last broker ${observed.coordinator},`
      const judged =
        last === undefined ? judge(observed) : judgeIn(window, last, thresholds, columns)(observed)
      return notSeen(judged, nowMs - seenMs, `: its coordinator${where} does not answer`)
    })
  return [...seen, ...unseen].toSorted((a, b) => (a.observed.groupId < b.observed.groupId ? -1 : 1))
}

/** As it was at `look`, which is its last reading. */
const judgeIn = (
  window: HealthWindow,
  look: Look,
  thresholds: HealthThresholds,
  columns: Columns,
): ((group: GroupObservation) => GroupHealth) => {
  const until = window.looks.slice(0, window.looks.indexOf(look) + 1)
  const histories = new Map<string, EndHistory>()
  const historyOf = (topic: string): EndHistory => {
    const known = histories.get(topic) ?? endHistory(topic, look, until, window.ends)
    histories.set(topic, known)
    return known
  }
  return group => {
    const turnover = window.turnover.get(group.groupId) ?? newTurnover(group, look.observation.monotonicMs)
    return { ...judgeGroup(group, look, until, historyOf, thresholds, columns), turnover }
  }
}

/** Nothing gets better by not being looked at. `why` begins where the sentence goes on. */
const notSeen = (judged: GroupHealth, ageMs: number, why: string): GroupHealth => ({
  ...judged,
  verdict: 'unknown',
  reason: `Not seen for ${formatDuration(ageMs)}${why}.${judged.partitions === 0 ? '' : ` Before that: ${judged.reason}`}`,
})

const judgeGroup = (
  group: GroupObservation,
  look: Look,
  looks: readonly Look[],
  historyOf: (topic: string) => EndHistory,
  thresholds: HealthThresholds,
  columns: Columns,
): Omit<GroupHealth, 'turnover'> => {
  const topics: GroupTopicHealth[] = []
  const counts = { ok: 0, unknown: 0, warning: 0, rewinding: 0, stalled: 0, stopped: 0 }
  let verdict: Verdict = 'ok'
  let worst: GroupPartition | null = null
  let uncommitted = 0
  let lagTotal = NaN
  let ageUnknown = false
  const largest: { readonly lagRecords: number; readonly lagMs: number }[] = []
  for (const [topic, lag] of look.lag?.get(group.groupId) ?? []) {
    const judged = judgeGroupTopic(group, topic, lag, looks, historyOf(topic), thresholds, columns)
    topics.push(judged)
    verdictOrder.forEach((each, rank) => {
      const count = judged.counts[rank] ?? 0
      counts[each] += count
      if (count > 0) verdict = worseOf(verdict, each)
    })
    const sums = sumUp(judged, lag.lagsKnown)
    uncommitted += sums.uncommitted
    ageUnknown ||= sums.ageUnknown
    largest.push({ lagRecords: sums.lagRecordsMax, lagMs: sums.lagMsMax })
    if (lag.lagsKnown > 0) lagTotal = Number.isNaN(lagTotal) ? lag.lagTotal : lagTotal + lag.lagTotal
    if (sums.worst !== null && (worst === null || isFurther(sums.worst, worst))) worst = sums.worst
  }
  const partitions = topics.reduce((sum, topic) => sum + topic.lagRecords.length, 0)
  if (partitions === 0) verdict = 'unknown'
  const trend = lagTrendPerSecond(group.groupId, looks, thresholds.rateSpanMinMs)
  const processed = sumKnown(topics.flatMap(topic => [sumKnown(topic.processedPerSecond)]))
  const health = {
    observed: group,
    topics,
    idleMembers: group.members.filter(member => member.assigned.size === 0).length,
    partitionsAssigned: group.members.reduce((sum, member) => sum + assignedTo(member.assigned), 0),
    lagRecords: lagTotal,
    lagRecordsMax: maxKnown(largest.map(each => each.lagRecords)),
    // an age beyond the history is larger than every known one: the largest is then not known
    lagMsMax: ageUnknown ? NaN : maxKnown(largest.map(each => each.lagMs)),
    lagTrendPerSecond: trend,
    processedPerSecond: processed,
    catchUpMs: catchUpMs(lagTotal, trend),
    partitions,
    counts,
    worst,
    uncommitted,
    neverCommitted: topics.reduce((sum, judged) => sum + judged.neverCommitted, 0),
    verdict,
  }
  return { ...health, reason: reasonOf(health, looks, thresholds) }
}

const assignedTo = (assigned: ReadonlyMap<string, readonly number[]>): number =>
  [...assigned.values()].reduce((sum, partitions) => sum + partitions.length, 0)

/**
 * Slope of the group's total lag: a least-squares line over the window, because commits come in bursts and two end
 * points alone would show the burst. Only looks that know as many partitions as the newest take part, else a broker
 * that falls silent would read as lag that shrinks.
 */
const lagTrendPerSecond = (groupId: string, looks: readonly Look[], spanMinMs: number): number => {
  const points: { readonly atMs: number; readonly lag: number }[] = []
  let knownNow = -1
  for (const look of looks.toReversed()) {
    const topics = look.lag?.get(groupId)
    if (topics === undefined) continue
    let lag = 0
    let known = 0
    for (const { lagTotal, lagsKnown } of topics.values()) {
      lag += lagTotal
      known += lagsKnown
    }
    if (knownNow < 0) knownNow = known
    if (known === knownNow && known > 0) points.push({ atMs: look.observation.monotonicMs, lag })
  }
  const spanMs = (points[0]?.atMs ?? 0) - (points.at(-1)?.atMs ?? 0)
  if (points.length < 3 || spanMs < spanMinMs) return NaN
  const meanAt = points.reduce((sum, point) => sum + point.atMs, 0) / points.length
  const meanLag = points.reduce((sum, point) => sum + point.lag, 0) / points.length
  const covariance = points.reduce((sum, point) => sum + (point.atMs - meanAt) * (point.lag - meanLag), 0)
  const variance = points.reduce((sum, point) => sum + (point.atMs - meanAt) ** 2, 0)
  return (covariance / variance) * 1000
}

/** 0 when nothing waits; NaN while the lag grows, stands, or its trend is unknown. */
const catchUpMs = (lagRecords: number, trendPerSecond: number): number => {
  if (lagRecords === 0) return 0
  return trendPerSecond < 0 ? (lagRecords / -trendPerSecond) * 1000 : NaN
}

/** The sentence behind a verdict: the figure first, then the cause. */
const reasonOf = (
  health: Omit<GroupHealth, 'reason' | 'turnover'>,
  looks: readonly Look[],
  thresholds: HealthThresholds,
): string => {
  const { verdict, counts, partitions, worst, observed } = health
  const of = (count: number): string => `${formatCount(count)} of ${formatCount(partitions)} partitions`
  const where = worst === null ? 'none' : `${worst.topic}-${worst.partition}`
  const seconds = formatDuration(thresholds.evidenceMs)
  const notSeen = counts.unknown > 0 ? ` ${of(counts.unknown)} are not known.` : ''
  switch (verdict) {
    case 'stopped':
      return observed.members.length === 0
        ? `No members; ${formatCount(health.lagRecords)} records wait and no commit moved for ${seconds}.${notSeen}`
        : `${of(counts.stopped)} are assigned to nobody and their commits stand still.${notSeen}`
    case 'stalled':
      if (heldOf(health.topics) === counts.stalled)
        return `${of(counts.stalled)} ${counts.stalled === 1 ? 'is held up: its consumer says' : 'are held up: their consumers say'} that a record fails there again and again.${notSeen}`
      return `${of(counts.stalled)} have records waiting and no commit for ${seconds}, the oldest on ${where}.${notSeen}`
    case 'rewinding':
      return `The committed offset went backwards on ${of(counts.rewinding)}: records are read again.${notSeen}`
    case 'warning':
      return `${of(counts.warning)} are more than ${formatDuration(thresholds.lagWarningMs)} behind, the furthest ${where}${behindBy(worst)}; ${trendWords(health.lagTrendPerSecond)}.${notSeen}`
    case 'unknown':
      return unknownReason(health, looks, thresholds, of)
    case 'ok':
      return observed.members.length === 0
        ? 'No members, and nothing waits.'
        : `Keeps up: ${formatCount(health.lagRecords)} records wait${worst === null ? '' : `, the oldest for ${formatDuration(worst.lagMs)}`}.`
  }
}

/** Partitions whose consumer says why they stand. */
export const heldOf = (topics: readonly GroupTopicHealth[]): number =>
  topics.reduce((sum, { held }) => sum + held.size, 0)

const behindBy = (worst: GroupPartition | null): string =>
  worst === null || Number.isNaN(worst.lagMs) ? '' : ` by ${formatDuration(worst.lagMs)}`

const trendWords = (perSecond: number): string => {
  if (Number.isNaN(perSecond)) return 'the trend is not known yet'
  return perSecond > 0
    ? `${formatCount(perSecond)} records further each second`
    : `catching up by ${formatRate(-perSecond)}`
}

const unknownReason = (
  health: Omit<GroupHealth, 'reason' | 'turnover'>,
  looks: readonly Look[],
  thresholds: HealthThresholds,
  of: (count: number) => string,
): string => {
  if (health.observed.type === 'share')
    return 'A share group keeps no offset per partition; its lag is not known.'
  if (health.partitions === 0)
    return health.observed.members.length === 0
      ? 'No members, and no commit on a topic that exists: there is nothing to judge.'
      : 'Members have joined, but hold no topic that is known.'
  if (health.uncommitted > 0) return `${of(health.uncommitted)} have records and no commit.`
  const first = looks.find(look => look.lag !== null)?.observation.monotonicMs ?? NaN
  const watchedMs = (looks.at(-1)?.observation.monotonicMs ?? NaN) - first
  return watchedMs < thresholds.evidenceMs
    ? `Watched for ${formatDuration(watchedMs)}; a verdict needs ${formatDuration(thresholds.evidenceMs)}.`
    : `${of(health.counts.unknown)} are not known: some looks of the last ${formatDuration(thresholds.evidenceMs)} did not see them.`
}
