import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClusterSnapshot, emptySnapshot } from '../model/index.ts'
import { applyStep, costOf, describeStep, inverse, type Step, stepId } from './index.ts'

const withTopic: ClusterSnapshot = {
  ...emptySnapshot,
  topics: new Map([
    [
      'orders',
      {
        name: 'orders',
        topicId: 'aa',
        internal: false,
        configs: null,
        partitions: [0, 1, 2].map(partition => ({
          partition: partition as never,
          leader: null,
          leaderEpoch: 0,
          replicas: [],
          isr: [],
          offlineReplicas: [],
        })),
      },
    ],
  ]),
}

const at = (members: number, ...committed: number[]): ClusterSnapshot => ({
  ...withTopic,
  groups: new Map([['billing', { members, committed: new Map([['orders', Float64Array.from(committed)]]) }]]),
})

const reset: Step = {
  kind: 'reset-offsets',
  group: 'billing',
  topic: 'orders',
  moves: [
    { partition: 0, from: 10, to: 4 },
    { partition: 2, from: null, to: 7 },
  ],
}

const answer = (snapshot: ClusterSnapshot, step: Step = reset): string => {
  const result = applyStep(snapshot, step)
  return result.ok ? 'applied' : `${result.failure.reason} ${result.failure.code}`
}

test('moves the named partitions and leaves the others, twice is already done', () => {
  const before = at(0, 10, 20, Number.NaN)
  const result = applyStep(before, reset)
  assert.ok(result.ok)
  assert.deepEqual([...(result.value.groups?.get('billing')?.committed.get('orders') ?? [])], [4, 20, 7])
  assert.deepEqual([...(before.groups?.get('billing')?.committed.get('orders') ?? [])], [10, 20, Number.NaN])
  assert.equal(answer(result.value), 'already-done STEP_OUTDATED')
})

test('a group that the cluster does not know is created', () => {
  const fresh: Step = { ...reset, moves: [{ partition: 1, from: null, to: 3 }] }
  assert.equal(answer({ ...withTopic, groups: new Map() }, fresh), 'applied')
})

test('half done by a run that died is still to do, and may be done', () => {
  assert.equal(answer(at(0, 4, 20, Number.NaN)), 'applied')
})

test('somebody else moved the group meanwhile', () => {
  assert.equal(answer(at(0, 11, 20, Number.NaN)), 'outdated STEP_OUTDATED')
  assert.equal(answer(at(0, 10, 20, 6)), 'outdated STEP_OUTDATED')
})

test('a group with members is not moved', () => {
  assert.equal(answer(at(2, 10, 20, Number.NaN)), 'impossible GROUP_ACTIVE')
})

test('what was not looked at is not guessed', () => {
  assert.equal(answer(withTopic), 'outdated STEP_OUTDATED')
  assert.equal(answer({ ...emptySnapshot, groups: new Map() }), 'outdated STEP_OUTDATED')
})

test('is taken back where there was something before', () => {
  assert.ok(!inverse(reset).ok)
  const moved: Step = { ...reset, moves: [{ partition: 0, from: 10, to: 4 }] }
  const undo = inverse(moved)
  assert.ok(undo.ok)
  const forth = applyStep(at(0, 10, 20, 30), moved)
  assert.ok(forth.ok)
  const back = applyStep(forth.value, undo.value)
  assert.ok(back.ok)
  assert.deepEqual(back.value, at(0, 10, 20, 30))
})

test('says what the group will read again and what it will leave out', () => {
  const step: Step = {
    ...reset,
    moves: [
      { partition: 0, from: 10_000, to: 4_000 },
      { partition: 1, from: 5, to: 9 },
    ],
  }
  assert.equal(
    describeStep(step),
    'Set the offsets of group billing on 2 partitions of orders: 6,000 records are read again, 4 are left out.',
  )
  assert.equal(stepId(step), 'reset-offsets:billing:orders')
  assert.equal(costOf([step], withTopic).offsetsMoved, 2)
})
