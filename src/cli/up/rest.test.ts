import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedClock } from '../../../test/support/simulated-clock.ts'
import { watchForRest } from './rest.ts'

const watch = async (waitingAt: (ms: number) => number | null, untilMs: number, rampMs = 0) => {
  const clock = new SimulatedClock()
  const begin = clock.monotonicMs()
  let restMs: number | null = null
  const rest = watchForRest(
    clock,
    { rampMs, recordsPerSecond: 1000, waiting: () => waitingAt(clock.monotonicMs() - begin) },
    () => (restMs = clock.monotonicMs() - begin),
  )
  await clock.advance(untilMs)
  rest.stop()
  return restMs
}

test('rest is five quiet seconds in a row', async () => {
  assert.equal(await watch(() => 40, 10_000), 5_000)
  assert.equal(await watch(ms => (ms < 8_000 ? 900 : 40), 20_000), 12_500)
})

test('one busy look begins the count again', async () => {
  assert.equal(await watch(ms => (ms === 2_500 ? 251 : 40), 10_000), 7_500)
})

test('not before the traffic has reached its rate, and never on what is not known', async () => {
  assert.equal(await watch(() => 0, 30_000, 10_000), 14_500)
  assert.equal(await watch(() => null, 60_000), null)
})
