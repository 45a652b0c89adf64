/**
 * The effects of a chaos run in a database, each by `sink.once`, and nothing else: no ownership is asked, so that whatever
 * a former owner or a repeat tries arrives there. The database's own order is the witness.
 */
import { DatabaseSync } from 'node:sqlite'
import { SqliteSink } from '../../src/adapters/sqlite-sink/sqlite-sink.ts'
import type { RecordPlace } from '../../src/ports/effect-sink.ts'

export interface SinkEffects {
  once(record: RecordPlace, key: string, sequence: string): void
  settle(committed: readonly RecordPlace[]): void
}

/** A member that is stopped in the middle of a transaction keeps the others out: they try again instead of waiting. */
const BUSY_TIMEOUT_MS = 100

export const openSinkEffects = (file: string, group: string): SinkEffects => {
  const sink = new SqliteSink({ file, group, synchronous: 'normal', busyTimeoutMs: BUSY_TIMEOUT_MS })
  sink.database.exec(`
    CREATE TABLE IF NOT EXISTS effects (key TEXT NOT NULL, sequence INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS refused (times INTEGER NOT NULL);
  `)
  const insert = sink.database.prepare('INSERT INTO effects VALUES (?, ?)')
  const refuse = sink.database.prepare('INSERT INTO refused VALUES (1)')
  return {
    once: (record, key, sequence) => {
      if (sink.once(record, () => void insert.run(key, Number(sequence))) === 'repeated') refuse.run()
    },
    settle: committed => {
      try {
        sink.settle(committed)
      } catch {
        // somebody else writes just now: the next commit settles it
      }
    },
  }
}

export interface SinkVerdict {
  readonly problems: readonly string[]
  readonly effects: number
  /** Tried again, or late, and refused. */
  readonly refused: number
}

/** Each key's numbers must stand there once each and in order. */
export const judgeSinkEffects = (file: string, written: ReadonlyMap<string, number>): SinkVerdict => {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const problems: string[] = []
    const next = new Map<string, number>()
    let effects = 0
    for (const row of database.prepare('SELECT key, sequence FROM effects ORDER BY rowid').iterate()) {
      const [key, sequence] = [String(row['key']), Number(row['sequence'])]
      const expected = next.get(key) ?? 0
      if (sequence !== expected) problems.push(`in the sink: ${key}#${sequence}, expected #${expected}`)
      next.set(key, Math.max(expected, sequence + 1))
      effects++
    }
    for (const [key, count] of written)
      if (next.get(key) !== count)
        problems.push(`not in the sink: ${key} from #${next.get(key) ?? 0} of ${count}`)
    const refused = database.prepare('SELECT count(*) AS times FROM refused').get()?.['times']
    return { problems, effects, refused: Number(refused) }
  } finally {
    database.close()
  }
}
