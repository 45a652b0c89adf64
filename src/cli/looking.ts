import { InvalidArgumentError } from 'commander'
import type { Config } from '../config/config.ts'
import type { Cluster } from '../ports/cluster.ts'
import type { HotKeys } from '../runtime/hot-keys/hot-keys.ts'
import { type LiveOptions, type LiveState, startLive } from '../runtime/live-state.ts'
import { startProgress } from './progress.ts'
import { unreachable } from './unreachable.ts'
import type { World } from './world.ts'

/** Watching a cluster from the command line: for ever (`serve`), or just long enough for a rate (`status`, `groups`). */

/** Starts watching, with what a configuration file knows better than the cluster. */
export const watchCluster = (
  world: World,
  cluster: Cluster,
  config: Config | null,
  also: Pick<LiveOptions, 'history' | 'hotKeys'> = {},
): LiveState =>
  startLive({
    cluster,
    clock: world.clock,
    ...also,
    clusterName: config?.cluster.name ?? null,
    version: world.version,
    calledAs: world.io.calledAs,
    declared: new Map(
      config?.topics.map(({ name, partitions, key, ordering }) => [name, { partitions, key, ordering }]),
    ),
    thresholds:
      config === null
        ? {}
        : { hotTimesMean: config.thresholds.hotTimesMean, lagWarningMs: config.thresholds.lagWarningMs },
  })

/** Five looks: rates need three seconds, a verdict on a group that has something waiting needs fifteen. */
export const DEFAULT_LOOK_SECONDS = 5

export const lookSeconds = (text: string): number => {
  const seconds = Number(text)
  if (!/^\d{1,4}$/.test(text) || seconds < 1 || seconds > 3_600)
    throw new InvalidArgumentError('A whole number of seconds, 1 to 3600.')
  return seconds
}

/**
 * Watches `cluster` for that long after its first look, hands the state to `use`, and stops watching. Rejects with
 * CLUSTER_UNREACHABLE when nothing was seen, and with the reason of the interruption when interrupted.
 */
export const afterLooking = async <Value>(
  world: World,
  cluster: Cluster,
  seconds: number,
  use: (live: LiveState) => Value,
  also: { readonly hotKeys?: HotKeys; readonly onLook?: (live: LiveState) => void } = {},
): Promise<Value> => {
  const { io, clock } = world
  const progress = startProgress(io, clock)
  progress.stage(`Looking at ${cluster.bootstrapServer} for ${seconds} s, to see what moves`)
  const live = watchCluster(world, cluster, null, also.hotKeys === undefined ? {} : { hotKeys: also.hotKeys })
  live.subscribe(() => also.onLook?.(live))
  try {
    await seenFor(live, seconds * 1000, io.interrupted)
    return use(live)
  } finally {
    progress.end()
    await live.close()
  }
}

const seenFor = (live: LiveState, durationMs: number, interrupted: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const unsubscribe = live.subscribe(() => check())
    const finish = (settle: () => void): void => {
      unsubscribe()
      interrupted.removeEventListener('abort', check)
      settle()
    }
    const check = (): void => {
      const health = live.health()
      if (interrupted.aborted) finish(() => reject(interrupted.reason as Error))
      else if (health.status === 'unreachable') finish(() => reject(unreachable(live)))
      else if ((live.judgement()?.rateSpanMs ?? -1) >= durationMs - LOOK_JITTER_MS) finish(resolve)
    }
    interrupted.addEventListener('abort', check)
    check()
  })

/** The fifth look after five seconds may come a few milliseconds early by the clock of the first. */
const LOOK_JITTER_MS = 100
