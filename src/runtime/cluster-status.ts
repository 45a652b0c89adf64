import type { Health } from '../api/contract.ts'
import type { ClusterHealth } from '../core/health/index.ts'
import { formatCount, formatDuration } from '../core/model/index.ts'

/**
 * Is the cluster seen, and since when. One failed look changes nothing but `lastError`: a leader that moves in the
 * middle of a look is no outage. Two in a row, or silence for three intervals, is "unreachable".
 */
export interface ClusterStatus {
  readonly status: Health['status']
  readonly sinceWallMs: number
  /** Wall and monotonic time of the newest look that succeeded. */
  readonly observedWallMs: number | null
  readonly observedMs: number | null
  readonly startedMs: number
  readonly intervalMs: number
  readonly lastError: string | null
  readonly failedTries: number
}

export const startingStatus = (wallMs: number, nowMs: number, intervalMs: number): ClusterStatus => ({
  status: 'starting',
  sinceWallMs: wallMs,
  observedWallMs: null,
  observedMs: null,
  startedMs: nowMs,
  intervalMs,
  lastError: null,
  failedTries: 0,
})

/** A first look may find cold connections and a cluster in the middle of its start. */
const silenceMinMs = 5_000
const triesMax = 2

/** The status after time has passed: silence alone ends in `unreachable`. */
export const reconsider = (status: ClusterStatus, nowMs: number, wallMs: number): ClusterStatus => {
  const silentMs = nowMs - (status.observedMs ?? status.startedMs)
  const silent = silentMs > Math.max(silenceMinMs, 3 * status.intervalMs)
  return silent || status.failedTries >= triesMax ? become(status, 'unreachable', wallMs) : status
}

export const afterLook = (
  status: ClusterStatus,
  health: ClusterHealth,
  problems: readonly string[],
  look: { readonly wallMs: number; readonly nowMs: number; readonly intervalMs: number },
): ClusterStatus => {
  const whole =
    problems.length === 0 &&
    health.brokers.every(broker => broker.info.alive) &&
    [...health.topics.values()].every(topic => topic.known === topic.info.partitions.length)
  return {
    ...become(status, whole ? 'ok' : 'degraded', look.wallMs),
    observedWallMs: look.wallMs,
    observedMs: look.nowMs,
    intervalMs: look.intervalMs,
    lastError: problems[0] ?? null,
    failedTries: 0,
  }
}

export const afterFailure = (
  status: ClusterStatus,
  error: string,
  tries: number,
  look: { readonly wallMs: number; readonly nowMs: number; readonly intervalMs: number },
): ClusterStatus =>
  reconsider(
    { ...status, lastError: error, failedTries: tries, intervalMs: look.intervalMs },
    look.nowMs,
    look.wallMs,
  )

const become = (status: ClusterStatus, next: Health['status'], wallMs: number): ClusterStatus =>
  status.status === next ? status : { ...status, status: next, sinceWallMs: wallMs }

/** One sentence for people. */
export const statusSentence = (
  status: ClusterStatus,
  health: ClusterHealth | null,
  nowMs: number,
): string => {
  if (status.status === 'unreachable')
    return status.observedMs === null
      ? `No broker has answered yet, in ${formatDuration(nowMs - status.startedMs)}.`
      : `No broker has answered for ${formatDuration(nowMs - status.observedMs)}.`
  if (health === null) return 'The first look at the cluster is under way.'
  const alive = health.brokers.filter(broker => broker.info.alive).length
  const brokers = `${formatCount(alive)} of ${formatCount(health.brokers.length)} brokers answer`
  const topics = [...health.topics.values()].filter(topic => !topic.info.internal)
  const partitions = topics.reduce((sum, topic) => sum + topic.info.partitions.length, 0)
  const known = topics.reduce((sum, topic) => sum + topic.known, 0)
  return known === partitions
    ? `${brokers}; ${formatCount(partitions)} partitions in ${formatCount(topics.length)} ${topics.length === 1 ? 'topic' : 'topics'} are seen.`
    : `${brokers}; ${formatCount(partitions - known)} of ${formatCount(partitions)} partitions have no figures.`
}
