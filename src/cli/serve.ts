import { Command, InvalidArgumentError } from 'commander'
import type { Config } from '../config/config.ts'
import { addKeyOptions, hotKeysFor, type KeyFlags } from './key-options.ts'
import { print, printJson, say } from './output.ts'
import {
  addSimulationOptions,
  addTargetOptions,
  loadConfigFile,
  type SimulationFlags,
  type TargetFlags,
  withCluster,
} from './target-options.ts'
import { startWatch } from './watching.ts'
import type { Connection, World } from './world.ts'

interface ServeFlags extends TargetFlags, SimulationFlags, KeyFlags {
  readonly host: string
  readonly port?: number
  readonly allowHost: readonly string[]
  readonly tokenFile?: string
}

const DEFAULT_PORT = 7400

/** `serve`: observe any cluster, remember it, alert, and show it, until interrupted. Never changes the cluster. */
export const serveCommand = (world: World): Command =>
  addKeyOptions(addSimulationOptions(addTargetOptions(new Command('serve'))))
    .description('Watch a cluster and serve dashboard, alerts, API and metrics. Never changes the cluster.')
    .argument('[file]', 'configuration file with names, keys and thresholds of this cluster')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--port <n>',
      `port, ${DEFAULT_PORT} by default; the next free one is used when it is taken`,
      portNumber,
    )
    .option('--allow-host <name>', 'a host name under which browsers may reach it', collect, [])
    .option('--token-file <file>', 'whoever has its content may acknowledge and silence alerts')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper serve --bootstrap-server kafka-1:9092,kafka-2:9092
  lanekeeper serve lanekeeper.yaml --port 8080
  lanekeeper serve lanekeeper.yaml --token-file token
  lanekeeper serve --simulated
  lanekeeper serve --simulated --simulated-brokers 20 --simulated-partitions 200000
`,
    )
    .action(async (file: string | undefined, flags: ServeFlags) => {
      const config = file === undefined ? null : await loadConfigFile(world, file, {})
      await withCluster(world, flags, config, connection => serve(world, connection, config, flags))
    })

const serve = async (
  world: World,
  connection: Connection,
  config: Config | null,
  flags: ServeFlags,
): Promise<void> => {
  const { io } = world
  const { cluster } = connection
  const wanted = flags.port ?? config?.dashboard.port ?? DEFAULT_PORT
  const watch = await startWatch(world, {
    cluster,
    config,
    stateDir: flags.stateDir,
    host: flags.host,
    port: wanted,
    allowedHosts: flags.allowHost,
    // 0 bytes a second reads no keys at all; an imagined load has no records to read them from
    ...(flags.keySampleBytes === 0 || flags.simulatedPartitions !== undefined
      ? {}
      : { hotKeys: hotKeysFor(world, connection, flags) }),
    ...(flags.tokenFile === undefined ? {} : { tokenFile: flags.tokenFile }),
  })
  try {
    const { server } = watch
    if (server.port !== wanted && wanted !== 0) say(io, `Port ${wanted} is taken; using ${server.port}.`)
    if (flags.json)
      printJson(io, { event: 'serving', url: server.url, bootstrapServer: cluster.bootstrapServer })
    else print(io, server.url)
    const simulated = cluster.simulated ? ' (simulated)' : ''
    say(io, `Watching ${cluster.bootstrapServer}${simulated}. Ctrl-C ends.`)
    if (!isLoopback(flags.host))
      say(io, `Everybody who reaches ${flags.host} can read what it shows: topics, groups, rates.`)
    await interruption(io.interrupted)
  } finally {
    await watch.close()
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

const interruption = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is 0 to 65535.')
  return port
}

function collect(name: string, names: readonly string[]): readonly string[] {
  return [...names, name]
}
