import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LanekeeperError } from '../../core/model/index.ts'
import type { HistoryFile } from '../../ports/history-file.ts'
import { claimFile, type Claim } from './claim.ts'
import { prepareDatabase, SCHEMA_VERSION, versionOf } from './schema.ts'
import { historyFileOver } from './sqlite-history.ts'

/**
 * Opens a history file for writing.
 *
 * Watching must not fail because the past cannot be kept: where the file cannot be written, or another Lanekeeper
 * writes it, history is kept in memory and `notice` says why. A damaged file is moved aside (its name gets `.damaged`)
 * and a new one begun. A file of a newer Lanekeeper is an error: nobody wants it moved away.
 *
 * @param makeFolder for a path that a user names, where Node's own may never come back (files/make-folder.ts)
 */
export const openHistory = (path: string, makeFolder: (folder: string) => void = makeUsual): HistoryFile => {
  let claim: Claim | null = null
  try {
    makeFolder(dirname(path))
    claim = claimFile(path)
    if (claim === null)
      return memoryHistory(`Another Lanekeeper records to ${path}, so this one keeps history in memory only.`)
    const { database, notice } = openOrReplace(path)
    return historyFileOver(database, { path, openedBy: path, notice, onClose: claim.release })
  } catch (failure) {
    claim?.release()
    if (failure instanceof LanekeeperError) throw failure
    return memoryHistory(
      `${path} cannot be written (${failure instanceof Error ? failure.message : String(failure)}), so history is kept in memory only.`,
    )
  }
}

const makeUsual = (folder: string): void => void mkdirSync(folder, { recursive: true })

/** In memory, under a name of its own by which other threads of this process read it while it is open. */
export const memoryHistory = (notice: string | null = null): HistoryFile => {
  const openedBy = `file:lanekeeper-${randomUUID()}?mode=memory&cache=shared`
  const database = new DatabaseSync(openedBy)
  prepareDatabase(database)
  return historyFileOver(database, { path: null, openedBy, notice, onClose: () => {} })
}

/**
 * For looking only, also while another process or thread writes. Throws FILE_UNREADABLE when there is nothing to read.
 *
 * @param path of a file, or what a history in memory is opened by
 */
export const readHistory = (path: string): HistoryFile => {
  try {
    // not `readOnly`: a reader of a WAL file must be able to make its shared-memory file
    const database = new DatabaseSync(path, { open: true })
    if (versionOf(database) !== SCHEMA_VERSION) {
      database.close()
      throw newer(path)
    }
    database.exec('PRAGMA query_only = 1')
    database.exec('PRAGMA busy_timeout = 2000')
    // of a history in memory a reader would otherwise lock the tables, and the writer's next step would fail
    database.exec('PRAGMA read_uncommitted = 1')
    return historyFileOver(database, { path, openedBy: path, notice: null, onClose: () => {} })
  } catch (failure) {
    if (failure instanceof LanekeeperError) throw failure
    throw new LanekeeperError('FILE_UNREADABLE', `The history ${path} cannot be read.`, {
      fix: 'Damaged files are moved aside by the next `lanekeeper serve` or `up`.',
      cause: failure,
    })
  }
}

/** Paths of the history files in a folder, the one written last first; none where there is no such folder. */
export const historyFiles = (folder: string): readonly string[] => {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  // the newest rows are in the write-ahead log until it is folded in
  const writtenMs = (path: string): number =>
    Math.max(...[path, `${path}-wal`].map(each => statSync(each, { throwIfNoEntry: false })?.mtimeMs ?? 0))
  return names
    .filter(name => name.endsWith('.sqlite'))
    .map(name => join(folder, name))
    .toSorted((a, b) => writtenMs(b) - writtenMs(a))
}

const openOrReplace = (path: string): { database: DatabaseSync; notice: string | null } => {
  try {
    return { database: openChecked(path), notice: null }
  } catch (failure) {
    if (failure instanceof LanekeeperError || !isDamage(failure)) throw failure
    const aside = `${path}.damaged`
    rmSync(aside, { force: true })
    renameSync(path, aside)
    // they belong to the file that was moved, and would be played into the new one
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    return {
      database: openChecked(path),
      notice: `The history file was damaged; it is now ${aside}, and a new one was begun.`,
    }
  }
}

const openChecked = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path)
  try {
    if (versionOf(database) > SCHEMA_VERSION) throw newer(path)
    prepareDatabase(database)
    assertWhole(database)
    return database
  } catch (failure) {
    database.close()
    throw failure
  }
}

/**
 * A page damaged in the middle of a file lets itself be opened, and then fails every write of every run that follows; so
 * the whole file is looked through once. Half a gigabyte takes about a second.
 */
const assertWhole = (database: DatabaseSync): void => {
  const said = database.prepare('PRAGMA quick_check(1)').get() as Readonly<Record<string, string>>
  const [verdict] = Object.values(said)
  if (verdict !== 'ok') throw Object.assign(new Error(verdict), { errcode: SQLITE_CORRUPT })
}

const SQLITE_CORRUPT = 11

const newer = (path: string): LanekeeperError =>
  new LanekeeperError('FILE_UNREADABLE', `${path} was not written by this version of Lanekeeper.`, {
    fix: 'Use the version that wrote it, or name another folder with --state-dir.',
  })

const SQLITE_NOTADB = 26

const isDamage = (failure: unknown): boolean => {
  const code = ((failure as { errcode?: number }).errcode ?? 0) & 0xff
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}
