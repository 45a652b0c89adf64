import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencySampling, LatencySketch } from './latency.ts'

test('a sample stands for its neighbours: counts stay true, percentiles close', () => {
  const sampling = new LatencySampling()
  const sketch = new LatencySketch()
  let measured = 0
  for (let record = 0; record < 100_000; record++) {
    const standsFor = sampling.next()
    if (standsFor === 0) continue
    measured++
    // every tenth takes ten times as long: a regular pattern, which must not fall into step with the sampling
    sketch.add(record % 10 === 0 ? 100 : 10, standsFor)
  }
  const summary = sketch.summary()
  assert.ok(summary !== null && measured < 10_000)
  assert.ok(Math.abs(summary.count - 100_000) < 17)
  assert.ok(Math.abs(summary.p50Ms - 10) < 0.5)
  assert.ok(Math.abs(summary.p99Ms - 100) < 2)
})

test('the first records are all measured', () => {
  const sampling = new LatencySampling()
  assert.deepEqual(
    Array.from({ length: 5 }, () => sampling.next()),
    [1, 1, 1, 1, 1],
  )
})
