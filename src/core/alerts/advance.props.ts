import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { advanceAlerts, type AlertChange } from './advance.ts'
import { emptyBook, type AlertBook } from './book.ts'
import type { Reading } from './readings.ts'
import type { AlertRule } from './rule.ts'

const rule: AlertRule = {
  name: 'r',
  title: 'R',
  measure: 'group-lag',
  severity: 'warning',
  fireAbove: 10,
  fireAfterMs: 5_000,
  clearAtOrBelow: 5,
  clearAfterMs: 4_000,
  webhooks: null,
}

/** What a look may say of each of three subjects: a value, not known, or absent. */
const look = fc.option(
  fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.constant(NaN), fc.integer({ min: 0, max: 20 }))),
  { nil: null, freq: 6 },
)
const looks = fc.array(look, { maxLength: 60 })

const readingsOf = (values: Readonly<Record<string, number>> | null): readonly Reading[] | null =>
  values === null
    ? null
    : Object.entries(values).map(([subject, value]) => ({ subject, value, text: subject, href: '/' }))

const play = (
  sequence: readonly (Readonly<Record<string, number>> | null)[],
  order: (readings: readonly Reading[]) => readonly Reading[] = readings => readings,
): { readonly book: AlertBook; readonly changes: readonly AlertChange[] } => {
  let book = emptyBook
  const changes: AlertChange[] = []
  sequence.forEach((values, second) => {
    const readings = readingsOf(values)
    const [next, made] = advanceAlerts(book, [rule], {
      nowMs: second * 1000,
      wallMs: second * 1000,
      elapsedMs: second === 0 ? null : 1000,
      readings: () => (readings === null ? null : order(readings)),
    })
    book = next
    changes.push(...made)
  })
  return { book, changes }
}

test('fired and cleared alternate for each subject, and a firing alert held for as long as its rule says', () => {
  fc.assert(
    fc.property(looks, sequence => {
      const firing = new Set<string>()
      for (const { kind, alert } of play(sequence).changes) {
        if (kind === 'fired') {
          assert.ok(!firing.has(alert.subject))
          firing.add(alert.subject)
          const last = sequence
            .slice(0, alert.seenMs / 1000 + 1)
            .slice(-1 - rule.fireAfterMs / 1000)
            .map(values => values?.[alert.subject] ?? NaN)
          assert.ok(
            last.length === 6 && last.every(value => value > rule.fireAbove),
            `fired on ${last.join()}`,
          )
        }
        if (kind === 'cleared') assert.ok(firing.delete(alert.subject))
      }
    }),
  )
})

test('taking looks away never clears what would go on firing, and never fires what would not', () => {
  fc.assert(
    fc.property(looks, fc.array(fc.nat({ max: 59 })), (sequence, missing) => {
      const holes = new Set(missing)
      const seen = play(sequence.map((values, i) => (holes.has(i) ? null : values)))
      const count = (changes: readonly AlertChange[], kind: AlertChange['kind']): number =>
        changes.filter(change => change.kind === kind).length
      for (const change of seen.changes)
        if (change.kind === 'cleared' || change.kind === 'fired')
          assert.ok(!holes.has(change.alert.seenMs / 1000), 'a hole decides nothing')
      assert.ok(count(seen.changes, 'fired') <= count(seen.changes, 'nearly'))
    }),
  )
})

test('the order of readings changes nothing', () => {
  fc.assert(
    fc.property(looks, sequence => {
      const forwards = play(sequence)
      const backwards = play(sequence, readings => readings.toReversed())
      const sorted = (book: AlertBook) => [...book.alerts].toSorted(([a], [b]) => (a < b ? -1 : 1))
      assert.deepEqual(sorted(forwards.book), sorted(backwards.book))
    }),
  )
})
