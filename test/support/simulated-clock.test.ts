import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '../../src/ports/clock.ts'
import { SimulatedClock } from './simulated-clock.ts'

test('timers run in order of time, then of entry, and time stands between them', async () => {
  const clock = new SimulatedClock()
  const seen: string[] = []
  const note = (name: string) => () => seen.push(`${name}@${clock.monotonicMs()}`)
  clock.after(20, note('late'))
  clock.after(10, note('first'))
  clock.after(10, note('second'))
  clock.after(10, note('never')).cancel()
  await clock.advance(15)
  assert.deepEqual(seen, ['first@10', 'second@10'])
  assert.equal(clock.monotonicMs(), 15)
  await clock.advance(5)
  assert.deepEqual(seen, ['first@10', 'second@10', 'late@20'])
})

test('promise chains run to their end between two timers', async () => {
  const clock = new SimulatedClock()
  const seen: number[] = []
  const work = (async () => {
    for (let turn = 0; turn < 3; turn++) {
      await sleep(clock, 100)
      await Promise.resolve()
      seen.push(clock.monotonicMs())
    }
    return 'done'
  })()
  assert.equal(await clock.run(work), 'done')
  assert.deepEqual(seen, [100, 200, 300])
})

test('work that waits for nothing is reported instead of hanging', async () => {
  const clock = new SimulatedClock()
  await assert.rejects(clock.run(new Promise(() => undefined)), /nothing is left to happen/)
  clock.after(50, () => undefined)
  await assert.rejects(clock.run(new Promise(() => undefined), 10), /did not end within 10 ms/)
  await assert.rejects(
    clock.until(() => false, 10),
    /did not come true/,
  )
})
