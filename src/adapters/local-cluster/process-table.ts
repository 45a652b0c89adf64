import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type Clock, sleep } from '../../ports/clock.ts'

/**
 * Processes, told apart for certain. A pid alone is not enough: it is free again as soon as its process ends, and a
 * pid file may be days old. A signal sent by pid alone then hits a stranger. Pid and start time together are unique
 * on one machine.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque; equal for the same process only. */
  readonly startTime: string
}

interface ProcessRow {
  readonly startTime: string
  readonly residentBytes: number | null
}

/** Null when there is no such process, or only its remains that nobody has collected (a zombie runs nothing). */
export const identify = (pid: number): ProcessIdentity | null => {
  const row = lookUp(pid)
  return row === null ? null : { pid, startTime: row.startTime }
}

export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean => lookUp(pid)?.startTime === startTime

export const residentBytes = ({ pid, startTime }: ProcessIdentity): number | null => {
  const row = lookUp(pid)
  return row?.startTime === startTime ? row.residentBytes : null
}

/** True when the signal was sent. */
export const signal = (process_: ProcessIdentity, name: NodeJS.Signals): boolean => {
  if (!isAlive(process_)) return false
  try {
    return process.kill(process_.pid, name)
  } catch {
    return false
  }
}

const POLL_MS = 50

/** Resolves with those that still run when the time is over. */
export const waitUntilGone = async (
  processes: readonly ProcessIdentity[],
  clock: Clock,
  withinMs: number,
): Promise<readonly ProcessIdentity[]> => {
  const deadline = clock.monotonicMs() + withinMs
  for (;;) {
    const remaining = processes.filter(isAlive)
    if (remaining.length === 0 || clock.monotonicMs() >= deadline) return remaining
    await sleep(clock, POLL_MS)
  }
}

/** After SIGKILL only the kernel's own work is left: giving back a gigabyte takes a moment on a busy machine. */
const KILL_MS = 5_000

/** SIGTERM to all at once, SIGKILL to those that are not gone after `graceMs`. Resolves with those that survived both. */
export const end = async (
  processes: readonly ProcessIdentity[],
  clock: Clock,
  graceMs: number,
): Promise<readonly ProcessIdentity[]> => {
  for (const each of processes) signal(each, 'SIGTERM')
  const stubborn = await waitUntilGone(processes, clock, graceMs)
  for (const each of stubborn) signal(each, 'SIGKILL')
  return waitUntilGone(stubborn, clock, KILL_MS)
}

const lookUp = (pid: number): ProcessRow | null => {
  if (!Number.isInteger(pid) || pid <= 0) return null
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
}

const fromProc = (pid: number): ProcessRow | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the command name in parentheses may hold anything, also `)` and spaces: count from its last parenthesis
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    const startTicks = fields[19]
    if (state === 'Z' || state === 'X' || startTicks === undefined) return null
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return {
      // ticks count from boot, and machines that boot the same way give the same pid at the same tick
      startTime: `${bootId()}/${startTicks}`,
      residentBytes: resident === undefined ? null : Number(resident) * 1024,
    }
  } catch {
    return null
  }
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

const fromPs = (pid: number): ProcessRow | null => {
  const { stdout, status } = spawnSync('ps', ['-o', 'stat=,rss=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  const [, state, kilobytes, startTime] = /^\s*(\S+)\s+(\d+)\s+(.+?)\s*$/m.exec(stdout ?? '') ?? []
  if (status !== 0 || state === undefined || startTime === undefined || state.startsWith('Z')) return null
  return { startTime, residentBytes: Number(kilobytes) * 1024 }
}
