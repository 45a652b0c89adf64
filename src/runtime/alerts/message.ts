import type { Health } from '../../api/contract.ts'
import { formatMeasured, type Alert, type Notification } from '../../core/alerts/index.ts'
import { formatCount } from '../../core/model/index.ts'
import { isoTime } from '../figure.ts'

/** What a webhook is sent. Documented in docs/how-to/alerts.md; fields are added, never renamed. */
export const notificationBody = (
  { rule, firing, cleared, reminder }: Notification,
  health: Health,
  wallMs: number,
): object => ({
  kind: firing.length > 0 ? (reminder ? 'reminder' : 'firing') : 'cleared',
  at: isoTime(wallMs),
  cluster: health.clusterName,
  rule: rule.name,
  title: rule.title,
  severity: rule.severity,
  /** One line for a chat. */
  text: textOf({ rule, firing, cleared, reminder }, health.clusterName),
  firing: firing.length,
  alerts: [
    ...firing.map(alert => alertOf(alert, 'firing')),
    ...cleared.map(alert => alertOf(alert, 'cleared')),
  ].slice(0, ALERTS_MAX),
})

/** A message that a chat or a phone must take; `firing` says how many there are. */
const ALERTS_MAX = 20

const alertOf = (alert: Alert, state: 'firing' | 'cleared'): object => ({
  state,
  subject: alert.subject,
  text: alert.text,
  value: Number.isFinite(alert.value) ? alert.value : null,
  since: isoTime(alert.firedMs ?? alert.sinceMs),
  href: alert.href,
})

const textOf = ({ rule, firing, cleared }: Notification, cluster: string): string => {
  const worst = firing.toSorted((a, b) => b.value - a.value)[0]
  if (worst !== undefined) {
    const more = firing.length > 1 ? ` And ${formatCount(firing.length - 1)} more.` : ''
    return `${cluster}: ${worst.text}${more}`
  }
  const [first] = cleared
  const value = first === undefined ? '' : ` (last ${formatMeasured(rule.measure, first.value)})`
  return `${cluster}: cleared: ${rule.title.toLowerCase()} on ${cleared
    .map(alert => alert.subject)
    .slice(0, 3)
    .join(', ')}${value}.`
}

/** For the list of what was sent. */
export const notificationSubject = ({ rule, firing, cleared, reminder }: Notification): string => {
  if (firing.length === 0) return `${rule.name} cleared`
  const verb = reminder ? 'still fires' : 'fired'
  const many = firing.length > 1 ? ` on ${formatCount(firing.length)}` : ''
  return `${rule.name} ${verb}${many}${cleared.length > 0 ? `, ${formatCount(cleared.length)} cleared` : ''}`
}
