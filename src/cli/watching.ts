import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { shippedRules } from '../core/alerts/index.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import type { HistoryFile } from '../ports/history-file.ts'
import { type AlertKeeper, startAlerts } from '../runtime/alerts/keeper.ts'
import type { HotKeys } from '../runtime/hot-keys/hot-keys.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { tokenFrom } from '../server/access.ts'
import { createServer, type RunningServer } from '../server/create-server.ts'
import { createOidc } from '../server/oidc/oidc.ts'
import type { WatchedConsumer } from '../server/consumer-metrics.ts'
import type { WatchedProducer } from '../server/producer-metrics.ts'
import { CLUSTER_NAME, historyPath } from './history-place.ts'
import { watchCluster } from './looking.ts'
import { say } from './output.ts'
import type { World } from './world.ts'

/**
 * Watching for long, as `serve` and `up` do it: with a past on disk, alert rules and a server over both. Started in the
 * order in which each needs the one before, closed in the reverse order.
 */
export interface Watch {
  readonly live: LiveState
  readonly alerts: AlertKeeper
  readonly server: RunningServer
  close(): Promise<void>
}

export interface WatchOptions {
  readonly cluster: Cluster
  readonly config: Config | null
  readonly stateDir: string
  readonly host: string
  readonly port: number
  readonly allowedHosts?: readonly string[]
  /** The flag; the file's `dashboard.token-file` where it is absent. */
  readonly tokenFile?: string
  /** What is known about keys; absent: nothing. */
  readonly hotKeys?: HotKeys
  /** Producers in this process, for the metrics. */
  readonly producers?: () => readonly WatchedProducer[]
  /** Consumers in this process, for the same. */
  readonly consumers?: () => readonly WatchedConsumer[]
}

const defaultBytesMax = 512_000_000
const defaultRepeatMs = 4 * 3_600_000

export const startWatch = async (world: World, options: WatchOptions): Promise<Watch> => {
  const { config, cluster } = options
  const { clock, io } = world
  // secrets first: a file that is missing must not end a watch that has already begun
  const token = await readToken(world, options.tokenFile ?? config?.dashboard.tokenFile ?? null)
  const webhooks = await readWebhooks(world, config)
  const oidc = config?.dashboard.oidc ?? null
  const undo: (() => Promise<void> | void)[] = []
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    const file = await openHistory(world, options)
    undo.push(() => file.close())
    const reader = world.readPast(file)
    undo.push(() => reader.close())
    if (file.notice !== null) say(io, file.notice)
    file.saveDocument(CLUSTER_NAME, config?.cluster.name ?? cluster.bootstrapServer)
    const live = watchCluster(world, cluster, config, {
      history: { file, reader, bytesMax: config?.history.bytesMax ?? defaultBytesMax },
      ...(options.hotKeys === undefined ? {} : { hotKeys: options.hotKeys }),
    })
    undo.push(() => live.close())
    const alerts = startAlerts(
      live,
      {
        rules: config?.alerts.rules ?? shippedRules,
        webhooks,
        repeatMs: config?.alerts.repeatMs ?? defaultRepeatMs,
      },
      { clock, post: world.post, file, newId: randomUUID },
    )
    undo.push(() => alerts.close())
    const server = await createServer({
      live,
      alerts,
      clock,
      version: world.version,
      webRoot: world.webRoot,
      host: options.host,
      port: options.port,
      allowedHosts: options.allowedHosts ?? [],
      ...(token === null ? {} : { token }),
      ...(oidc === null ? {} : { oidc: createOidc(oidc, world.getJson, clock) }),
      ...(options.producers === undefined ? {} : { producers: options.producers }),
      ...(options.consumers === undefined ? {} : { consumers: options.consumers }),
      ...(config === null
        ? {}
        : { metrics: config.metrics, declared: { file: config.file, topics: config.topics } }),
    })
    undo.push(() => server.close())
    return { live, alerts, server, close: unwind }
  } catch (failure) {
    await unwind()
    throw failure
  }
}

const readToken = async (world: World, file: string | null): Promise<string | null> =>
  file === null ? null : tokenFrom(await world.readSpecFile(resolve(world.io.cwd, file)), file)

const readWebhooks = async (world: World, config: Config | null) =>
  Promise.all(
    (config?.alerts.webhooks ?? []).map(async ({ name, url, secretFile }) => ({
      name,
      url,
      secret:
        secretFile === null
          ? null
          : secretFrom(await world.readSpecFile(resolve(world.io.cwd, secretFile)), secretFile),
    })),
  )

/** Signing with nothing would look signed, and anybody could do it. */
const secretFrom = (text: string, file: string): string => {
  const secret = text.trim()
  if (secret !== '') return secret
  throw new LanekeeperError(
    'USAGE',
    `${file} is empty: the secret that signs a webhook's messages is meant.`,
    {
      fix: `Make one: head -c 24 /dev/urandom | base64 > ${file}; chmod 600 ${file}`,
    },
  )
}

/** A simulated cluster is new with every run, and so is its past. */
const openHistory = async (world: World, { cluster, stateDir }: WatchOptions): Promise<HistoryFile> =>
  world.openHistory(cluster.simulated ? null : historyPath(world, stateDir, cluster.bootstrapServer))
