import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axisTime, partOf, rangeOf, rangeQuery, rangeView, rangeWords, shifted } from './time-range.ts'

const now = '2026-03-14T14:32:08.000Z'

test('the address says the range; what it does not understand is the last hour', () => {
  assert.deepEqual(rangeOf({}), { kind: 'last', id: '1h', minutes: 60 })
  assert.deepEqual(rangeOf({ last: '24h' }), { kind: 'last', id: '24h', minutes: 1440 })
  assert.deepEqual(rangeOf({ last: 'century' }), rangeOf({}))
  assert.deepEqual(rangeOf({ from: '2026-03-14T14:00:00Z', to: '2026-03-14T13:00:00Z' }), rangeOf({}))
  assert.deepEqual(rangeOf({ from: 'yesterday', to: now }), rangeOf({}))
  const fixed = { from: '2026-03-14T13:00:00Z', to: '2026-03-14T14:00:00Z' }
  assert.deepEqual(rangeOf(fixed), { kind: 'fixed', ...fixed })
  assert.deepEqual(rangeView(rangeOf(fixed)), { last: undefined, ...fixed })
  assert.deepEqual(rangeView(rangeOf({})), { last: undefined, from: undefined, to: undefined })
  assert.equal(rangeQuery(rangeOf(fixed)), 'from=2026-03-14T13:00:00Z&to=2026-03-14T14:00:00Z')
})

test('earlier by half a length, and later ends in the running range', () => {
  const earlier = shifted(rangeOf({}), -1, now)
  assert.deepEqual(earlier, { kind: 'fixed', from: '2026-03-14T13:02:08Z', to: '2026-03-14T14:02:08Z' })
  assert.deepEqual(shifted(earlier, 1, now), rangeOf({}))
  assert.equal(shifted(earlier, -1, now).kind, 'fixed')
})

test('a part of the picture, dragged in either direction, is never shorter than a minute', () => {
  const hour = [Date.parse('2026-03-14T13:00:00Z'), Date.parse('2026-03-14T14:00:00Z')] as const
  const part = { kind: 'fixed', from: '2026-03-14T13:15:00Z', to: '2026-03-14T13:30:00Z' } as const
  assert.deepEqual(partOf(hour, 0.25, 0.5), part)
  assert.deepEqual(partOf(hour, 0.5, 0.25), part)
  const short = partOf(hour, 0.5, 0.5)
  assert.ok(short.kind === 'fixed' && Date.parse(short.to) - Date.parse(short.from) === 60_000)
})

test('times are told with their day where the picture is longer than one', () => {
  assert.equal(axisTime(now, 3_600_000), '14:32')
  assert.equal(axisTime(now, 7 * 86_400_000), '14 Mar 14:32')
  assert.equal(rangeWords(rangeOf({})), 'Last 1 h')
  assert.equal(
    rangeWords(rangeOf({ from: '2026-03-14T13:00:00Z', to: '2026-03-14T14:00:00Z' })),
    '13:00 to 14:00 UTC',
  )
})
