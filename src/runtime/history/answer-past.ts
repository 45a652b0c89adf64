import { LanekeeperError } from '../../core/model/index.ts'
import type { HistoryFile, HistoryRow } from '../../ports/history-file.ts'
import { readGroup, readTopic, type HistoryQuery, type TimeQuery } from './read-past.ts'
import { groupHistoryView, historyView } from './view-history.ts'

/**
 * What is asked about the past, as it travels to another thread, and the answer as it is sent: bytes of JSON, since
 * making them of some hundred thousand figures takes longer than reading those.
 */
export type PastQuestion = {
  readonly name: string
  /** Steps that are not in the file yet. */
  readonly inProgress: readonly HistoryRow[]
} & (
  | { readonly kind: 'topic'; readonly query: HistoryQuery }
  | { readonly kind: 'group'; readonly query: TimeQuery }
)

/** JSON of the contract's `History` or `GroupHistory`; null: nothing is kept of it. */
export type PastAnswer = Uint8Array<ArrayBuffer> | null

/** Who answers: beside the event loop (past-thread.ts), or on it. */
export interface PastReader {
  /**
   * Rejects with HISTORY_BUSY when too many wait, with the signal's reason when that is aborted (nobody waits for the
   * answer any more), and with whatever keeps the file from being read.
   */
  read(question: PastQuestion, signal?: AbortSignal): Promise<PastAnswer>
  close(): Promise<void>
}

export const answerPast = (file: HistoryFile, question: PastQuestion): PastAnswer => {
  const view = viewOf(file, question)
  return view === null ? null : new TextEncoder().encode(JSON.stringify(view))
}

const viewOf = (file: HistoryFile, question: PastQuestion): object | null => {
  const { name, inProgress, query } = question
  if (question.kind === 'group') {
    const past = readGroup(file, inProgress, name, query)
    return past === null ? null : groupHistoryView(name, past)
  }
  const past = readTopic(file, inProgress, name, question.query)
  return past === null ? null : historyView(name, past, file.events(query.fromMs, query.toMs))
}

/** Answers on the event loop, which stands still meanwhile: for small clusters, and where time is a test's own. */
export const readInPlace = (file: HistoryFile): PastReader => ({
  read: async question => answerPast(file, question),
  close: async () => {},
})

export const unreadable = (failure: unknown): LanekeeperError =>
  new LanekeeperError(
    'HISTORY_UNREADABLE',
    `History cannot be read: ${failure instanceof Error ? failure.message : String(failure)}.`,
    {
      fix: 'What is seen now is not touched by it. Of a damaged file the next start begins a new one, and keeps the old one beside it.',
      cause: failure,
    },
  )
