import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Agenda } from './agenda.ts'

test('actions run in order of time, then of entry, whatever was cancelled', () => {
  const entry = fc.record({ atMs: fc.integer({ min: 0, max: 20 }), cancelled: fc.boolean() })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 60, size: 'max' }), entries => {
      const agenda = new Agenda(0)
      const seen: { atMs: number; index: number }[] = []
      const appointments = entries.map(({ atMs }, index) =>
        agenda.at(atMs, () => seen.push({ atMs: agenda.nowMs, index })),
      )
      entries.forEach(({ cancelled }, index) => {
        if (cancelled) appointments[index]?.cancel()
      })
      agenda.runUntil(100)
      const expected = entries
        .map(({ atMs, cancelled }, index) => ({ atMs, index, cancelled }))
        .filter(one => !one.cancelled)
        .toSorted((left, right) => left.atMs - right.atMs)
        .map(({ atMs, index }) => ({ atMs, index }))
      assert.deepEqual(seen, expected)
      assert.equal(agenda.nowMs, 100)
      assert.equal(agenda.nextMs(), null)
    }),
  )
})

test('an action may enter and cancel others, also for the very moment', () => {
  const agenda = new Agenda(5)
  const seen: string[] = []
  const doomed = agenda.at(10, () => seen.push('doomed'))
  agenda.at(7, () => {
    seen.push(`first@${agenda.nowMs}`)
    agenda.after(0, () => seen.push(`now@${agenda.nowMs}`))
    agenda.at(1, () => seen.push(`past@${agenda.nowMs}`))
    doomed.cancel()
  })
  agenda.runUntil(20)
  assert.deepEqual(seen, ['first@7', 'now@7', 'past@7'])
})
