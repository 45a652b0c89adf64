import type { GroupHistory, History } from '../../api/contract.ts'
import type { HistoryEvent } from '../../ports/history-file.ts'
import { figure, figures, isoTime, whole } from '../figure.ts'
import type { GroupPast, TopicPast } from './read-past.ts'

/** The past as the HTTP contract states it. */
export const historyView = (topic: string, past: TopicPast, events: readonly HistoryEvent[]): History => ({
  topic,
  stepMs: past.stepMs,
  at: past.atMs.map(isoTime),
  recordsPerSecond: past.totals.recordsPerSecond.map(figure),
  bytesPerSecond: past.totals.bytesPerSecond.map(whole),
  lagRecords: past.totals.lagRecords.map(whole),
  lagMsMax: past.totals.lagMsMax.map(whole),
  partitionsPerCell: past.partitionsPerCell,
  raster: past.raster.map(row => (row === null ? null : figures(row))),
  partition:
    past.partition === null
      ? null
      : {
          partitionsPerCell: past.partition.partitionsPerCell,
          recordsPerSecond: past.partition.recordsPerSecond.map(figure),
          lagRecords: past.partition.lagRecords.map(whole),
        },
  events: events
    .filter(event => event.topic === null || event.topic === topic)
    .slice(-EVENTS_MAX)
    .map(event => ({ at: isoTime(event.atMs), text: event.text })),
  oldest: past.oldestMs === null ? null : isoTime(past.oldestMs),
})

export const groupHistoryView = (groupId: string, past: GroupPast): GroupHistory => ({
  groupId,
  stepMs: past.stepMs,
  at: past.atMs.map(isoTime),
  lagRecords: past.totals.lagRecords.map(whole),
  lagMsMax: past.totals.lagMsMax.map(whole),
  processedPerSecond: past.totals.processedPerSecond.map(figure),
  members: past.totals.members.map(whole),
})

/** A band above a picture holds a dozen; a group that rebalances all day would make thousands. */
const EVENTS_MAX = 200
