import type { Columns, FailingRecord, GroupObservation } from '../model/index.ts'
import { lagAges, type EndHistory } from './lag.ts'
import type { GroupTopicLag, Look, LookedLag } from './look.ts'
import { ratePerSecond, seriesOf } from './rates.ts'
import type { HealthThresholds } from './thresholds.ts'
import { COMMITTED, LAG_KNOWN, LAG_MISSING, NOT_STILL, trailOf, WENT_BACK } from './trail.ts'
import { judgePartition, verdictOrder } from './verdict.ts'

/** One group on one topic, in columns: index = partition. */
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

export interface GroupPartition {
  readonly topic: string
  readonly partition: number
  readonly lagRecords: number
  readonly lagMs: number
}

/** @param looks the last is the one that `lag` is of */
export const judgeGroupTopic = (
  group: GroupObservation,
  topic: string,
  lag: LookedLag,
  looks: readonly Look[],
  history: EndHistory,
  thresholds: HealthThresholds,
  columns: Columns,
): GroupTopicHealth => {
  const { committed, lagRecords, owner } = lag
  const count = lagRecords.length
  const lagIn = (each: Look): LookedLag | undefined => each.lag?.get(group.groupId)?.get(topic)
  const { flags, covers, isOld, oldest, lately } = trailOf(looks, topic, lagIn, count, thresholds, columns)
  const ages = lagAges(history, lag, looks.at(-1)?.observation.offsets.get(topic)?.start, columns)
  const backlog = backlogAges(group.members.length, owner, flags, ages, thresholds)
  const verdicts = columns.flags(count)
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
  const youngMs = Math.min(thresholds.fallingBehindMs, thresholds.lagWarningMs)
  const failing = group.failing?.get(topic)
  const held = new Map<number, FailingRecord>()
  let neverCommitted = 0
  for (let p = 0; p < count; p++) {
    const records = lagRecords[p] as number
    // nothing waits
    if (records === 0) continue
    const age = ages[p] as number
    const seen = flags[p] as number
    const fails = failing?.get(p)
    // most others are well: commits move and what waits is young, so that no rule before "ok" holds
    if (
      age <= youngMs &&
      covers &&
      (seen & NOT_STILL) !== 0 &&
      (seen & (LAG_MISSING | WENT_BACK)) === 0 &&
      fails === undefined
    )
      continue
    evidence.failingMs = fails === undefined ? 0 : failingMs(fails)
    evidence.lagRecords = records
    evidence.covered = covers && (seen & LAG_MISSING) === 0
    evidence.wentBack = (seen & WENT_BACK) !== 0
    evidence.stoodStill = (seen & NOT_STILL) === 0
    evidence.assigned = (owner[p] as number) >= 0
    evidence.memberBusy = age <= TURN_TIMES * (backlog[owner[p] as number] ?? 0)
    evidence.stillLately = lately?.committed[p] === committed[p]
    evidence.lagMs = age
    const grown = records - (oldest?.lagRecords[p] ?? NaN)
    // what arrived is what was handled and what came on top
    const arrived = grown + (committed[p] as number) - (oldest?.committed[p] ?? NaN)
    evidence.lagGrowthShare = arrived > 0 ? grown / arrived : NaN
    const verdict = judgePartition(evidence, thresholds)
    verdicts[p] = verdictOrder.indexOf(verdict)
    if (verdict === 'stalled' && fails !== undefined && evidence.failingMs >= thresholds.heldMs)
      held.set(p, fails)
    if (isOld && (seen & (COMMITTED | LAG_KNOWN)) === 0) neverCommitted++
  }
  columns.giveBack(flags)
  const positions = seriesOf(
    looks,
    topic,
    each => lagIn(each)?.committed,
    each => lagIn(each)?.rising === true,
  )
  return {
    topic,
    committed,
    lagRecords,
    lagMs: ages,
    owner,
    verdicts,
    counts: countsOf(verdicts),
    processedPerSecond: ratePerSecond(positions, count, thresholds.rateSpanMinMs, columns),
    neverCommitted,
    held,
  }
}

/** A record that nobody tries again fails for ever. */
const failingMs = ({ state, failingMs: ms }: FailingRecord): number =>
  state === 'parked' || state === 'stopped' ? Infinity : ms

const countsOf = (verdicts: Uint8Array): Uint32Array => {
  const counts = new Uint32Array(verdictOrder.length)
  let notOk = 0
  for (let p = 0; p < verdicts.length; p++) {
    const rank = verdicts[p] as number
    if (rank === 0) continue
    notOk++
    counts[rank] = (counts[rank] as number) + 1
  }
  counts[0] = verdicts.length - notOk
  return counts
}

/** What a topic adds to the figures of a group. NaN: not known. */
export interface GroupTopicSums {
  readonly lagRecordsMax: number
  /** Of the ages that are known. */
  readonly lagMsMax: number
  /** Something waits, and for how long is not known. */
  readonly ageUnknown: boolean
  /** Partitions with records and no commit. */
  readonly uncommitted: number
  /** Furthest behind in time, then in records; null when nothing waits. */
  readonly worst: GroupPartition | null
}

export const sumUp = (
  { topic, committed, lagRecords, lagMs }: GroupTopicHealth,
  lagsKnown: number,
): GroupTopicSums => {
  let lagRecordsMax = lagsKnown > 0 ? 0 : NaN
  let lagMsMax = lagRecordsMax
  let ageUnknown = false
  let uncommitted = 0
  let worst = -1
  let worstMs = 0
  for (let p = 0; p < lagRecords.length; p++) {
    const records = lagRecords[p] as number
    if (records === 0) continue
    if (records !== records) {
      const position = committed[p] as number
      if (position !== position) uncommitted++
      continue
    }
    const age = lagMs[p] as number
    if (records > lagRecordsMax) lagRecordsMax = records
    if (age !== age) ageUnknown = true
    else if (age > lagMsMax) lagMsMax = age
    // an age older than the history stands above every known one
    const orderMs = age === age ? age : Infinity
    if (
      worst >= 0 &&
      (orderMs < worstMs || (orderMs === worstMs && records <= (lagRecords[worst] as number)))
    )
      continue
    worst = p
    worstMs = orderMs
  }
  return {
    lagRecordsMax,
    lagMsMax,
    ageUnknown,
    uncommitted,
    worst:
      worst < 0
        ? null
        : { topic, partition: worst, lagRecords: lagRecords[worst] as number, lagMs: lagMs[worst] as number },
  }
}

/** Whether `one` is further behind. */
export const isFurther = (one: GroupPartition, than: GroupPartition): boolean => {
  const [age, thanAge] = [orderOf(one), orderOf(than)]
  return age > thanAge || (age === thanAge && one.lagRecords > than.lagRecords)
}

const orderOf = ({ lagMs }: GroupPartition): number => (Number.isNaN(lagMs) ? Infinity : lagMs)

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
