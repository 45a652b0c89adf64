import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Tick } from './contract.ts'
import { applyDelta, deltaOf } from './delta.ts'

/** Only the parts whose shape matters to a delta; the rest is opaque to it. */
const cell = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null })
const name = fc.constantFrom('a', 'b', '__proto__', 'c', '')
const columns = fc.record({
  topic: name,
  recordsPerSecond: fc.array(cell, { minLength: 2, maxLength: 8 }),
  bytesPerSecond: fc.array(cell, { minLength: 2, maxLength: 8 }),
  sizeBytes: fc.array(cell, { maxLength: 4 }),
  lagRecords: fc.array(cell, { maxLength: 4 }),
  lagMs: fc.array(cell, { maxLength: 4 }),
  leader: fc.array(fc.integer({ min: -1, max: 2 }), { maxLength: 4 }),
  isr: fc.array(fc.nat({ max: 3 }), { maxLength: 4 }),
  state: fc.array(fc.constantFrom('active', 'unknown'), { maxLength: 4 }),
  consumer: fc.array(fc.integer({ min: -1, max: 2 }), { maxLength: 4 }),
  consumers: fc.array(fc.string(), { maxLength: 2 }),
})
const tick = fc.record({
  at: fc.string(),
  health: fc.record({ status: fc.constantFrom('ok', 'degraded') }),
  totals: fc.record({ partitions: fc.nat({ max: 3 }) }),
  findings: fc.array(fc.record({ id: fc.string() }), { maxLength: 3 }),
  topics: fc.uniqueArray(fc.record({ topic: name, lagRecords: cell }), {
    selector: topic => topic.topic,
    maxLength: 4,
  }),
  groups: fc.uniqueArray(fc.record({ groupId: name, lagRecords: cell }), {
    selector: group => group.groupId,
    maxLength: 4,
  }),
  columns: fc.uniqueArray(columns, { selector: each => each.topic, maxLength: 4 }),
}) as unknown as fc.Arbitrary<Tick>

test('before plus the difference is after, through JSON and back', () => {
  fc.assert(
    fc.property(tick, tick, (before, after) => {
      const delta = JSON.parse(JSON.stringify(deltaOf(before, after))) as ReturnType<typeof deltaOf>
      assert.deepEqual(
        JSON.parse(JSON.stringify(applyDelta(before, delta))),
        JSON.parse(JSON.stringify(after)),
      )
    }),
  )
})

test('nothing changed: nothing is said', () => {
  fc.assert(
    fc.property(tick, before => {
      const copy = JSON.parse(JSON.stringify(before)) as Tick
      assert.deepEqual(deltaOf(before, copy), {
        parts: {},
        topics: null,
        groups: null,
        columns: [],
        columnOrder: null,
      })
    }),
  )
})
