import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Criterion, judgeRun, type RunFigures } from './criteria.ts'

const good: RunFigures = {
  topicProblems: [],
  leaderless: 0,
  acknowledged: 1_000,
  failed: 0,
  inDoubt: 0,
  lost: 0,
  reordered: 0,
  duplicated: 0,
  missing: 0,
  unprocessed: 0,
  restAfterMs: 7_000,
  latencyP50Ms: 30,
  latencyP99Ms: 60,
  balance: [
    {
      topic: 'orders',
      records: 1_000,
      partitions: 10,
      maxOverMean: 1.2,
      expectedMaxOverMean: 1.15,
      expectedMaxOverMeanUpper: 1.3,
      keysAreEven: true,
    },
  ],
}
const [balance] = good.balance

const judged = (change: Partial<RunFigures>): readonly Criterion[] =>
  judgeRun({ ...good, ...change }, { latencyP99Ms: 100 })
const notHeld = (change: Partial<RunFigures>): readonly (readonly [string, boolean])[] =>
  judged(change).flatMap(({ name, held, known }) => (held ? [] : [[name, known] as const]))

test('a good run holds all', () => {
  assert.deepEqual(notHeld({}), [])
  assert.equal(judged({}).length, 8)
})

test('each thing that goes wrong misses its own criterion, and no other', () => {
  const cases: readonly (readonly [string, readonly Partial<RunFigures>[]])[] = [
    ['topics as declared', [{ topicProblems: ['orders: 9 partitions instead of 10'] }]],
    ['order violations 0', [{ reordered: 1 }]],
    ['records lost 0', [{ lost: 1 }, { missing: 1 }, { failed: 1 }, { inDoubt: 1 }]],
    ['records repeated in the log 0', [{ duplicated: 1 }]],
    ['no partition without a leader', [{ leaderless: 1 }]],
    ['everything processed', [{ unprocessed: 1 }]],
    ['lag p99 under 100\u00a0ms', [{ latencyP99Ms: 100 }]],
  ]
  for (const [name, changes] of cases)
    for (const change of changes) assert.deepEqual(notHeld(change), [[name, true]], JSON.stringify(change))
  assert.ok(balance !== undefined)
  assert.deepEqual(notHeld({ balance: [{ ...balance, maxOverMean: 1.31 }] }), [
    ['orders spread as a hash must', true],
  ])
})

test('what is not known does not hold, and is not called missed', () => {
  assert.ok(balance !== undefined)
  const unseen = {
    lost: null,
    leaderless: null,
    unprocessed: null,
    latencyP99Ms: null,
    balance: [{ ...balance, maxOverMean: null }],
  }
  const criteria = judged(unseen).filter(({ held }) => !held)
  assert.equal(criteria.length, 5)
  for (const { known, evidence } of criteria) {
    assert.equal(known, false)
    assert.match(evidence, /^[a-z ]+$/, 'words, and no figure that could be taken for a measured one')
  }
})

test('a topic whose traffic is uneven by its shape is not judged for its spread', () => {
  assert.ok(balance !== undefined)
  assert.equal(judged({ balance: [{ ...balance, maxOverMean: 9, keysAreEven: false }] }).length, 7)
})
