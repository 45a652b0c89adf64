import type { ClusterEvent, ClusterHealth, FindingDates, FindingDraft } from '../../core/health/index.ts'
import { sentenceText } from '../../core/health/index.ts'
import type { HistoryEvent, HistoryFile, HistorySpan } from '../../ports/history-file.ts'
import {
  readGroup,
  readTopic,
  type GroupPast,
  type HistoryQuery,
  type TimeQuery,
  type TopicPast,
} from './read-past.ts'
import { createRecorder } from './recorder.ts'

/**
 * The past as the live state uses it: writes and reads that never throw.
 *
 * A disk that is full or a file that is taken away must not end the watching: a write that fails is said in `notice`
 * and tried again with the next look, which brings its own figures; what was lost meanwhile is a gap.
 */
export interface PastKeeper {
  record(health: ClusterHealth, findings: readonly HistorySpan[], wallMs: number): void
  note(events: readonly ClusterEvent[], wallMs: number): void
  unseen(sinceMs: number, wallMs: number, reason: string): void
  topic(name: string, query: HistoryQuery): TopicPast | null
  group(groupId: string, query: TimeQuery): GroupPast | null
  events(fromMs: number, toMs: number): readonly HistoryEvent[]
  /** What is wrong with keeping history, in one sentence; null: nothing. */
  notice(): string | null
  /** The same, but only what goes wrong now: a disk that is full, a page that is damaged. */
  trouble(): string | null
}

export const keepPast = (file: HistoryFile, limits: { readonly bytesMax: number }): PastKeeper => {
  const recorder = createRecorder(file, limits)
  let trouble: string | null = null
  const attempt = (write: () => void): void => {
    try {
      write()
      trouble = null
    } catch (failure) {
      trouble = `History cannot be written: ${failure instanceof Error ? failure.message : String(failure)}.`
    }
  }
  /** A page that cannot be read is a gap like any other, and said. */
  const read = <Value>(look: () => Value, instead: Value): Value => {
    try {
      return look()
    } catch (failure) {
      trouble = `History cannot be read: ${failure instanceof Error ? failure.message : String(failure)}.`
      return instead
    }
  }
  return {
    record: (health, findings, wallMs) => attempt(() => recorder.record(health, findings, wallMs)),
    note: (events, wallMs) => attempt(() => recorder.note(events, wallMs)),
    unseen: (sinceMs, wallMs, reason) => attempt(() => recorder.unseen(sinceMs, wallMs, reason)),
    topic: (name, query) => read(() => readTopic(file, recorder, name, query), null),
    group: (groupId, query) => read(() => readGroup(file, recorder, groupId, query), null),
    events: (fromMs, toMs) => read(() => file.events(fromMs, toMs), []),
    notice: () => trouble ?? file.notice,
    trouble: () => trouble,
  }
}

/** Open findings as spans that last until now. */
export const findingSpans = (
  findings: readonly FindingDraft[],
  dates: FindingDates,
  wallMs: number,
): readonly HistorySpan[] =>
  findings.map(finding => ({
    kind: 'finding',
    id: finding.id,
    sinceMs: dates.get(finding.id)?.sinceMs ?? wallMs,
    untilMs: wallMs,
    severity: finding.severity,
    text: sentenceText(finding.sentence),
    detail: finding.cure,
  }))
