/**
 * Loaded into the process of the server (`node --import`), which knows nothing of it: every second it tells its parent
 * what the process used and how late its event loop ran.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface Vitals {
  /** Of all threads since the process began: compressing is beside the event loop, but not free. */
  readonly cpuMs: number
  readonly rssBytes: number
  readonly heapBytes: number
  /** Buffers: what waits for slow readers is in here. */
  readonly externalBytes: number
  readonly loopDelayP99Ms: number
  readonly loopDelayMaxMs: number
}

const RESOLUTION_MS = 5

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
delay.enable()

/** The timer's own period is in what the histogram counts. */
const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)

setInterval(() => {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const vitals: Vitals = {
    cpuMs: (user + system) / 1000,
    rssBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    loopDelayP99Ms: late(delay.percentile(99)),
    loopDelayMaxMs: late(delay.max),
  }
  delay.reset()
  process.send?.(vitals)
}, 1000).unref()
