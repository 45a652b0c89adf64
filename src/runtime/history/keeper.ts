import type { ClusterEvent, ClusterHealth, FindingDates, FindingDraft } from '../../core/health/index.ts'
import { sentenceText } from '../../core/health/index.ts'
import { LanekeeperError } from '../../core/model/index.ts'
import type { HistoryFile, HistorySpan } from '../../ports/history-file.ts'
import {
  readInPlace,
  unreadable,
  type PastAnswer,
  type PastQuestion,
  type PastReader,
} from './answer-past.ts'
import type { HistoryQuery, TimeQuery } from './read-past.ts'
import { createRecorder } from './recorder.ts'

/**
 * The past as the live state uses it: writes that never throw, and reads beside them.
 *
 * A disk that is full or a file that is taken away must not end the watching: a write that fails is said in `notice`
 * and tried again with the next look, which brings its own figures; what was lost meanwhile is a gap. A read that fails
 * is said there too, until one succeeds or for a minute, and rejects.
 */
export interface PastKeeper {
  record(health: ClusterHealth, findings: readonly HistorySpan[], wallMs: number): void
  note(events: readonly ClusterEvent[], wallMs: number): void
  unseen(sinceMs: number, wallMs: number, reason: string): void
  /** Rejects as `PastReader.read` does. */
  topic(name: string, query: HistoryQuery, signal?: AbortSignal): Promise<PastAnswer>
  group(groupId: string, query: TimeQuery, signal?: AbortSignal): Promise<PastAnswer>
  /** What is wrong with keeping history, in one sentence; null: nothing. */
  notice(): string | null
  /** The same, but only what goes wrong now: a disk that is full, a page that is damaged. */
  trouble(): string | null
}

const READ_TROUBLE_MS = 60_000

export interface KeptPast {
  readonly file: HistoryFile
  /** How many bytes it may take. */
  readonly bytesMax: number
  /** Absent: the past is read on the event loop. Closed by whoever made it. */
  readonly reader?: PastReader
}

export const keepPast = ({ file, bytesMax, reader = readInPlace(file) }: KeptPast): PastKeeper => {
  const recorder = createRecorder(file, { bytesMax })
  let seenMs = -Infinity
  let trouble: string | null = null
  let unread: { readonly text: string; readonly untilMs: number } | null = null
  const attempt = (write: () => void): void => {
    try {
      write()
      trouble = null
    } catch (failure) {
      trouble = `History cannot be written: ${failure instanceof Error ? failure.message : String(failure)}.`
    }
  }
  /** Where nobody asks again it is not known whether it is mended, and not said for ever. */
  const troubleNow = (): string | null =>
    trouble ?? (unread !== null && seenMs < unread.untilMs ? unread.text : null)
  const ask = async (about: () => PastQuestion, signal?: AbortSignal): Promise<PastAnswer> => {
    try {
      const answer = await reader.read(about(), signal)
      unread = null
      return answer
    } catch (failure) {
      if (signal?.aborted === true) throw failure
      const known = failure instanceof LanekeeperError ? failure : unreadable(failure)
      if (known.code === 'HISTORY_UNREADABLE')
        unread = { text: known.message, untilMs: seenMs + READ_TROUBLE_MS }
      throw known
    }
  }
  return {
    record: (health, findings, wallMs) => {
      seenMs = wallMs
      attempt(() => recorder.record(health, findings, wallMs))
    },
    note: (events, wallMs) => attempt(() => recorder.note(events, wallMs)),
    unseen: (sinceMs, wallMs, reason) => attempt(() => recorder.unseen(sinceMs, wallMs, reason)),
    topic: (name, query, signal) =>
      ask(() => ({ kind: 'topic', name, query, inProgress: recorder.openRows('topic', name) }), signal),
    group: (name, query, signal) =>
      ask(() => ({ kind: 'group', name, query, inProgress: recorder.openRows('group', name) }), signal),
    notice: () => troubleNow() ?? file.notice,
    trouble: troubleNow,
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
