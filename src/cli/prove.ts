import { Command } from 'commander'
import { LanekeeperError } from '../core/model/index.ts'
import { capacityNote, limitsWith, proveCapacity } from '../core/sizing/index.ts'
import { type CapacityPlan, defaultCapacityPlan, measureCapacity } from '../runtime/measure-capacity.ts'
import { printBlocks } from './blocks.ts'
import { countOption } from './count-option.ts'
import { printJson, say } from './output.ts'
import { startProgress } from './progress.ts'
import { addTargetOptions, clusterName, type TargetFlags, withCluster } from './target-options.ts'
import type { World } from './world.ts'

interface ProveFlags extends TargetFlags {
  readonly target: string
  readonly partitions: string
  readonly recordBytes: string
  readonly seconds: string
}

/** Less than this leaves no time for a round of every point. */
const SECONDS_MIN = 10
const SECONDS_MAX = 600

/** `prove`: measures this machine and says what follows for a design, and how far that can be trusted. */
export const proveCommand = (world: World, plan: CapacityPlan = defaultCapacityPlan): Command =>
  addTargetOptions(new Command('prove'))
    .description('Measure what partition, producer, consumer and core carry here, and extrapolate honestly.')
    .option('--target <n>', 'records a second that the design claims', '50000000')
    .option('--partitions <n>', 'partitions of the design', '1000')
    .option('--record-bytes <n>', 'size of its records', '100')
    .option('--seconds <n>', 'time to measure, 10 to 600', '55')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper prove                                   50 million a second on 1,000 partitions, on the local brokers
  lanekeeper prove --target 200000 --partitions 48 --record-bytes 400 --bootstrap-server kafka:9092
  lanekeeper prove --json | jq '.produce.heldOut'

Writes as fast as it can for the time given, into a topic of its own that it deletes. Not for a busy cluster.
`,
    )
    .action(async (flags: ProveFlags) => prove(world, flags, plan))

const prove = async (world: World, flags: ProveFlags, plan: CapacityPlan): Promise<void> => {
  const { io, clock } = world
  const target = {
    recordsPerSecond: countOption('--target', flags.target, 1e12),
    partitions: countOption('--partitions', flags.partitions, 1_000_000),
    recordBytes: countOption('--record-bytes', flags.recordBytes, 1_000_000),
    skewMaxOverMean: limitsWith({}).skewMaxOverMean.value,
  }
  const totalMs = secondsOption(flags.seconds) * 1000
  await withCluster(world, flags, null, async connection => {
    const progress = startProgress(io, clock)
    progress.stage(`measuring on ${clusterName(connection.cluster)}`)
    const points = await measureCapacity({
      cluster: connection.cluster,
      openLink: connection.openLink,
      clock,
      codecs: world.codecs,
      random: world.seededRandom(1),
      cpuSeconds,
      plan: { ...plan, totalMs },
      topic: `lanekeeper-prove-${clock.wallMs()}`,
      onProgress: progress.stage,
      signal: io.interrupted,
    }).finally(() => progress.end())
    const proof = proveCapacity(points, target)
    if (flags.json) {
      printJson(io, { simulated: connection.cluster.simulated, ...proof })
      return
    }
    printBlocks(io, capacityNote(proof))
    if (connection.cluster.simulated)
      say(io, '\nThis was the simulated cluster: these figures say nothing about Kafka.')
  })
}

const secondsOption = (text: string): number => {
  const seconds = countOption('--seconds', text, SECONDS_MAX)
  if (seconds >= SECONDS_MIN) return seconds
  throw new LanekeeperError('USAGE', `--seconds ${text}: too short to measure every point.`, {
    fix: `Write ${SECONDS_MIN} to ${SECONDS_MAX}.`,
  })
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
