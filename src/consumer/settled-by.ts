import type { Clock } from '../ports/clock.ts'

/**
 * True once `done` has settled, false at the deadline (monotonic) if that comes first. Leaves no timer behind: a
 * pending one would keep the process alive long after everything is done.
 */
export const settledBy = (clock: Clock, done: Promise<unknown>, deadlineMs: number): Promise<boolean> =>
  new Promise(resolve => {
    const timer = clock.after(Math.max(0, deadlineMs - clock.monotonicMs()), () => resolve(false))
    const settled = (): void => {
      timer.cancel()
      resolve(true)
    }
    done.then(settled, settled)
  })
