import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { laneItem } from '../../test/support/lane-item.ts'
import { seededRandom } from '../core/simulation/index.ts'
import type { LaneDelivery } from './delivery.ts'
import { WorkFigures } from './figures.ts'
import { MemoryBudget } from './memory-budget.ts'
import { Processing } from './processing.ts'
import { type ConsumerOptions, settingsFrom } from './settings.ts'

const at = (monotonicMs: number) => ({ monotonicMs, wallMs: 1_700_000_000_000 + monotonicMs })

test('a record that fails is told by name; what is worth a commit doubles', () => {
  const figures = new WorkFigures()
  const record = laneItem(41, 'user-0000042')
  const told: number[] = []
  for (let attempts = 1; attempts <= 20; attempts++) {
    const before = figures.tellings
    figures.failed(record, attempts, new TypeError('no total in {"user":42}'), 'retry', at(attempts * 1000))
    if (figures.tellings > before) told.push(attempts)
  }
  assert.deepEqual(told, [2, 4, 8, 16])
  assert.deepEqual(figures.failing(21_000), {
    offset: 41,
    records: 1,
    state: 'retrying',
    attempts: 20,
    failingMs: 20_000,
    error: 'TypeError',
  })
  assert.deepEqual(figures.lastFailure, {
    offset: 41,
    records: 1,
    key: 'user-00···42',
    attempts: 20,
    error: 'TypeError',
    message: 'no total in {"user":42}',
    verdict: 'retry',
    atMs: at(20_000).wallMs,
  })
  figures.settled(41)
  assert.equal(figures.failing(22_000), null)
})

test('of several that fail the one at which the partition stands is told, else the lowest', () => {
  const figures = new WorkFigures()
  const fail = (offset: number, verdict: 'retry' | 'stop' | 'park-key' | 'dead-letter'): void =>
    figures.failed(laneItem(offset, 'k'), 1, new Error('x'), verdict, at(0))
  fail(9, 'retry')
  fail(7, 'park-key')
  fail(3, 'dead-letter')
  assert.equal(figures.failing(0)?.offset, 7)
  fail(9, 'stop')
  assert.deepEqual([figures.failing(0)?.offset, figures.failing(0)?.state], [9, 'stopped'])
  assert.equal(figures.handlerFailures, 4)
})

/** One partition whose records are processed by `handler`. */
const processing = (options: Partial<ConsumerOptions>) => {
  const clock = new ManualClock()
  const parts = new Processing({
    clock,
    random: seededRandom(1),
    settings: settingsFrom({ group: 'g', topics: ['t'], ...options }),
    deadLetters: null,
    mayStart: () => true,
    budget: new MemoryBudget(1e7, () => undefined),
    onStopped: () => undefined,
    tell: () => undefined,
  })
  const work = parts.lanes.open('t-0')
  const add = (offset: number, key: string): void =>
    parts.lanes.add(work, {
      ...laneItem(offset, key),
      name: 't-0',
      timestampMs: 0,
    } as unknown as LaneDelivery)
  return { clock, work, add }
}

test('counts, times of handlers and failures are kept for the partition', async () => {
  const { clock, work, add } = processing({
    handler: async ({ offset, attempts }) => {
      await new Promise<void>(resolve => void clock.after(offset === 2 ? 80 : 10, resolve))
      if (offset === 1 && attempts < 2) throw new RangeError('too soon')
    },
    retry: { backoffMs: 100, jitter: 0 },
  })
  for (const offset of [0, 1, 2]) add(offset, `key-${offset}`)
  await clock.settle()
  const { figures } = work
  await clock.advance(15)
  assert.deepEqual([figures.recordsProcessed, figures.handlerFailures, figures.retries], [1, 1, 1])
  assert.equal(figures.failing(clock.monotonicMs())?.offset, 1)
  await clock.advance(1000)
  assert.deepEqual([figures.recordsProcessed, figures.handlerFailures, figures.retries], [3, 2, 2])
  assert.equal(figures.failing(clock.monotonicMs()), null)
  assert.equal(figures.lastFailure?.error, 'RangeError')
  const { p50Ms, maxMs } = figures.handlerTime()
  // five calls: four of ten milliseconds, one of eighty
  assert.ok(p50Ms >= 10 && p50Ms < 11, String(p50Ms))
  assert.equal(maxMs, 80)
})
