import { alertKey, isOver, type Alert, type AlertBook } from './book.ts'
import type { Reading } from './readings.ts'
import type { AlertRule } from './rule.ts'

/**
 * (book, rules, what is seen now) → [book, changes]: the whole life of an alert.
 *
 *            over                    over for fireAfter
 *   (none) ───────→ nearly ─────────────────────────────→ firing
 *      ↑               │ not over                            │ at or below the clearing threshold for clearAfter
 *      └───────────────┴─────────────────────────────────────┘
 *
 * Invariants:
 * - Hysteresis: between the two thresholds a firing alert goes on firing, and one that does not fire stays silent.
 * - Only what was seen counts. Evidence grows by the time between two samples that both say the same; a sample that is
 *   missing, or a gap of more than `gapMaxMs`, starts it anew. So a cluster that cannot be seen neither fires nor
 *   clears anything, however long it lasts, and a laptop that slept does not fire on its first look.
 * - A subject that is gone (a deleted group) counts as below its clearing threshold: it clears in the ordinary way.
 *   That is told apart from "not seen" by the measure: null means nothing was seen, a list without it that it is gone.
 * - Input order changes nothing. At most `subjectsMax` subjects of a rule are followed, the worst first.
 *
 * What it does not do: predict, count how often, or look at several measures at once. A finding does that; see
 * `finding:KIND`.
 */
export interface AlertSample {
  /** Monotonic; only differences are used. */
  readonly nowMs: number
  readonly wallMs: number
  /** Time since the sample before this one; null: this is the first. */
  readonly elapsedMs: number | null
  readonly readings: (rule: AlertRule) => readonly Reading[] | null
}

export interface AlertChange {
  readonly kind: 'nearly' | 'dropped' | 'fired' | 'cleared'
  /** As it is after the change; of one that ended, as it last was. */
  readonly alert: Alert
}

/** Two samples further apart than this prove nothing of what lies between. Slowest pace of looking is 10 s. */
const gapMaxMs = 30_000
const subjectsMax = 500

export const advanceAlerts = (
  book: AlertBook,
  rules: readonly AlertRule[],
  sample: AlertSample,
): readonly [AlertBook, readonly AlertChange[]] => {
  const alerts = new Map(book.alerts)
  const changes: AlertChange[] = []
  const stepMs =
    sample.elapsedMs === null || sample.elapsedMs > gapMaxMs ? null : Math.max(0, sample.elapsedMs)
  for (const rule of rules) {
    const readings = sample.readings(rule)
    const open = [...book.alerts.values()].filter(alert => alert.rule === rule.name)
    if (readings === null) {
      for (const alert of open) alerts.set(alertKey(rule.name, alert.subject), unseen(alert))
      continue
    }
    const bySubject = new Map(readings.map(reading => [reading.subject, reading]))
    const followed = new Set(open.map(alert => alert.subject))
    const fresh = readings
      .filter(reading => !followed.has(reading.subject) && reading.value > rule.fireAbove)
      .toSorted((a, b) => b.value - a.value || (a.subject < b.subject ? -1 : 1))
      .slice(0, Math.max(0, subjectsMax - open.length))
    for (const alert of open) {
      const next = advanceOne(alert, rule, bySubject.get(alert.subject), stepMs, sample.wallMs)
      const key = alertKey(rule.name, alert.subject)
      if (next === null) {
        alerts.delete(key)
        changes.push({ kind: alert.state === 'firing' ? 'cleared' : 'dropped', alert })
      } else {
        alerts.set(key, next)
        if (next.state !== alert.state) changes.push({ kind: 'fired', alert: next })
      }
    }
    for (const reading of fresh) {
      const alert = begin(rule, reading, sample.wallMs)
      alerts.set(alertKey(rule.name, alert.subject), alert)
      changes.push({ kind: alert.state === 'firing' ? 'fired' : 'nearly', alert })
    }
  }
  const silences = book.silences.filter(silence => !isOver(silence, sample.wallMs))
  return [{ alerts, silences }, changes]
}

const begin = (rule: AlertRule, reading: Reading, wallMs: number): Alert => ({
  rule: rule.name,
  subject: reading.subject,
  state: rule.fireAfterMs === 0 ? 'firing' : 'nearly',
  value: reading.value,
  text: reading.text,
  href: reading.href,
  sinceMs: wallMs,
  firedMs: rule.fireAfterMs === 0 ? wallMs : null,
  evidenceMs: 0,
  leaning: 'fire',
  seenMs: wallMs,
  acknowledged: null,
  notifiedMs: null,
})

const unseen = (alert: Alert): Alert => ({ ...alert, leaning: null, evidenceMs: 0 })

/** Null: it is over. `reading` undefined: the subject is gone. `stepMs` null: nothing is known of the time between. */
const advanceOne = (
  alert: Alert,
  rule: AlertRule,
  reading: Reading | undefined,
  stepMs: number | null,
  wallMs: number,
): Alert | null => {
  if (reading !== undefined && Number.isNaN(reading.value)) return unseen(alert)
  const leaning = reading === undefined ? 'clear' : leaningOf(rule, reading.value)
  const seen = { ...alert, ...shown(alert, reading, leaning), leaning, seenMs: wallMs }
  const wanted = alert.state === 'nearly' ? 'fire' : 'clear'
  const evidenceMs =
    leaning === wanted && alert.leaning === wanted && stepMs !== null ? alert.evidenceMs + stepMs : 0
  if (alert.state === 'nearly') {
    if (leaning !== 'fire') return null
    return evidenceMs >= rule.fireAfterMs
      ? { ...seen, state: 'firing', firedMs: wallMs, evidenceMs: 0 }
      : { ...seen, evidenceMs }
  }
  return leaning === 'clear' && evidenceMs >= rule.clearAfterMs ? null : { ...seen, evidenceMs }
}

/** While it clears it keeps the sentence it fired with: "0 partitions are behind" would explain nothing. */
const shown = (
  alert: Alert,
  reading: Reading | undefined,
  leaning: Alert['leaning'],
): Pick<Alert, 'value' | 'text' | 'href'> => ({
  value: reading?.value ?? alert.value,
  text: leaning === 'clear' || reading === undefined ? alert.text : reading.text,
  href: leaning === 'clear' || reading === undefined ? alert.href : reading.href,
})

const leaningOf = (rule: AlertRule, value: number): 'fire' | 'clear' | 'between' => {
  if (value > rule.fireAbove) return 'fire'
  return value <= rule.clearAtOrBelow ? 'clear' : 'between'
}
