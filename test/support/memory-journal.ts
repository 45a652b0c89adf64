import type { Journal, JournalEntry } from '../../src/ports/journal.ts'

/** A journal that outlives the "process" of a test, and nothing else. */
export const memoryJournal = (): Journal & { readonly entries: readonly JournalEntry[] } => {
  const entries: JournalEntry[] = []
  return {
    entries,
    append: async entry => {
      entries.push(entry)
    },
    read: async () => [...entries],
  }
}
