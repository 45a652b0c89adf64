import {
  emptySnapshot,
  newColumns,
  type BrokerDisk,
  type BrokerId,
  type BrokerInfo,
  type Columns,
  type Observation,
} from '../model/index.ts'
import { lagOf } from './lag.ts'
import type { EndSample, Look } from './look.ts'
import { advanceGrown, type Growth } from './grown.ts'
import { grownSince } from './rates.ts'
import { forgetSizes, sizeReading, type SizeReading } from './sizes.ts'
import { structureOf, type ClusterStructure } from './structure.ts'
import type { HealthThresholds } from './thresholds.ts'
import { advanceTurnover, type GroupTurnover } from './turnover.ts'

/**
 * What is remembered of past looks, as a value: `advanceWindow` returns a new window and leaves the old one alone
 * (columns are shared, never written to). Where columns are lent, those that the new window has no more are given back, and
 * the old one is not to be read again.
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
  /** What follows from the newest metadata. */
  readonly structure: ClusterStructure
  /** By topic: partitions that were added while watching. */
  readonly grown: ReadonlyMap<string, Growth>
  /** Newest sizes with the offsets at that moment; null before the first reading. */
  readonly sizes: SizeReading | null
  readonly disks: readonly BrokerDisk[] | null
  /** Last known address and rack of every broker ever seen: metadata forgets a broker the moment it is gone. */
  readonly brokersSeen: ReadonlyMap<BrokerId, BrokerInfo>
  /** By group id: who came and went, of groups seen within the last hour. */
  readonly turnover: ReadonlyMap<string, GroupTurnover>
}

export const emptyWindow: HealthWindow = {
  looks: [],
  ends: [],
  structure: structureOf(emptySnapshot),
  grown: new Map(),
  sizes: null,
  disks: null,
  brokersSeen: new Map(),
  turnover: new Map(),
}

const historyMs = 3_600_000
const coarseStepMs = 10_000
/** 10 million figures are 80 MB per column. */
const coarseCellsMax = 10_000_000
/**
 * Looks of very many partitions are kept further apart: rates and verdicts read all of them each second. Ten over the
 * rate window are still three seconds apart, well within what counts as fresh.
 */
const lookCellsMax = 2_000_000
const looksMin = 10

export const advanceWindow = (
  window: HealthWindow,
  observation: Observation,
  thresholds: HealthThresholds,
  columns: Columns = newColumns,
): HealthWindow => {
  const previous = window.looks.at(-1)
  const partitions = partitionTotal(observation)
  const kept = withoutCrowded(window.looks, partitions, thresholds)
  const looks = [...kept, takeIn(observation, kept.at(-1), columns)]
  const ends = [...window.ends]
  // A look is dropped only when the next one still spans the window, so that the span never falls short of it.
  while (spansWithoutFirst(looks) >= thresholds.rateWindowMs) {
    const old = looks.shift()
    const newest = ends.at(-1)?.monotonicMs ?? -Infinity
    if (old !== undefined && old.observation.monotonicMs - newest >= coarseStepMs)
      ends.push(endSample(old.observation))
  }
  const samplesMax = Math.max(12, Math.floor(coarseCellsMax / Math.max(1, partitions)))
  while (ends.length > samplesMax || observation.monotonicMs - (ends[0]?.monotonicMs ?? Infinity) > historyMs)
    ends.shift()
  const next: HealthWindow = {
    looks,
    ends,
    structure:
      observation.snapshot === window.structure.snapshot
        ? window.structure
        : structureOf(observation.snapshot, window.structure),
    grown: advanceGrown(window.grown, previous?.observation, observation),
    sizes: sizeReading(observation, window.sizes, columns) ?? window.sizes,
    disks: observation.disks ?? window.disks,
    brokersSeen: remember(window.brokersSeen, observation.snapshot.brokers),
    turnover: advanceTurnover(window.turnover, observation),
  }
  giveBackGone(window, next, columns)
  return next
}

/** What the new window has no more. The ends of a look are also those of the sample that is made of it. */
const giveBackGone = (before: HealthWindow, now: HealthWindow, columns: Columns): void => {
  const looks = new Set(now.looks)
  const offsets = new Set([
    ...now.looks.map(look => look.observation.offsets),
    ...now.ends.map(each => each.offsets),
  ])
  const giveBackEnds = (gone: Observation['offsets']): void => {
    if (!offsets.has(gone)) for (const { end } of gone.values()) columns.giveBack(end)
  }
  if (before.sizes !== null && before.sizes !== now.sizes) forgetSizes(before.sizes, columns)
  for (const sample of before.ends) giveBackEnds(sample.offsets)
  for (const look of before.looks) {
    if (looks.has(look)) continue
    giveBackEnds(look.observation.offsets)
    for (const { committed } of look.observation.groups ?? [])
      for (const column of committed.values()) columns.giveBack(column)
    for (const lags of look.lag?.values() ?? [])
      for (const { lagRecords, noted } of lags.values()) {
        columns.giveBack(lagRecords)
        columns.giveBack(noted)
      }
  }
}

export const newestLook = (window: HealthWindow): Look | null => window.looks.at(-1) ?? null

/** Newest look in which groups were read, if it is not older than `freshMs`. */
export const newestGroupLook = (window: HealthWindow, nowMs: number, freshMs: number): Look | null => {
  const look = window.looks.findLast(each => each.lag !== null)
  return look !== undefined && nowMs - look.observation.monotonicMs <= freshMs ? look : null
}

/** Without the newest look, where it is closer to the one before than many partitions allow; the next takes its place. */
const withoutCrowded = (
  looks: readonly Look[],
  partitions: number,
  { rateWindowMs }: HealthThresholds,
): readonly Look[] => {
  const apartMs = rateWindowMs / Math.max(looksMin, lookCellsMax / Math.max(1, partitions))
  const [before, newest] = looks.slice(-2)
  if (before === undefined || newest === undefined || partitions < lookCellsMax / 30) return looks
  return newest.observation.monotonicMs - before.observation.monotonicMs < apartMs - 1
    ? looks.slice(0, -1)
    : looks
}

const spansWithoutFirst = (looks: readonly Look[]): number => {
  const second = looks[1]
  const last = looks.at(-1)
  return second === undefined || last === undefined
    ? 0
    : last.observation.monotonicMs - second.observation.monotonicMs
}

const takeIn = (observation: Observation, before: Look | undefined, columns: Columns): Look => {
  const endTotals = new Map<string, number>()
  const rising = new Set<string>()
  for (const [topic, { end }] of observation.offsets) {
    const grown = grownSince(before?.observation.offsets.get(topic)?.end, end)
    endTotals.set(topic, grown.total)
    if (grown.rises) rising.add(topic)
  }
  return { observation, lag: lagOf(observation, before?.lag ?? null, columns), endTotals, rising }
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

const remember = (
  seen: ReadonlyMap<BrokerId, BrokerInfo>,
  brokers: readonly BrokerInfo[],
): ReadonlyMap<BrokerId, BrokerInfo> => {
  const all = new Map(seen)
  for (const broker of brokers) all.set(broker.id, broker)
  return all
}
