import { rmSync, statSync } from 'node:fs'
import { LanekeeperError } from '../../core/model/index.ts'
import { createJson, isRecord, readJson } from './files.ts'
import { identify, isAlive, type ProcessIdentity } from './process-table.ts'

/**
 * Goal: at most one holder per lock file, the second learns who the first is, and a holder that was killed blocks
 * nobody.
 *
 * Method: the file is created whole by a link, which fails when it exists. A file whose process is gone (pid unknown,
 * or in use by a younger process) is stale and removed.
 *
 * The removal needs care. Two starters may both read the same stale file; the first removes it and creates its own;
 * the second, late, would remove that one. So removing is done under a second lock, and the file is read again under
 * it. That second lock is held for a few synchronous lines only; one older than a few seconds is a dead one.
 *
 * Not done: locks over network file systems, whose processes are on other machines.
 */
export interface Holder extends ProcessIdentity {
  readonly command: string
  /** ISO 8601. */
  readonly since: string
}

const isHolder = (value: unknown): value is Holder =>
  isRecord(value) &&
  typeof value['pid'] === 'number' &&
  typeof value['startTime'] === 'string' &&
  typeof value['command'] === 'string' &&
  typeof value['since'] === 'string'

/** The living holder, or null. */
export const holderOf = (file: string): Holder | null => {
  const holder = readJson(file, isHolder)
  return holder !== null && isAlive(holder) ? holder : null
}

/**
 * Takes the lock for this process and returns how to give it back. Rejects with STATE_DIR_HELD naming the holder.
 * `what` completes the sentence "… is held by".
 */
export const acquire = (file: string, what: string, command: string, since: string): (() => void) => {
  const outcome = tryAcquire(file, command, since)
  if (typeof outcome === 'function') return outcome
  throw held(what, outcome)
}

/** How to give the lock back, or who holds it. */
export const tryAcquire = (file: string, command: string, since: string): (() => void) | Holder => {
  const self = identify(process.pid)
  if (self === null)
    throw new LanekeeperError('UNEXPECTED', 'This process cannot find itself in the process table.')
  const mine: Holder = { ...self, command, since }
  while (!createJson(file, mine)) {
    const holder = holderOf(file)
    if (holder !== null) return holder
    removeStale(file)
  }
  return () => {
    if (holderOf(file)?.pid === process.pid) rmSync(file, { force: true })
  }
}

const held = (what: string, holder: Holder): LanekeeperError =>
  new LanekeeperError(
    'STATE_DIR_HELD',
    `${what} is held by process ${holder.pid} (${holder.command}) since ${holder.since}.`,
    { fix: 'End that one first, or use a state folder of your own: --state-dir DIR.' },
  )

const REMOVAL_MS_MAX = 5_000

const removeStale = (file: string): void => {
  const removal = `${file}.removal`
  if (!createJson(removal, {})) {
    if (ageMs(removal) > REMOVAL_MS_MAX) rmSync(removal, { force: true })
    return
  }
  try {
    if (holderOf(file) === null) rmSync(file, { force: true })
  } finally {
    rmSync(removal, { force: true })
  }
}

const ageMs = (file: string): number => {
  try {
    return Math.abs(Date.now() - statSync(file).mtimeMs)
  } catch {
    return 0
  }
}
