import { alertKey, CLOCK_SLACK_MS, silenceOf, type Alert, type AlertBook } from './book.ts'
import type { AlertChange } from './advance.ts'
import type { AlertRule } from './rule.ts'

/**
 * Whom to tell what, after a step. One message a rule, however many subjects it fires on: a broker that dies makes one
 * message, and so does a deployment that stops 40 groups.
 *
 * Told is what fires and is not silenced: at once, and again every `repeatMs` until somebody acknowledges it or it
 * clears. That it cleared is told to whoever was told that it fired. When a silence ends and the alert still fires, it
 * is told then.
 */
export interface Notification {
  readonly rule: AlertRule
  readonly firing: readonly Alert[]
  readonly cleared: readonly Alert[]
  readonly reminder: boolean
}

export const dueNotifications = (
  book: AlertBook,
  rules: readonly AlertRule[],
  changes: readonly AlertChange[],
  wallMs: number,
  repeatMs: number,
): readonly [AlertBook, readonly Notification[]] => {
  const alerts = new Map(book.alerts)
  const notifications = rules.flatMap((rule): readonly Notification[] => {
    const firing = [...book.alerts.values()].filter(
      alert =>
        alert.rule === rule.name &&
        alert.state === 'firing' &&
        silenceOf(book, alert, wallMs) === null &&
        isDue(alert, wallMs, repeatMs),
    )
    const cleared = changes
      .filter(
        ({ kind, alert }) => kind === 'cleared' && alert.rule === rule.name && alert.notifiedMs !== null,
      )
      .map(({ alert }) => alert)
    if (firing.length + cleared.length === 0) return []
    for (const alert of firing)
      alerts.set(alertKey(alert.rule, alert.subject), { ...alert, notifiedMs: wallMs })
    return [
      {
        rule,
        firing,
        cleared,
        reminder: cleared.length === 0 && firing.every(alert => alert.notifiedMs !== null),
      },
    ]
  })
  return [{ ...book, alerts }, notifications]
}

const isDue = (alert: Alert, wallMs: number, repeatMs: number): boolean => {
  if (alert.notifiedMs === null) return true
  // told "in the future": the clock was set back meanwhile, and waiting for it could take days
  const sinceMs = wallMs - alert.notifiedMs
  return alert.acknowledged === null && (sinceMs >= repeatMs || sinceMs < -CLOCK_SLACK_MS)
}
