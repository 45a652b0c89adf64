import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The program as a user runs it, through its launcher, with `--json`: every line it prints becomes an event. */
export interface Program {
  readonly events: readonly ProgramEvent[]
  readonly pid: number
  /** Resolves with the first event, past or future, that fits; rejects when the program ends before, or at the deadline. */
  event(fits: (event: ProgramEvent) => boolean, deadlineMs: number): Promise<ProgramEvent>
  signal(signal: NodeJS.Signals): void
  /** Exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
}

export type ProgramEvent = Readonly<Record<string, unknown>> & { readonly event?: string }

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'lanekeeper.mjs')

export const startProgram = (args: readonly string[], cwd: string): Program => {
  const child: ChildProcess = spawn(process.execPath, [launcher, ...args, '--json'], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const events: ProgramEvent[] = []
  const waiting = new Set<() => void>()
  let said = ''
  let exited = false
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', line => {
      events.push(JSON.parse(line) as ProgramEvent)
      for (const look of waiting) look()
    })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => {
      exited = true
      for (const look of waiting) look()
      resolve(code)
    })
  })
  return {
    events,
    pid: child.pid ?? -1,
    ended,
    signal: signal => child.kill(signal),
    event: (fits, deadlineMs) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void): void => {
          waiting.delete(look)
          clearTimeout(timer)
          act()
        }
        const look = (): void => {
          const found = events.find(fits)
          if (found !== undefined) finish(() => resolve(found))
          else if (exited)
            finish(() => reject(new Error(`the program ended before the event: ${said.slice(-2000)}`)))
        }
        const timer = setTimeout(
          () =>
            finish(() =>
              reject(new Error(`no such event within ${deadlineMs} ms; it said: ${said.slice(-2000)}`)),
            ),
          deadlineMs,
        )
        waiting.add(look)
        look()
      }),
  }
}
