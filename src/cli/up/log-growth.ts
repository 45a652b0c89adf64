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

/** A leader that has just been elected answers a moment later; a minute of silence is a broker in trouble. */
const KNOWN_WITHIN_MS = 60_000
const ASK_AGAIN_MS = 250

/** End offsets of all partitions; asks again while some are not known, since growth from an unknown start is unknown. */
export const markLog = async (cluster: Cluster, clock: Clock, topics: readonly string[]): Promise<LogMark> =>
  (await readEnds(cluster, clock, topics)).offsets

export const growthSince = async (
  mark: LogMark,
  cluster: Cluster,
  clock: Clock,
  topics: readonly string[],
): Promise<LogGrowth> => {
  const { snapshot, offsets: now } = await readEnds(cluster, clock, topics)
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
