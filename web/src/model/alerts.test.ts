import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AlertGroup, Alerts, AlertView } from '../../../src/api/alerts.ts'
import { alertLanes, alertsHeadline, firingCount, gaugeOf, lastingWords, stateWords } from './alerts.ts'

const alert: AlertView = {
  subject: 'user-actions',
  state: 'firing',
  text: 'user-actions-417 takes 9.4× its share.',
  href: '/topics/user-actions/417',
  value: 9.4,
  valueText: '9.4×',
  since: '2026-03-14T14:07:10.000Z',
  firedAt: '2026-03-14T14:09:10.000Z',
  evidenceMs: 0,
  leaning: 'fire',
  acknowledged: null,
  silence: null,
}
const group: AlertGroup = {
  rule: 'hot-partition',
  title: 'One partition far over its share',
  severity: 'warning',
  state: 'firing',
  fires: 'over 2.00× for 2 m',
  clears: '1.60× or less for 5 m',
  fireAbove: 2,
  clearAtOrBelow: 1.6,
  fireAfterMs: 120_000,
  fireAboveText: '2.00×',
  clearAtOrBelowText: '1.60×',
  graded: true,
  count: 1,
  alerts: [alert],
}
const alertsOf = (groups: readonly AlertGroup[], held = false): Alerts => ({
  held,
  groups: [...groups],
  rules: [],
  silences: [],
  deliveries: [],
  webhooks: [],
})

test('the headline says what fires, and never "nothing" while nothing is seen', () => {
  assert.equal(alertsHeadline(alertsOf([])).title, 'Nothing fires.')
  assert.equal(alertsHeadline(alertsOf([group])).title, 'One alert fires.')
  assert.match(alertsHeadline(alertsOf([group])).sub, /^user-actions-417 takes/)
  assert.match(alertsHeadline(alertsOf([], true)).title, /held/)
  // without Lanekeeper nobody knows, neither that something fires nor that nothing does
  for (const groups of [[], [group]])
    assert.equal(alertsHeadline(alertsOf(groups), '2026-03-14T14:32:08Z').title, 'Alerts, not seen now.')
  assert.deepEqual(stateWords(group, false, true), { word: 'was: firing', tone: 'unknown', icon: 'unknown' })
  assert.match(alertsHeadline(alertsOf([group], true)).title, /held/)
  assert.equal(alertsHeadline(alertsOf([{ ...group, state: 'silenced' }])).title, 'Nothing fires.')
})

test('silenced, taken and held alerts ask for nobody in the navigation', () => {
  const critical: AlertGroup = { ...group, severity: 'critical' }
  assert.deepEqual(firingCount(alertsOf([group, critical])), { count: 2, severity: 'critical' })
  assert.equal(firingCount(alertsOf([{ ...group, state: 'acknowledged' }])).count, 0)
  const unseen: AlertGroup = { ...group, alerts: [{ ...alert, leaning: null }] }
  assert.equal(firingCount(alertsOf([unseen], true)).count, 0)
  assert.equal(firingCount(alertsOf([group], true)).count, 1, 'what is seen is not held')
  assert.equal(stateWords(group, true).tone, 'unknown')
})

test('a gauge keeps value and thresholds on its bar, and is left out where it says nothing', () => {
  const gauge = gaugeOf(group, alert)
  assert.ok(gauge !== undefined && gauge.clear < gauge.fire && gauge.fire < gauge.value && gauge.value < 1)
  const low = gaugeOf(group, { ...alert, value: 0.1 })
  assert.ok(low !== undefined && low.fire < 1)
  assert.equal(gaugeOf(group, { ...alert, value: null }), undefined)
  assert.equal(gaugeOf({ ...group, graded: false }, alert), undefined)
})

test('how long it fires, or how near it is', () => {
  assert.equal(lastingWords(group, alert, '2026-03-14T14:32:08.000Z').replaceAll('\u00a0', ' '), '22 m 58 s')
  const nearly: AlertView = { ...alert, state: 'nearly', firedAt: null, evidenceMs: 60_000 }
  assert.equal(lastingWords(group, nearly, '').replaceAll('\u00a0', ' '), '1 m 00 s of 2 m')
})

test('lanes: one a rule that ever fired, in the order of the rules, within the picture', () => {
  const span = { rule: 'b', subject: 's', state: 'firing' as const, severity: 'info' as const, text: 't' }
  const lanes = alertLanes(
    {
      from: '2026-03-14T00:00:00.000Z',
      to: '2026-03-15T00:00:00.000Z',
      spans: [
        { ...span, from: '2026-03-14T06:00:00.000Z', to: '2026-03-14T12:00:00.000Z' },
        {
          ...span,
          rule: 'a',
          state: 'nearly',
          from: '2026-03-13T06:00:00.000Z',
          to: '2026-03-14T12:00:00.000Z',
        },
      ],
      unseen: [],
    },
    ['a', 'b', 'c'],
  )
  assert.deepEqual(
    lanes.map(lane => [lane.rule, lane.fired, lane.bars[0]?.from, lane.bars[0]?.to]),
    [
      ['a', 0, 0, 0.5],
      ['b', 1, 0.25, 0.5],
    ],
  )
})
