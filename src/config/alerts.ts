import type { z } from 'zod'
import { isMeasure, measureNames, measures, shippedRules, type AlertRule } from '../core/alerts/index.ts'
import { nearest } from '../core/model/index.ts'
import { type alertsSection, ruleSection, type webhookSection } from './alert-sections.ts'
import type { Contradiction } from './contradictions.ts'
import { listIn, textIn, valueIn } from './raw-values.ts'

/** What the file says of alerts, on top of the shipped rules. */
export interface AlertConfig {
  /** Shipped ones first, as the file changes them; then the file's own. */
  readonly rules: readonly AlertRule[]
  readonly webhooks: readonly WebhookConfig[]
  readonly repeatMs: number
}

export interface WebhookConfig {
  readonly name: string
  readonly url: string
  readonly secretFile: string | null
}

type RuleFields = z.output<typeof ruleSection>

export const alertConfigOf = (contents: z.output<typeof alertsSection>): AlertConfig => {
  const written = new Map(contents.rules.map(rule => [rule.name, rule]))
  const names = new Set(shippedRules.map(rule => rule.name))
  const own = contents.rules.filter(rule => !names.has(rule.name))
  return {
    rules: [
      ...shippedRules.map(shipped => merged(written.get(shipped.name), shipped)),
      ...own.map(rule => merged(rule, startingPoint(rule))),
    ].filter(rule => written.get(rule.name)?.severity !== 'off'),
    webhooks: contents.webhooks.map(webhookOf),
    repeatMs: contents['repeat-minutes'] * 60_000,
  }
}

const merged = (written: RuleFields | undefined, shipped: AlertRule): AlertRule => {
  const { severity, measure } = written ?? {}
  const fireAbove = written?.above ?? shipped.fireAbove
  return {
    ...shipped,
    title: written?.title ?? shipped.title,
    measure: measure !== undefined && isMeasure(measure) ? measure : shipped.measure,
    severity: severity === undefined || severity === 'off' ? shipped.severity : severity,
    fireAbove,
    fireAfterMs: milliseconds(written?.['for-seconds']) ?? shipped.fireAfterMs,
    // a threshold that was lowered under the shipped clearing point takes that down with it
    clearAtOrBelow: written?.['clear-at-or-below'] ?? Math.min(shipped.clearAtOrBelow, fireAbove),
    clearAfterMs: milliseconds(written?.['clear-for-seconds']) ?? shipped.clearAfterMs,
    webhooks: written?.webhooks ?? shipped.webhooks,
  }
}

/** What a rule of one's own is where it says nothing: a warning after a minute, cleared a fifth lower. */
const startingPoint = (rule: RuleFields): AlertRule => ({
  name: rule.name,
  title: rule.title ?? rule.name,
  measure: 'group-lag',
  severity: 'warning',
  fireAbove: 0,
  fireAfterMs: 60_000,
  clearAtOrBelow: (rule.above ?? 0) * 0.8,
  clearAfterMs: 60_000,
  webhooks: null,
})

const webhookOf = (webhook: z.output<typeof webhookSection>): WebhookConfig => ({
  name: webhook.name,
  url: webhook.url,
  secretFile: webhook['secret-file'] ?? null,
})

const milliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000

/** Names that repeat or that no one declared, measures that do not exist, thresholds the wrong way round. */
export const alertContradictions = (file: unknown): readonly Contradiction[] => {
  const alerts = valueIn(file, 'alerts')
  const declared = listIn(alerts, 'webhooks').map(item => textIn(item, 'name'))
  return [
    ...repeatedNames(alerts, 'rules'),
    ...repeatedNames(alerts, 'webhooks'),
    ...listIn(alerts, 'rules').flatMap((rule, index) => [
      ...undeclaredWebhooks(rule, index, declared),
      ...ruleContradictions(rule, index),
    ]),
  ]
}

const undeclaredWebhooks = (
  rule: unknown,
  index: number,
  declared: readonly (string | null)[],
): readonly Contradiction[] =>
  listIn(rule, 'webhooks').flatMap((name, position) =>
    typeof name !== 'string' || declared.includes(name)
      ? []
      : [
          {
            path: ['alerts', 'rules', index, 'webhooks', position],
            text: `names ${name}, which alerts.webhooks does not declare; add it there`,
          },
        ],
  )

const ruleContradictions = (rule: unknown, index: number): readonly Contradiction[] => {
  const parsed = ruleSection.safeParse(rule)
  if (!parsed.success) return []
  const { name, measure, above } = parsed.data
  const found: Contradiction[] = []
  const say = (path: readonly string[], text: string): void => {
    found.push({ path: ['alerts', 'rules', index, ...path], text })
  }
  const shipped = shippedRules.find(each => each.name === name)
  if (measure !== undefined && !isMeasure(measure)) say(['measure'], unknownMeasure(measure))
  if (shipped === undefined && measure === undefined)
    say(
      [],
      `is named ${name}, which is no shipped rule, so it must say measure; shipped are ${shippedRules.map(each => each.name).join(', ')}`,
    )
  const ofFinding = measure?.startsWith('finding:') === true
  if (shipped === undefined && measure !== undefined && !ofFinding && above === undefined)
    say([], 'says a measure but not above what it fires; add above')
  const clear = parsed.data['clear-at-or-below']
  const fire = above ?? shipped?.fireAbove ?? 0
  if (clear !== undefined && clear > fire)
    say(['clear-at-or-below'], `${clear} is over the ${fire} that it fires above; write a lower one`)
  return found
}

const unknownMeasure = (measure: string): string => {
  const meant = nearest(measure, measureNames)
  return meant === null
    ? `${measure} is no measure; there are ${Object.keys(measures).join(', ')}, and finding:KIND with a kind of docs/health-rules.md`
    : `${measure} is no measure; did you mean ${meant}?`
}

const repeatedNames = (alerts: unknown, list: 'rules' | 'webhooks'): readonly Contradiction[] => {
  const seen = new Set<string>()
  return listIn(alerts, list).flatMap((item, index) => {
    const name = textIn(item, 'name')
    if (name === null) return []
    const again = seen.has(name)
    seen.add(name)
    return again
      ? [{ path: ['alerts', list, index, 'name'], text: `${name} is declared already; keep one of them` }]
      : []
  })
}
