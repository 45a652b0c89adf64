import { setTimeout as wait } from 'node:timers/promises'
import { runningProcess } from './broker-process.ts'
import { brokerIdsIn, type Layout, layoutOf } from './layout.ts'
import { isAlive, type ProcessIdentity, signal } from './process-table.ts'

/**
 * The guard's process (see guard.ts): waits for the end of its standard input, then ends the owner's brokers. Nobody
 * watches it any more by then, so it says nothing and gives up on nothing.
 */

/** Long enough for a broker to close its logs, so that the next start need not check them; short enough to notice. */
const GRACE_MS = 3_000
const POLL_MS = 50

const owned = (layout: Layout): readonly ProcessIdentity[] =>
  brokerIdsIn(layout).flatMap(id => {
    const broker = runningProcess(layout.broker(id))
    return broker?.lifetime === 'owner' ? [broker] : []
  })

const endOwned = async (layout: Layout): Promise<void> => {
  // again and again: a broker may be started from another terminal in this very moment
  for (let brokers = owned(layout); brokers.length > 0; brokers = owned(layout)) {
    for (const broker of brokers) signal(broker, 'SIGTERM')
    const deadline = performance.now() + GRACE_MS
    while (brokers.some(isAlive) && performance.now() < deadline) await wait(POLL_MS)
    for (const broker of brokers) signal(broker, 'SIGKILL')
    while (brokers.some(isAlive)) await wait(POLL_MS)
  }
}

const stateDir = process.argv[2]
if (stateDir === undefined) throw new Error('usage: guard-main.ts STATE_DIR')
const layout = layoutOf(stateDir)
for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => {})
process.stdin.on('end', () => void endOwned(layout).finally(() => process.exit()))
process.stdin.on('error', () => void endOwned(layout).finally(() => process.exit()))
process.stdin.resume()
