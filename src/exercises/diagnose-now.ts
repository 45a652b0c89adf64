import type { ClusterHealth, FindingDraft } from '../core/health/index.ts'
import { diagnoseFrom } from '../runtime/diagnose-group.ts'
import { startLive } from '../runtime/live-state.ts'
import { until } from './clients.ts'
import type { Stage } from './exercise.ts'

const LOOKS_DEADLINE_MS = 20_000
/** Rates need three seconds. */
const LOOK_MS = 4_000

/** What `groups diagnose` finds after a short look, worst first. `started`: consumers that were started, if one says. */
export const diagnoseNow = async (
  stage: Stage,
  groupId: string,
  started: number | null = null,
): Promise<readonly FindingDraft[]> => {
  const health = await judgementAfterLooking(stage)
  return (await diagnoseFrom(health, groupId, started, stage))?.reasons ?? []
}

/** The last one: with the next look its columns would be given back. */
const judgementAfterLooking = async (stage: Stage): Promise<ClusterHealth> => {
  const live = startLive({ cluster: stage.cluster, clock: stage.clock, clusterName: null, version: '' })
  try {
    return await until(stage, 'the group is seen', LOOKS_DEADLINE_MS, () => {
      const judged = live.judgement()
      return judged !== null && judged.rateSpanMs >= LOOK_MS ? judged : null
    })
  } finally {
    await live.close()
  }
}
