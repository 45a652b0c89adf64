import { LanekeeperError } from '../core/model/index.ts'
import type { LiveState } from '../runtime/live-state.ts'

/** What is told when a cluster was to be looked at and does not answer. */
export const unreachable = (live: LiveState): LanekeeperError => {
  const { bootstrapServer, summary, lastError } = live.health()
  return new LanekeeperError('CLUSTER_UNREACHABLE', `${bootstrapServer}: ${summary}`, {
    ...(lastError === null ? {} : { problems: [lastError] }),
    fix: 'Check that the brokers run and that their listeners can be reached from here.',
  })
}
