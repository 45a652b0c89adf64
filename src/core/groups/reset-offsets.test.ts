import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOffsetReset, type ResetRequest, type ResetTarget } from './reset-offsets.ts'

const request = (target: ResetTarget, overrides: Partial<ResetRequest> = {}): ResetRequest => ({
  group: 'billing',
  topic: 'orders',
  commits: { members: 0, committed: new Map([['orders', Float64Array.of(10, 30, Number.NaN)]]) },
  log: { topic: 'orders', start: Float64Array.of(5, 0, 0), end: Float64Array.of(20, 40, 60) },
  target,
  partitions: null,
  ...overrides,
})

/** `partition: from → to` for each move. */
const moves = (target: ResetTarget, overrides: Partial<ResetRequest> = {}): string[] =>
  planOffsetReset(request(target, overrides)).steps.flatMap(step =>
    step.kind === 'reset-offsets'
      ? step.moves.map(({ partition, from, to }) => `${partition}: ${from ?? '-'} → ${to}`)
      : [],
  )

test('to the ends of the log', () => {
  assert.deepEqual(moves({ kind: 'earliest' }), ['0: 10 → 5', '1: 30 → 0', '2: - → 0'])
  assert.deepEqual(moves({ kind: 'latest' }), ['0: 10 → 20', '1: 30 → 40', '2: - → 60'])
})

test('a target outside the log becomes the nearest that can be read', () => {
  assert.deepEqual(moves({ kind: 'offset', offset: 50 }), ['0: 10 → 20', '1: 30 → 40', '2: - → 50'])
  assert.deepEqual(moves({ kind: 'offset', offset: 2 }), ['0: 10 → 5', '1: 30 → 2', '2: - → 2'])
  assert.deepEqual(moves({ kind: 'shift', by: -7 }), ['0: 10 → 5', '1: 30 → 23'])
})

test('partitions that stand where they shall, or of which nothing is said, are left out', () => {
  assert.deepEqual(moves({ kind: 'offset', offset: 30 }, { partitions: [1] }), [])
  assert.deepEqual(moves({ kind: 'each', offsets: new Map([[1, 31]]) }), ['1: 30 → 31'])
  assert.deepEqual(moves({ kind: 'shift', by: 5 }, { partitions: [2] }), [], 'nothing to count from')
})

test('a group that is not there begins anew', () => {
  assert.deepEqual(moves({ kind: 'earliest' }, { commits: null, partitions: [0] }), ['0: - → 5'])
})

test('members are a refusal, and so is a partition that nobody knows', () => {
  const active = planOffsetReset(
    request({ kind: 'earliest' }, { commits: { members: 1, committed: new Map() } }),
  )
  assert.deepEqual([active.steps, active.refusals.map(each => each.code)], [[], ['GROUP_ACTIVE']])
  const log = { topic: 'orders', start: Float64Array.of(5, Number.NaN, 0), end: Float64Array.of(20, 40, 60) }
  const unknown = planOffsetReset(request({ kind: 'earliest' }, { log }))
  assert.deepEqual(
    unknown.refusals.map(each => each.code),
    ['CLUSTER_UNREACHABLE'],
  )
  assert.match(unknown.refusals[0]?.message ?? '', /^orders-1:/)
})
