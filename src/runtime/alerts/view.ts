import type {
  AlertGroup,
  AlertHistory,
  Alerts,
  AlertView,
  DeliveryView,
  SilenceView,
} from '../../api/alerts.ts'
import {
  clearsWhen,
  firesWhen,
  formatMeasured,
  formatThreshold,
  isGraded,
  severityOrder,
  silenceOf,
  type Alert,
  type AlertBook,
  type AlertRule,
  type Silence,
} from '../../core/alerts/index.ts'
import { isoTime } from '../figure.ts'
import type { Delivery } from './deliver.ts'
import type { AlertKeeper } from './keeper.ts'

/** Alerts as the HTTP contract states them. */
export const alertsView = (keeper: AlertKeeper, reachable: boolean, wallMs: number): Alerts => {
  const book = keeper.book()
  return {
    held: !reachable,
    groups: keeper.rules
      .flatMap(rule => groupView(rule, book, wallMs) ?? [])
      .toSorted(
        (a, b) =>
          stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) ||
          severityOrder.indexOf(b.severity) - severityOrder.indexOf(a.severity),
      ),
    rules: keeper.rules.map(rule => ({
      name: rule.name,
      title: rule.title,
      severity: rule.severity,
      measure: rule.measure,
      fires: firesWhen(rule),
      clears: clearsWhen(rule),
      webhooks: keeper.webhooks.filter(name => rule.webhooks?.includes(name) ?? true),
    })),
    silences: book.silences.filter(silence => silence.untilMs > wallMs).map(silenceView),
    deliveries: keeper.deliveries().map(deliveryView),
    webhooks: [...keeper.webhooks],
  }
}

const stateOrder: readonly AlertGroup['state'][] = ['firing', 'acknowledged', 'nearly', 'silenced']
const alertsMax = 50

const groupView = (rule: AlertRule, book: AlertBook, wallMs: number): AlertGroup | null => {
  const alerts = [...book.alerts.values()].filter(alert => alert.rule === rule.name)
  if (alerts.length === 0) return null
  const state = (alert: Alert): AlertGroup['state'] => {
    if (silenceOf(book, alert, wallMs) !== null) return 'silenced'
    if (alert.state === 'nearly') return 'nearly'
    return alert.acknowledged === null ? 'firing' : 'acknowledged'
  }
  const ordered = alerts.toSorted(
    (a, b) =>
      stateOrder.indexOf(state(a)) - stateOrder.indexOf(state(b)) ||
      b.value - a.value ||
      (a.subject < b.subject ? -1 : 1),
  )
  const [worst] = ordered
  return {
    rule: rule.name,
    title: rule.title,
    severity: rule.severity,
    state: worst === undefined ? 'nearly' : state(worst),
    fires: firesWhen(rule),
    clears: clearsWhen(rule),
    fireAbove: rule.fireAbove,
    clearAtOrBelow: rule.clearAtOrBelow,
    fireAfterMs: rule.fireAfterMs,
    fireAboveText: formatThreshold(rule.measure, rule.fireAbove),
    clearAtOrBelowText: formatThreshold(rule.measure, rule.clearAtOrBelow),
    graded: isGraded(rule.measure),
    count: alerts.length,
    alerts: ordered.slice(0, alertsMax).map(alert => alertView(alert, rule, silenceOf(book, alert, wallMs))),
  }
}

const alertView = (alert: Alert, rule: AlertRule, silence: Silence | null): AlertView => ({
  subject: alert.subject,
  state: alert.state,
  text: alert.text,
  href: alert.href,
  value: Number.isFinite(alert.value) ? alert.value : null,
  valueText: formatMeasured(rule.measure, alert.value),
  since: isoTime(alert.sinceMs),
  firedAt: alert.firedMs === null ? null : isoTime(alert.firedMs),
  evidenceMs: alert.evidenceMs,
  leaning: alert.leaning,
  acknowledged:
    alert.acknowledged === null
      ? null
      : { at: isoTime(alert.acknowledged.atMs), note: alert.acknowledged.note },
  silence: silence === null ? null : silenceView(silence),
})

export const silenceView = (silence: Silence): SilenceView => ({
  id: silence.id,
  rule: silence.rule,
  subject: silence.subject,
  since: isoTime(silence.createdMs),
  until: isoTime(silence.untilMs),
  reason: silence.reason,
})

const deliveryView = ({
  id,
  atMs,
  webhook,
  subject,
  state,
  tries,
  status,
  error,
  tookMs,
}: Delivery): DeliveryView => ({
  id,
  at: isoTime(atMs),
  webhook,
  subject,
  state,
  tries,
  status,
  error,
  tookMs: tookMs === null ? null : Math.round(tookMs),
})

/** What fired, from disk, cut to the time that is asked for. */
export const alertHistoryView = (keeper: AlertKeeper, fromMs: number, toMs: number): AlertHistory => {
  const spans = keeper.spans(fromMs, toMs)
  const cut = (atMs: number): string => isoTime(Math.min(toMs, Math.max(fromMs, atMs)))
  return {
    from: isoTime(fromMs),
    to: isoTime(toMs),
    spans: spans
      .filter(span => span.kind === 'alert')
      .slice(-spansMax)
      .map(span => {
        const [rule = '', subject = ''] = span.id.split('\n')
        return {
          rule,
          subject,
          state: span.detail === 'firing' ? ('firing' as const) : ('nearly' as const),
          severity: severityOrder.find(each => each === span.severity) ?? 'info',
          from: cut(span.sinceMs),
          to: cut(span.untilMs),
          text: span.text,
        }
      }),
    unseen: spans
      .filter(span => span.kind === 'unseen')
      .map(span => ({ from: cut(span.sinceMs), to: cut(span.untilMs), reason: span.detail })),
  }
}

const spansMax = 2_000
