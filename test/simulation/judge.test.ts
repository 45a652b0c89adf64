import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Effect, judgeEffects, judgeLog } from './judge.ts'

const written = new Map([
  ['a', 3],
  ['b', 1],
])

test('a log that is right has no problems, whatever partition a key is in', () => {
  assert.deepEqual(judgeLog([['a:0', 'b:0', 'a:1', 'a:2'], []], written), [])
})

test('each kind of wrong log is named', () => {
  assert.deepEqual(judgeLog([['a:0', 'a:1', 'a:1', 'a:2'], ['b:0']], written), ['duplicated: a:1'])
  assert.deepEqual(judgeLog([['a:0', 'a:2', 'a:1', 'b:0']], written), ['reordered: a:1 after a:2'])
  assert.deepEqual(judgeLog([['a:0', 'a:2', 'b:0']], written), ['lost: a:1'])
})

const effectsOf = (...told: [value: string, period: number, offset: number][]): Effect[] =>
  told.map(([value, period, offset]) => ({ partition: 0, value, period, offset }))

test('a new owner may repeat in order', () => {
  const effects = effectsOf(
    ['a:0', 1, 0],
    ['a:1', 1, 1],
    ['b:0', 1, 2],
    ['a:1', 2, 1],
    ['b:0', 2, 2],
    ['a:2', 2, 3],
  )
  assert.deepEqual(judgeEffects(effects, written), [])
})

test('each kind of wrong effect is named', () => {
  const b: [string, number, number] = ['b:0', 1, 9]
  assert.deepEqual(judgeEffects(effectsOf(b, ['a:0', 1, 0], ['a:2', 1, 2], ['a:1', 1, 1]), written), [
    'skipped: a:1 before a:2',
  ])
  assert.deepEqual(
    judgeEffects(effectsOf(b, ['a:0', 2, 0], ['a:1', 2, 1], ['a:2', 2, 2], ['a:2', 1, 2]), written),
    ['former owner acted: a:2 in 0'],
  )
  assert.deepEqual(
    judgeEffects(effectsOf(b, ['a:0', 1, 0], ['a:0', 1, 0], ['a:1', 1, 1], ['a:2', 1, 2]), written),
    ['repeated by one owner: a:0'],
  )
  assert.deepEqual(judgeEffects(effectsOf(b, ['a:0', 1, 0]), written), ['unread: a from 1'])
})
