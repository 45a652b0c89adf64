import type { ClusterSnapshot, TopicOffsets } from '../../core/model/index.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { Cluster } from '../../ports/cluster.ts'

/**
 * How many records each partition has taken since a moment, read from the log itself and not from what a producer
 * believes. NaN where an end offset is not known.
 */
export interface LogGrowth {
  /** By topic; index = partition. */
  readonly records: ReadonlyMap<string, Float64Array>
  readonly snapshot: ClusterSnapshot
}

export type LogMark = ReadonlyMap<string, TopicOffsets>

export const markLog = async (cluster: Cluster, topics: readonly string[]): Promise<LogMark> =>
  cluster.readOffsets(await cluster.describe({ topics }), topics)

export const growthSince = async (
  mark: LogMark,
  cluster: Cluster,
  topics: readonly string[],
): Promise<LogGrowth> => {
  const snapshot = await cluster.describe({ topics })
  const now = await cluster.readOffsets(snapshot, topics)
  const records = new Map<string, Float64Array>()
  for (const topic of topics) {
    const end = now.get(topic)?.end ?? new Float64Array()
    const before = mark.get(topic)?.end
    records.set(
      topic,
      end.map((offset, partition) => offset - (before?.[partition] ?? Number.NaN)),
    )
  }
  return { records, snapshot }
}

const readEnds = async (
  cluster: Cluster,
  clock: Clock,
  topics: readonly string[],
): Promise<{ readonly snapshot: ClusterSnapshot; readonly offsets: LogMark }> => {
  const deadlineMs = clock.monotonicMs() + KNOWN_WITHIN_MS
  for (;;) {
    const snapshot = await cluster.describe({ topics })
    const offsets = await cluster.readOffsets(snapshot, topics)
    const known = topics.every(topic => offsets.get(topic)?.end.every(Number.isFinite) ?? false)
    if (known || clock.monotonicMs() > deadlineMs) return { snapshot, offsets }
    await sleep(clock, ASK_AGAIN_MS)
  }
}

/** Sum over all partitions; NaN as soon as one is not known, because a partial sum would read as loss. */
export const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)
