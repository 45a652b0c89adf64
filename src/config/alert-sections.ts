import { z } from 'zod'
import { decimal, oneOf, section, text, whole } from './fields.ts'

/** What a `lanekeeper.yaml` may say about alerts: rules, and who is told. */
const ruleName = text({
  what: 'a name of lower-case letters, digits and hyphens',
  example: 'hot-partition',
  description: 'A shipped rule to change, or a new one.',
  pattern: '^[a-z][a-z0-9-]*$',
  problem: name =>
    /^[a-z][a-z0-9-]{0,63}$/.test(name)
      ? null
      : 'must be lower-case letters, digits and hyphens, at most 64, such as hot-partition',
})

const seconds = (description: string) => whole({ min: 0, max: 604_800, example: 120, description }).optional()

const threshold = (description: string) => decimal({ min: 0, max: 1e15, example: 2, description }).optional()

/** Fields that a shipped rule leaves out keep their shipped value; a new rule must say measure and above. */
export const ruleSection = section('An alert rule.', {
  name: ruleName,
  title: text({
    what: 'a title',
    example: 'Orders are late',
    description: 'What is wrong, in words.',
  }).optional(),
  measure: text({
    what: 'a measure',
    example: 'group-lag',
    description: 'What is compared, or finding:KIND for any finding of that kind.',
  }).optional(),
  severity: oneOf(
    ['critical', 'warning', 'info', 'off'],
    'How bad it is; off: the rule does not run.',
  ).optional(),
  above: threshold('Fires above this: milliseconds for ages, 0 to 1 for shares.'),
  'for-seconds': seconds('How long it must be above.'),
  'clear-at-or-below': threshold('Clears at or below this; lower than above, or it flaps.'),
  'clear-for-seconds': seconds('How long it must be there.'),
  webhooks: z
    .array(text({ what: 'the name of a webhook', example: 'ops', description: 'A declared webhook.' }))
    .optional()
    .meta({ description: 'Webhooks that are told; all when left out, none when empty.' }),
})

export const webhookSection = section('An HTTP address that is told.', {
  name: text({ what: 'a name', example: 'ops', description: 'A name for people and for rules.' }),
  url: text({
    what: 'an http or https address',
    example: 'https://alerts.example/hook',
    description: 'Gets a POST with JSON.',
    problem: url =>
      /^https?:\/\/[^\s/@]+(?:\/\S*)?$/.test(url) && URL.canParse(url)
        ? null
        : 'must be an http or https address without a user in it, such as https://alerts.example/hook',
  }),
  'secret-file': text({
    what: 'the path of a file',
    example: '/run/secrets/ops-hook',
    description: 'Its content signs each message (HMAC-SHA256). Without it messages are not signed.',
  }).optional(),
})

export const alertsSection = section('Who is told of what, and when.', {
  rules: z
    .array(ruleSection)
    .default([])
    .meta({ description: 'Changes to the shipped rules by their name, and rules of your own.' }),
  webhooks: z.array(webhookSection).default([]).meta({ description: 'Who is told.' }),
  'repeat-minutes': whole({
    min: 1,
    max: 10_080,
    example: 240,
    description: 'An alert that nobody acknowledged is told again this often.',
  }).default(240),
}).prefault({})

export const historySection = section('The past, kept in the state folder.', {
  'max-megabytes': whole({
    min: 8,
    max: 1_000_000,
    example: 512,
    description: 'Bound on the file; the oldest of the finest steps goes first.',
  }).default(512),
}).prefault({})

export const metricsSection = section('What /metrics answers.', {
  granularity: oneOf(
    ['partition', 'topic', 'group'],
    'Finest figures that are told. topic leaves out the series per partition, group those per topic too.',
  ).default('partition'),
  'max-series': whole({
    min: 100,
    max: 10_000_000,
    example: 200_000,
    description: 'Series in one answer; metrics beyond it are left out and counted.',
  }).default(200_000),
}).prefault({})
