import type { Clock, Timer } from '../../ports/clock.ts'

/**
 * Notices when a system has come to rest after its start: traffic has reached its rate, and what waits in the writer
 * and before the readers is less than a quarter second's worth, for five seconds in a row.
 *
 * Why not a fixed time: the first record into a partition makes three brokers open its files, and brokers run
 * uncompiled code at first. That takes seconds on one machine and a minute on another, and a latency measured in it says
 * something about the start and nothing about the system. A system that never comes to rest has no latency at rest,
 * and the run then says so.
 */
export interface RestWatch {
  stop(): void
}

const LOOK_MS = 500
const QUIET_LOOKS = 10
const WAITING_SHARE_OF_SECOND = 0.25

export const watchForRest = (
  clock: Clock,
  system: {
    /** Not before this much time has passed. */
    readonly rampMs: number
    readonly recordsPerSecond: number
    /** Records taken and not acknowledged, and acknowledged and not processed; null while not known. */
    readonly waiting: () => number | null
  },
  onRest: () => void,
): RestWatch => {
  const rampedMs = clock.monotonicMs() + system.rampMs
  const most = system.recordsPerSecond * WAITING_SHARE_OF_SECOND
  let quiet = 0
  let timer: Timer | null = null
  const look = (): void => {
    const waiting = system.waiting()
    quiet = waiting !== null && waiting <= most && clock.monotonicMs() >= rampedMs ? quiet + 1 : 0
    if (quiet >= QUIET_LOOKS) onRest()
    else timer = clock.after(LOOK_MS, look)
  }
  timer = clock.after(LOOK_MS, look)
  return { stop: () => timer?.cancel() }
}
