import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../src/producer/outcome.ts'
import { holds, LogJudge, Outcomes } from './log-judge.ts'

const at = (partition: number, offset: number): Outcome => ({
  kind: 'acknowledged',
  topic: 't',
  partition,
  offset,
  timestampMs: 0,
})

/** Four acknowledged records of two keys in two partitions, and one that failed. */
const written = (): Outcomes => {
  const outcomes = new Outcomes(5)
  for (const [id, partition, offset] of [
    [0, 0, 0],
    [1, 1, 0],
    [2, 0, 1],
    [3, 1, 1],
  ] as const)
    outcomes.take(id, at(partition, offset))
  outcomes.take(4, { kind: 'failed', code: 'DELIVERY_FAILED', retriable: true, why: '' })
  return outcomes
}

const judged = (log: readonly (readonly [id: number, partition: number, offset: number])[]) => {
  const judge = new LogJudge(written(), 2, id => id % 2)
  for (const [id, partition, offset] of log) judge.take(id, partition, offset)
  return judge.verdict()
}

test('a log that agrees holds; each kind of damage is called by its name', () => {
  const good = [
    [0, 0, 0],
    [2, 0, 1],
    [1, 1, 0],
    [3, 1, 1],
  ] as const
  assert.ok(holds(judged(good)))
  assert.equal(judged(good.slice(0, 3)).lost, 1)
  assert.equal(judged([...good, [3, 1, 2]]).duplicated, 1)
  assert.equal(judged([good[1], good[0], good[2], good[3]]).reordered, 1)
  assert.equal(judged([...good.slice(0, 3), [3, 1, 7]]).misplaced, 1)
  assert.equal(judged([...good, [4, 0, 2]]).failedButThere, 1)
  for (const damaged of [good.slice(1), [...good, good[0]], [...good, [4, 1, 2]]] as const)
    assert.ok(!holds(judged(damaged)))
})

test('a second outcome for one record is refused', () => {
  assert.throws(() => written().take(0, at(0, 0)), /two outcomes/)
})
