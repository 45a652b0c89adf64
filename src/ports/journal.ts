/**
 * An append-only record of what was done, durable before `append` resolves. The executor writes its intent before
 * each outside effect and the outcome after it; a reader therefore meets at most one step of unknown outcome.
 */
export interface Journal {
  append(entry: JournalEntry): Promise<void>
  /** All whole entries, oldest first. A torn last line (crash in the middle of a write) is left out. */
  read(): Promise<readonly JournalEntry[]>
}

export interface JournalEntry {
  readonly at: string
  readonly plan: string
  readonly event: 'planned' | 'started' | 'done' | 'failed' | 'finished'
  /** Step's id within the plan; null for events about the plan itself. */
  readonly step: string | null
  readonly detail: string
}
