import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REPLAY_HEADER } from './dead-letter.ts'
import { type Letter, letterName, ReplayOrder, type SourceRecord } from './replay-order.ts'

const text = new TextEncoder()
const bytes = (key: string | null): Uint8Array | null => (key === null ? null : text.encode(key))

/** Letter number `at` of the dead-letter topic, for offset `offset` of orders-0. */
const letter = (at: number, offset: number, key: string | null, replayed: Letter | null = null): Letter => ({
  topic: 'dead',
  partition: 0,
  offset: at,
  key: bytes(key),
  headers: replayHeader(replayed),
  origin: {
    topic: 'orders',
    partition: 0,
    offset,
    timestampMs: 0,
    group: 'g',
    attempts: 1,
    error: 'Error',
    message: '',
  },
})

const replayHeader = (of: Letter | null) =>
  of === null ? [] : [{ key: REPLAY_HEADER, value: text.encode(letterName(of)) }]

const record = (offset: number, key: string | null, replayed: Letter | null = null): SourceRecord => ({
  topic: 'orders',
  partition: 0,
  offset,
  key: bytes(key),
  headers: replayHeader(replayed),
})

const orderOf = (letters: readonly Letter[], log: readonly SourceRecord[], logStart = 0): ReplayOrder => {
  const order = new ReplayOrder(letters, new Map([['orders-0', logStart]]))
  for (const each of log) order.see(each)
  return order
}

const kinds = (order: ReplayOrder, ...letters: Letter[]): string[] =>
  letters.map(each => order.verdict(each).kind)

test('a letter goes back if nothing of its key came after it', () => {
  const dead = letter(0, 5, 'a')
  const order = orderOf([dead], [record(5, 'a'), record(6, 'b')])
  assert.deepEqual(order.verdict(dead), { kind: 'in-order' })
})

test('a letter whose key went on is refused, with the offset that is in the way', () => {
  const dead = letter(0, 5, 'a')
  const order = orderOf([dead], [record(5, 'a'), record(7, 'a')])
  const verdict = order.verdict(dead)
  assert.ok(verdict.kind === 'refused')
  assert.match(verdict.reason, /offset 7 of orders-0/)
})

test('of several letters of a key those behind the last processed record go back', () => {
  const letters = [letter(0, 5, 'a'), letter(1, 8, 'a'), letter(2, 9, 'a')] as const
  const order = orderOf(letters, [record(5, 'a'), record(7, 'a'), record(8, 'a'), record(9, 'a')])
  assert.deepEqual(kinds(order, ...letters), ['refused', 'in-order', 'in-order'])
})

test('after a crash in the middle the second run goes on behind the first', () => {
  const letters = [letter(0, 5, 'a'), letter(1, 8, 'a')] as const
  const order = orderOf(letters, [record(5, 'a'), record(8, 'a'), record(20, 'a', letters[0])])
  assert.deepEqual(kinds(order, ...letters), ['replayed', 'in-order'])
})

test('a later letter that was replayed first is in the way of the earlier one', () => {
  const letters = [letter(0, 5, 'a'), letter(1, 8, 'a')] as const
  const order = orderOf(letters, [record(5, 'a'), record(8, 'a'), record(20, 'a', letters[1])])
  assert.deepEqual(kinds(order, ...letters), ['refused', 'replayed'])
})

test('a replay that failed again stands where its first letter stood', () => {
  const first = letter(0, 5, 'a')
  const second = letter(1, 8, 'a')
  const again = letter(2, 20, 'a', first)
  const order = orderOf([first, second, again], [record(5, 'a'), record(8, 'a'), record(20, 'a', first)])
  assert.deepEqual(kinds(order, first, second, again), ['replayed', 'in-order', 'in-order'])
  assert.deepEqual([order.placeOf(again), order.placeOf(second)], [5, 8])
})

test('a record without a key has no order, but is not replayed twice', () => {
  const [one, two] = [letter(0, 5, null), letter(1, 6, null)]
  const order = orderOf([one, two], [record(5, null), record(6, null), record(7, null), record(8, null, one)])
  assert.deepEqual(kinds(order, one, two), ['replayed', 'in-order'])
})

test('where retention took the records behind a letter nobody can tell', () => {
  const dead = letter(0, 5, 'a')
  assert.deepEqual(kinds(orderOf([dead], [], 6), dead), ['in-order'])
  assert.deepEqual(kinds(orderOf([dead], [], 7), dead), ['refused'])
})

test('headers forged into a ring end', () => {
  const one = letter(0, 5, 'a', letter(1, 6, 'a'))
  const two = letter(1, 6, 'a', letter(0, 5, 'a'))
  const order = orderOf([one, two], [])
  assert.ok([5, 6].includes(order.placeOf(one)))
})
