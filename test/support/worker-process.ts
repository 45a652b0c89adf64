import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TransformJob, WriterJob } from './transaction-worker.ts'

export type WorkerEvent = Readonly<Record<string, unknown>> & { readonly event: string }

/** A worker process and what it said so far. */
export interface WorkerProcess {
  readonly events: readonly WorkerEvent[]
  /** Resolves with the first event, past or future, of that name (and number); rejects at the end or the deadline. */
  said(event: string, deadlineMs: number, number?: number): Promise<WorkerEvent>
  signal(signal: NodeJS.Signals): void
  /** Exit code; null: a signal ended it. */
  readonly ended: Promise<number | null>
}

const program = join(import.meta.dirname, 'transaction-worker.ts')

export const startWorker = (job: WriterJob | TransformJob): WorkerProcess => {
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(job)], {
    // its standard input ends with this process: a worker must not outlive the run
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const events: WorkerEvent[] = []
  const looking = new Set<() => void>()
  let over = false
  const lookAll = (): void => {
    for (const look of looking) look()
  }
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', line => {
      events.push(JSON.parse(line) as WorkerEvent)
      lookAll()
    })
  const ended = new Promise<number | null>(resolve =>
    child.once('close', code => {
      over = true
      lookAll()
      resolve(code)
    }),
  )
  return {
    events,
    ended,
    signal: signal => child.kill(signal),
    said: (event, deadlineMs, number) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void): void => {
          looking.delete(look)
          clearTimeout(timer)
          act()
        }
        const look = (): void => {
          const found = events.find(
            each => each.event === event && (number === undefined || each['number'] === number),
          )
          if (found !== undefined) finish(() => resolve(found))
          else if (over)
            finish(() => reject(new Error(`ended before "${event}": ${JSON.stringify(events.at(-1))}`)))
        }
        const timer = setTimeout(
          () => finish(() => reject(new Error(`no "${event}" within ${deadlineMs} ms`))),
          deadlineMs,
        )
        looking.add(look)
        look()
      }),
  }
}
