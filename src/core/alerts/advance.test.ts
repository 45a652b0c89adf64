import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advanceAlerts, type AlertChange } from './advance.ts'
import { acknowledge, addSilence, alertKey, emptyBook, endSilence, type AlertBook } from './book.ts'
import { dueNotifications } from './notify.ts'
import type { Reading } from './readings.ts'
import type { AlertRule } from './rule.ts'

const hot: AlertRule = {
  name: 'hot',
  title: 'Hot',
  measure: 'hot-partition',
  severity: 'warning',
  fireAbove: 2,
  fireAfterMs: 10_000,
  clearAtOrBelow: 1.6,
  clearAfterMs: 5_000,
  webhooks: null,
}

const reading = (subject: string, value: number): Reading => ({
  subject,
  value,
  text: `${subject} reads ${value}.`,
  href: `/topics/${subject}`,
})

/** Steps a book through values of one subject, a second apart; `null`: not seen, `undefined`: gone. */
const run = (values: readonly (number | null | undefined)[], rule = hot, start: AlertBook = emptyBook) => {
  let book = start
  const changes: AlertChange['kind'][][] = []
  values.forEach((value, second) => {
    const [next, made] = advanceAlerts(book, [rule], {
      nowMs: second * 1000,
      wallMs: 1_000_000 + second * 1000,
      elapsedMs: second === 0 ? null : 1000,
      readings: () => (value === null ? null : value === undefined ? [] : [reading('t', value)]),
    })
    book = next
    changes.push(made.map(change => change.kind))
  })
  return { book, changes, alert: book.alerts.get(alertKey('hot', 't')) }
}

const times = <Value>(count: number, value: Value): readonly Value[] => Array<Value>(count).fill(value)

test('fires only after the condition held without interruption for as long as the rule says', () => {
  const { changes, alert } = run(times(11, 3))
  assert.deepEqual(changes[0], ['nearly'])
  assert.deepEqual(changes.slice(1, 10).flat(), [])
  assert.deepEqual(changes[10], ['fired'])
  assert.equal(alert?.state, 'firing')
  assert.equal(alert?.firedMs, 1_010_000)
  const interrupted = run([...times(9, 3), 1, ...times(9, 3)])
  assert.equal(interrupted.alert?.state, 'nearly')
  assert.deepEqual(interrupted.changes[9], ['dropped'])
})

test('hysteresis: between the thresholds what fires goes on, and what does not stays silent', () => {
  assert.equal(run(times(60, 1.8)).alert, undefined)
  assert.equal(run([...times(11, 3), ...times(60, 1.8)]).alert?.state, 'firing')
  const { changes, alert } = run([...times(11, 3), ...times(6, 1.5)])
  assert.equal(alert, undefined)
  assert.deepEqual(changes.at(-1), ['cleared'])
  assert.equal(run([...times(11, 3), ...times(5, 1.5)]).alert?.state, 'firing', 'not yet long enough')
  assert.equal(run([...times(11, 3), ...times(4, 1.5), 1.8, ...times(4, 1.5)]).alert?.state, 'firing')
})

test('what is not seen neither fires nor clears, however long it lasts', () => {
  assert.equal(run([...times(5, 3), ...times(600, null), 3]).alert?.state, 'nearly')
  assert.equal(run([...times(5, 3), ...times(600, NaN), 3]).alert?.state, 'nearly')
  const held = run([...times(11, 3), ...times(600, null)])
  assert.equal(held.alert?.state, 'firing')
  assert.equal(held.alert?.leaning, null)
  assert.equal(run([...times(11, 3), ...times(4, 1), null, 1]).alert?.state, 'firing', 'evidence starts anew')
})

test('a subject that is gone clears in the ordinary way, and keeps the sentence it fired with', () => {
  const { book, alert } = run([...times(11, 3), undefined])
  assert.equal(alert?.text, 't reads 3.')
  const after = run([...times(11, 3), ...times(7, undefined)])
  assert.equal(after.alert, undefined)
  assert.deepEqual(after.changes.flat(), ['nearly', 'fired', 'cleared'])
  assert.equal(book.alerts.size, 1)
})

test('a gap between two samples proves nothing of what lies between', () => {
  const [book] = advanceAlerts(emptyBook, [hot], {
    nowMs: 0,
    wallMs: 0,
    elapsedMs: null,
    readings: () => [reading('t', 3)],
  })
  const [after, changes] = advanceAlerts(book, [hot], {
    nowMs: 3_600_000,
    wallMs: 3_600_000,
    elapsedMs: 3_600_000,
    readings: () => [reading('t', 3)],
  })
  assert.deepEqual(changes, [])
  assert.equal(after.alerts.get(alertKey('hot', 't'))?.evidenceMs, 0)
})

test('at once means at once', () => {
  assert.deepEqual(run([3], { ...hot, fireAfterMs: 0 }).changes[0], ['fired'])
})

test('one message a rule; silenced and acknowledged ones are not repeated; a clear is told to whoever was told', () => {
  const many = Array.from({ length: 500 }, (_, i) => reading(`topic-${String(i).padStart(3, '0')}`, 3))
  const sample = { nowMs: 0, wallMs: 0, elapsedMs: null, readings: () => many }
  const now = { ...hot, fireAfterMs: 0, clearAfterMs: 0 }
  const [fired, changes] = advanceAlerts(emptyBook, [now], sample)
  const [told, notifications] = dueNotifications(fired, [now], changes, 0, 60_000)
  assert.equal(notifications.length, 1)
  assert.equal(notifications[0]?.firing.length, 500)
  assert.deepEqual(dueNotifications(told, [now], [], 59_999, 60_000)[1], [])
  assert.equal(dueNotifications(told, [now], [], 60_000, 60_000)[1][0]?.reminder, true)

  const taken = acknowledge(told, 'hot', null, { atMs: 1, note: 'on it' })
  assert.ok(taken !== null)
  assert.deepEqual(dueNotifications(taken, [now], [], 60_000, 60_000)[1], [])
  assert.equal(acknowledge(told, 'hot', 'nobody', { atMs: 1, note: '' }), null)

  const [after, cleared] = advanceAlerts(taken, [now], { ...sample, readings: () => [] })
  assert.equal(dueNotifications(after, [now], cleared, 1, 60_000)[1][0]?.cleared.length, 500)
  assert.deepEqual(dueNotifications(after, [now], [], 1, 60_000)[1], [])
})

test('a silence keeps quiet, ends by itself, and what still fires then is told', () => {
  const silence = { id: 's', rule: 'hot', subject: null, createdMs: 0, untilMs: 30_000, reason: 'campaign' }
  const now = { ...hot, fireAfterMs: 0 }
  const { book } = run([3], now, addSilence(emptyBook, { ...silence, untilMs: 1_030_000 }))
  const quiet = dueNotifications(book, [now], [], 1_000_000, 60_000)
  assert.deepEqual(quiet[1], [])
  assert.equal(dueNotifications(quiet[0], [now], [], 1_030_000, 60_000)[1][0]?.firing.length, 1)
  assert.equal(endSilence(book, 'other'), null)
  assert.equal(endSilence(book, 's')?.silences.length, 0)
  assert.equal(addSilence(book, { ...silence, id: 's2' }).silences.length, 1, 'one silence for one thing')
})

test('a clock that was set back: a silence does not outlive its length, and reminders do not wait for days', () => {
  const { book } = run(times(12, 3))
  const wallMs = 1_000_000_000
  const day = 86_400_000
  const [told] = dueNotifications(book, [hot], [], wallMs, 3_600_000)
  const silence = {
    id: 's',
    rule: 'hot',
    subject: null,
    createdMs: wallMs,
    untilMs: wallMs + 1_800_000,
    reason: '',
  }
  const silenced = addSilence(told, silence)
  const at = (nowMs: number) => dueNotifications(silenced, [hot], [], nowMs, 3_600_000)[1].length
  assert.equal(at(wallMs - 1_000), 0, 'a second of correction changes nothing')
  assert.equal(at(wallMs - day), 1)
  const [next] = advanceAlerts(silenced, [hot], {
    nowMs: 0,
    wallMs: wallMs - day,
    elapsedMs: 1_000,
    readings: () => null,
  })
  assert.deepEqual(next.silences, [])
})
