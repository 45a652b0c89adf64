import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { LanekeeperError } from '../../core/model/index.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { WorkerOptions, Workers } from '../../ports/workers.ts'
import { startWorkerGuard, type WorkerGuard } from './guard.ts'

/**
 * Workers as child processes.
 *
 * - Each has a process group of its own: a Ctrl-C in the terminal reaches only us, and we end them in order; and a
 *   worker behind a shell or npm gets the signal too.
 * - Each has a pipe as standard input that nobody writes to. It closes when we die, however that happens.
 * - When we die without ending them, a guard does it in our place.
 * - A worker that is asked for again while it still ends is started when it has ended: the two would fight for one
 *   static id, or one lock file.
 */
export const startWorkerProcesses = (
  options: WorkerOptions,
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
): Workers => new WorkerProcesses(options, clock, env)

const BACKOFF_MS_MIN = 1_000
const BACKOFF_MS_MAX = 30_000
/** Who ran this long did not fail at its start; the next failure is a new one. */
const GOOD_RUN_MS = 60_000

interface Slot {
  readonly worker: number
  child: ChildProcess | null
  ending: boolean
  startedMs: number
  backoffMs: number
  timer: Timer | null
}

class WorkerProcesses implements Workers {
  readonly #options: WorkerOptions
  readonly #clock: Clock
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #slots: Slot[] = []
  #wanted = 0
  #allGone: (() => void) | null = null
  /** From the first worker to the end. */
  #guard: WorkerGuard | null = null

  constructor(options: WorkerOptions, clock: Clock, env: Readonly<Record<string, string | undefined>>) {
    if (options.command.length === 0)
      throw new LanekeeperError('USAGE', 'There is no command to run as a worker.', {
        fix: 'Put it behind two dashes: -- node worker.js',
      })
    this.#options = options
    this.#clock = clock
    this.#env = env
  }

  scaleTo(count: number): void {
    this.#wanted = count
    for (let worker = this.#slots.length + 1; worker <= count; worker++)
      this.#slots.push({
        worker,
        child: null,
        ending: false,
        startedMs: 0,
        backoffMs: BACKOFF_MS_MIN,
        timer: null,
      })
    for (const slot of this.#slots) {
      if (slot.worker <= count) this.#ensure(slot)
      else this.#end(slot)
    }
  }

  running(): number {
    return this.#slots.filter(({ child, ending }) => child !== null && !ending).length
  }

  close(): Promise<void> {
    return new Promise(resolve => {
      this.#allGone = resolve
      this.scaleTo(0)
      this.#checkGone()
    })
  }

  #ensure(slot: Slot): void {
    if (slot.child !== null || slot.timer !== null) return
    const { command, cwd, onEvent } = this.#options
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      cwd,
      env: { ...this.#env, LANEKEEPER_WORKER: String(slot.worker) },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    slot.child = child
    slot.startedMs = this.#clock.monotonicMs()
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', text =>
        onEvent({ kind: 'said', worker: slot.worker, text }),
      )
    // it may be gone before it reads
    child.stdin.on('error', () => undefined)
    // a program that does not exist has an error and no exit; one that was spawned has an exit
    child.once('error', error => this.#ended(slot, error.message))
    child.once('exit', (code, signal) => this.#ended(slot, signal ?? `exit ${code}`))
    if (child.pid === undefined) return
    this.#guard ??= startWorkerGuard(this.#options.graceMs)
    this.#guard.came(child.pid)
    onEvent({ kind: 'started', worker: slot.worker, pid: child.pid })
  }

  #end(slot: Slot): void {
    if (slot.child === null) {
      slot.timer?.cancel()
      slot.timer = null
      return
    }
    if (slot.ending) return
    slot.ending = true
    signalGroup(slot.child, 'SIGTERM')
    slot.timer = this.#clock.after(this.#options.graceMs, () => {
      if (slot.child === null) return
      this.#options.onEvent({ kind: 'killed', worker: slot.worker })
      signalGroup(slot.child, 'SIGKILL')
    })
  }

  #ended(slot: Slot, how: string): void {
    if (slot.child === null) return
    const { worker, ending: asked } = slot
    slot.timer?.cancel()
    slot.timer = null
    if (slot.child.pid !== undefined) this.#guard?.went(slot.child.pid)
    slot.child = null
    slot.ending = false
    const wanted = worker <= this.#wanted
    const againInMs = wanted && !asked ? this.#backoff(slot) : null
    this.#options.onEvent({ kind: 'ended', worker, how, asked, againInMs })
    if (againInMs !== null)
      slot.timer = this.#clock.after(againInMs, () => {
        slot.timer = null
        if (worker <= this.#wanted) this.#ensure(slot)
      })
    else if (wanted) this.#ensure(slot)
    this.#checkGone()
  }

  #backoff(slot: Slot): number {
    const ranMs = this.#clock.monotonicMs() - slot.startedMs
    const waitMs = ranMs >= GOOD_RUN_MS ? BACKOFF_MS_MIN : slot.backoffMs
    slot.backoffMs = Math.min(BACKOFF_MS_MAX, waitMs * 2)
    return waitMs
  }

  #checkGone(): void {
    if (this.#allGone === null || this.#slots.some(slot => slot.child !== null)) return
    this.#guard?.dismiss()
    this.#allGone()
  }
}

/** The process and what it started. It may be gone already. */
const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    child.kill(signal)
  }
}
