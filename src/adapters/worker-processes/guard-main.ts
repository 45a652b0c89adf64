/**
 * The guard's process (see guard.ts), `guard-main.ts GRACE_MS`: reads `+PID` and `-PID`, line by line; at the end of its
 * input asks those that are left to end, and after the grace ends them. Nobody watches it any more by then, so it says
 * nothing.
 */
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'

const POLL_MS = 50
const graceMs = Number(process.argv[2])
if (!(graceMs >= 0)) throw new Error('usage: guard-main.ts GRACE_MS')

const groups = new Set<number>()

/** True if the group is there. Signal 0 asks and does nothing. */
const signal = (group: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(-group, name)
  } catch {
    return false
  }
}
const anyAlive = (): boolean => [...groups].some(group => signal(group, 0))

for await (const line of createInterface({ input: process.stdin })) {
  const group = Number(line.slice(1))
  if (line.startsWith('+')) groups.add(group)
  else groups.delete(group)
}
for (const group of groups) signal(group, 'SIGTERM')
const deadlineMs = performance.now() + graceMs
while (anyAlive() && performance.now() < deadlineMs) await wait(POLL_MS)
for (const group of groups) signal(group, 'SIGKILL')
