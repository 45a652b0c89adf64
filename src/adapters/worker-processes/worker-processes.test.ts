import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { LanekeeperError } from '../../core/model/index.ts'
import type { WorkerEvent, Workers } from '../../ports/workers.ts'
import { systemClock } from '../system/clock.ts'
import { startWorkerProcesses } from './worker-processes.ts'

const DEADLINE_MS = 20_000

interface Watched {
  readonly workers: Workers
  readonly events: WorkerEvent[]
  /** Resolves when so many events fit. */
  readonly seen: (count: number, fits: (event: WorkerEvent) => boolean) => Promise<readonly WorkerEvent[]>
}

/** Workers that run a piece of JavaScript, ended with the test: a test that fails must not leave any behind. */
const watched = (test: TestContext, script: string, graceMs = 5_000): Watched => {
  const events: WorkerEvent[] = []
  const waiting = new Set<() => void>()
  const workers = startWorkerProcesses(
    {
      command: [process.execPath, '--eval', script],
      cwd: process.cwd(),
      graceMs,
      onEvent: event => {
        events.push(event)
        for (const look of waiting) look()
      },
    },
    systemClock,
    process.env,
  )
  test.after(() => workers.close())
  return {
    workers,
    events,
    seen: (count, fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.filter(fits)
          if (found.length < count) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(found)
        }
        const timer = setTimeout(() => reject(new Error(`not seen: ${JSON.stringify(events)}`)), DEADLINE_MS)
        waiting.add(look)
        look()
      }),
  }
}

/** Says its number once it can be told to end, and ends in order on SIGTERM. */
const orderly = `
  process.on('SIGTERM', () => { console.log('done'); process.exit(0) })
  console.log('worker', process.env.LANEKEEPER_WORKER)
  setInterval(() => {}, 1000)
`
const said =
  (text: string) =>
  (event: WorkerEvent): boolean =>
    event.kind === 'said' && event.text === text

test('as many as asked for; the highest numbers end first, in order', async t => {
  const { workers, seen, events } = watched(t, orderly)
  workers.scaleTo(3)
  for (const number of [1, 2, 3]) await seen(1, said(`worker ${number}`))
  assert.equal(workers.running(), 3)
  workers.scaleTo(1)
  const ended = await seen(2, event => event.kind === 'ended')
  const endedInOrder = (worker: number): boolean =>
    ended.some(
      event => event.kind === 'ended' && event.worker === worker && event.asked && event.how === 'exit 0',
    )
  assert.ok(endedInOrder(2) && endedInOrder(3), JSON.stringify(ended))
  await seen(2, said('done'))
  assert.equal(workers.running(), 1)
  await workers.close()
  assert.equal(workers.running(), 0)
  assert.equal(events.filter(event => event.kind === 'ended').length, 3)
})

test('one that is asked for again while it ends comes back when it has ended', async t => {
  const { workers, seen } = watched(t, orderly)
  workers.scaleTo(1)
  await seen(1, said('worker 1'))
  workers.scaleTo(0)
  workers.scaleTo(1)
  await seen(2, said('worker 1'))
  const [first, second] = await seen(2, event => event.kind === 'started')
  assert.ok(first?.kind === 'started' && second?.kind === 'started' && first.pid !== second.pid)
  await workers.close()
})

test('one that ends by itself is started again, and one that ignores SIGTERM is killed', async t => {
  const failing = watched(t, 'process.exit(7)')
  failing.workers.scaleTo(1)
  const [first, second] = await failing.seen(2, event => event.kind === 'ended')
  assert.deepEqual(first, { kind: 'ended', worker: 1, how: 'exit 7', asked: false, againInMs: 1_000 })
  assert.ok(second?.kind === 'ended' && second.againInMs === 2_000, 'ever more slowly')
  await failing.workers.close()

  const deaf = watched(
    t,
    "process.on('SIGTERM', () => {}); console.log('here'); setInterval(() => {}, 1000)",
    200,
  )
  deaf.workers.scaleTo(1)
  await deaf.seen(1, said('here'))
  await deaf.workers.close()
  assert.deepEqual(
    deaf.events.filter(event => event.kind === 'killed' || event.kind === 'ended').map(event => event.kind),
    ['killed', 'ended'],
  )
})

test('a program that does not exist is told of and tried again; no command at all is refused', async () => {
  const events: WorkerEvent[] = []
  const options = {
    cwd: process.cwd(),
    graceMs: 100,
    onEvent: (event: WorkerEvent) => void events.push(event),
  }
  const workers = startWorkerProcesses({ ...options, command: ['/no/such/program'] }, systemClock, {})
  workers.scaleTo(1)
  await new Promise(resolve => setTimeout(resolve, 0))
  await workers.close()
  assert.ok(events.every(event => event.kind === 'ended'))
  assert.throws(
    () => startWorkerProcesses({ ...options, command: [] }, systemClock, {}),
    (error: unknown) => error instanceof LanekeeperError && error.code === 'USAGE',
  )
})
