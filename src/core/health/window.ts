import type { BrokerDisk, BrokerId, BrokerInfo, Observation } from '../model/index.ts'
import { lagOf } from './lag.ts'
import type { EndSample, Look } from './look.ts'
import type { HealthThresholds } from './thresholds.ts'
import { advanceTurnover, type GroupTurnover } from './turnover.ts'

/**
 * What is remembered of past looks, as a value: `advanceWindow` returns a new window and leaves the old one alone
 * (columns are shared, never written to).
 *
 * Two memories, because two questions need different pasts:
 * - `looks`, every look of the last rate window: rates, movement of commits.
 * - `ends`, end offsets reaching much further back in coarser steps: "when was this record written?", which turns lag
 *   in records into lag in time. One sample per `coarseStepMs` up to an hour, fewer where partitions are many, so
 *   that memory is bounded by `coarseCellsMax` whatever the cluster's size.
 */
export interface HealthWindow {
  /** Oldest first. */
  readonly looks: readonly Look[]
  /** Oldest first, all older than the oldest of `looks`. */
  readonly ends: readonly EndSample[]
  /** Newest sizes with the records retained at that moment; null before the first reading. */
  readonly sizes: SizeReading | null
  readonly disks: readonly BrokerDisk[] | null
  /** Last known address and rack of every broker ever seen: metadata forgets a broker the moment it is gone. */
  readonly brokersSeen: ReadonlyMap<BrokerId, BrokerInfo>
  /** By group id: who came and went, of groups seen within the last hour. */
  readonly turnover: ReadonlyMap<string, GroupTurnover>
}

/** Per topic and partition: bytes on disk and records retained, read in the same look; NaN when unknown. */
export type SizeReading = ReadonlyMap<
  string,
  { readonly topicId: string; readonly sizeBytes: Float64Array; readonly records: Float64Array }
>

export const emptyWindow: HealthWindow = {
  looks: [],
  ends: [],
  sizes: null,
  disks: null,
  brokersSeen: new Map(),
  turnover: new Map(),
}

const historyMs = 3_600_000
const coarseStepMs = 10_000
/** 10 million figures are 80 MB per column. */
const coarseCellsMax = 10_000_000

export const advanceWindow = (
  window: HealthWindow,
  observation: Observation,
  thresholds: HealthThresholds,
): HealthWindow => {
  const looks = [...window.looks, { observation, lag: lagOf(observation) }]
  const ends = [...window.ends]
  // A look is dropped only when the next one still spans the window, so that the span never falls short of it.
  while (spansWithoutFirst(looks) >= thresholds.rateWindowMs) {
    const old = looks.shift()
    const newest = ends.at(-1)?.monotonicMs ?? -Infinity
    if (old !== undefined && old.observation.monotonicMs - newest >= coarseStepMs)
      ends.push(endSample(old.observation))
  }
  const samplesMax = Math.max(12, Math.floor(coarseCellsMax / Math.max(1, partitionTotal(observation))))
  while (ends.length > samplesMax || observation.monotonicMs - (ends[0]?.monotonicMs ?? Infinity) > historyMs)
    ends.shift()
  return {
    looks,
    ends,
    sizes: sizeReading(observation) ?? window.sizes,
    disks: observation.disks ?? window.disks,
    brokersSeen: remember(window.brokersSeen, observation.snapshot.brokers),
    turnover: advanceTurnover(window.turnover, observation),
  }
}

export const newestLook = (window: HealthWindow): Look | null => window.looks.at(-1) ?? null

/** Newest look in which groups were read, if it is not older than `freshMs`. */
export const newestGroupLook = (window: HealthWindow, nowMs: number, freshMs: number): Look | null => {
  const look = window.looks.findLast(each => each.lag !== null)
  return look !== undefined && nowMs - look.observation.monotonicMs <= freshMs ? look : null
}

const spansWithoutFirst = (looks: readonly Look[]): number => {
  const second = looks[1]
  const last = looks.at(-1)
  return second === undefined || last === undefined
    ? 0
    : last.observation.monotonicMs - second.observation.monotonicMs
}

const endSample = (observation: Observation): EndSample => ({
  monotonicMs: observation.monotonicMs,
  topicIds: new Map([...observation.snapshot.topics].map(([name, topic]) => [name, topic.topicId])),
  offsets: observation.offsets,
})

const partitionTotal = (observation: Observation): number => {
  let total = 0
  for (const column of observation.offsets.values()) total += column.end.length
  return total
}

const sizeReading = (observation: Observation): SizeReading | null => {
  if (observation.sizes.size === 0) return null
  const reading = new Map<string, { topicId: string; sizeBytes: Float64Array; records: Float64Array }>()
  for (const [topic, { sizeBytes }] of observation.sizes) {
    const offsets = observation.offsets.get(topic)
    const topicId = observation.snapshot.topics.get(topic)?.topicId
    if (topicId === undefined) continue
    const records = sizeBytes.map((_, p) => (offsets?.end[p] ?? NaN) - (offsets?.start[p] ?? NaN))
    reading.set(topic, { topicId, sizeBytes, records })
  }
  return reading
}

const remember = (
  seen: ReadonlyMap<BrokerId, BrokerInfo>,
  brokers: readonly BrokerInfo[],
): ReadonlyMap<BrokerId, BrokerInfo> => {
  const all = new Map(seen)
  for (const broker of brokers) all.set(broker.id, broker)
  return all
}
