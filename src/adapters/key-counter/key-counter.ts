import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CountJob, KeyRun } from '../../core/routing/index.ts'
import { countSlice } from './count-slice.ts'
import { fastMurmur2 } from './murmur2-wasm.ts'
import { slicesOf } from './slices.ts'
import type { FromWorker, ToWorker, WorkerOrder } from './worker-main.ts'

/** Starting threads takes about as long as counting this many keys. */
const THREADS_FROM_KEYS = 100_000_000

/** Counts generated keys per lane on all cores; small jobs stay in this thread. */
export const countStructuredKeys = async (job: CountJob): Promise<void> => {
  const slices = slicesOf(job.runs)
  const keys = slices.reduce((sum, { from, to }) => sum + to - from, 0)
  const threads = Math.min(availableParallelism(), slices.length)
  if (keys < THREADS_FROM_KEYS || threads < 2) await countHere(job, slices)
  else await countInThreads(job, slices, threads)
}

const countHere = async (job: CountJob, slices: readonly KeyRun[]): Promise<void> => {
  const fast = fastMurmur2()
  for (const slice of slices) {
    if (job.cancelled()) return
    countSlice(fast, slice, job.count, job.reduction, job.into)
    job.onCounted(slice.to - slice.from)
    await new Promise<void>(resolve => setImmediate(resolve))
  }
}

const countInThreads = async (job: CountJob, slices: readonly KeyRun[], threads: number): Promise<void> => {
  // largest first, so that no thread begins a large slice when the others are about to end
  const waiting = slices.toSorted((a, b) => a.to - a.from - (b.to - b.from))
  const next = (): ToWorker => (job.cancelled() ? null : (waiting.pop() ?? null))
  await Promise.all(Array.from({ length: threads }, () => runThread(job, next)))
}

const runThread = (job: CountJob, next: () => ToWorker): Promise<void> =>
  new Promise((resolve, reject) => {
    const order: WorkerOrder = { count: job.count, reduction: job.reduction }
    const worker = new Worker(new URL(`./worker-main${extname(import.meta.filename)}`, import.meta.url), {
      workerData: order,
    })
    worker.on('error', reject)
    // a thread that ended without its total has lost counts
    worker.on('exit', code => reject(new Error(`a counting thread ended with ${code}`)))
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'counted') {
        job.onCounted(message.keys)
        worker.postMessage(next())
        return
      }
      message.counts.forEach((keys, lane) => {
        job.into[lane] = (job.into[lane] as number) + keys
      })
      resolve()
    })
    worker.postMessage(next())
  })
