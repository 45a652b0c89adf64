import type { ConsumerView, PartitionTrouble } from '../api/consumers.ts'
import type { ConsumerStats, PartitionStats } from '../consumer/consumer.ts'
import type { WatchedConsumer } from './consumer-metrics.ts'
import { finite, type PastLook, pastLooks } from './past-looks.ts'

const TROUBLES_MAX = 20

/** The consumers of this process as pages show them. Each call is a look; rates are from the oldest look of the window. */
export const createConsumerView = (
  consumers: () => readonly WatchedConsumer[],
  monotonicMs: () => number,
): (() => readonly ConsumerView[]) => {
  const before = pastLooks<WatchedConsumer['consumer'], ConsumerStats>(monotonicMs)
  return () =>
    consumers().map(watched => {
      const now = watched.consumer.stats()
      return viewOf(watched, before(watched.consumer, now), now)
    })
}

const viewOf = (
  { clientId, groupId }: WatchedConsumer,
  { figures: before, windowMs }: PastLook<ConsumerStats>,
  now: ConsumerStats,
): ConsumerView => {
  const aSecond = (figure: 'recordsProcessed' | 'handlerFailures'): number | null =>
    finite(((now[figure] - before[figure]) / windowMs) * 1000)
  return {
    clientId,
    groupId,
    memberId: now.memberId,
    partitions: now.partitions.length,
    windowMs: windowMs > 0 ? windowMs : null,
    recordsPerSecond: aSecond('recordsProcessed'),
    handlerFailuresPerSecond: aSecond('handlerFailures'),
    handlerMsP50: finite(now.handlerTime.p50Ms),
    handlerMsP99: finite(now.handlerTime.p99Ms),
    processedMsP99: now.latency?.p99Ms ?? null,
    recordsInFlight: now.recordsInFlight,
    handlerFailures: now.handlerFailures,
    recordsDeadLettered: now.recordsDeadLettered,
    parkedKeys: now.partitions.reduce((sum, { parkedKeys }) => sum + parkedKeys, 0),
    partitionsStopped: now.partitions.filter(({ stopped }) => stopped !== null).length,
    troubles: now.partitions
      .filter(({ failing, lastFailure }) => failing !== null || lastFailure !== null)
      .toSorted(worstFirst)
      .slice(0, TROUBLES_MAX)
      .map(troubleOf),
  }
}

const worstFirst = (a: PartitionStats, b: PartitionStats): number =>
  Number(a.failing === null) - Number(b.failing === null) ||
  (b.failing?.failingMs ?? 0) - (a.failing?.failingMs ?? 0) ||
  (b.lastFailure?.atMs ?? 0) - (a.lastFailure?.atMs ?? 0)

const troubleOf = ({
  topic,
  partition,
  handlerFailures,
  retries,
  recordsDeadLettered,
  parkedKeys,
  failing,
  lastFailure,
}: PartitionStats): PartitionTrouble => ({
  topic,
  partition,
  handlerFailures,
  retries,
  recordsDeadLettered,
  parkedKeys,
  failing: failing === null ? null : { ...failing, offset: String(failing.offset) },
  lastFailure:
    lastFailure === null
      ? null
      : {
          offset: String(lastFailure.offset),
          records: lastFailure.records,
          key: lastFailure.key,
          attempts: lastFailure.attempts,
          error: lastFailure.error,
          verdict: lastFailure.verdict,
          at: new Date(lastFailure.atMs).toISOString(),
        },
})
