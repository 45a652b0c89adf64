import { findingKinds } from '../health/index.ts'
import { formatCount, formatDuration, formatShare, formatTimes } from '../model/index.ts'

/** When to disturb somebody. A rule watches one measure; every subject of the measure has an alert of its own. */
export interface AlertRule {
  readonly name: string
  /** What is wrong while it fires, in words. */
  readonly title: string
  readonly measure: AlertMeasure
  readonly severity: AlertSeverity
  /** Fires when the value was above this for all of `fireAfterMs`. */
  readonly fireAbove: number
  readonly fireAfterMs: number
  /** Clears when it was at or below this for all of `clearAfterMs`. Lower than `fireAbove`, or it would flap. */
  readonly clearAtOrBelow: number
  readonly clearAfterMs: number
  /** Names of the webhooks that are told; null: all. */
  readonly webhooks: readonly string[] | null
}

export type AlertSeverity = 'critical' | 'warning' | 'info'

export const severityOrder: readonly AlertSeverity[] = ['info', 'warning', 'critical']

/**
 * What a rule may watch. `finding:KIND` is 1 for each open finding of that kind, so that whatever the dashboard says
 * in a sentence can also be an alert.
 */
export type AlertMeasure = keyof typeof measures | `finding:${string}`

type Unit = 'yes' | 'count' | 'milliseconds' | 'times' | 'share'

/** Per measure: its unit and what one value of it is about. */
export const measures = {
  'cluster-unreachable': { unit: 'yes', of: 'the cluster', what: 'no broker answers' },
  'broker-gone': { unit: 'yes', of: 'a broker', what: 'the broker does not answer' },
  'partitions-leaderless': { unit: 'count', of: 'the cluster', what: 'partitions without a leader' },
  'partitions-under-replicated': {
    unit: 'count',
    of: 'the cluster',
    what: 'partitions with a copy that is behind on a broker that answers',
  },
  'disk-used': { unit: 'share', of: 'a broker', what: 'used share of its disk' },
  'leaders-over-share': { unit: 'share', of: 'a broker', what: 'leaders over an even share' },
  'hot-partition': { unit: 'times', of: 'a topic', what: 'busiest partition over the mean, beyond chance' },
  'group-lag': { unit: 'milliseconds', of: 'a group', what: 'age of its oldest waiting record' },
  'group-standing': { unit: 'yes', of: 'a group', what: 'records wait and no commit moves' },
  'group-uncommitted': { unit: 'count', of: 'a group', what: 'partitions with records and no commit' },
} as const satisfies Readonly<Record<string, { unit: Unit; of: string; what: string }>>

/** Every name that a rule may watch. One that is misspelled would never fire, and nobody would know. */
export const measureNames: readonly string[] = [
  ...Object.keys(measures),
  ...Object.keys(findingKinds).map(kind => `finding:${kind}`),
]

export const isMeasure = (text: string): text is AlertMeasure => measureNames.includes(text)

const unitOf = (measure: AlertMeasure): Unit =>
  Object.hasOwn(measures, measure) ? measures[measure as keyof typeof measures].unit : 'yes'

export const formatMeasured = (measure: AlertMeasure, value: number): string => {
  if (Number.isNaN(value)) return 'unknown'
  switch (unitOf(measure)) {
    case 'yes':
      return value > 0 ? 'yes' : 'no'
    case 'count':
      return formatCount(value)
    case 'milliseconds':
      // the age of a record older than the history has no figure
      return value === Infinity ? 'longer than history' : formatDuration(value)
    case 'times':
      return formatTimes(value)
    case 'share':
      return formatShare(value)
  }
}

/** `2 m`, not `2 m 00 s`: thresholds are whole, and read many times. */
const wholeDuration = (ms: number): string =>
  formatDuration(ms).replace(/(\u00a0[mh])\u00a000\u00a0[sm]$/, '$1')

const lasting = (forMs: number): string => (forMs === 0 ? 'at once' : `for ${wholeDuration(forMs)}`)

/** A threshold in words. */
export const formatThreshold = (measure: AlertMeasure, value: number): string =>
  unitOf(measure) === 'milliseconds' ? wholeDuration(value) : formatMeasured(measure, value)

/** `over 2.00× for 2 m`, `for 15 s`. */
export const firesWhen = (rule: AlertRule): string =>
  unitOf(rule.measure) === 'yes'
    ? lasting(rule.fireAfterMs)
    : `over ${formatThreshold(rule.measure, rule.fireAbove)} ${lasting(rule.fireAfterMs)}`

export const clearsWhen = (rule: AlertRule): string =>
  unitOf(rule.measure) === 'yes'
    ? `gone ${lasting(rule.clearAfterMs)}`
    : `${formatThreshold(rule.measure, rule.clearAtOrBelow)} or less ${lasting(rule.clearAfterMs)}`

/** Whether a picture of the value against both thresholds says more than a word. */
export const isGraded = (measure: AlertMeasure): boolean => unitOf(measure) !== 'yes'

/**
 * The shipped rules. A file may change any field of one by its name, switch it off, or add others.
 *
 * Durations: long enough that a rolling restart of brokers or a deployment of consumers disturbs nobody, short enough
 * to act before retention does. Clearing thresholds lie a fifth or more under firing ones.
 */
export const shippedRules: readonly AlertRule[] = [
  rule('no-broker-answers', 'No broker answers', 'cluster-unreachable', 'critical', 0, 15, 0, 15),
  rule('broker-gone', 'A broker does not answer', 'broker-gone', 'critical', 0, 30, 0, 30),
  rule('no-leader', 'Partitions without a leader', 'partitions-leaderless', 'critical', 0, 10, 0, 60),
  rule(
    'under-replicated',
    'Copies are behind although their brokers answer',
    'partitions-under-replicated',
    'warning',
    0,
    120,
    0,
    120,
  ),
  rule('disk-nearly-full', 'A disk is nearly full', 'disk-used', 'critical', 0.85, 60, 0.8, 300),
  rule('group-standing', 'A group stands still', 'group-standing', 'critical', 0, 60, 0, 60),
  rule('group-behind', 'A group is behind in time', 'group-lag', 'warning', 120_000, 60, 60_000, 300),
  rule('nothing-committed', 'A group has committed nothing', 'group-uncommitted', 'warning', 0, 120, 0, 60),
  rule('hot-partition', 'One partition far over its share', 'hot-partition', 'warning', 2, 120, 1.6, 300),
  rule('leader-skew', 'Leaders uneven', 'leaders-over-share', 'info', 0.2, 1800, 0.12, 600),
]

function rule(
  name: string,
  title: string,
  measure: AlertMeasure,
  severity: AlertSeverity,
  fireAbove: number,
  fireAfterSeconds: number,
  clearAtOrBelow: number,
  clearAfterSeconds: number,
): AlertRule {
  return {
    name,
    title,
    measure,
    severity,
    fireAbove,
    fireAfterMs: fireAfterSeconds * 1000,
    clearAtOrBelow,
    clearAfterMs: clearAfterSeconds * 1000,
    webhooks: null,
  }
}
