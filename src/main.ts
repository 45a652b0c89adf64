import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { nodeCodecs } from './adapters/codecs/node-codecs.ts'
import { makeFolder } from './adapters/files/make-folder.ts'
import { openFileJournal } from './adapters/files/journal.ts'
import { readSpecFile } from './adapters/files/spec-file.ts'
import { historyFiles, memoryHistory, openHistory, readHistory } from './adapters/history/open.ts'
import { connectKafka } from './adapters/kafka/connect.ts'
import { countStructuredKeys } from './adapters/key-counter/key-counter.ts'
import { packedRouter } from './adapters/key-counter/packed-router.ts'
import { createLocalBrokers } from './adapters/local-cluster/local-brokers.ts'
import { createSimulatedCluster } from './adapters/simulated/create.ts'
import { imagineCluster } from './adapters/simulated/imagined-cluster.ts'
import { systemClock } from './adapters/system/clock.ts'
import { startWorkerProcesses } from './adapters/worker-processes/worker-processes.ts'
import { getJson } from './adapters/web/get-json.ts'
import { postMessage } from './adapters/web/post.ts'
import { helpAsCalled } from './cli/called-as.ts'
import { adoptCommand } from './cli/adopt.ts'
import { alertsCommand } from './cli/alerts.ts'
import { applyCommand } from './cli/apply.ts'
import { checkCommand } from './cli/check.ts'
import { clusterCommand } from './cli/cluster.ts'
import { consumeCommand } from './cli/consume.ts'
import { dlqCommand } from './cli/dlq.ts'
import { exerciseCommand } from './cli/exercise.ts'
import { groupsCommand } from './cli/groups.ts'
import { hotCommand } from './cli/hot.ts'
import { identifyCommand } from './cli/identify.ts'
import { lintCommand } from './cli/lint.ts'
import { offsetsCommand } from './cli/offsets.ts'
import { refusalOf, reportFailure } from './cli/output.ts'
import { endWithParent } from './cli/parent.ts'
import { planCommand } from './cli/plan.ts'
import { produceCommand } from './cli/produce.ts'
import { reportCommand } from './cli/report.ts'
import { routeCommand } from './cli/route.ts'
import { proveCommand } from './cli/prove.ts'
import { serveCommand } from './cli/serve.ts'
import { sizeCommand } from './cli/size.ts'
import { simulateCommand } from './cli/simulate/command.ts'
import { statusCommand } from './cli/status.ts'
import { topicsCommand } from './cli/topics.ts'
import { upCommand } from './cli/up/command.ts'
import { withUsageErrors } from './cli/usage-errors.ts'
import type { ClusterTarget, Connection, Io, World } from './cli/world.ts'
import { parseClientProperties } from './config/client-properties.ts'
import { errorRegistry, LanekeeperError } from './core/model/index.ts'
import { seededRandom } from './core/simulation/index.ts'
import { readInThread } from './runtime/history/past-thread.ts'

/**
 * The composition root: the only place that joins adapters to the rest. It reads the process once (arguments,
 * environment, signals), hands everything else a `World`, and turns what comes back into an exit code.
 */
const root = join(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const webRoot = join(root, 'web', 'dist')
const pastWorker = new URL(`./past-worker${extname(import.meta.filename)}`, import.meta.url)

const connect = async (target: ClusterTarget): Promise<Connection> => {
  if (target.kind === 'simulated') {
    const { brokers, seed, imaginedPartitions } = target
    const simulated = createSimulatedCluster({ brokers, seed, clock: systemClock })
    return imaginedPartitions === undefined
      ? simulated
      : {
          ...simulated,
          cluster: await imagineCluster(simulated.cluster, imaginedPartitions, seed, systemClock),
        }
  }
  const properties = target.commandConfig === null ? null : readClientProperties(target.commandConfig)
  return connectKafka({
    bootstrapServers: target.bootstrapServer.split(','),
    clientId: target.clientId,
    security: properties?.security ?? null,
    clock: systemClock,
  })
}

const readClientProperties = (file: string): ReturnType<typeof parseClientProperties> => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new LanekeeperError('FILE_UNREADABLE', `${file} cannot be read.`, {
      fix: 'Name a Java client.properties with --command-config.',
      cause,
    })
  }
  return parseClientProperties(text, file)
}

/** First SIGINT or SIGTERM: end in order. Second: at once; what was left behind is the guard's work. */
const interruption = (): AbortSignal => {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new DOMException('interrupted', 'AbortError'))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  endWithParent()
  return controller.signal
}

/**
 * A reader that went away (`lanekeeper topics | head -1`) is no failure; there is nobody left to tell. A disk that takes
 * no more of what is printed is one, told on the other stream.
 */
const endWithoutReader = (): void => {
  const exitFor = ({ code }: NodeJS.ErrnoException): number =>
    code === 'EPIPE' ? 0 : errorRegistry.FILE_UNREADABLE.exit
  process.stderr.on('error', error => process.exit(exitFor(error)))
  process.stdout.on('error', error => {
    if (exitFor(error) !== 0)
      process.stderr.write(`error FILE_UNREADABLE: standard output: ${refusalOf(error)}.\n`)
    process.exit(exitFor(error))
  })
}

const main = async (): Promise<void> => {
  endWithoutReader()
  const io: Io = {
    env: process.env,
    cwd: process.cwd(),
    // the launcher knows how it was called itself
    calledAs: process.env['LANEKEEPER_CALLED_AS'] ?? 'lanekeeper',
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    exitWith: code => {
      process.exitCode = code
    },
    interrupted: interruption(),
  }
  const world: World = {
    clock: systemClock,
    codecs: nodeCodecs,
    seededRandom,
    countStructured: countStructuredKeys,
    routePacked: packedRouter(),
    connect,
    localBrokers: (stateDir, jarsDir = stateDir) =>
      createLocalBrokers({
        stateDir,
        makeFolder,
        jarsDir,
        clock: systemClock,
        env: process.env,
        command: `lanekeeper ${process.argv.slice(2).join(' ')}`,
        probe: async bootstrapServer => {
          const probing = await connect({
            kind: 'kafka',
            bootstrapServer,
            commandConfig: null,
            clientId: 'lanekeeper-probe',
          })
          try {
            return await probing.cluster.describe()
          } finally {
            await probing.close()
          }
        },
      }),
    startWorkers: options => startWorkerProcesses(options, systemClock, process.env),
    openJournal: openFileJournal,
    openHistory: path => (path === null ? memoryHistory() : openHistory(path, makeFolder)),
    readPast: file => readInThread(pastWorker, file.openedBy),
    readHistory,
    historyFiles,
    post: postMessage,
    getJson,
    readSpecFile,
    webRoot: existsSync(join(webRoot, 'index.html')) ? webRoot : null,
    io,
    version,
  }

  const program = new Command('lanekeeper')
    .description('Designs, runs and evolves the partitioning of Apache Kafka topics.')
    .version(version)
    // a flag behind a verb of a verb is that verb's: `groups show G --bootstrap-server …`
    .enablePositionalOptions()
    .commandsGroup('Run all of it:')
    .addCommand(upCommand(world))
    .addCommand(exerciseCommand(world))
    .addCommand(clusterCommand(world))
    .commandsGroup('Before anything is written:')
    .addCommand(sizeCommand(world))
    .addCommand(proveCommand(world))
    .addCommand(routeCommand(world))
    .addCommand(simulateCommand(world))
    .addCommand(lintCommand(world))
    .commandsGroup('Topics as code:')
    .addCommand(planCommand(world))
    .addCommand(applyCommand(world))
    .addCommand(adoptCommand(world))
    .commandsGroup('Write and read:')
    .addCommand(produceCommand(world))
    .addCommand(consumeCommand(world))
    .addCommand(dlqCommand(world))
    .addCommand(offsetsCommand(world))
    .commandsGroup('Watch:')
    .addCommand(serveCommand(world))
    .addCommand(statusCommand(world))
    .addCommand(checkCommand(world))
    .addCommand(topicsCommand(world))
    .addCommand(groupsCommand(world))
    .addCommand(hotCommand(world))
    .addCommand(identifyCommand(world))
    .addCommand(alertsCommand(world))
    .addCommand(reportCommand(world))
  withUsageErrors(program)
  helpAsCalled(io, program)

  try {
    await program.parseAsync(process.argv)
  } catch (failure) {
    process.exitCode = exitCodeOf(io, failure)
  }
}

const exitCodeOf = (io: Io, failure: unknown): number => {
  // commander has printed help or the version: asked for, or since a verb of verbs is missing
  if (failure instanceof CommanderError) return failure.exitCode === 0 ? 0 : 2
  if (io.interrupted.aborted && failure === io.interrupted.reason) return 130
  return reportFailure(io, failure, process.argv.includes('--json'))
}

await main()
