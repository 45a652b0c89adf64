import type { HealthThresholds } from './thresholds.ts'

/**
 * The verdict on one partition of one group, by ordered rules over its last looks; and on a group, from its partitions.
 *
 * Goal: a reader of the verdict may trust "ok". Everything else may be wrong on the safe side, ok may not.
 *
 * Rules, the first that holds decides:
 *   1 unknown    the lag is not known now
 *   2 ok         nothing waits (lag 0)
 *   3 unknown    something waits, and the last `evidenceMs` are not covered: a figure is missing, looks are further
 *                apart than `freshMs`, or there was none that long ago. What is worse than ok could hide in the gap
 *   4 rewinding  the committed offset went backwards within `evidenceMs`
 *   5 stopped    the committed offset stood still all that time, something waited all that time, and nobody is
 *                assigned the partition
 *   6 stalled    the same with a member assigned
 *   7 warning    the oldest waiting record is older than `lagWarningMs`
 *   8 unknown    the age of the oldest waiting record is not known, and the history is shorter than `lagWarningMs`
 *   9 ok
 *
 * The law (property-tested): taking samples away never makes a verdict ok that was not. Rule 3 stands before all rules
 * that read the past for this reason.
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
  /** Newest first, the same length; reaching back to the first look older than `evidenceMs`, or to the first of all. */
  readonly agesMs: readonly number[]
  /** NaN where the look did not tell. */
  readonly committed: readonly number[]
  readonly lagRecords: readonly number[]
  readonly assigned: boolean
  /** Age of the oldest waiting record; NaN when unknown. */
  readonly lagMs: number
  /** How far back lag in time can be known at all. */
  readonly historyMs: number
}

export const judgePartition = (
  evidence: PartitionEvidence,
  thresholds: Pick<HealthThresholds, 'evidenceMs' | 'freshMs' | 'lagWarningMs'>,
): Verdict => {
  const { agesMs, committed, lagRecords, lagMs } = evidence
  const lagNow = lagRecords[0] ?? NaN
  if (Number.isNaN(lagNow)) return 'unknown'
  if (lagNow === 0) return 'ok'
  if ((agesMs.at(-1) ?? 0) < thresholds.evidenceMs) return 'unknown'
  if (lagRecords.some(Number.isNaN) || longestGap(agesMs) > thresholds.freshMs) return 'unknown'
  // With every lag known, a position is missing only where the partition was empty; a first commit is a step forward.
  const steps = committed.slice(1).map((before, i) => (committed[i] ?? NaN) - before)
  if (steps.some(step => step < 0)) return 'rewinding'
  const stoodStill = steps.every(step => step === 0) && lagRecords.every(lag => lag > 0)
  if (stoodStill) return evidence.assigned ? 'stalled' : 'stopped'
  if (lagMs > thresholds.lagWarningMs) return 'warning'
  if (Number.isNaN(lagMs)) return evidence.historyMs > thresholds.lagWarningMs ? 'warning' : 'unknown'
  return 'ok'
}

const longestGap = (agesMs: readonly number[]): number =>
  agesMs.reduce((longest, age, i) => Math.max(longest, age - (agesMs[i - 1] ?? age)), 0)

export const worseOf = (a: Verdict, b: Verdict): Verdict =>
  verdictOrder.indexOf(a) >= verdictOrder.indexOf(b) ? a : b
