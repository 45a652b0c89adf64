import type { HealthThresholds } from './thresholds.ts'

/**
 * The verdict on one partition of one group, by ordered rules over its last looks; and on a group, from its partitions.
 *
 * Goal: a reader of the verdict may trust "ok". Everything else may be wrong on the safe side, ok may not.
 *
 * Method: the table below, the first rule that holds decides. docs/health-rules.md is written from it.
 *
 * The law (property-tested): taking samples away never makes a verdict ok that was not. The rule `not-covered` stands
 * before all rules that read the past for this reason.
 *
 * What it does not see: a consumer that commits without processing, a commit interval longer than `evidenceMs` (reads
 * as stalled). The idea of judging a consumer by the movement of its commits is Burrow's.
 */
export type Verdict = 'ok' | 'unknown' | 'warning' | 'rewinding' | 'stalled' | 'stopped'

/** Worst last. A group is as bad as its worst partition; unknown is worse than ok and better than anything proven. */
export const verdictOrder: readonly Verdict[] = [
  'ok',
  'unknown',
  'warning',
  'rewinding',
  'stalled',
  'stopped',
]

export interface PartitionEvidence {
  /** Now; NaN when unknown. */
  readonly lagRecords: number
  /** How long its member says that it cannot get past a record; 0: it does not say so. */
  readonly failingMs: number
  /** The last `evidenceMs` are covered by looks, and each of them knew the lag. */
  readonly covered: boolean
  /** Of the committed offset, within `evidenceMs`. */
  readonly wentBack: boolean
  /** The committed offset did not move in all that time, and something waited at every look. */
  readonly stoodStill: boolean
  readonly assigned: boolean
  /** The member that has it works through a backlog as old as this on other partitions: it may not have come round to it. */
  readonly memberBusy: boolean
  /** The committed offset did not move in the last half of `evidenceMs`. */
  readonly stillLately: boolean
  /** Growth of the lag within `evidenceMs` ÷ what arrived in that time; negative while it shrinks, NaN when unknown. */
  readonly lagGrowthShare: number
  /** Age of the oldest waiting record; NaN when unknown. */
  readonly lagMs: number
  /** How far back lag in time can be known at all. */
  readonly historyMs: number
}

type VerdictThresholds = Pick<
  HealthThresholds,
  'evidenceMs' | 'heldMs' | 'freshMs' | 'lagWarningMs' | 'fallingBehindMs' | 'fallingBehindShare'
>

export interface VerdictRule {
  readonly name: string
  readonly verdict: Verdict
  readonly holds: (evidence: PartitionEvidence, thresholds: VerdictThresholds) => boolean
  /** When it holds, for people. */
  readonly when: string
  /** The kind of incident that the rule, or its place in the order, comes from. */
  readonly incident: string
}

export const verdictRules: readonly VerdictRule[] = [
  {
    name: 'no-reading',
    verdict: 'unknown',
    holds: ({ lagRecords }) => Number.isNaN(lagRecords),
    when: 'the lag is not known now: the leader or the coordinator did not answer, or nothing is committed while records exist',
    incident:
      'A broker is lost and a monitor reads its missing figures as 0: the groups that suffer most look healthiest. A consumer that never commits has no lag in most tools, and nobody misses it.',
  },
  {
    name: 'nothing-waits',
    verdict: 'ok',
    holds: ({ lagRecords }) => lagRecords === 0,
    when: 'nothing waits',
    incident:
      'A topic that is quiet at night: commits stand still, and a rule that looks at commits alone pages somebody at three.',
  },
  {
    name: 'says-so',
    verdict: 'stalled',
    // a former member's word is worth nothing once nobody has the partition
    holds: ({ failingMs, assigned }, { heldMs }) => assigned && failingMs >= heldMs,
    when: 'the member that has it says, beside its commit, that a record has failed for `heldMs` and is tried again, or that it waits for good (its key is parked, or the partition stands). Who says nothing is not well for that: the rules below see it',
    incident:
      'A poison pill that nobody finds for a night: every dashboard shows offsets that stand still, and only the log of one consumer of forty says which record it is.',
  },
  {
    name: 'not-covered',
    verdict: 'unknown',
    holds: ({ covered }) => !covered,
    when: 'something waits, and the last `evidenceMs` are not covered: looks are missing, further apart than `freshMs`, or did not know the lag',
    incident:
      'The monitor is restarted in the middle of an outage and says "ok" until it has seen enough. What is worse than ok could hide in the gap, so this rule stands before all that read the past.',
  },
  {
    name: 'went-back',
    verdict: 'rewinding',
    holds: ({ wentBack }) => wentBack,
    when: 'the committed offset went backwards within `evidenceMs`',
    incident:
      'Offsets reset on the wrong group; or a former owner that was paused commits its old position after a rebalance, and everything since is processed again. It stands before "stands still", because a fight of two owners can look like either.',
  },
  {
    name: 'nobody-reads',
    verdict: 'stopped',
    holds: ({ stoodStill, assigned }) => stoodStill && !assigned,
    when: 'the committed offset stood still for all of `evidenceMs`, something waited all that time, and no member has the partition',
    incident:
      'A deployment scaled the consumers to none, or left a partition to nobody after a failed rebalance.',
  },
  {
    name: 'stands-still',
    verdict: 'stalled',
    holds: ({ stoodStill, memberBusy }) => stoodStill && !memberBusy,
    when: 'the same, with a member that has the partition and no backlog as old on its others',
    incident:
      'A poison pill: one record fails, is retried for ever, and heartbeats go on as if all were well. Or a handler that waits for a database that is gone.',
  },
  {
    name: 'too-old',
    verdict: 'warning',
    holds: ({ lagMs }, { lagWarningMs }) => lagMs > lagWarningMs,
    when: 'the oldest waiting record is older than `lagWarningMs`',
    incident:
      'A consumer slower than its producer. Judged by time and not by records: 100,000 records are a second on one topic and a week on another.',
  },
  {
    name: 'falls-behind',
    verdict: 'warning',
    // a commit that stands since a moment ago is on the way to "stands still"; until then nothing is said
    holds: ({ lagMs, lagGrowthShare, stillLately, stoodStill }, { fallingBehindMs, fallingBehindShare }) =>
      lagMs > fallingBehindMs && lagGrowthShare >= fallingBehindShare && (!stillLately || stoodStill),
    when: 'the oldest waiting record is older than `fallingBehindMs`, and of what arrived within `evidenceMs` at least `fallingBehindShare` came on top of the lag; commits move, or do not for want of time of a busy member',
    incident:
      'One consumer of ten becomes slow: its partitions fall behind by a second each second, and a threshold of a minute tells of it a minute late.',
  },
  {
    name: 'older-than-history',
    verdict: 'warning',
    holds: ({ lagMs, historyMs }, { lagWarningMs }) => Number.isNaN(lagMs) && historyMs > lagWarningMs,
    when: 'the oldest waiting record is older than the history, which is longer than `lagWarningMs`',
    incident: 'A backlog of days, met by a monitor that has run for an hour.',
  },
  {
    name: 'age-unknown',
    verdict: 'unknown',
    holds: ({ lagMs }) => Number.isNaN(lagMs),
    when: 'the age of the oldest waiting record is not known, and the history is shorter than `lagWarningMs`',
    incident:
      'The same backlog in the first minute after a start: it may be old or new, and nobody can tell yet.',
  },
  {
    name: 'keeps-up',
    verdict: 'ok',
    holds: () => true,
    when: 'none of the above: commits move, and what waits is young',
    incident: 'A calm day.',
  },
]

export const judgePartition = (evidence: PartitionEvidence, thresholds: VerdictThresholds): Verdict => {
  for (const rule of verdictRules) if (rule.holds(evidence, thresholds)) return rule.verdict
  return 'unknown'
}

export const worseOf = (a: Verdict, b: Verdict): Verdict =>
  verdictOrder.indexOf(a) >= verdictOrder.indexOf(b) ? a : b
