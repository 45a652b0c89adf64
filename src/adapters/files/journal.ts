import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LanekeeperError } from '../../core/model/index.ts'
import type { Journal, JournalEntry } from '../../ports/journal.ts'
import { makeFolder } from './make-folder.ts'

/**
 * A journal as a file of JSON lines. `append` resolves when the line is on the disk (fsync), because the change it
 * announces follows at once.
 *
 * A crash in the middle of a write leaves a last line without its line end. That entry was never acknowledged, so
 * nothing was done on its strength: it is cut off when the journal is opened, and left out when it is read. A line
 * that cannot be read anywhere else is damage, and reported instead of skipped.
 */
export const openFileJournal = async (file: string): Promise<Journal> => {
  const failure = (error: unknown): LanekeeperError =>
    new LanekeeperError('FILE_UNREADABLE', `The journal ${file} cannot be opened: ${String(error)}`, {
      fix: 'Check the folder and its rights, or name another with --state-dir.',
      cause: error,
    })
  try {
    const existed = await prepare(file)
    if (!existed) await syncFolder(dirname(file))
  } catch (error) {
    throw failure(error)
  }
  // One write after the other, so that lines never mix
  let last: Promise<void> = Promise.resolve()
  return {
    append: entry => {
      const write = last.then(() => appendLine(file, JSON.stringify(entry)))
      last = write.catch(() => undefined)
      return write.catch((error: unknown) => {
        throw failure(error)
      })
    },
    read: async () => parseEntries(file, await readWhole(file)),
  }
}

/** Creates the file, or cuts off a torn last line. True when it existed. */
const prepare = async (file: string): Promise<boolean> => {
  makeFolder(dirname(file))
  const handle = await open(file, 'a+')
  try {
    const bytes = await handle.readFile()
    const whole = bytes.lastIndexOf(NEWLINE) + 1
    if (whole < bytes.length) await handle.truncate(whole)
    await handle.sync()
    return bytes.length > 0
  } finally {
    await handle.close()
  }
}

const NEWLINE = 0x0a

const appendLine = async (file: string, line: string): Promise<void> => {
  const handle = await open(file, 'a')
  try {
    await handle.appendFile(`${line}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A new file is durable only once its folder's entry is. Windows has no such call and needs none. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const readWhole = async (file: string): Promise<string> => {
  const handle = await open(file, 'r')
  try {
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

const parseEntries = (file: string, text: string): readonly JournalEntry[] =>
  text
    .split('\n')
    // What follows the last line end: nothing, or a torn entry
    .slice(0, -1)
    .map((line, index) => {
      const entry = parseEntry(line)
      if (entry !== null) return entry
      throw new LanekeeperError('FILE_UNREADABLE', `${file}:${index + 1}: this line is no journal entry.`, {
        fix: 'The file was changed or the disk damaged it. Move it away; the cluster itself says what was done.',
      })
    })

const events: readonly string[] = ['planned', 'started', 'done', 'failed', 'finished']

const parseEntry = (line: string): JournalEntry | null => {
  try {
    const { at, plan, event, step, detail } = JSON.parse(line) as Record<string, unknown>
    const valid =
      typeof at === 'string' &&
      typeof plan === 'string' &&
      typeof event === 'string' &&
      events.includes(event) &&
      (step === null || typeof step === 'string') &&
      typeof detail === 'string'
    return valid ? { at, plan, event: event as JournalEntry['event'], step, detail } : null
  } catch {
    return null
  }
}
