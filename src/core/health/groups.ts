import {
  type FailingRecord,
  formatCount,
  formatDuration,
  formatRate,
  type GroupObservation,
} from '../model/index.ts'
import { endHistory, lagAges, type EndHistory } from './lag.ts'
import type { GroupTopicLag, Look, LookedLag } from './look.ts'
import { ratePerSecond, seriesOf, sumKnown } from './rates.ts'
import type { HealthThresholds } from './thresholds.ts'
import { type GroupTurnover, newTurnover } from './turnover.ts'
import { COMMITTED, LAG_KNOWN, LAG_MISSING, NOT_STILL, trailOf, WENT_BACK } from './trail.ts'
import { judgePartition, verdictOrder, worseOf, type Verdict } from './verdict.ts'
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

export interface GroupPartition {
  readonly topic: string
  readonly partition: number
  readonly lagRecords: number
  readonly lagMs: number
}

export interface GroupTopicHealth extends GroupTopicLag {
  readonly topic: string
  readonly lagMs: Float64Array
  /** Index into the group's members; -1: assigned to nobody. */
  readonly owner: Int32Array
  /** Index into `verdictOrder`. */
  readonly verdicts: Uint8Array
  /** How many partitions have each; same index. */
  readonly counts: Uint32Array
  readonly processedPerSecond: Float64Array
  readonly neverCommitted: number
  /** By partition: records that its member says it cannot get past, for `heldMs` or for good. */
  readonly held: ReadonlyMap<number, FailingRecord>
}

/** All groups of the newest reading. Without a fresh reading every verdict is `unknown`. */
export const judgeGroups = (
  window: HealthWindow,
  thresholds: HealthThresholds,
  nowMs: number,
): readonly GroupHealth[] => {
  const look = window.looks.findLast(each => each.lag !== null)
  if (look === undefined) return []
  const fresh = newestGroupLook(window, nowMs, thresholds.freshMs) !== null
  const until = window.looks.slice(0, window.looks.indexOf(look) + 1)
  const histories = new Map<string, EndHistory>()
  const historyOf = (topic: string): EndHistory => {
    const known = histories.get(topic) ?? endHistory(topic, look, until, window.ends)
    histories.set(topic, known)
    return known
  }
  return (look.observation.groups ?? []).map(group => {
    const turnover = window.turnover.get(group.groupId) ?? newTurnover(group, look.observation.monotonicMs)
    const judged = { ...judgeGroup(group, look, until, historyOf, thresholds), turnover }
    if (fresh) return judged
    const age = formatDuration(nowMs - look.observation.monotonicMs)
    return {
      ...judged,
      verdict: 'unknown',
      reason: `Not seen for ${age}. Before that: ${judged.reason}`,
    }
  })
}

const judgeGroup = (
  group: GroupObservation,
  look: Look,
  looks: readonly Look[],
  historyOf: (topic: string) => EndHistory,
  thresholds: HealthThresholds,
): Omit<GroupHealth, 'turnover'> => {
  const topics: GroupTopicHealth[] = []
  const counts = { ok: 0, unknown: 0, warning: 0, rewinding: 0, stalled: 0, stopped: 0 }
  let verdict: Verdict = 'ok'
  let worst: GroupPartition | null = null
  let uncommitted = 0
  let lagTotal = NaN
  let lagMax = NaN
  let lagMsMax = NaN
  let ageUnknown = false
  for (const [topic, lag] of look.lag?.get(group.groupId) ?? []) {
    const judged = judgeGroupTopic(group, topic, lag, looks, historyOf(topic), thresholds)
    topics.push(judged)
    verdictOrder.forEach((each, rank) => {
      const count = judged.counts[rank] ?? 0
      counts[each] += count
      if (count > 0) verdict = worseOf(verdict, each)
    })
    for (let p = 0; p < lag.lagRecords.length; p++) {
      const records = lag.lagRecords[p] ?? NaN
      const age = judged.lagMs[p] ?? NaN
      if (Number.isNaN(records)) {
        if (Number.isNaN(lag.committed[p] ?? NaN)) uncommitted++
        continue
      }
      lagTotal = Number.isNaN(lagTotal) ? records : lagTotal + records
      if (!(records <= lagMax)) lagMax = records
      if (Number.isNaN(age)) ageUnknown = true
      else if (!(age <= lagMsMax)) lagMsMax = age
      if (records > 0 && isFurther(records, age, worst))
        worst = { topic, partition: p, lagRecords: records, lagMs: age }
    }
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
    lagRecordsMax: lagMax,
    // an age beyond the history is larger than every known one: the largest is then not known
    lagMsMax: ageUnknown ? NaN : lagMsMax,
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

const judgeGroupTopic = (
  group: GroupObservation,
  topic: string,
  lag: GroupTopicLag,
  looks: readonly Look[],
  history: EndHistory,
  thresholds: HealthThresholds,
): GroupTopicHealth => {
  const count = lag.lagRecords.length
  const owner = ownersOf(group, topic, count)
  const lagIn = (each: Look): LookedLag | undefined => each.lag?.get(group.groupId)?.get(topic)
  const committed = seriesOf(
    looks,
    topic,
    each => lagIn(each)?.committed,
    each => lagIn(each)?.rising === true,
  )
  const lags = seriesOf(
    looks,
    topic,
    each => lagIn(each)?.lagRecords,
    () => false,
  )
  const { flags, covers, isOld, committedThen, lagThen, committedLately } = trailOf(
    committed,
    lags,
    count,
    thresholds,
  )
  const start = looks.at(-1)?.observation.offsets.get(topic)?.start
  const ages = lagAges(history, lag, start)
  const verdicts = new Uint8Array(count)
  // one object for all: 200,000 of them a second would be most of what the collector has to do
  const evidence = {
    lagRecords: 0,
    failingMs: 0,
    covered: false,
    wentBack: false,
    stoodStill: false,
    assigned: false,
    memberBusy: false,
    stillLately: false,
    lagGrowthShare: NaN,
    lagMs: 0,
    historyMs: history.agesMs.at(-1) ?? 0,
  }
  const backlog = backlogAges(group.members.length, owner, flags, ages, thresholds)
  const well = NOT_STILL | LAG_KNOWN | COMMITTED
  const youngMs = Math.min(thresholds.fallingBehindMs, thresholds.lagWarningMs)
  const failing = group.failing?.get(topic)
  const held = new Map<number, FailingRecord>()
  let neverCommitted = 0
  for (let p = 0; p < count; p++) {
    const records = lag.lagRecords[p] ?? NaN
    const age = ages[p] ?? NaN
    const seen = flags[p] ?? LAG_MISSING
    const fails = failing?.get(p)
    // most partitions are well: nothing waits, or commits move and what waits is young; no rule before "ok" holds then
    if (records === 0 || (covers && seen === well && age <= youngMs && fails === undefined)) continue
    evidence.failingMs = fails === undefined ? 0 : failingMs(fails)
    evidence.lagRecords = records
    evidence.covered = covers && (seen & LAG_MISSING) === 0
    evidence.wentBack = (seen & WENT_BACK) !== 0
    evidence.stoodStill = (seen & NOT_STILL) === 0
    evidence.assigned = (owner[p] ?? -1) >= 0
    evidence.memberBusy = age <= TURN_TIMES * (backlog[owner[p] ?? -1] ?? 0)
    evidence.stillLately = committedLately?.[p] === lag.committed[p]
    evidence.lagMs = age
    const grown = records - (lagThen?.[p] ?? NaN)
    // what arrived is what was handled and what came on top
    const arrived = grown + (lag.committed[p] ?? NaN) - (committedThen?.[p] ?? NaN)
    evidence.lagGrowthShare = arrived > 0 ? grown / arrived : NaN
    const verdict = judgePartition(evidence, thresholds)
    verdicts[p] = verdictOrder.indexOf(verdict)
    if (verdict === 'stalled' && fails !== undefined && evidence.failingMs >= thresholds.heldMs)
      held.set(p, fails)
    if (isOld && (seen & (COMMITTED | LAG_KNOWN)) === 0) neverCommitted++
  }
  const counts = new Uint32Array(verdictOrder.length)
  for (const rank of verdicts) counts[rank] = (counts[rank] as number) + 1
  return {
    topic,
    ...lag,
    lagMs: ages,
    owner,
    verdicts,
    counts,
    processedPerSecond: ratePerSecond(committed, count, thresholds.rateSpanMinMs),
    neverCommitted,
    held,
  }
}

/** A record that nobody tries again fails for ever. */
const failingMs = ({ state, failingMs: ms }: FailingRecord): number =>
  state === 'parked' || state === 'stopped' ? Infinity : ms

/**
 * Per member the age of the oldest record on a partition that it commits on, where that is a backlog; else 0. With forty
 * partitions and a few records a second such a member leaves some alone for longer than `evidenceMs`, and nothing stands
 * still; but it comes round to all of them, so none waits much longer than the others.
 */
const backlogAges = (
  members: number,
  owner: Int32Array,
  flags: Uint8Array,
  ages: Float64Array,
  { fallingBehindMs }: HealthThresholds,
): Float64Array => {
  const oldest = new Float64Array(members)
  for (let p = 0; p < owner.length; p++) {
    const member = owner[p] as number
    const age = ages[p] as number
    if (member < 0 || ((flags[p] as number) & NOT_STILL) === 0 || !(age > fallingBehindMs / 2)) continue
    if (age > (oldest[member] as number)) oldest[member] = age
  }
  return oldest
}

/** A partition that waits this many times longer than the rest of its member's backlog is not only waiting its turn. */
const TURN_TIMES = 1.4

const ownersOf = (group: GroupObservation, topic: string, count: number): Int32Array => {
  const owner = new Int32Array(count).fill(-1)
  group.members.forEach((member, index) => {
    for (const partition of member.assigned.get(topic) ?? []) if (partition < count) owner[partition] = index
  })
  return owner
}

const assignedTo = (assigned: ReadonlyMap<string, readonly number[]>): number =>
  [...assigned.values()].reduce((sum, partitions) => sum + partitions.length, 0)

const isFurther = (records: number, ageMs: number, than: GroupPartition | null): boolean => {
  if (than === null) return true
  // an age older than the history stands above every known one
  const age = Number.isNaN(ageMs) ? Infinity : ageMs
  const thanAge = Number.isNaN(than.lagMs) ? Infinity : than.lagMs
  return age > thanAge || (age === thanAge && records > than.lagRecords)
}

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
