import { resolve } from 'node:path'
import { Command } from 'commander'
import { errorRegistry, LanekeeperError } from '../../core/model/index.ts'
import { sleep } from '../../ports/clock.ts'
import type { ShapeName } from '../../workload/shapes.ts'
import { durationMs } from '../duration-option.ts'
import { collectShape, shapeHelp } from '../shape-option.ts'
import { addKeyOptions, type KeyFlags } from '../key-options.ts'
import { addTargetOptions, loadConfigFile, type TargetFlags } from '../target-options.ts'
import { startProgress } from '../progress.ts'
import type { World } from '../world.ts'
import { judgeRun } from './criteria.ts'
import { measureRun } from './figures.ts'
import { startReport } from './report.ts'
import { startSystem, type System } from './system.ts'

interface UpFlags extends TargetFlags, KeyFlags {
  readonly brokers?: string
  readonly fresh: boolean
  readonly rate?: string
  readonly seed?: string
  readonly port?: string
  readonly host: string
  readonly tokenFile?: string
  readonly duration?: number
  readonly shape: readonly ShapeName[]
}

/** How often a trouble that began is looked for while the system runs. */
const WATCH_MS = 200

/** A Ctrl-C is answered within seconds; a run with a verdict may wait until slow brokers have answered. */
const INTERRUPTED_DEADLINE = { flushMs: 4_000, readMs: 3_000 }
const CALM_DEADLINE = { flushMs: 30_000, readMs: 30_000 }

/** Spreads the first record of each partition, which makes three brokers open its files. */
const RAMP_MS = 15_000

/** `up FILE`: the whole system of a file, until Ctrl-C or for a duration. */
export const upCommand = (world: World): Command =>
  addKeyOptions(addTargetOptions(new Command('up')))
    .description('Run a whole system: brokers, topics, traffic, consumer groups, dashboard.')
    .argument('[file]', 'configuration file', 'examples/streamsocial/lanekeeper.yaml')
    .option('--brokers <n>', 'local brokers to start, 1 to 6')
    .option('--fresh', 'begin with empty local brokers; removes their data', false)
    .option('--rate <n>', 'records a second')
    .option('--seed <n>', 'the same seed gives the same traffic')
    .option('--shape <name>', `traffic of an uneven day: ${shapeHelp}`, collectShape, [])
    .option('--port <n>', 'dashboard port; the next free one is used when it is taken')
    .option('--host <address>', 'where the dashboard listens', '127.0.0.1')
    .option('--token-file <file>', 'whoever has its content may acknowledge and silence alerts')
    .option(
      '--duration <time>',
      'run that long (90s, 5m), then print a summary; exit 0 only if all held',
      runMs,
    )
    .addHelpText(
      'before',
      `Examples:
  lanekeeper up                                    StreamSocial on three local brokers, until Ctrl-C
  lanekeeper up --duration 90s                     a run with a verdict
  lanekeeper up --shape viral                      one content item takes over within seconds
  lanekeeper up --simulated                        the same without Kafka
  lanekeeper up my.yaml --bootstrap-server kafka-1:9092,kafka-2:9092
`,
    )
    .action(async (file: string, flags: UpFlags) => up(world, file, flags))

const up = async (world: World, file: string, flags: UpFlags): Promise<void> => {
  const { io, clock } = world
  if (flags.simulated && flags.bootstrapServer !== undefined)
    throw new LanekeeperError('USAGE', '--simulated and --bootstrap-server name two different clusters.', {
      fix: 'Leave one of them out.',
    })
  const runForMs = flags.duration ?? null
  const { bootstrapServer, brokers, rate, seed, port } = flags
  const config = await loadConfigFile(world, file, { bootstrapServer, brokers, rate, seed, port })

  const progress = startProgress(io, clock, flags.json)
  let system: System
  try {
    system = await startSystem(world, {
      config,
      stateDir: resolve(io.cwd, flags.stateDir),
      simulated: flags.simulated,
      commandConfig: flags.commandConfig ?? null,
      fresh: flags.fresh,
      host: flags.host,
      tokenFile: flags.tokenFile ?? null,
      rampMs: Math.min(RAMP_MS, runForMs === null ? RAMP_MS : runForMs / 6),
      shapes: flags.shape,
      keys: flags,
      onProgress: progress.stage,
    })
  } finally {
    progress.end()
  }

  const report = startReport(world, system, flags.json)
  report.started()
  const startedMs = clock.monotonicMs()
  try {
    const interrupted = await runUntilTold(world, runForMs)
    const ranMs = clock.monotonicMs() - startedMs
    report.stopping(interrupted)
    await system.drain(interrupted ? INTERRUPTED_DEADLINE : CALM_DEADLINE)
    const figures = await measureRun(world, system)
    const criteria = judgeRun(figures, { latencyP99Ms: config.thresholds.lagP99Ms })
    report.summary({ ranMs, figures, criteria, interrupted })
    if (interrupted) io.exitWith(130)
    else if (!criteria.every(criterion => criterion.held)) io.exitWith(errorRegistry.CRITERIA_MISSED.exit)
  } finally {
    report.end()
    await system.close()
  }
}

/** True when the user ended it. */
const runUntilTold = async ({ clock, io }: World, runForMs: number | null): Promise<boolean> => {
  const end = runForMs === null ? Number.POSITIVE_INFINITY : clock.monotonicMs() + runForMs
  while (!io.interrupted.aborted && clock.monotonicMs() < end)
    await sleep(clock, Math.min(WATCH_MS, Math.max(1, end - clock.monotonicMs())))
  return io.interrupted.aborted
}

function runMs(text: string): number {
  return durationMs(text, { from: 1, to: 7 * 86_400_000 })
}
