import type { HistoryFile, HistorySpan } from '../../ports/history-file.ts'
import { readGroup, readTopic, type GroupPast, type TopicPast } from '../history/read-past.ts'

/** What a report is made of, read from a history file; NaN where nothing is known. */
export interface ReportFacts {
  readonly cluster: string
  readonly fromMs: number
  readonly toMs: number
  /** Busiest first. */
  readonly topics: readonly TopicFacts[]
  /** Furthest behind first. */
  readonly groups: readonly GroupFacts[]
  readonly findings: readonly HistorySpan[]
  readonly alerts: readonly HistorySpan[]
  readonly unseen: readonly HistorySpan[]
  readonly events: readonly { readonly atMs: number; readonly text: string }[]
  /** Share of the time in which anything was seen. */
  readonly seenShare: number
}

export interface TopicFacts {
  readonly name: string
  readonly partitions: number
  readonly past: TopicPast
  readonly recordsPerSecondMean: number
  readonly recordsPerSecondMax: number
  readonly bytes: number
  readonly lagRecordsMax: number
  readonly skewMax: number
  /** Partitions whose largest step stands furthest above the topic's mean a partition. */
  readonly hottest: readonly {
    readonly partition: number
    readonly timesMean: number
    readonly atMs: number
  }[]
}

export interface GroupFacts {
  readonly name: string
  readonly past: GroupPast
  readonly lagRecordsMax: number
  readonly lagMsMax: number
  readonly processedPerSecondMean: number
}

const columnsMax = 192
const cellsMax = 500
const topicsMax = 12
const groupsMax = 12
const hottestMax = 5

export const reportFacts = (
  file: HistoryFile,
  cluster: string,
  fromMs: number,
  toMs: number,
): ReportFacts => {
  const time = { fromMs, toMs, stepMs: 0, columnsMax }
  const topics = namesOf(file, 'topic')
    .flatMap(name => {
      const past = readTopic(file, [], name, {
        ...time,
        measure: 'recordsPerSecond',
        partition: null,
        cellsMax,
      })
      return past === null ? [] : topicFacts(name, file.seriesNamed('topic', name)[0]?.partitions ?? 0, past)
    })
    .toSorted((a, b) => orLow(b.recordsPerSecondMean) - orLow(a.recordsPerSecondMean))
  const groups = namesOf(file, 'group')
    .flatMap(name => {
      const past = readGroup(file, [], name, time)
      return past === null ? [] : groupFacts(name, past)
    })
    .toSorted(
      (a, b) => orLow(b.lagMsMax) - orLow(a.lagMsMax) || orLow(b.lagRecordsMax) - orLow(a.lagRecordsMax),
    )
  const alerts = file.spans(['alert'], fromMs, toMs).filter(span => span.detail === 'firing')
  return {
    cluster,
    fromMs,
    toMs,
    topics: topics.slice(0, topicsMax),
    groups: groups.slice(0, groupsMax),
    findings: file.spans(['finding'], fromMs, toMs),
    alerts,
    unseen: file.spans(['unseen'], fromMs, toMs),
    events: file.events(fromMs, toMs),
    seenShare: seenShare(topics),
  }
}

const namesOf = (file: HistoryFile, kind: 'topic' | 'group'): readonly string[] => [
  ...new Set(file.seriesOf(kind).map(series => series.name)),
]

/** Nothing when nothing was seen of it in this time. */
const topicFacts = (name: string, partitions: number, past: TopicPast): readonly TopicFacts[] => {
  const { recordsPerSecond, lagRecords, bytesPerSecond, skewMaxOverMean } = past.totals
  const mean = meanOf(recordsPerSecond)
  if (Number.isNaN(mean)) return []
  return [
    {
      name,
      partitions,
      past,
      recordsPerSecondMean: mean,
      recordsPerSecondMax: maxOf(recordsPerSecond),
      bytes: sumOf(bytesPerSecond) * (past.stepMs / 1000),
      lagRecordsMax: maxOf(lagRecords),
      skewMax: maxOf(skewMaxOverMean),
      hottest: hottestOf(past, mean / Math.max(1, partitions)),
    },
  ]
}

const hottestOf = (past: TopicPast, meanPerPartition: number): TopicFacts['hottest'] => {
  if (!(meanPerPartition > 0)) return []
  const largest = new Map<number, { value: number; atMs: number }>()
  past.raster.forEach((cells, step) => {
    cells?.forEach((value, cell) => {
      if (!Number.isNaN(value) && !(value <= (largest.get(cell)?.value ?? NaN)))
        largest.set(cell, { value, atMs: past.atMs[step] ?? 0 })
    })
  })
  return [...largest]
    .toSorted(([, a], [, b]) => b.value - a.value)
    .slice(0, hottestMax)
    .map(([cell, { value, atMs }]) => ({
      partition: cell * past.partitionsPerCell,
      timesMean: value / meanPerPartition,
      atMs,
    }))
}

const groupFacts = (name: string, past: GroupPast): readonly GroupFacts[] => {
  const { lagRecords, lagMsMax, processedPerSecond, members } = past.totals
  if (Number.isNaN(maxOf(members))) return []
  return [
    {
      name,
      past,
      lagRecordsMax: maxOf(lagRecords),
      lagMsMax: maxOf(lagMsMax),
      processedPerSecondMean: meanOf(processedPerSecond),
    },
  ]
}

const seenShare = (topics: readonly TopicFacts[]): number => {
  const steps = topics[0]?.past.atMs.length ?? 0
  if (steps === 0) return 0
  const seen = Array.from({ length: steps }, (_, i) =>
    topics.some(topic => !Number.isNaN(topic.past.totals.recordsPerSecond[i] ?? NaN)),
  )
  return seen.filter(Boolean).length / steps
}

const knownOf = (column: readonly number[]): readonly number[] => column.filter(value => !Number.isNaN(value))
export const maxOf = (column: readonly number[]): number =>
  knownOf(column).reduce((max, value) => (value <= max ? max : value), NaN)
const sumOf = (column: readonly number[]): number => knownOf(column).reduce((sum, value) => sum + value, 0)
const meanOf = (column: readonly number[]): number => {
  const known = knownOf(column)
  return known.length === 0 ? NaN : sumOf(known) / known.length
}

/** For sorting: what is not known comes last. */
const orLow = (value: number): number => (Number.isNaN(value) ? -1 : value)
