import { type CountJob, countStructured } from '../../core/routing/index.ts'
import { slicesOf } from './slices.ts'

export const countInProcess = async (job: CountJob): Promise<void> => {
  for (const slice of slicesOf(job.runs)) {
    if (job.cancelled()) return
    countStructured(slice, job.count, job.reduction, job.into)
    job.onCounted(slice.to - slice.from)
    await new Promise<void>(resolve => setImmediate(resolve))
  }
}
