import {
  acknowledge,
  addSilence,
  advanceAlerts,
  dueNotifications,
  endSilence,
  readingsOf,
  withoutUnknownRules,
  type Alert,
  type AlertBook,
  type AlertRule,
  type Notification,
  type Silence,
} from '../../core/alerts/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HistoryFile, HistorySpan } from '../../ports/history-file.ts'
import type { Post } from '../../ports/webhook.ts'
import type { LiveState } from '../live-state.ts'
import { createCourier, type Delivery, type Webhook } from './deliver.ts'
import { bookFrom, bookText } from './keep-book.ts'
import { notificationBody, notificationSubject } from './message.ts'

/**
 * Runs the alert rules over a live state: steps the book with every change, keeps it and what fired on disk, and hands
 * messages to the courier. Decides nothing itself; see core/alerts.
 */
export interface AlertKeeper {
  readonly rules: readonly AlertRule[]
  readonly webhooks: readonly string[]
  book(): AlertBook
  /** Grows with every change that a reader would see. */
  sequence(): number
  deliveries(): readonly Delivery[]
  /** Alerts that fired or nearly did, and time in which nothing was seen, from disk. */
  spans(fromMs: number, toMs: number): readonly HistorySpan[]
  /** False: nothing of that name fires. */
  acknowledge(rule: string, subject: string | null, note: string): boolean
  silence(rule: string, subject: string | null, forMs: number, reason: string): Silence
  /** False: there is no such silence. */
  endSilence(id: string): boolean
  /** Sends a message to a webhook that says it is a test. */
  test(webhook: string): void
  close(): Promise<void>
}

export interface AlertOptions {
  readonly rules: readonly AlertRule[]
  readonly webhooks: readonly Webhook[]
  /** Unacknowledged alerts are told again this often. */
  readonly repeatMs: number
}

const documentName = 'alerts'

export const startAlerts = (
  live: LiveState,
  options: AlertOptions,
  world: {
    readonly clock: Clock
    readonly post: Post
    /** Absent: what fired is forgotten when the process ends. */
    readonly file?: HistoryFile
    readonly newId: () => string
  },
): AlertKeeper => {
  const { clock, file } = world
  const { rules } = options
  const courier = createCourier(options.webhooks, world)
  let book = withoutUnknownRules(bookFrom(file?.document(documentName) ?? null), rules)
  let saved = bookText(book)
  let sampledMs: number | null = null
  let sequence = 0

  /** A full disk must not end the watching; the live state says that history cannot be written. */
  const keep = (spans: readonly HistorySpan[]): void => {
    try {
      if (spans.length > 0) file?.write({ spans })
      const text = bookText(book)
      if (text !== saved) file?.saveDocument(documentName, text)
      saved = text
    } catch {
      // tried again with the next step: the book still differs from what was saved
    }
  }

  const tell = (notifications: readonly Notification[]): void => {
    for (const notification of notifications)
      for (const webhook of options.webhooks)
        if (notification.rule.webhooks?.includes(webhook.name) ?? true)
          courier.send(
            webhook.name,
            notificationSubject(notification),
            notificationBody(notification, live.health(), clock.wallMs()),
          )
  }

  const step = (): void => {
    const nowMs = clock.monotonicMs()
    const wallMs = clock.wallMs()
    const sight = live.sight()
    const [next, changes] = advanceAlerts(book, rules, {
      nowMs,
      wallMs,
      elapsedMs: sampledMs === null ? null : nowMs - sampledMs,
      readings: rule => readingsOf(rule.measure, sight),
    })
    sampledMs = nowMs
    const [told, notifications] = dueNotifications(next, rules, changes, wallMs, options.repeatMs)
    book = told
    sequence++
    keep([...book.alerts.values()].filter(alert => alert.leaning !== null).map(spanOf(rules, wallMs)))
    tell(notifications)
  }

  const unsubscribe = live.subscribe(step)
  const changed = (next: AlertBook): void => {
    book = next
    sequence++
    keep([])
  }

  return {
    rules,
    webhooks: options.webhooks.map(webhook => webhook.name),
    book: () => book,
    sequence: () => sequence,
    deliveries: () => courier.deliveries(),
    spans: (fromMs, toMs) => file?.spans(['alert', 'unseen'], fromMs, toMs) ?? [],
    acknowledge: (rule, subject, note) => {
      const next = acknowledge(book, rule, subject, { atMs: clock.wallMs(), note })
      if (next !== null) changed(next)
      return next !== null
    },
    silence: (rule, subject, forMs, reason) => {
      const createdMs = clock.wallMs()
      const silence: Silence = {
        id: world.newId(),
        rule,
        subject,
        createdMs,
        untilMs: createdMs + forMs,
        reason,
      }
      changed(addSilence(book, silence))
      return silence
    },
    endSilence: id => {
      const next = endSilence(book, id)
      if (next !== null) changed(next)
      return next !== null
    },
    test: webhook => {
      courier.send(webhook, 'a test', {
        kind: 'test',
        at: new Date(clock.wallMs()).toISOString(),
        text: 'This is a test. Nothing is wrong.',
      })
    },
    close: async () => {
      unsubscribe()
      await courier.close()
    },
  }
}

/** One span for the time that it nearly fired and one for the time that it did. */
const spanOf =
  (rules: readonly AlertRule[], wallMs: number) =>
  (alert: Alert): HistorySpan => ({
    kind: 'alert',
    id: `${alert.rule}\n${alert.subject}\n${alert.state}`,
    sinceMs: alert.firedMs ?? alert.sinceMs,
    untilMs: wallMs,
    severity: rules.find(rule => rule.name === alert.rule)?.severity ?? 'info',
    text: alert.text,
    detail: alert.state,
  })
