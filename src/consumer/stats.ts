import { NO_OFFSET } from '../core/model/index.ts'
import type { LatencyFigures } from '../core/sketch/index.ts'
import type { CommitCounts } from './committer.ts'
import type { ConsumerStats, PartitionStats, RecordCounts } from './events.ts'
import type { FetchCounts } from './fetcher.ts'
import type { LatencySummary } from './latency.ts'
import type { MemberView } from './membership-effects.ts'
import type { Ownership } from './ownership.ts'

export interface StatsSource {
  readonly state: MemberView | null
  readonly memberId: string
  readonly records: RecordCounts
  readonly rebalances: number
  readonly fetches: FetchCounts
  readonly commits: CommitCounts
  readonly groupCodes: ReadonlyMap<string, number>
  readonly latency: LatencySummary | null
  readonly handlerTime: LatencyFigures
  readonly owned: readonly Ownership[]
  readonly nowMs: number
}

/** The counters of the parts as one picture of this moment. */
export const statsOf = (source: StatsSource): ConsumerStats => {
  const partitions = source.owned.map(each => partitionStats(each, source.nowMs))
  return {
    phase: source.state?.phase ?? 'NEW',
    memberId: source.memberId,
    memberEpoch: source.state?.epoch ?? 0,
    ...source.records,
    fetches: source.fetches.fetches,
    fetchedBytes: source.fetches.bytes,
    commitRequests: source.commits.requests,
    committedOffsets: source.commits.offsets,
    rebalances: source.rebalances,
    codes: new Map([
      ...prefixed('fetch', source.fetches.codes),
      ...prefixed('commit', source.commits.codes),
      ...prefixed('group', source.groupCodes),
    ]),
    lagRecords: partitions.reduce<number | null>(
      (sum, each) => (sum === null || each.lagRecords === null ? null : sum + each.lagRecords),
      0,
    ),
    uncommittedOffsets: source.owned.reduce((sum, each) => sum + each.uncommittedOffsets, 0),
    latency: source.latency,
    handlerTime: source.handlerTime,
    partitions,
  }
}

const partitionStats = (
  { topic, partition, cursor, frontier, committed, work, stopped }: Ownership,
  nowMs: number,
): PartitionStats => ({
  topic,
  partition,
  position: cursor?.handedOut ?? NO_OFFSET,
  frontier,
  committed,
  // never negative: the end is as old as the last answer
  lagRecords: cursor === null || cursor.end < 0 ? null : Math.max(0, cursor.end - frontier),
  queuedRecords: work.queuedRecords,
  runningHandlers: work.running,
  parkedKeys: work.parkedKeys.size,
  stopped,
  recordsProcessed: work.figures.recordsProcessed,
  recordsDeadLettered: work.figures.recordsDeadLettered,
  handlerFailures: work.figures.handlerFailures,
  retries: work.figures.retries,
  handlerTime: work.figures.handlerTime(),
  lastFailure: work.figures.lastFailure,
  failing: work.figures.failing(nowMs),
})

const prefixed = (request: string, codes: ReadonlyMap<string, number>): [string, number][] =>
  [...codes].map(([name, count]) => [`${request} ${name}`, count])
