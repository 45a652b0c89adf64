import type { Config } from '../../config/config.ts'
import { LanekeeperError } from '../../core/model/index.ts'
import { diffTopics } from '../../core/topics/index.ts'
import { sleep } from '../../ports/clock.ts'
import type { LocalBrokers } from '../../ports/local-brokers.ts'
import { executePlan } from '../../runtime/executor.ts'
import type { LiveState } from '../../runtime/live-state.ts'
import type { RunningServer } from '../../server/create-server.ts'
import { startWatch } from '../watching.ts'
import type { ShapeName } from '../../workload/shapes.ts'
import { hotKeysFor, type KeyFlags } from '../key-options.ts'
import type { Connection, World } from '../world.ts'
import { type LogMark, markLog } from './log-growth.ts'
import { type Readers, startReaders } from './readers.ts'
import { watchForRest } from './rest.ts'
import { startWriter, type Writer } from './writer.ts'

/**
 * The whole system of one file: brokers, topics, observation and page, readers, writer; started in the order in which
 * each needs the one before, stopped in the reverse order so that nothing is cut off from what it still needs:
 * traffic, then the producer (flushed), then the readers (drained and committed), the page, the connections, and the
 * brokers last.
 */
export interface SystemOptions {
  readonly config: Config
  readonly stateDir: string
  readonly simulated: boolean
  readonly commandConfig: string | null
  readonly fresh: boolean
  /** Where the dashboard listens; loopback unless the user says otherwise. */
  readonly host: string
  /** Whoever has its content may change what can be changed over HTTP; null: as the file says. */
  readonly tokenFile: string | null
  /** How long the traffic takes to reach its rate. */
  readonly rampMs: number
  /** Laid over the scenario's calm day. */
  readonly shapes: readonly ShapeName[]
  readonly keys: KeyFlags
  readonly onProgress: (text: string) => void
}

export interface System {
  readonly config: Config
  readonly connection: Connection
  readonly live: LiveState
  readonly server: RunningServer
  readonly readers: Readers
  readonly writer: Writer | null
  /** The log when the writer started. */
  readonly mark: LogMark
  readonly topicNames: readonly string[]
  /** How long the system took to come to rest; null: it has not yet. */
  restAfterMs(): number | null
  /** Sentences about what goes wrong while running. */
  readonly troubles: readonly string[]
  /** Stops the traffic, flushes, and waits until the readers have processed what was acknowledged. */
  drain(deadline: { readonly flushMs: number; readonly readMs: number }): Promise<void>
  /** Ends everything that is left, brokers last. */
  close(): Promise<void>
}

const LEAVE_DEADLINE_MS = 3_000
const SETTLE_MS = 100
const SETTLED_WITHIN_MS = 30_000

export const startSystem = async (world: World, options: SystemOptions): Promise<System> => {
  const { config, onProgress } = options
  const undo: (() => Promise<void>)[] = []
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  const brokers = world.localBrokers(options.stateDir)
  try {
    const connection = await openCluster(world, brokers, options, undo)
    undo.push(() => connection.close())

    await ensureTopics(world, connection, options)
    await waitUntilSettled(world, connection, options)

    const topicNames = config.topics.map(topic => topic.name)
    const hotKeys = hotKeysFor(world, connection, options.keys)
    let writer: Writer | null = null
    let reading: Readers | null = null
    const watch = await startWatch(world, {
      hotKeys,
      producers: () => (writer === null ? [] : [writer]),
      consumers: () => reading?.watched ?? [],
      cluster: connection.cluster,
      config,
      stateDir: options.stateDir,
      host: options.host,
      port: config.dashboard.port,
      ...(options.tokenFile === null ? {} : { tokenFile: options.tokenFile }),
    })
    undo.push(() => watch.close())
    const { live, server } = watch
    if (server.port !== config.dashboard.port)
      onProgress(`port ${config.dashboard.port} is taken; the dashboard uses ${server.port}`)

    const mark = await markLog(connection.cluster, world.clock, topicNames)
    const troubles: string[] = []
    const readers = startReaders(world, connection, config.groups, text => troubles.push(text))
    reading = readers
    undo.push(() => readers.close(LEAVE_DEADLINE_MS))
    writer =
      config.traffic === null ? null : startWriter(world, connection, config.traffic, { ...options, hotKeys })
    const startedMs = world.clock.monotonicMs()
    let restMs: number | null = null
    const rest = watchForRest(
      world.clock,
      {
        rampMs: options.rampMs,
        recordsPerSecond: config.traffic?.recordsPerSecond ?? 0,
        waiting: () => {
          const lag = readers.lagRecords()
          return lag === null ? null : lag + (writer?.producer.stats().recordsPending ?? 0)
        },
      },
      () => {
        restMs = world.clock.monotonicMs() - startedMs
        readers.measureLatency()
      },
    )
    undo.push(async () => rest.stop())

    return {
      config,
      connection,
      live,
      server,
      readers,
      writer,
      mark,
      topicNames,
      troubles,
      restAfterMs: () => restMs,
      drain: async ({ flushMs, readMs }) => {
        writer?.traffic.stop()
        const report = await writer?.producer.close({ deadlineMs: flushMs })
        if (report !== undefined && report.inDoubt + report.failed > 0)
          troubles.push(
            `at the end ${report.failed} records were not written and ${report.inDoubt} are in doubt`,
          )
        await waitUntilRead(world, readers, readMs)
      },
      close: async () => {
        await unwind()
      },
    }
  } catch (failure) {
    // a cluster of ours that no longer answers has a reason, and its brokers were the ones to know it
    const lost = world.io.interrupted.aborted ? null : brokers.lost()
    await unwind()
    throw lost ?? failure
  }
}

const openCluster = async (
  world: World,
  brokers: LocalBrokers,
  { config, simulated, commandConfig, fresh, onProgress }: SystemOptions,
  undo: (() => Promise<void>)[],
): Promise<Connection> => {
  if (simulated) {
    onProgress('simulated cluster: no Kafka runs; everything else is the same')
    return world.connect({
      kind: 'simulated',
      brokers: config.cluster.brokers,
      seed: config.traffic?.seed ?? 1,
    })
  }
  const { bootstrapServer } = config.cluster
  if (bootstrapServer !== null)
    return world.connect({ kind: 'kafka', bootstrapServer, commandConfig, clientId: 'lanekeeper' })

  const started = await brokers.start({
    brokers: config.cluster.brokers,
    fresh,
    lifetime: 'owner',
    onProgress,
    interrupted: world.io.interrupted,
  })
  // without ids it ends only what ends with this process, and gives the state folder back
  undo.push(() => brokers.stop())
  if (started.alreadyRunning.length > 0)
    onProgress(`brokers ${started.alreadyRunning.join(', ')} run already and will be left running`)
  onProgress(`Kafka ${started.kafkaVersion} at ${started.bootstrapServer}`)
  return world.connect({
    kind: 'kafka',
    bootstrapServer: started.bootstrapServer,
    commandConfig: null,
    clientId: 'lanekeeper',
  })
}

/** The same plan and executor as `apply`; topics that are there are compared, never made again. */
const ensureTopics = async (world: World, { cluster }: Connection, options: SystemOptions): Promise<void> => {
  const { config, stateDir, onProgress } = options
  const names = config.topics.map(topic => topic.name)
  const plan = diffTopics(config.topics, await cluster.describe({ topics: names, configs: true }))
  const [refusal] = plan.refusals
  if (refusal !== undefined)
    throw new LanekeeperError(refusal.code, refusal.message, {
      fix: `${refusal.fix}\nOr begin with an empty cluster: --fresh`,
      problems: plan.refusals.slice(1).map(({ topic, message }) => `${topic}: ${message}`),
    })
  if (plan.steps.length === 0) {
    onProgress(`${names.length} topics are as declared`)
    return
  }
  onProgress(`${plan.steps.length} changes bring the topics to what is declared`)
  const execution = await executePlan({
    plan,
    cluster,
    journal: await world.openJournal(`${stateDir}/journal/topics.jsonl`),
    clock: world.clock,
    signal: world.io.interrupted,
  })
  world.io.interrupted.throwIfAborted()
  const failures = execution.outcomes.filter(outcome => outcome.state === 'failed')
  if (failures.length > 0 || execution.left === null || execution.left.length > 0)
    throw new LanekeeperError('STEP_REFUSED', 'The topics could not be made as declared.', {
      problems: failures.map(({ id, message }) => `${id}: ${message}`),
      fix: 'Start again; what was done is kept, and the rest is tried once more.',
    })
}

/**
 * Brokers that start together catch up with each other for a while, and the first of them leads everything until
 * leaderships go back to where they were placed. Traffic in that time would measure their start, and a broker lost in
 * that time would be one too many. Not a condition: a cluster that stays like that is told of by the findings, and used
 * all the same.
 */
const waitUntilSettled = async (
  { clock, io }: World,
  { cluster }: Connection,
  { config, onProgress }: SystemOptions,
): Promise<void> => {
  const topics = config.topics.map(topic => topic.name)
  const deadlineMs = clock.monotonicMs() + SETTLED_WITHIN_MS
  for (;;) {
    const partitions = [...(await cluster.describe({ topics })).topics.values()].flatMap(
      topic => topic.partitions,
    )
    const behind = partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length
    const elsewhere = partitions.filter(({ leader, replicas }) => leader !== replicas[0]).length
    if ((behind === 0 && elsewhere === 0) || clock.monotonicMs() > deadlineMs) return
    onProgress(
      `of ${partitions.length} partitions ${behind} have a copy that catches up, ` +
        `${elsewhere} wait for their preferred leader`,
    )
    await sleep(clock, 500, io.interrupted)
  }
}

/** Nothing written before now is left unread, or the deadline has passed: the summary then counts the rest. */
const waitUntilRead = async ({ clock }: World, { consumers }: Readers, deadlineMs: number): Promise<void> => {
  const deadline = clock.monotonicMs() + deadlineMs
  const settled = (): boolean =>
    consumers.every(consumer => {
      const { lagRecords, uncommittedOffsets } = consumer.stats()
      return lagRecords === 0 && uncommittedOffsets === 0
    })
  while (!settled() && clock.monotonicMs() < deadline) await sleep(clock, SETTLE_MS)
}
