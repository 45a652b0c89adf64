import type { DatabaseSync } from 'node:sqlite'

/**
 * Tables of a history file. Figures: one row per step and series, typed arrays as blobs; a row per partition and
 * second would take a hundred times as long to write. Names come from Kafka and are only ever bound, never part of a
 * statement.
 */
export const SCHEMA_VERSION = 1

const tables = `
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  identity TEXT NOT NULL,
  partitions INTEGER NOT NULL,
  per_cell INTEGER NOT NULL,
  UNIQUE (kind, name, identity, partitions, per_cell)
);
CREATE TABLE step (
  tier INTEGER NOT NULL,
  series INTEGER NOT NULL,
  at INTEGER NOT NULL,
  totals BLOB NOT NULL,
  rate BLOB,
  lag BLOB
);
CREATE UNIQUE INDEX step_by_time ON step (tier, series, at);
CREATE INDEX step_by_age ON step (tier, at);
CREATE TABLE span (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  severity TEXT NOT NULL,
  text TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (kind, id, since)
) WITHOUT ROWID;
CREATE INDEX span_by_end ON span (until);
CREATE TABLE event (at INTEGER NOT NULL, topic TEXT, text TEXT NOT NULL);
CREATE INDEX event_by_time ON event (at);
CREATE TABLE document (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
`

/**
 * WAL: readers (a report) and the writer do not wait for each other, and a commit needs no fsync; a process that is
 * killed loses nothing, a machine without power the last seconds. Incremental vacuum: pages of dropped rows are given
 * back, so that the bound on the size is one on the file. It must be chosen before the first table exists.
 */
export const prepareDatabase = (database: DatabaseSync): void => {
  database.exec('PRAGMA busy_timeout = 2000')
  const version = versionOf(database)
  if (version === 0) {
    database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    database.exec('PRAGMA journal_mode = WAL')
    database.exec(`BEGIN; ${tables} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
  }
  database.exec('PRAGMA synchronous = NORMAL')
  database.exec('PRAGMA journal_size_limit = 8388608')
}

export const versionOf = (database: DatabaseSync): number =>
  Number((database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version)
