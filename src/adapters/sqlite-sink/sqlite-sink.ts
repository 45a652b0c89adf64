/**
 * The effect sink over Node's own SQLite.
 *
 * Method. One row for each partition says below which offset everything is done; one row for each record done above it
 * is its token. `once` begins a write transaction (so that other processes wait), looks at the first, inserts the
 * second, runs the effect, commits. The insert into a table with a primary key is the compare-and-set. `settle` raises
 * the first and deletes the second below it, so that tokens are as many as records run ahead of the committed offset.
 *
 * SQLite keeps one writer at a time, which is what makes this small; the effect must therefore be synchronous. Several
 * processes may share the file.
 *
 * Durability: with `synchronous=FULL` an effect that was acknowledged survives a loss of power; with NORMAL it survives
 * the death of the process, but the last moments before a loss of power may be gone while Kafka remembers them as
 * committed.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { LanekeeperError, type Offset } from '../../core/model/index.ts'
import type { EffectSink, RecordPlace, SinkOutcome } from '../../ports/effect-sink.ts'

export interface SqliteSinkOptions {
  /** The database file that the effects go to. */
  readonly file: string
  /** Groups have effects of their own: two groups may write one file without taking each other's records for repeats. */
  readonly group: string
  /** SQLite's `synchronous`. Default `full`. */
  readonly synchronous?: 'full' | 'normal'
  /** How long to wait for another process that writes. Default 5000. */
  readonly busyTimeoutMs?: number
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS lanekeeper_position (
    group_id TEXT NOT NULL, topic_id TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (group_id, topic_id, partition)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS lanekeeper_applied (
    group_id TEXT NOT NULL, topic_id TEXT NOT NULL, partition INTEGER NOT NULL, record_offset INTEGER NOT NULL,
    PRIMARY KEY (group_id, topic_id, partition, record_offset)) STRICT, WITHOUT ROWID;`

export class SqliteSink implements EffectSink<DatabaseSync> {
  /** For tables of the caller's own, and for reading. */
  readonly database: DatabaseSync
  readonly #group: string
  readonly #isBelow: StatementSync
  readonly #insert: StatementSync
  readonly #raise: StatementSync
  readonly #forget: StatementSync

  /** Opens or creates the file. @throws LanekeeperError FILE_UNREADABLE */
  constructor({ file, group, synchronous = 'full', busyTimeoutMs = 5000 }: SqliteSinkOptions) {
    this.#group = group
    try {
      this.database = new DatabaseSync(file, { timeout: busyTimeoutMs })
      this.database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};`)
      this.database.exec(SCHEMA)
    } catch (cause) {
      throw new LanekeeperError(
        'FILE_UNREADABLE',
        `${file} cannot be used as an effect sink: ${textOf(cause)}`,
        {
          cause,
        },
      )
    }
    this.#isBelow = this.database.prepare(
      'SELECT 1 FROM lanekeeper_position WHERE group_id = ? AND topic_id = ? AND partition = ? AND next_offset > ?',
    )
    this.#insert = this.database.prepare(
      'INSERT OR IGNORE INTO lanekeeper_applied (group_id, topic_id, partition, record_offset) VALUES (?, ?, ?, ?)',
    )
    this.#raise = this.database.prepare(
      `INSERT INTO lanekeeper_position (group_id, topic_id, partition, next_offset) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET next_offset = max(next_offset, excluded.next_offset)`,
    )
    this.#forget = this.database.prepare(
      'DELETE FROM lanekeeper_applied WHERE group_id = ? AND topic_id = ? AND partition = ? AND record_offset < ?',
    )
  }

  once({ topicId, partition, offset }: RecordPlace, effect: (database: DatabaseSync) => void): SinkOutcome {
    const token = [this.#group, topicId, partition, offset] as const
    return this.#inTransaction(() => {
      if (this.#isBelow.get(...token) !== undefined) return 'repeated'
      if (this.#insert.run(...token).changes === 0) return 'repeated'
      const result: unknown = effect(this.database)
      // the next record's transaction would begin inside this one
      if (result instanceof Promise)
        throw new LanekeeperError(
          'USAGE',
          'The effect of a SQLite sink must be synchronous; it returned a promise.',
        )
      return 'applied'
    })
  }

  settle(committed: readonly RecordPlace[]): void {
    this.#inTransaction(() => {
      for (const { topicId, partition, offset } of committed) {
        this.#raise.run(this.#group, topicId, partition, offset)
        this.#forget.run(this.#group, topicId, partition, offset)
      }
    })
  }

  /** Offset below which everything of the partition is done; null before the first commit. */
  position(topicId: string, partition: number): Offset | null {
    const row = this.database
      .prepare(
        'SELECT next_offset FROM lanekeeper_position WHERE group_id = ? AND topic_id = ? AND partition = ?',
      )
      .get(this.#group, topicId, partition)
    return row === undefined ? null : Number(row['next_offset'])
  }

  close(): void {
    this.database.close()
  }

  #inTransaction<Result>(run: () => Result): Result {
    this.database.exec('BEGIN IMMEDIATE')
    try {
      const result = run()
      this.database.exec('COMMIT')
      return result
    } catch (failure) {
      // SQLite itself ends the transaction for some failures (disk full); a second end would hide the first error
      if (this.database.isTransaction) this.database.exec('ROLLBACK')
      throw failure
    }
  }
}

const textOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))
