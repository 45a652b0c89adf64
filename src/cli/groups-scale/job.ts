import type { ScaleDecision, ScalePolicy } from '../../core/groups/index.ts'
import type { LiveState } from '../../runtime/live-state.ts'
import { followGroup } from '../../runtime/scale-group.ts'
import type { Connection, World } from '../world.ts'

/** What every way of scaling works with. */
export interface ScaleJob {
  readonly world: World
  readonly connection: Connection
  readonly live: LiveState
  readonly groupId: string
  readonly topics: readonly string[]
  readonly policy: ScalePolicy
  readonly json: boolean
}

/**
 * Hands every decision to `onDecision` until it answers true, `durationMs` is over, or the user interrupts. Resolves
 * true when interrupted. Rejects with what `onDecision` throws.
 */
export const decideUntil = (
  { world, live, groupId, topics, policy }: ScaleJob,
  durationMs: number,
  onDecision: (decision: ScaleDecision) => boolean,
): Promise<boolean> => {
  const { clock, io } = world
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stop()
      timer?.cancel()
      io.interrupted.removeEventListener('abort', onInterrupt)
      settle()
    }
    const onInterrupt = (): void => finish(() => resolve(true))
    const stop = followGroup({
      live,
      clock,
      groupId,
      topics,
      policy,
      onDecision: decision => {
        try {
          if (onDecision(decision)) finish(() => resolve(false))
        } catch (failure) {
          finish(() => reject(failure as Error))
        }
      },
    })
    const timer = Number.isFinite(durationMs)
      ? clock.after(durationMs, () => finish(() => resolve(false)))
      : null
    if (io.interrupted.aborted) onInterrupt()
    else io.interrupted.addEventListener('abort', onInterrupt, { once: true })
  })
}
