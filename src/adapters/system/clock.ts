import type { Clock } from '../../ports/clock.ts'

/** setTimeout takes 31 bits of milliseconds; beyond that it fires at once. */
const DELAY_MS_MAX = 0x7fffffff

/** The machine's time. A pending timer keeps the process alive: whoever sets one cancels it when closed. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), DELAY_MS_MAX))
    return { cancel: () => clearTimeout(timer) }
  },
  soon(action) {
    setImmediate(action)
  },
}
