import type { AlertRule } from './rule.ts'

/** Everything that is remembered about alerts, as a value; the runtime keeps it across restarts. */
export interface AlertBook {
  /** By `alertKey`. */
  readonly alerts: ReadonlyMap<string, Alert>
  readonly silences: readonly Silence[]
}

/** One rule on one subject, from the moment that its condition holds until it has cleared. */
export interface Alert {
  readonly rule: string
  readonly subject: string
  /** `nearly`: the condition holds, but not for long enough yet. */
  readonly state: 'nearly' | 'firing'
  readonly value: number
  readonly text: string
  readonly href: string
  /** Wall clock: when the condition began to hold, and when it fired. */
  readonly sinceMs: number
  readonly firedMs: number | null
  /** How long what would change the state has been seen without interruption. */
  readonly evidenceMs: number
  /** What the newest sample said; null: nothing, it was not seen. */
  readonly leaning: 'fire' | 'clear' | 'between' | null
  /** Wall clock of the newest sample that said something. */
  readonly seenMs: number
  readonly acknowledged: Acknowledgement | null
  /** When somebody was last told; null: nobody yet. */
  readonly notifiedMs: number | null
}

export interface Acknowledgement {
  readonly atMs: number
  readonly note: string
}

/** Nobody is told of what it covers until it ends. The alerts themselves go on, and stay visible. */
export interface Silence {
  readonly id: string
  readonly rule: string
  /** Null: every subject of the rule. */
  readonly subject: string | null
  readonly createdMs: number
  readonly untilMs: number
  readonly reason: string
}

export const emptyBook: AlertBook = { alerts: new Map(), silences: [] }

/** Subjects are names from Kafka and may hold anything; a line end cannot stand in a rule's name. */
export const alertKey = (rule: string, subject: string): string => `${rule}\n${subject}`

/** Clocks are corrected by seconds all the time; by more only when somebody, or a battery, had them wrong. */
export const CLOCK_SLACK_MS = 60_000

/**
 * Whether it is over. One from the future is: the clock was set back after it was made, and it would last longer than
 * anybody asked for. To tell once too often is the safe way to be wrong.
 */
export const isOver = ({ createdMs, untilMs }: Silence, wallMs: number): boolean =>
  untilMs <= wallMs || createdMs > wallMs + CLOCK_SLACK_MS

export const silenceOf = (
  book: AlertBook,
  alert: Pick<Alert, 'rule' | 'subject'>,
  wallMs: number,
): Silence | null =>
  book.silences.find(
    silence =>
      !isOver(silence, wallMs) &&
      silence.rule === alert.rule &&
      (silence.subject === null || silence.subject === alert.subject),
  ) ?? null

export const addSilence = (book: AlertBook, silence: Silence): AlertBook => ({
  ...book,
  // one silence for one thing: a second one for it replaces the first
  silences: [
    ...book.silences.filter(each => each.rule !== silence.rule || each.subject !== silence.subject),
    silence,
  ],
})

/** Null: there is no such silence. */
export const endSilence = (book: AlertBook, id: string): AlertBook | null =>
  book.silences.some(silence => silence.id === id)
    ? { ...book, silences: book.silences.filter(silence => silence.id !== id) }
    : null

/**
 * Somebody takes care: it stays visible, but nobody is reminded again. `subject` null: every firing one of the rule.
 * Null: nothing of that name fires.
 */
export const acknowledge = (
  book: AlertBook,
  rule: string,
  subject: string | null,
  acknowledged: Acknowledgement,
): AlertBook | null => {
  const meant = [...book.alerts].filter(
    ([, alert]) =>
      alert.state === 'firing' && alert.rule === rule && (subject === null || alert.subject === subject),
  )
  if (meant.length === 0) return null
  return {
    ...book,
    alerts: new Map([
      ...book.alerts,
      ...meant.map(([key, alert]) => [key, { ...alert, acknowledged }] as const),
    ]),
  }
}

/** Whose rule is no longer in the file is dropped without a word: its owner took it away. */
export const withoutUnknownRules = (book: AlertBook, rules: readonly AlertRule[]): AlertBook => {
  const names = new Set(rules.map(rule => rule.name))
  return { ...book, alerts: new Map([...book.alerts].filter(([, alert]) => names.has(alert.rule))) }
}
