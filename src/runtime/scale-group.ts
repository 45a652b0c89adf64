import { advanceScale, type ScaleDecision, type ScaleMemory, type ScalePolicy } from '../core/groups/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { LiveState } from './live-state.ts'
import { scaleObservation } from './scale-observation.ts'

export interface GroupScalerOptions {
  readonly live: LiveState
  readonly clock: Clock
  readonly groupId: string
  /** What the group reads, for as long as it has neither members nor commits. */
  readonly topics: readonly string[]
  readonly policy: ScalePolicy
  /** After every look, changed or not. */
  readonly onDecision: (decision: ScaleDecision) => void
}

/** Three looks at the usual pace. */
const STALE_MS = 5_000

/** Decides after every look how many consumers a group should have. Returns how to stop that. */
export const followGroup = (options: GroupScalerOptions): (() => void) => {
  const { live, clock, groupId, topics, policy, onDecision } = options
  let memory: ScaleMemory | null = null
  return live.subscribe(() => {
    const health = live.judgement()
    if (health === null) return
    const staleMs = Math.max(STALE_MS, 3 * live.health().observeIntervalMs)
    const observation = scaleObservation(health, groupId, topics, clock.monotonicMs(), staleMs)
    const [decision, next] = advanceScale(policy, memory, observation)
    memory = next
    onDecision(decision)
  })
}
