import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'

/**
 * One writer a history file: two would each keep a book of alerts and send every message twice.
 *
 * The claim is a file beside it that holds the writer's process id. Left behind by one that was killed, it names a
 * process that is gone and is taken over; so a restart right after a kill -9 goes on recording. A process id that was
 * given to another program meanwhile makes history stay in memory, which is said: the safe way to be wrong.
 */
export interface Claim {
  readonly release: () => void
}

/** Null: another living process has it. */
export const claimFile = (path: string): Claim | null => {
  const file = `${path}.owner`
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(file, 'wx')
      writeSync(handle, String(process.pid))
      closeSync(handle)
      return { release: () => rmSync(file, { force: true }) }
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'EEXIST') throw failure
      if (isHeld(file)) return null
      rmSync(file, { force: true })
    }
  }
  return null
}

const isHeld = (file: string): boolean => {
  let owner: number
  try {
    owner = Number(readFileSync(file, 'utf8'))
  } catch {
    return false // gone in between
  }
  // in a container every run is process 1: our own id in a file from before is that of a run that is over
  if (!Number.isInteger(owner) || owner <= 0 || owner === process.pid) return false
  try {
    process.kill(owner, 0)
    return true
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM'
  }
}
