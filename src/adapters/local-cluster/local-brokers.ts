import { resolve } from 'node:path'
import { type BrokerId, brokerId, LanekeeperError } from '../../core/model/index.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  ClusterProbe,
  LocalBrokerStatus,
  LocalBrokers,
  LocalStart,
  LocalStarted,
} from '../../ports/local-brokers.ts'
import { lastWords, runningProcess } from './broker-process.ts'
import { awaitPreviousGuard, type Guard, startGuard } from './guard.ts'
import { launch, removeData, runningIds } from './launch.ts'
import { layoutOf } from './layout.ts'
import { acquire, holderOf } from './lock.ts'
import type { Environment } from './prerequisites.ts'
import { end, residentBytes } from './process-table.ts'
import { createPortClaims, type PortClaims, sharedClaimsFolder } from './port-claims.ts'
import { type StartedBroker, waitUntilReady } from './readiness.ts'
import { HOST, rackOf } from './settings.ts'
import { type ClusterShape, readShape, shapeFor } from './shape.ts'

/**
 * A controlled shutdown hands 500 leaderships over in a second or two. When all brokers stop at once the last ones
 * have nobody to hand over to and wait for a quorum that is gone; that is not worth waiting for.
 */
const STOP_GRACE_MS = 10_000

/** For brokers that did not become ready: nothing of theirs is worth waiting for. */
const ABANDON_GRACE_MS = 2_000

/**
 * Real Kafka brokers on this machine, supervised through files in `stateDir`, so that every command sees the same
 * brokers, whoever started them.
 *
 * `env` says where Java and Kafka are (`JAVA_HOME`, `KAFKA_HOME`, `PATH`); `command` is what others are told when they
 * meet STATE_DIR_HELD.
 */
export const createLocalBrokers = (dependencies: {
  readonly stateDir: string
  /** With all that is above it. */
  readonly makeFolder: (path: string) => void
  /** State folder that holds the jars, where it is another. */
  readonly jarsDir?: string
  readonly clock: Clock
  readonly env: Environment
  readonly probe: ClusterProbe
  readonly command: string
}): LocalBrokers => {
  const { clock, env, probe, command } = dependencies
  const stateDir = resolve(dependencies.stateDir)
  const layout = {
    ...layoutOf(stateDir),
    kafka: layoutOf(resolve(dependencies.jarsDir ?? stateDir)).kafka,
  }
  let startedHere: readonly StartedBroker[] = []
  let ownership: { readonly guard: Guard; readonly release: () => void } | null = null

  const claimPorts = (): PortClaims => createPortClaims(sharedClaimsFolder(), command, nowIso())
  const nowIso = (): string => new Date(clock.wallMs()).toISOString()
  const bootstrapOf = (shape: ClusterShape): string =>
    shape.nodes.map(({ port }) => `${HOST}:${port}`).join(',')

  /** The remembered cluster, which must have broker `id` when one is named. */
  const existingShape = (id?: BrokerId): ClusterShape => {
    const shape = readShape(layout.shape)
    if (shape === null)
      throw new LanekeeperError('USAGE', `There is no local cluster in ${stateDir}.`, {
        fix: 'Start one: lanekeeper cluster start',
      })
    if (id !== undefined && !shape.nodes.some(node => node.id === id))
      throw new LanekeeperError('USAGE', `There is no local broker ${id}.`, {
        fix: `There are: ${shape.nodes.map(node => node.id).join(', ')}.`,
      })
    return shape
  }

  /** Runs `action` while nobody else starts brokers here: two of one id would fight for its file and its data. */
  const exclusively = async <T>(action: () => Promise<T>): Promise<T> => {
    const release = acquire(layout.starting, `The start of brokers in ${stateDir}`, command, nowIso())
    try {
      return await action()
    } finally {
      release()
    }
  }

  const endBrokers = async (ids: readonly number[], graceMs: number): Promise<void> => {
    const left = await end(
      ids.flatMap(id => runningProcess(layout.broker(id)) ?? []),
      clock,
      graceMs,
    )
    if (left.length === 0) return
    const pids = left.map(({ pid }) => pid).join(', ')
    throw new LanekeeperError('UNEXPECTED', `Broker process ${pids} did not end even by SIGKILL.`)
  }

  /** In this order: a guard that outlived the lock could end the brokers of the next owner. */
  const giveBack = (): void => {
    ownership?.guard.dismiss()
    ownership?.release()
    ownership = null
  }

  const start = async (options: LocalStart): Promise<LocalStarted> => {
    const { brokers, fresh, lifetime, onProgress, interrupted } = options
    dependencies.makeFolder(layout.cluster)
    const release = lifetime === 'owner' ? acquire(layout.owner, stateDir, command, nowIso()) : null
    let before: ReadonlySet<number> | null = null
    const claims = claimPorts()
    try {
      const { shape, kafkaVersion, started } = await exclusively(async () => {
        if (release !== null || holderOf(layout.owner) === null)
          await awaitPreviousGuard(layout, clock, onProgress)
        // before the first broker, so that from its first moment on there is somebody who ends it
        if (release !== null) ownership = { guard: startGuard(layout, stateDir), release }
        if (fresh) removeData(layout)
        const wanted = shapeFor(readShape(layout.shape), brokers)
        const ids = wanted.nodes.map(node => node.id)
        before = runningIds(layout)
        const { claim: claimPort } = claims
        const common = { layout, env, lifetime, startedAt: nowIso, claimPort, onProgress, interrupted }
        return launch({ ...common, shape: wanted, ids })
      })
      const { clusterId, nodes } = shape
      const bootstrapServer = bootstrapOf(shape)
      const asked = { probe, bootstrapServer, clusterId, nodes }
      await waitUntilReady({ ...asked, started, layout, clock, onProgress, interrupted })
      startedHere = started
      const alreadyRunning = nodes
        .map(({ id }) => id)
        .filter(id => !endsWithUs(id, started, lifetime))
        .map(brokerId)
      return { bootstrapServer, alreadyRunning, kafkaVersion }
    } catch (failure) {
      // looked up, not remembered: a start may fail between its first and its second process
      const ids = before === null ? [] : [...runningIds(layout)].filter(id => before?.has(id) === false)
      await endBrokers(ids, ABANDON_GRACE_MS).finally(() => {
        giveBack()
        release?.()
      })
      // a Ctrl-C reaches Java and Maven as well: that they then fail is no news
      interrupted?.throwIfAborted()
      throw failure
    } finally {
      claims.release()
    }
  }

  /** Brokers left over by an owner without a guard are ours from now on; those that nobody owns are not. */
  const endsWithUs = (
    id: number,
    started: readonly StartedBroker[],
    lifetime: LocalStart['lifetime'],
  ): boolean =>
    started.some(each => each.id === id) ||
    (lifetime === 'owner' && runningProcess(layout.broker(id))?.lifetime === 'owner')

  const startOne = async (id: BrokerId): Promise<void> => {
    const remembered = existingShape(id)
    const silent = (): void => {}
    const claims = claimPorts()
    try {
      const { shape, started } = await exclusively(async () => {
        const owned = holderOf(layout.owner) !== null
        if (!owned) await awaitPreviousGuard(layout, clock, silent)
        return launch({
          layout,
          env,
          shape: remembered,
          ids: [id],
          lifetime: owned ? 'owner' : 'nobody',
          startedAt: nowIso,
          claimPort: claims.claim,
          onProgress: silent,
          interrupted: undefined,
        })
      })
      const { clusterId } = shape
      const nodes = shape.nodes.filter(node => node.id === id)
      const asked = { probe, bootstrapServer: bootstrapOf(shape), clusterId, nodes }
      await waitUntilReady({ ...asked, started, layout, clock, onProgress: silent, interrupted: undefined })
    } finally {
      claims.release()
    }
  }

  const stop = async (ids?: readonly BrokerId[]): Promise<void> => {
    if (ids !== undefined) {
      for (const id of ids) existingShape(id)
      return endBrokers(ids, STOP_GRACE_MS)
    }
    startedHere = []
    const running = [...runningIds(layout)]
    const ours = running.filter(id => runningProcess(layout.broker(id))?.lifetime === 'owner')
    await endBrokers(ownership === null ? running : ours, STOP_GRACE_MS)
    giveBack()
  }

  const kill = async (id: BrokerId): Promise<void> => {
    existingShape(id)
    if (runningProcess(layout.broker(id)) === null)
      throw new LanekeeperError('USAGE', `Broker ${id} does not run.`, {
        fix: `Start it: lanekeeper cluster start ${id}`,
      })
    await endBrokers([id], 0)
  }

  const lost = (): LanekeeperError | null => {
    const gone = startedHere.filter(({ id }) => runningProcess(layout.broker(id)) === null)
    const [first] = gone
    if (first === undefined) return null
    const ids = gone.map(({ id }) => id).join(', ')
    return new LanekeeperError(
      'BROKER_ENDED',
      `${gone.length === 1 ? 'Broker' : 'Brokers'} ${ids} ended. Last words of ${first.id}:`,
      {
        problems: lastWords(layout.broker(first.id), first.logFrom),
        fix: `All of its words: ${layout.broker(first.id).log}`,
      },
    )
  }

  const status = async (): Promise<readonly LocalBrokerStatus[]> =>
    (readShape(layout.shape)?.nodes ?? []).map(node => {
      const broker = layout.broker(node.id)
      const running = runningProcess(broker)
      return {
        id: brokerId(node.id),
        rack: rackOf(node.id),
        host: HOST,
        port: node.port,
        pid: running?.pid ?? null,
        running: running !== null,
        residentBytes: running === null ? null : residentBytes(running),
        startedAt: running?.startedAt ?? null,
        logFile: broker.log,
      }
    })

  return { start, startOne, stop, kill, lost, status }
}
