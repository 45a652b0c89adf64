import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countStructured, type KeyRun, keyRuns } from '../../core/routing/index.ts'
import { countStructuredKeys } from './key-counter.ts'
import { slicesOf } from './slices.ts'

test('slices cover the runs without gaps and are cut at whole heads', () => {
  const runs: KeyRun[] = [{ prefix: '', width: 8, from: 10_000_000, to: 35_000_001 }]
  assert.deepEqual(
    slicesOf(runs).map(({ from, to }) => [from, to]),
    [
      [10_000_000, 20_000_000],
      [20_000_000, 30_000_000],
      [30_000_000, 35_000_001],
    ],
  )
})

test('threads, vectors and the scalar path count the same', async () => {
  const runs = keyRuns({ kind: 'sequential', keys: 100_000_007 })
  const [threads, scalar] = [new Float64Array(997), new Float64Array(997)]
  let told = 0
  await countStructuredKeys({
    runs,
    count: 997,
    reduction: 'masked',
    into: threads,
    onCounted: keys => {
      told += keys
    },
    cancelled: () => false,
  })
  for (const run of runs) countStructured(run, 997, 'masked', scalar)
  assert.deepEqual(threads, scalar)
  assert.equal(told, 100_000_007)
})

test('a cancelled count ends early', async () => {
  let told = 0
  await countStructuredKeys({
    runs: keyRuns({ kind: 'uniform', keys: 90_000_000 }),
    count: 10,
    reduction: 'masked',
    into: new Float64Array(10),
    onCounted: keys => {
      told += keys
    },
    cancelled: () => told > 0,
  })
  assert.equal(told, 10_000_000)
})
