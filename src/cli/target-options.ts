import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Config, loadConfig } from '../config/config.ts'
import type { ConfigFlags } from '../config/overrides.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import { countOption } from './count-option.ts'
import type { ClusterTarget, Connection, World } from './world.ts'

/** The flags that every verb about a cluster has, under Kafka's own names. */
export interface TargetFlags {
  readonly bootstrapServer?: string
  readonly commandConfig?: string
  readonly simulated: boolean
  readonly stateDir: string
  readonly json: boolean
}

export const DEFAULT_STATE_DIR = '.lanekeeper'

/** Local brokers of a simulated or an unnamed cluster, where no file says how many. */
const DEFAULT_BROKERS = 3

export const addTargetOptions = (command: Command): Command =>
  command
    .option(
      '--bootstrap-servers, --bootstrap-server <host:port,…>',
      'an existing cluster (env LANEKEEPER_BOOTSTRAP_SERVER)',
    )
    .option('--command-config <file>', 'Java client.properties with TLS and SASL settings')
    .option('--simulated', 'a simulated cluster in this process instead of Kafka', false)
    .option('--state-dir <dir>', 'where local brokers and journals are kept', DEFAULT_STATE_DIR)
    .option('--json', 'data as JSON on stdout', false)

/** How large a simulated cluster is; for verbs that only look. */
export interface SimulationFlags {
  readonly simulatedBrokers?: string
  readonly simulatedPartitions?: string
}

export const addSimulationOptions = (command: Command): Command =>
  command
    .option('--simulated-brokers <n>', `with --simulated: so many brokers, ${DEFAULT_BROKERS} by default`)
    .option(
      '--simulated-partitions <n>',
      'with --simulated: topics of so many partitions under an imagined load',
    )

const simulatedMax = { brokers: 1000, partitions: 1_000_000 }

/** Reads and checks a configuration file, as the user named it, relative to the working directory. */
export const loadConfigFile = async (world: World, file: string, flags: ConfigFlags): Promise<Config> =>
  loadConfig(await readConfigFile(world, file), file, { env: world.io.env, flags })

const readConfigFile = async (world: World, file: string): Promise<string> => {
  try {
    return await world.readSpecFile(resolve(world.io.cwd, file))
  } catch (failure) {
    const { message, cause } = failure as LanekeeperError
    if ((cause as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT') throw failure
    throw new LanekeeperError('FILE_UNREADABLE', message, {
      fix: 'Name an existing file; `lanekeeper adopt > lanekeeper.yaml` writes one from a live cluster.',
      cause,
    })
  }
}

/**
 * Which cluster is meant: flags, then the environment, then the file, then local brokers that run under the state
 * folder. Rejects with USAGE when none of them says.
 */
export const resolveTarget = async (
  world: World,
  flags: TargetFlags & SimulationFlags,
  config: Config | null,
): Promise<ClusterTarget> => {
  const { simulatedBrokers, simulatedPartitions } = flags
  if (!flags.simulated && (simulatedBrokers ?? simulatedPartitions) !== undefined)
    throw new LanekeeperError('USAGE', 'The size of a simulated cluster is named, but not --simulated.', {
      fix: 'Add --simulated, or leave --simulated-brokers and --simulated-partitions out.',
    })
  if (flags.simulated) {
    if (flags.bootstrapServer !== undefined)
      throw new LanekeeperError('USAGE', '--simulated and --bootstrap-server name two different clusters.', {
        fix: 'Leave one of them out.',
      })
    return {
      kind: 'simulated',
      brokers:
        simulatedBrokers === undefined
          ? (config?.cluster.brokers ?? DEFAULT_BROKERS)
          : countOption('--simulated-brokers', simulatedBrokers, simulatedMax.brokers),
      seed: config?.traffic?.seed ?? 1,
      ...(simulatedPartitions === undefined
        ? {}
        : {
            imaginedPartitions: countOption(
              '--simulated-partitions',
              simulatedPartitions,
              simulatedMax.partitions,
            ),
          }),
    }
  }
  const named =
    flags.bootstrapServer ??
    (world.io.env['LANEKEEPER_BOOTSTRAP_SERVER'] || undefined) ??
    config?.cluster.bootstrapServer
  return {
    kind: 'kafka',
    bootstrapServer: named ?? (await localBootstrapServer(world, flags.stateDir)),
    commandConfig: flags.commandConfig === undefined ? null : resolve(world.io.cwd, flags.commandConfig),
    clientId: 'lanekeeper',
  }
}

const localBootstrapServer = async (world: World, stateDir: string): Promise<string> => {
  const running = (await world.localBrokers(stateDir).status()).filter(broker => broker.running)
  if (running.length === 0)
    throw new LanekeeperError('USAGE', `No cluster is named, and no local broker runs under ${stateDir}.`, {
      fix: 'Add --bootstrap-server host:port, or start local brokers with `lanekeeper cluster start`.',
    })
  return running.map(({ host, port }) => `${host}:${port}`).join(',')
}

/** Connects, runs `use`, and closes whatever happens. */
export const withCluster = async <Value>(
  world: World,
  flags: TargetFlags & SimulationFlags,
  config: Config | null,
  use: (connection: Connection) => Promise<Value>,
): Promise<Value> => {
  const connection = await world.connect(await resolveTarget(world, flags, config))
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}

/** The flags again, for the command that is suggested next. */
export const targetSuffix = (flags: TargetFlags): string =>
  [
    flags.bootstrapServer === undefined ? '' : ` --bootstrap-server ${flags.bootstrapServer}`,
    flags.commandConfig === undefined ? '' : ` --command-config ${flags.commandConfig}`,
    flags.simulated ? ' --simulated' : '',
    flags.stateDir === DEFAULT_STATE_DIR ? '' : ` --state-dir ${flags.stateDir}`,
  ].join('')

/** The cluster in a sentence; a simulated one is never mistaken for Kafka. */
export const clusterName = ({ simulated, bootstrapServer }: Cluster): string =>
  simulated ? 'the simulated cluster' : bootstrapServer
