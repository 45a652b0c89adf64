import { parentPort, workerData } from 'node:worker_threads'
import type { KeyRun, ReductionName } from '../../core/routing/index.ts'
import { countSlice } from './count-slice.ts'
import { fastMurmur2 } from './murmur2-wasm.ts'

/**
 * A thread that counts slices until it is sent null, and then hands over its counts once: a million lanes are 8 MB, and
 * sending them with every slice would cost more than counting.
 */
export interface WorkerOrder {
  readonly count: number
  readonly reduction: ReductionName
}
export type ToWorker = KeyRun | null
export type FromWorker =
  | { readonly kind: 'counted'; readonly keys: number }
  | { readonly kind: 'total'; readonly counts: Float64Array }

const { count, reduction } = workerData as WorkerOrder
const fast = fastMurmur2()
const counts = new Float64Array(count)
const tell = (message: FromWorker): void => parentPort?.postMessage(message)

parentPort?.on('message', (slice: ToWorker) => {
  if (slice === null) {
    tell({ kind: 'total', counts })
    parentPort?.close()
    return
  }
  countSlice(fast, slice, count, reduction, counts)
  tell({ kind: 'counted', keys: slice.to - slice.from })
})
