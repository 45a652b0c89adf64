import { Command } from 'commander'
import { LanekeeperError, printable } from '../../core/model/index.ts'
import { startLive } from '../../runtime/live-state.ts'
import { unknownTopic } from '../known-topic.ts'
import { lookSeconds } from '../looking.ts'
import { addTargetOptions, type TargetFlags, withCluster } from '../target-options.ts'
import type { Connection, World } from '../world.ts'
import { answerOnce, printKeda } from './answer.ts'
import { decideUntil, type ScaleJob } from './job.ts'
import { addPolicyOptions, type PolicyFlags, policyOf, time } from './policy-options.ts'
import { ScaleReport } from './report.ts'
import { runWorkers } from './run-workers.ts'
import { tellWebhook, webhookUrl } from './webhook.ts'

interface ScaleFlags extends TargetFlags, PolicyFlags {
  readonly topic?: string
  readonly for: number
  readonly watch: boolean
  readonly run: boolean
  readonly grace: number
  readonly webhook?: string
  readonly keda: boolean
  readonly deployment?: string
}

/** Long enough for rates, for a verdict on what stands still, and for records to be late for a while. */
const LOOK_SECONDS = 25

/** `groups scale G`: how many consumers there should be, and why; and, asked to, running them. */
export const groupsScaleCommand = (world: World): Command =>
  addPolicyOptions(addTargetOptions(new Command('scale')))
    .description('How many consumers a group should have, and why; runs them if asked to.')
    .argument('<group>', 'group id')
    .argument('[command...]', 'with --run: the worker, behind two dashes')
    .option('--topic <names>', 'what the group reads, while it has no members yet (a,b)')
    .option('--for <seconds>', 'how long to look before the one answer', lookSeconds, LOOK_SECONDS)
    .option('--watch', 'go on deciding until Ctrl-C, and only say it', false)
    .option('--run', 'start and end workers on this machine, until Ctrl-C', false)
    .option('--grace <time>', 'with --run: from SIGTERM to SIGKILL', time, 30_000)
    .option('--webhook <url>', 'post every change there, until Ctrl-C')
    .option('--keda', 'print a KEDA ScaledObject with these rules', false)
    .option('--deployment <name>', 'with --keda: the Deployment to scale; the group id when absent')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper groups scale order-mailer                          one answer, after a look
  lanekeeper groups scale order-mailer --topic orders --run -- node mailer.js
  lanekeeper groups scale order-mailer --webhook http://platform.example/scale
  lanekeeper groups scale order-mailer --keda --deployment mailer > scaledobject.yaml
`,
    )
    .action(async (groupId: string, command: readonly string[], flags: ScaleFlags) =>
      scale(world, groupId, command, flags),
    )

const scale = async (
  world: World,
  groupId: string,
  command: readonly string[],
  flags: ScaleFlags,
): Promise<void> => {
  const policy = policyOf(flags)
  checkModes(command, flags)
  const url = flags.webhook === undefined ? null : webhookUrl(flags.webhook)
  const topics = flags.topic?.split(',') ?? []
  await withCluster(world, flags, null, async connection => {
    await checkTopics(connection, topics, flags)
    if (flags.run) await checkEmpty(connection, groupId)
    const live = startLive({
      cluster: connection.cluster,
      clock: world.clock,
      clusterName: null,
      version: world.version,
      thresholds: windowFor(policy.settleMs),
    })
    const job: ScaleJob = { world, connection, live, groupId, topics, policy, json: flags.json }
    try {
      if (flags.keda) await printKeda(job, flags.for, flags.deployment ?? groupId)
      else if (flags.run) await runWorkers(job, command, flags.grace)
      else if (url !== null) await tellWebhook(job, url)
      else if (flags.watch) await watch(job)
      else await answerOnce(job, flags.for)
    } finally {
      await live.close()
    }
  })
}

const watch = async (job: ScaleJob): Promise<void> => {
  const report = new ScaleReport(job.world.io, job.groupId, job.json)
  await decideUntil(job, Infinity, decision => {
    report.tell(decision)
    return false
  })
}

const checkModes = (command: readonly string[], flags: ScaleFlags): void => {
  const modes = [
    ...(flags.watch ? ['--watch'] : []),
    ...(flags.run ? ['--run'] : []),
    ...(flags.webhook === undefined ? [] : ['--webhook']),
    ...(flags.keda ? ['--keda'] : []),
  ]
  if (modes.length > 1)
    throw new LanekeeperError('USAGE', `${modes.join(' and ')} are different things to do.`, {
      fix: 'Choose one.',
    })
  if (flags.run && command.length === 0)
    throw new LanekeeperError('USAGE', '--run: there is no command to run.', {
      fix: 'Put the worker behind two dashes: --run -- node worker.js',
    })
  if (!flags.run && command.length > 0)
    throw new LanekeeperError('USAGE', `What is ${command[0]} for? A command is only run with --run.`, {
      fix: 'Add --run, or leave the command out.',
    })
}

/** Also the first question: a cluster that is not there is told at once, and not after a look. */
const checkTopics = async (
  { cluster }: Connection,
  topics: readonly string[],
  flags: TargetFlags,
): Promise<void> => {
  const known = (await cluster.describe({ topics })).topics
  const missing = topics.find(topic => !known.has(topic))
  if (missing !== undefined) throw await unknownTopic(cluster, missing, flags)
}

/** Members that nobody here started cannot be ended here, and would be counted as ours. */
const checkEmpty = async ({ cluster }: Connection, groupId: string): Promise<void> => {
  const [group] = await cluster.readGroups(await cluster.describe(), [groupId])
  const members = group?.members.length ?? 0
  if (members > 0)
    throw new LanekeeperError(
      'GROUP_BUSY',
      `${printable(groupId)} has ${members} members already, which were not started here.`,
      { fix: 'With --run all consumers of the group are started and ended here. Stop the others first.' },
    )
}

/** Rates must be those of after a change, so the window is no longer than a change takes to settle. */
const windowFor = (settleMs: number) => {
  const rateWindowMs = Math.max(4_000, Math.min(30_000, settleMs))
  return { rateWindowMs, evidenceMs: Math.min(15_000, rateWindowMs) }
}
