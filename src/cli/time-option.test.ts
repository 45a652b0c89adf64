import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timeOption } from './time-option.ts'

const NOW = Date.parse('2026-01-31T12:00:00Z')
const at = (text: string): string => new Date(timeOption('--from-time', text, NOW)).toISOString()

test('a time is UTC unless it says otherwise, whatever the zone of this machine', () => {
  assert.equal(at('2026-01-31'), '2026-01-31T00:00:00.000Z')
  assert.equal(at('2026-01-31T09:30'), '2026-01-31T09:30:00.000Z')
  assert.equal(at('2026-01-31T09:30:15.250'), '2026-01-31T09:30:15.250Z')
  assert.equal(at('2026-01-31T09:30:15+02:00'), '2026-01-31T07:30:15.000Z')
})

test('or so long ago', () => {
  assert.deepEqual(['90s', '15m', '2h', '1d'].map(at), [
    '2026-01-31T11:58:30.000Z',
    '2026-01-31T11:45:00.000Z',
    '2026-01-31T10:00:00.000Z',
    '2026-01-30T12:00:00.000Z',
  ])
})

test('anything else is an error with an example', () => {
  for (const text of ['', 'now', '15', '-15m', '2026-13-01', '31.01.2026', '2026-01-31T25:00Z'])
    assert.throws(() => at(text), /not a time/, text)
})
