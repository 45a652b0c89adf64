import type { ChildProcess } from 'node:child_process'
import { type ClusterSnapshot, LanekeeperError } from '../../core/model/index.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { ClusterProbe } from '../../ports/local-brokers.ts'
import { lastWords } from './broker-process.ts'
import type { Layout } from './layout.ts'
import { isPortOpen } from './ports.ts'
import type { NodeAddress } from './settings.ts'

/**
 * Is a cluster ready? When it is this one that answers (on a port that somebody else was quicker to take, another cluster
 * may), every expected broker is in its metadata (a broker gets there after it has caught up with
 * the metadata log), takes connections (its port opens a moment later than that), and no partition is without a leader that could have one. A partition whose
 * in-sync replicas are all on brokers that do not run has to wait for those, and so nobody waits for it here.
 */
export interface Readiness {
  readonly missing: readonly number[]
  readonly leaderless: number
}

export const judgeReadiness = (
  snapshot: ClusterSnapshot,
  clusterId: string,
  expected: readonly number[],
  listening: readonly number[],
): Readiness => {
  if (snapshot.clusterId !== clusterId) return { missing: expected, leaderless: 0 }
  const alive = new Set<number>(snapshot.brokers.flatMap(broker => (broker.alive ? [broker.id] : [])))
  let leaderless = 0
  for (const { partitions } of snapshot.topics.values())
    for (const { leader, isr } of partitions)
      if (leader === null && isr.some(id => alive.has(id))) leaderless++
  return { missing: expected.filter(id => !alive.has(id) || !listening.includes(id)), leaderless }
}

export interface StartedBroker {
  readonly id: number
  readonly child: ChildProcess
  /** Size of the log before the start: what follows belongs to this start. */
  readonly logFrom: number
}

/** Recovery of thousands of partitions after a hard end takes tens of seconds on a small machine. */
const READY_MS_MAX = 180_000

/** Between two questions: a probe costs the starting brokers time as well. */
const ASK_AGAIN_MS = 250

/** A question that is not answered is asked anew: a broker that just opened its port may never answer the first. */
const ANSWER_MS_MAX = 5_000

/** Java's words, within those of a broker that could not listen. */
const PORT_TAKEN = /BindException|Address already in use/

/**
 * Asks until every broker of `nodes` is ready. Rejects with BROKER_START_FAILED, or PORT_TAKEN, as soon as one of `started` ends
 * (with what it said last) or after the deadline, and with the reason of `interrupted`.
 */
export const waitUntilReady = async (options: {
  readonly probe: ClusterProbe
  readonly bootstrapServer: string
  readonly clusterId: string
  readonly nodes: readonly NodeAddress[]
  readonly started: readonly StartedBroker[]
  readonly layout: Layout
  readonly clock: Clock
  readonly onProgress: (text: string) => void
  readonly interrupted: AbortSignal | undefined
}): Promise<void> => {
  const { probe, bootstrapServer, clusterId, nodes, started, layout, clock, onProgress, interrupted } =
    options
  const expected = nodes.map(({ id }) => id)
  const failed = (id: number, what: string): LanekeeperError => {
    const problems = lastWords(layout.broker(id), started.find(each => each.id === id)?.logFrom ?? 0)
    if (problems.some(line => PORT_TAKEN.test(line)))
      return new LanekeeperError(
        'PORT_TAKEN',
        `Another program took a port of broker ${id} while it started.`,
        {
          fix: 'Start again: free ports are then looked for anew.',
        },
      )
    return new LanekeeperError('BROKER_START_FAILED', `Broker ${id} ${what}. Its last words:`, {
      problems,
      fix: `All of its words: ${layout.broker(id).log}`,
    })
  }

  const done = new AbortController()
  const over = new Promise<never>((_, reject) => {
    for (const { id, child } of started)
      watchExit(child, done.signal, () => reject(failed(id, 'ended while starting')))
    whenAborted(interrupted, done.signal, reason => reject(reason))
  })
  // the loop below may end before it looks at `over` again
  over.catch(() => {})

  const look = async (): Promise<Readiness | null> => {
    // nobody answers: what a start looks like in its first seconds
    const snapshot = await probe(bootstrapServer).catch(() => null)
    if (snapshot === null) return null
    const open = await Promise.all(nodes.map(({ port }) => isPortOpen(port)))
    return judgeReadiness(
      snapshot,
      clusterId,
      expected,
      expected.filter((_, index) => open[index]),
    )
  }

  const ask = async (): Promise<Readiness | null> => {
    const timeout = new AbortController()
    try {
      return await Promise.race([
        over,
        look(),
        sleep(clock, ANSWER_MS_MAX, timeout.signal).then(
          () => null,
          () => null,
        ),
      ])
    } finally {
      timeout.abort(new Error('answered'))
    }
  }

  try {
    const deadline = clock.monotonicMs() + READY_MS_MAX
    let last: Readiness = { missing: expected, leaderless: 0 }
    let said = ''
    for (;;) {
      last = (await ask()) ?? last
      if (last.missing.length === 0 && last.leaderless === 0) return
      if (clock.monotonicMs() >= deadline)
        throw failed(last.missing[0] ?? expected[0] ?? 0, `was not ready after ${READY_MS_MAX / 1000} s`)
      const text = describe(last)
      if (text !== said) onProgress(text)
      said = text
      await Promise.race([over, sleep(clock, ASK_AGAIN_MS)])
    }
  } finally {
    done.abort()
  }
}

const describe = ({ missing, leaderless }: Readiness): string =>
  missing.length > 0
    ? `Waiting for ${missing.length === 1 ? 'broker' : 'brokers'} ${missing.join(', ')} to answer`
    : `Waiting for the leaders of ${leaderless} partitions`

const watchExit = (child: ChildProcess, done: AbortSignal, onExit: () => void): void => {
  if (child.exitCode !== null || child.signalCode !== null) onExit()
  child.once('exit', onExit)
  done.addEventListener('abort', () => child.off('exit', onExit))
}

const whenAborted = (
  signal: AbortSignal | undefined,
  done: AbortSignal,
  onAbort: (reason: Error) => void,
): void => {
  if (signal === undefined) return
  if (signal.aborted) onAbort(signal.reason as Error)
  signal.addEventListener('abort', () => onAbort(signal.reason as Error), { signal: done })
}
