import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { tempFolder } from '../../../test/support/temp-folder.ts'
import { LanekeeperError } from '../../core/model/index.ts'
import { sleep } from '../../ports/clock.ts'
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

/** Runs two workers and waits to be killed. What the workers do last, they write into a file: nobody hears them by then. */
const runner = (graceMs: number, worker: string): string => `
  import { systemClock } from ${JSON.stringify(join(import.meta.dirname, '../system/clock.ts'))}
  import { startWorkerProcesses } from ${JSON.stringify(join(import.meta.dirname, 'worker-processes.ts'))}
  startWorkerProcesses({
    command: [process.execPath, '--eval', ${JSON.stringify(worker)}],
    cwd: process.cwd(),
    graceMs: ${graceMs},
    onEvent: event => console.log(JSON.stringify(event)),
  }, systemClock, process.env).scaleTo(2)
`

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Kills a runner with SIGKILL once both its workers can be told to end, and waits until both are gone. */
const killRunner = async (graceMs: number, worker: string): Promise<void> => {
  const child = spawn(
    process.execPath,
    ['--input-type=module-typescript', '--eval', runner(graceMs, worker)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const pids: number[] = []
  try {
    let ready = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as WorkerEvent
      if (event.kind === 'started') pids.push(event.pid)
      if (event.kind === 'said' && ++ready === 2) child.kill('SIGKILL')
    }
    assert.equal(pids.length, 2)
    const deadlineMs = performance.now() + DEADLINE_MS
    while (pids.some(isAlive)) {
      assert.ok(performance.now() < deadlineMs, 'the workers outlive the one that ran them')
      await sleep(systemClock, 50)
    }
  } finally {
    child.kill('SIGKILL')
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
}

test('when the one that runs them is killed, workers are asked to end and finish what they have', async () => {
  const file = join(tempFolder('workers'), 'last-words')
  await killRunner(
    10_000,
    `
      process.on('SIGTERM', () => setTimeout(() => {
        require('node:fs').appendFileSync(${JSON.stringify(file)}, 'drained ')
        process.exit(0)
      }, 100))
      console.log('ready')
      setInterval(() => {}, 1000)
    `,
  )
  assert.equal(readFileSync(file, 'utf8'), 'drained drained ')
})

test('and are killed after the grace if they do not', async () => {
  await killRunner(
    200,
    `
      process.on('SIGTERM', () => undefined)
      console.log('ready')
      setInterval(() => {}, 1000)
    `,
  )
})
