import { spawn } from 'node:child_process'
import { extname, join } from 'node:path'
import type { Clock } from '../../ports/clock.ts'
import { isRecord, readJson, writeJson } from './files.ts'
import type { Layout } from './layout.ts'
import { identify, isAlive, type ProcessIdentity, signal, waitUntilGone } from './process-table.ts'

/**
 * Goal: brokers that belong to an owner end with it, however it ends; also by kill -9, which no process can catch.
 *
 * Method: a second, tiny process holds the reading end of a pipe whose writing end only the owner has. The kernel
 * closes the writing end with the owner's last breath, and the guard then ends the brokers whose files in the state
 * folder say `owner`. It reads the files at that time, so that a broker restarted from another terminal is covered.
 *
 * What would break it:
 * - A Ctrl-C or a kill of the process group that also hits the guard: it has a session of its own.
 * - A guard of the last run, still at work while the next owner starts brokers: it would end those. So the next start
 *   waits until the guard is gone (`awaitPreviousGuard`), and an owner that ends in order ends its guard first.
 */
export interface Guard {
  /** The brokers are on their own from here on. */
  dismiss(): void
}

export const startGuard = (layout: Layout, stateDir: string): Guard => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, `guard-main${extname(import.meta.filename)}`), stateDir],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    },
  )
  child.on('error', () => {})
  const identity = child.pid === undefined ? null : identify(child.pid)
  if (identity === null) throw new Error(`${process.execPath} cannot be started as the brokers' guard`)
  writeJson(layout.guard, identity)
  // neither the guard nor the pipe to it keeps the owner alive
  child.unref()
  child.stdin.on('error', () => {})
  const pipe: unknown = child.stdin
  ;(pipe as { unref(): void }).unref()
  return {
    dismiss: () => {
      child.kill('SIGKILL')
    },
  }
}

const isIdentity = (value: unknown): value is ProcessIdentity =>
  isRecord(value) && typeof value['pid'] === 'number' && typeof value['startTime'] === 'string'

/** After a hard end of the owner its guard grants the brokers 3 s, and a busy machine needs some to take them down. */
const GUARD_MS_MAX = 15_000

/**
 * Waits until the guard of an earlier run has done its work. Only to be called when no other owner lives, whose guard
 * it would be.
 */
export const awaitPreviousGuard = async (
  layout: Layout,
  clock: Clock,
  onProgress: (text: string) => void,
): Promise<void> => {
  const guard = readJson(layout.guard, isIdentity)
  if (guard === null || !isAlive(guard)) return
  onProgress('The last run ended hard; waiting until its brokers are down')
  for (const stuck of await waitUntilGone([guard], clock, GUARD_MS_MAX)) signal(stuck, 'SIGKILL')
}
