import { mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { tryAcquire } from './lock.ts'
import { type ClaimPort, isPortFree } from './ports.ts'

/**
 * Goal: two local clusters that start at the same moment, each from a state folder of its own, choose different ports.
 *
 * A broker takes its port seconds after the port was found free: Java has to start, and thousands of logs to be opened.
 * Two clusters that look in that time find the same ports free; each loses some to the other, and neither starts.
 *
 * Method: one lock file a port, in a folder that all state folders of a user share. Whoever chose a port holds its lock
 * until the broker has the port. A claim whose process is gone counts for nothing.
 *
 * Not done: programs that are not Lanekeeper, and other users, know nothing of it. When one of those is quicker the
 * broker says so and the start fails with PORT_TAKEN.
 */
export interface PortClaims {
  readonly claim: ClaimPort
  /** The brokers have their ports, or will never take them. */
  release(): void
}

export const sharedClaimsFolder = (): string => join(tmpdir(), `lanekeeper-ports-${userInfo().username}`)

export const createPortClaims = (folder: string, command: string, since: string): PortClaims => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const releases: (() => void)[] = []
  return {
    claim: async port => {
      // claimed before it is tried: between a try and a claim its last holder could have let it go to a broker
      const outcome = tryAcquire(join(folder, `${port}.json`), command, since)
      if (typeof outcome !== 'function') return false
      if (await isPortFree(port)) {
        releases.push(outcome)
        return true
      }
      outcome()
      return false
    },
    release: () => {
      for (const release of releases.splice(0)) release()
    },
  }
}
