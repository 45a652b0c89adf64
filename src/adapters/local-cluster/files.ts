import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { LanekeeperError } from '../../core/model/index.ts'

/**
 * Small JSON files that other processes read at any moment: each appears whole or not at all. Synchronous, so that
 * nothing of this process runs between starting a broker and noting its pid.
 */
const draftOf = (file: string): string => `${file}.${process.pid}.draft`

const serialise = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** Replaces the file. */
export const writeJson = (file: string, value: unknown): void => {
  const draft = draftOf(file)
  writeFileSync(draft, serialise(value))
  renameSync(draft, file)
}

/** Creates the file; false when it exists. Of several at once, one gets true. */
export const createJson = (file: string, value: unknown): boolean => {
  const draft = draftOf(file)
  writeFileSync(draft, serialise(value))
  try {
    linkSync(draft, file)
    return true
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw failure
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Null when the file does not exist or is not what `isValid` accepts, unless `onInvalid` says that nobody may go on
 * without it: then FILE_UNREADABLE with that advice.
 */
export const readJson = <T>(
  file: string,
  isValid: (value: unknown) => value is T,
  onInvalid: { readonly fix: string } | null = null,
): T | null => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new LanekeeperError('FILE_UNREADABLE', `${file} cannot be read.`, { cause: failure })
  }
  const value = parse(text)
  if (isValid(value)) return value
  if (onInvalid === null) return null
  throw new LanekeeperError(
    'FILE_UNREADABLE',
    `${file} is damaged or was written by another version.`,
    onInvalid,
  )
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
