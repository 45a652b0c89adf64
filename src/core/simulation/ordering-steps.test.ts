import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  advanceOrdering,
  laneOfKey,
  newOrdering,
  type OrderedRecord,
  type OrderingEvent,
  type OrderingState,
} from './ordering-steps.ts'

const play = (state: OrderingState, ...events: readonly OrderingEvent[]): OrderingState =>
  events.reduce(advanceOrdering, state)
const write = (key: string) => ({ kind: 'write', key }) as const
const read = (lane: number) => ({ kind: 'read', lane }) as const
const namesOf = (records: readonly OrderedRecord[]): readonly string[] =>
  records.map(({ key, sequence }) => `${key}${sequence}`)

/** A key that moves when `from` lanes become `to`. */
const movingKey = (from: number, to: number): string => {
  for (let index = 0; ; index++)
    if (laneOfKey(`k${index}`, from) !== laneOfKey(`k${index}`, to)) return `k${index}`
}

test('a key stays on its lane, and its records are numbered in order', () => {
  const state = play(newOrdering(3, 'key'), write('a'), write('b'), write('a'))
  assert.deepEqual(namesOf(state.lanes[laneOfKey('a', 3)]?.filter(each => each.key === 'a') ?? []), [
    'a1',
    'a2',
  ])
  assert.deepEqual(namesOf(state.written), ['a1', 'b1', 'a2'])
})

test('more lanes: a newer record of a moved key is read before an older one', () => {
  const key = movingKey(3, 4)
  const grown = play(newOrdering(3, 'key'), write(key), write(key), { kind: 'add-lanes', to: 4 }, write(key))
  assert.match(grown.text, /Nothing holds the two in order/)
  const broken = play(grown, read(laneOfKey(key, 4)), read(laneOfKey(key, 3)))
  assert.deepEqual(namesOf(broken.read), [`${key}3`, `${key}1`])
  assert.deepEqual(namesOf([...broken.late]), [`${key}1`])
  assert.match(broken.text, /the order is broken/)
})

test('the old lane read to its end first: the order of the moved key holds', () => {
  const key = movingKey(3, 4)
  const grown = play(newOrdering(3, 'key'), write(key), write(key), { kind: 'add-lanes', to: 4 }, write(key))
  const kept = play(grown, read(laneOfKey(key, 3)), read(laneOfKey(key, 3)), read(laneOfKey(key, 4)))
  assert.equal(kept.late.size, 0)
})

test('without a key records take turns, and two readers are enough to break the order', () => {
  const state = play(newOrdering(2, 'turns'), write('a'), write('a'), read(1), read(0))
  assert.deepEqual(namesOf([...state.late]), ['a1'])
})

test('what cannot happen changes nothing but the text', () => {
  const empty = newOrdering(2, 'key')
  for (const event of [read(0), read(7), { kind: 'read-all' }, { kind: 'add-lanes', to: 2 }] as const) {
    const { text, ...after } = advanceOrdering(empty, event)
    const { text: _, ...before } = empty
    assert.deepEqual(after, before)
    assert.notEqual(text, '')
  }
})

const event: fc.Arbitrary<OrderingEvent> = fc.oneof(
  fc.constantFrom('a', 'b', 'c').map(write),
  fc.nat(4).map(read),
  fc.constant({ kind: 'read-all' } as const),
)

test('routed by key and without an increase nothing is ever late, and reading loses and invents nothing', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (events, lanes) => {
      const end = play(newOrdering(lanes, 'key'), ...events, { kind: 'read-all' })
      assert.equal(end.late.size, 0)
      assert.equal(end.read.length, end.written.length)
      assert.deepEqual(new Set(end.read), new Set(end.written))
    }),
  )
})
