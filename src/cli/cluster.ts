import { Command } from 'commander'
import { type BrokerId, brokerId, formatBytes, formatDuration, LanekeeperError } from '../core/model/index.ts'
import type { LocalBrokerStatus, LocalBrokers } from '../ports/local-brokers.ts'
import { printJson, printTable, say } from './output.ts'
import { startProgress } from './progress.ts'
import type { World } from './world.ts'

/**
 * `cluster`: the local brokers alone, also while `up` runs on them in another terminal. Every verb ends by printing the
 * brokers as they are then, so that a script reads one shape.
 */
export const clusterCommand = (world: World): Command => {
  const cluster = new Command('cluster')
    .description('The local brokers: start, stop, kill, look.')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper cluster start              three brokers, or as many as there were
  lanekeeper cluster start --brokers 4  one more, on a rack of its own
  lanekeeper cluster kill 2             lose a broker, as by a power cut
  lanekeeper cluster start 2            bring it back
  lanekeeper cluster status
`,
    )

  const verb = (usage: string, description: string): Command =>
    cluster
      .command(usage)
      .description(description)
      .option('--state-dir <dir>', 'where the brokers keep their data', '.lanekeeper')
      .option('--json', 'print one JSON object', false)

  verb('start [id]', 'start the brokers that do not run, or one of them; data is kept')
    .option('--brokers <n>', 'how many, 1 to 6 (default: as many as there were, or 3)')
    .option('--fresh', 'remove all topics and data first', false)
    .action(async (id: string | undefined, options: StartOptions) => startVerb(world, id, options))

  verb('stop [id]', 'stop all brokers, or one, in order: leaders move away first').action(
    async (id: string | undefined, options: CommonOptions) => stopVerb(world, id, options),
  )

  verb('kill <id>', 'end one broker without warning (SIGKILL)').action(
    async (id: string, options: CommonOptions) => killVerb(world, id, options),
  )

  verb('status', 'show the brokers from the state folder; asks no broker').action(
    async (options: CommonOptions) => {
      await show(world, world.localBrokers(options.stateDir), options)
    },
  )

  return cluster
}

interface CommonOptions {
  readonly stateDir: string
  readonly json: boolean
}

interface StartOptions extends CommonOptions {
  readonly brokers?: string
  readonly fresh: boolean
}

const startVerb = async (world: World, id: string | undefined, options: StartOptions): Promise<void> => {
  const brokers = world.localBrokers(options.stateDir)
  const progress = startProgress(world.io, world.clock)
  try {
    if (id === undefined) {
      await brokers.start({
        brokers: options.brokers === undefined ? null : parseWhole('--brokers', options.brokers),
        fresh: options.fresh,
        lifetime: 'nobody',
        onProgress: progress.stage,
        interrupted: world.io.interrupted,
      })
    } else {
      if (options.brokers !== undefined || options.fresh)
        throw new LanekeeperError('USAGE', '--brokers and --fresh concern all brokers, not one.', {
          fix: 'Leave the id out.',
        })
      const one = parseId(id)
      progress.stage(`Starting broker ${one}`)
      await brokers.startOne(one)
    }
  } finally {
    progress.end()
  }
  const after = await show(world, brokers, options)
  next(world, options, [
    ['what is in it', `lanekeeper status --bootstrap-server ${bootstrapOf(after)}`],
    ['stop', `lanekeeper cluster stop${stateDirFlag(options)}`],
  ])
}

const stopVerb = async (world: World, id: string | undefined, options: CommonOptions): Promise<void> => {
  const brokers = world.localBrokers(options.stateDir)
  const one = id === undefined ? undefined : parseId(id)
  const progress = startProgress(world.io, world.clock)
  progress.stage(one === undefined ? 'Stopping the brokers' : `Stopping broker ${one}`)
  try {
    await brokers.stop(one === undefined ? undefined : [one])
  } finally {
    progress.end()
  }
  await afterLoss(world, brokers, one, options)
}

const killVerb = async (world: World, id: string, options: CommonOptions): Promise<void> => {
  const brokers = world.localBrokers(options.stateDir)
  const one = parseId(id)
  await brokers.kill(one)
  say(
    world.io,
    `Broker ${one} is gone. Its partitions get new leaders as soon as its session is over, in seconds.`,
  )
  await afterLoss(world, brokers, one, options)
}

const afterLoss = async (
  world: World,
  brokers: LocalBrokers,
  id: BrokerId | undefined,
  options: CommonOptions,
): Promise<void> => {
  const after = await show(world, brokers, options)
  const back = [
    'bring back',
    `lanekeeper cluster start${id === undefined ? '' : ` ${id}`}${stateDirFlag(options)}`,
  ] as const
  const left = after.some(broker => broker.running)
  next(world, options, [
    ...(left ? [['watch', `lanekeeper status --bootstrap-server ${bootstrapOf(after)}`] as const] : []),
    back,
  ])
}

/** Prints the brokers as they are now, and returns them. */
const show = async (
  world: World,
  brokers: LocalBrokers,
  options: CommonOptions,
): Promise<readonly LocalBrokerStatus[]> => {
  const status = await brokers.status()
  if (options.json) {
    printJson(world.io, {
      bootstrapServer: status.length === 0 ? null : bootstrapOf(status),
      brokers: status,
    })
  } else if (status.length === 0) {
    say(
      world.io,
      `There is no local cluster in ${options.stateDir}. Start one: lanekeeper cluster start${stateDirFlag(options)}`,
    )
  } else {
    printTable(world.io, columns, status.map(row(world.clock.wallMs())))
  }
  return status
}

const columns = [
  { title: 'BROKER', align: 'right' },
  { title: 'STATE' },
  { title: 'ADDRESS' },
  { title: 'RACK' },
  { title: 'PROCESS', align: 'right' },
  { title: 'MEMORY', align: 'right' },
  { title: 'RUNS FOR', align: 'right' },
  { title: 'LOG' },
] as const

const row =
  (nowMs: number) =>
  (broker: LocalBrokerStatus): readonly string[] => [
    String(broker.id),
    broker.running ? 'running' : 'stopped',
    `${broker.host}:${broker.port}`,
    broker.rack,
    broker.pid === null ? '' : String(broker.pid),
    broker.residentBytes === null ? '' : formatBytes(broker.residentBytes),
    broker.startedAt === null ? '' : formatDuration(nowMs - Date.parse(broker.startedAt)),
    broker.logFile,
  ]

const next = (
  world: World,
  options: CommonOptions,
  commands: readonly (readonly [purpose: string, command: string])[],
): void => {
  if (options.json) return
  const width = Math.max(...commands.map(([purpose]) => purpose.length))
  say(
    world.io,
    `\n${commands.map(([purpose, command]) => `${purpose.padEnd(width)}  ${command}`).join('\n')}`,
  )
}

/** All brokers, also those that are down: a client finds the others by any of them. */
const bootstrapOf = (status: readonly LocalBrokerStatus[]): string =>
  status.map(({ host, port }) => `${host}:${port}`).join(',')

const stateDirFlag = ({ stateDir }: CommonOptions): string =>
  stateDir === '.lanekeeper' ? '' : ` --state-dir ${stateDir}`

const parseWhole = (name: string, text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new LanekeeperError('USAGE', `${name}: ${text} is not a whole number.`)
  return Number(text)
}

const parseId = (text: string): BrokerId => brokerId(parseWhole('broker id', text))
