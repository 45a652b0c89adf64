import { printable } from '../../core/model/index.ts'
import type { WorkerEvent } from '../../ports/workers.ts'
import { printJson, say } from '../output.ts'
import { decideUntil, type ScaleJob } from './job.ts'
import { ScaleReport } from './report.ts'

/** Starts and ends workers on this machine as the group needs them, until interrupted; then ends them in order. */
export const runWorkers = async (
  job: ScaleJob,
  command: readonly string[],
  graceMs: number,
): Promise<void> => {
  const { io } = job.world
  const report = new ScaleReport(io, job.groupId, job.json)
  const workers = job.world.startWorkers({
    command,
    cwd: io.cwd,
    graceMs,
    onEvent: event => {
      if (!job.json || event.kind === 'said') say(io, workerText(event))
      else printJson(io, { event: `worker-${event.kind}`, ...event })
    },
  })
  try {
    await decideUntil(job, Infinity, decision => {
      report.tell(decision)
      workers.scaleTo(decision.consumers)
      return false
    })
  } finally {
    await workers.close()
  }
}

const workerText = (event: WorkerEvent): string => {
  const name = `worker ${event.worker}`
  switch (event.kind) {
    case 'started':
      return `${name} started, process ${event.pid}`
    case 'ended':
      return event.againInMs === null
        ? `${name} ended (${event.how})`
        : `${name} ended by itself (${event.how}); started again in ${event.againInMs / 1000} s`
    case 'killed':
      return `${name} did not end in time: killed`
    case 'said':
      return `${name}: ${printable(event.text)}`
  }
}
