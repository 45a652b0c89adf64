/** The judges of the transaction runs must see what they are there to see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeOnce, judgeWhole, type SeenRecord } from '../support/transaction-judge.ts'

const at = (offset: number, key: string, value: string): SeenRecord => ({ partition: 0, offset, key, value })

const part = (number: number, index: number): SeenRecord =>
  at(0, `key-${index}`, JSON.stringify({ number, index, of: 2 }))

const whole = [part(0, 0), part(0, 1), part(1, 1), part(1, 0)]

test('whole transactions, each once, pass', () => {
  assert.deepEqual(judgeWhole(whole, new Set([0])), { transactions: 2, records: 4, problems: [] })
})

test('torn, repeated, lost and forbidden transactions are named', () => {
  const problemsOf = (
    records: readonly SeenRecord[],
    committed: readonly number[],
    forbidden: readonly number[] = [],
  ) => judgeWhole(records, new Set(committed), new Set(forbidden)).problems
  assert.deepEqual(problemsOf(whole.slice(1), []), ['transaction 0: 1 of 2 records'])
  assert.deepEqual(problemsOf([...whole, part(0, 1)], []), ['transaction 0: 1 records more than once'])
  assert.deepEqual(problemsOf(whole, [0, 2]), ['transaction 2 was committed and is lost'])
  assert.deepEqual(problemsOf(whole, [], [1]), ['transaction 1 of a zombie is visible'])
})

const expected = new Map([
  ['a', 3],
  ['b', 1],
])
const good = [at(0, 'a', '1@0:0'), at(1, 'b', '1@0:1'), at(2, 'a', '2@0:2'), at(3, 'a', '3@0:3')]

const counts = (records: readonly SeenRecord[]): readonly number[] => {
  const { missing, repeated, reordered, foreign } = judgeOnce(records, expected)
  return [missing, repeated, reordered, foreign]
}

test('every output once, in order per key, passes', () => {
  assert.deepEqual(counts(good), [0, 0, 0, 0])
})

test('missing, repeated, reordered and foreign outputs are counted', () => {
  assert.deepEqual(counts(good.slice(0, 3)), [1, 0, 0, 0])
  assert.deepEqual(counts([...good, at(4, 'b', '1@0:1')]), [0, 1, 0, 0])
  assert.deepEqual(counts([good[2], good[1], good[0], good[3]].flatMap(each => each ?? [])), [0, 0, 3, 0])
  assert.deepEqual(counts([...good, at(4, 'c', '1@0:9')]), [0, 0, 0, 1])
})
