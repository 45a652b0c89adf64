import { spawn } from 'node:child_process'
import { extname, join } from 'node:path'

/**
 * Goal: workers end with the process that runs them, in order, also after a kill -9, which no process can catch; and
 * whatever program they are, so that nothing is asked of it but to end on SIGTERM.
 *
 * Method: one tiny process for all of them holds the reading end of a pipe whose writing end only we have, and is told
 * who comes and goes. The kernel closes the pipe with our last breath: then it asks those that are there to end, and ends
 * them after the grace. It has a session of its own, which a Ctrl-C in the terminal does not reach.
 *
 * What it does not do: end a worker that started and was not told of yet; that takes a kill within the same millisecond.
 */
export interface WorkerGuard {
  /** `pid`: leader of a process group. */
  came(pid: number): void
  went(pid: number): void
  /** All are gone: there is nothing left to guard. */
  dismiss(): void
}

export const startWorkerGuard = (graceMs: number): WorkerGuard => {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, `guard-main${extname(import.meta.filename)}`), String(graceMs)],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' },
  )
  // without a guard the workers run all the same
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  // neither the guard nor the pipe to it keeps us alive
  child.unref()
  const pipe: unknown = child.stdin
  ;(pipe as { unref(): void }).unref()
  return {
    came: pid => void child.stdin.write(`+${pid}\n`),
    went: pid => void child.stdin.write(`-${pid}\n`),
    dismiss: () => void child.stdin.end(),
  }
}
