import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tick, TopicColumns } from '../api/contract.ts'
import { applyDelta, deltaOf, type HeldColumns, type HeldTick, stateAt } from '../api/delta.ts'
import { packedFrom, unpackDelta, unpackTick } from '../api/packed.ts'
import { packDelta, packTick } from './pack-columns.ts'

const partitions = packedFrom * 3

/** A topic long enough for bytes, whose figures move with `at`; some are not known. */
const columnsAt = (topic: string, length: number, at: number): TopicColumns => {
  const figures = (step: number): (number | null)[] =>
    Array.from({ length }, (_, p) => (p % 97 === at % 97 ? null : ((p * step + at * 13) % 5000) / 4))
  const seldom = Array.from({ length }, (_, p) => (p % 50 === 0 ? p + at : p))
  return {
    topic,
    recordsPerSecond: figures(7),
    bytesPerSecond: figures(11),
    sizeBytes: seldom,
    lagRecords: figures(3),
    lagMs: seldom.map((value, p) => (p % 3 === 0 && p % 50 === 0 ? null : value)),
    leader: seldom.map(value => value % 20),
    isr: seldom.map(() => 3),
    state: seldom.map((_, p) => (p % 100 === at ? 'recovering' : 'active')),
    consumer: seldom.map(value => (value % 7) - 1),
    consumers: ['a', 'b'],
  }
}
const tickAt = (at: number): Tick =>
  ({
    at: `t${at}`,
    topics: [],
    groups: [],
    findings: [],
    columns: [columnsAt('long', partitions, at), columnsAt('short', 12, at)],
  }) as unknown as Tick

const throughText = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

/** Null is NaN in a typed array, and its figures have seven digits. */
const assertSame = (held: HeldTick, tick: Tick): void => {
  assert.deepEqual(
    held.columns.map(columns => columns.topic),
    tick.columns.map(columns => columns.topic),
  )
  for (const [index, wanted] of tick.columns.entries())
    for (const [name, column] of Object.entries(wanted)) {
      const columns = held.columns[index] as HeldColumns
      const got = columns[name as keyof HeldColumns]
      if (typeof column === 'string') continue
      const plain = Array.from(got as ArrayLike<unknown>, (value, p) =>
        name === 'state' ? stateAt(columns, p) : Number.isNaN(value) ? null : value,
      )
      assert.deepEqual(plain, column, `${wanted.topic}, ${name}`)
    }
}

test('what is packed and unpacked is what was: a tick, then differences of every size', () => {
  let held = unpackTick(throughText(packTick(tickAt(0))))
  assertSame(held, tickAt(0))
  for (let at = 1; at < 5; at++) {
    held = applyDelta(held, unpackDelta(throughText(packDelta(deltaOf(tickAt(at - 1), tickAt(at))))))
    assertSame(held, tickAt(at))
  }
})

test('long columns travel as bytes, short ones as text; what did not change does not travel', () => {
  const { columns } = packTick(tickAt(0))
  assert.deepEqual(Object.keys(columns[0]?.recordsPerSecond ?? {}), ['f32'])
  assert.deepEqual(Object.keys(columns[0]?.leader ?? {}), ['i32'])
  assert.equal(Array.isArray(columns[1]?.recordsPerSecond), true)
  const delta = packDelta(deltaOf(tickAt(0), tickAt(1)))
  const changes = delta.columns.find(each => each.topic === 'long')?.changes ?? {}
  assert.equal('isr' in changes, false)
  const bytes = JSON.stringify(changes['recordsPerSecond']).length
  assert.ok(bytes < partitions * 5.5, `${bytes} bytes for ${partitions} figures`)
})

test('a figure that is not known any more, in a difference of a few, is not 0', () => {
  const before = unpackTick(throughText(packTick(tickAt(0))))
  const after = tickAt(0)
  const rates = [...(after.columns[0]?.recordsPerSecond ?? [])]
  rates[5] = null
  after.columns[0] = { ...(after.columns[0] as TopicColumns), recordsPerSecond: rates }
  const held = applyDelta(before, unpackDelta(throughText(packDelta(deltaOf(tickAt(0), after)))))
  assert.ok(Number.isNaN(held.columns[0]?.recordsPerSecond[5]))
  assert.equal(
    Number.isNaN(before.columns[0]?.recordsPerSecond[5]),
    false,
    'what was drawn from does not change',
  )
})
