import {
  alertKey,
  emptyBook,
  type Acknowledgement,
  type Alert,
  type AlertBook,
  type Silence,
} from '../../core/alerts/index.ts'

/**
 * The book of alerts as text, so that a restart neither forgets who was told nor tells them again. A text that is not
 * one (another version wrote it, a disk damaged it) gives an empty book: alerts then fire anew, which is the safe way
 * to be wrong.
 */
const version = 1

export const bookText = (book: AlertBook): string =>
  JSON.stringify(
    { version, alerts: [...book.alerts.values()], silences: book.silences },
    (_, value: unknown) =>
      // JSON has no word for these, and an age "longer than history" must stay one
      value === Infinity ? 'Infinity' : typeof value === 'number' && Number.isNaN(value) ? 'NaN' : value,
  )

export const bookFrom = (text: string | null): AlertBook => {
  if (text === null) return emptyBook
  try {
    const stored = JSON.parse(text) as { version?: unknown; alerts?: unknown; silences?: unknown }
    if (stored.version !== version || !Array.isArray(stored.alerts) || !Array.isArray(stored.silences))
      return emptyBook
    const alerts = stored.alerts.flatMap(each => alertFrom(each) ?? [])
    return {
      alerts: new Map(alerts.map(alert => [alertKey(alert.rule, alert.subject), alert])),
      silences: stored.silences.flatMap(each => silenceFrom(each) ?? []),
    }
  } catch {
    return emptyBook
  }
}

type Fields = Readonly<Record<string, unknown>>

const alertFrom = (stored: unknown): Alert | null => {
  const fields = stored as Fields
  const { rule, subject, state, text, href, sinceMs, firedMs, seenMs, acknowledged, notifiedMs } = fields
  const valid =
    typeof rule === 'string' &&
    typeof subject === 'string' &&
    (state === 'nearly' || state === 'firing') &&
    typeof text === 'string' &&
    typeof href === 'string' &&
    typeof sinceMs === 'number' &&
    typeof seenMs === 'number'
  if (!valid) return null
  return {
    rule,
    subject,
    state,
    text,
    href,
    sinceMs,
    seenMs,
    value: Number(fields['value']),
    firedMs: numberOrNull(firedMs),
    notifiedMs: numberOrNull(notifiedMs),
    acknowledged: acknowledgementFrom(acknowledged),
    // nothing was seen while nobody ran
    evidenceMs: 0,
    leaning: null,
  }
}

const acknowledgementFrom = (stored: unknown): Acknowledgement | null => {
  const { atMs, note } = (stored ?? {}) as Fields
  return typeof atMs === 'number' && typeof note === 'string' ? { atMs, note } : null
}

const silenceFrom = (stored: unknown): Silence | null => {
  const { id, rule, subject, createdMs, untilMs, reason } = stored as Fields
  const valid =
    typeof id === 'string' &&
    typeof rule === 'string' &&
    (subject === null || typeof subject === 'string') &&
    typeof createdMs === 'number' &&
    typeof untilMs === 'number' &&
    typeof reason === 'string'
  return valid ? { id, rule, subject, createdMs, untilMs, reason } : null
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)
