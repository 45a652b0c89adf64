/** The page of alerts in words and places: pure functions over the answers of the API. */
import type { AlertGroup, AlertHistory, Alerts, AlertView } from '../../../src/api/alerts.ts'
import { clock, count, counted, duration, numberWord, period } from './text.ts'
import type { Tone } from './verdict.ts'

export interface StateWords {
  readonly word: string
  readonly tone: Tone
  readonly icon: 'act' | 'warning' | 'info' | 'check' | 'silenced' | 'unknown'
}

const SEVERITY_TONE = { critical: 'crit', warning: 'warn', info: 'info' } as const
const SEVERITY_ICON = { critical: 'act', warning: 'warning', info: 'info' } as const

/**
 * While nothing is seen, alerts are held: they are said in the past, without colour.
 * @param lost Lanekeeper itself is not heard: what it would say now is not known
 */
export const stateWords = (
  group: Pick<AlertGroup, 'state' | 'severity'>,
  held: boolean,
  lost = false,
): StateWords => {
  if (lost)
    return { word: `was: ${stateWords(group, held).word.toLowerCase()}`, tone: 'unknown', icon: 'unknown' }
  if (held && group.state !== 'silenced') return { word: 'Held', tone: 'unknown', icon: 'unknown' }
  switch (group.state) {
    case 'firing':
      return { word: 'Firing', tone: SEVERITY_TONE[group.severity], icon: SEVERITY_ICON[group.severity] }
    case 'acknowledged':
      return { word: 'Acknowledged', tone: SEVERITY_TONE[group.severity], icon: 'check' }
    case 'nearly':
      return { word: 'Nearly', tone: 'info', icon: 'info' }
    case 'silenced':
      return { word: 'Silenced', tone: 'unknown', icon: 'silenced' }
  }
}

/** @param lostSince since when Lanekeeper is not heard; absent: it is */
export const alertsHeadline = (
  alerts: Alerts | undefined,
  lostSince?: string,
): { readonly title: string; readonly sub: string } => {
  if (alerts === undefined) return { title: 'Alerts', sub: 'Asking what fires.' }
  const { groups, held, rules } = alerts
  const firing = groups.filter(group => group.state === 'firing')
  const taken = groups.filter(group => group.state === 'acknowledged')
  const nearly = groups.filter(group => group.state === 'nearly')
  const rest = [
    ...(taken.length > 0 ? [`${count(taken.length)} acknowledged`] : []),
    ...(nearly.length > 0
      ? [`${counted(nearly.length, 'rule')} nearly ${nearly.length === 1 ? 'fires' : 'fire'}`]
      : []),
    `${counted(rules.length, 'rule')} watched`,
  ]
  const sub = `${rest.join(', ')}.`
  if (lostSince !== undefined)
    return {
      title: 'Alerts, not seen now.',
      sub: `Lanekeeper judges them and is not heard since ${clock(lostSince)} UTC; what stands below was so before.`,
    }
  if (held)
    return {
      title: 'Alerts are held: no broker answers.',
      // what says that none answers is seen, and may fire
      sub: `${groups.some(group => group.state === 'firing' && !isHeld(alerts, group)) ? 'Nothing else' : 'Nothing'} fires or clears until the cluster is seen again. ${sub}`,
    }
  if (firing.length === 0) return { title: 'Nothing fires.', sub }
  const title = `${numberWord(firing.length)} ${firing.length === 1 ? 'alert fires' : 'alerts fire'}.`
  const worst = firing[0]?.alerts[0]
  return { title, sub: worst === undefined ? sub : `${worst.text} ${sub}` }
}

/** While no broker answers everything is held but what says so: that is seen. */
export const isHeld = (alerts: Pick<Alerts, 'held'>, group: AlertGroup): boolean =>
  alerts.held && group.alerts[0]?.leaning === null

/** What fires now, for the navigation: what is silenced, acknowledged or held asks for nobody. */
export const firingCount = (
  alerts: Alerts | undefined,
): { readonly count: number; readonly severity: AlertGroup['severity'] } => {
  const firing = alerts?.groups.filter(group => group.state === 'firing' && !isHeld(alerts, group)) ?? []
  const severity = (['critical', 'warning', 'info'] as const).find(each =>
    firing.some(group => group.severity === each),
  )
  return { count: firing.length, severity: severity ?? 'info' }
}

/** Where the value, the firing and the clearing point stand on a bar from 0, as shares of its length. */
export interface Gauge {
  readonly value: number
  readonly fire: number
  readonly clear: number
}

/** Undefined where a bar says nothing more than the word, or the value is not known. */
export const gaugeOf = (group: AlertGroup, alert: AlertView): Gauge | undefined => {
  if (!group.graded || alert.value === null) return undefined
  const top = Math.max(alert.value * 1.07, group.fireAbove * 1.6, 1e-9)
  return { value: alert.value / top, fire: group.fireAbove / top, clear: group.clearAtOrBelow / top }
}

/** "22 m 58 s" since it fired; for one that nearly fires, how much of its time has passed. */
export const lastingWords = (group: AlertGroup, alert: AlertView, now: string): string =>
  alert.firedAt === null
    ? `${duration(alert.evidenceMs)} of ${period(group.fireAfterMs)}`
    : duration(Math.max(0, Date.parse(now) - Date.parse(alert.firedAt)))

export const moreWords = (group: AlertGroup, shown: number): string | undefined =>
  group.count > shown ? `and ${count(group.count - shown)} more` : undefined

/** The past of alerts as bars: one lane a rule that ever fired, places as shares of the width. */
export interface Lane {
  readonly rule: string
  readonly bars: readonly {
    readonly from: number
    readonly to: number
    readonly state: 'firing' | 'nearly'
    readonly severity: AlertGroup['severity']
    readonly words: string
  }[]
  /** How often it fired. */
  readonly fired: number
}

export const alertLanes = (history: AlertHistory, rules: readonly string[]): readonly Lane[] => {
  const place = placeIn(history)
  const byRule = new Map<string, AlertHistory['spans']>()
  for (const span of history.spans) byRule.set(span.rule, [...(byRule.get(span.rule) ?? []), span])
  return rules.flatMap(rule => {
    const spans = byRule.get(rule)
    if (spans === undefined) return []
    return [
      {
        rule,
        fired: spans.filter(span => span.state === 'firing').length,
        bars: spans.map(({ from, to, state, severity, subject, text }) => ({
          from: place(from),
          to: place(to),
          state,
          severity,
          words: `${subject}, ${state === 'firing' ? 'fired' : 'nearly'} for ${duration(Date.parse(to) - Date.parse(from))}: ${text}`,
        })),
      },
    ]
  })
}

export const unseenBars = (
  history: AlertHistory,
): readonly { readonly from: number; readonly to: number; readonly words: string }[] => {
  const place = placeIn(history)
  return history.unseen.map(({ from, to }) => ({
    from: place(from),
    to: place(to),
    words: `no broker answered for ${duration(Date.parse(to) - Date.parse(from))}`,
  }))
}

const placeIn =
  (history: AlertHistory) =>
  (time: string): number => {
    const from = Date.parse(history.from)
    return Math.min(1, Math.max(0, (Date.parse(time) - from) / (Date.parse(history.to) - from)))
  }
