import { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { formatCount, LanekeeperError, printable } from '../core/model/index.ts'
import type { Plan } from '../core/plan/index.ts'
import { diffTopics } from '../core/topics/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import type { Execution } from '../runtime/executor.ts'
import { confirm } from './confirm.ts'
import { endAfterResult, errorAsJson, printJson, say } from './output.ts'
import { runPlan } from './run-plan.ts'
import { comparePlan, planAsJson, printPlan, type ShownPlan } from './show-plan.ts'
import {
  addTargetOptions,
  clusterName,
  loadConfigFile,
  type TargetFlags,
  targetSuffix,
  withCluster,
} from './target-options.ts'
import type { World } from './world.ts'

interface ApplyFlags extends TargetFlags {
  readonly yes: boolean
}

/** `apply FILE`: makes the cluster as declared, step by step, and looks again. */
export const applyCommand = (world: World): Command =>
  addTargetOptions(new Command('apply'))
    .description('Create and change topics as declared. Asks first; interrupted, it can simply be run again.')
    .argument('[file]', 'configuration file', 'lanekeeper.yaml')
    .option('-y, --yes', 'do not ask', false)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper apply
  lanekeeper apply topics.yaml --bootstrap-server kafka:9092 --yes
`,
    )
    .action(async (file: string, flags: ApplyFlags) => {
      const config = await loadConfigFile(world, file, { bootstrapServer: flags.bootstrapServer })
      await withCluster(world, flags, config, ({ cluster }) => apply(world, cluster, config, flags))
    })

const apply = async (world: World, cluster: Cluster, config: Config, flags: ApplyFlags): Promise<void> => {
  const { io } = world
  const snapshot = await cluster.describe({ configs: true })
  const plan = diffTopics(config.topics, snapshot)
  const shown = comparePlan(config.topics, plan, snapshot)
  if (!flags.json) {
    say(io, `${config.file} against ${clusterName(cluster)}`)
    printPlan(io, shown)
  }
  if (plan.steps.length > 0) {
    const question = `Run ${formatCount(plan.steps.length)} ${plan.steps.length === 1 ? 'step' : 'steps'} on ${clusterName(cluster)}?`
    if (!(await confirm(io, question, flags))) {
      say(io, 'Nothing was changed.')
      return
    }
  }
  const { execution, journalFile } = await runPlan(world, cluster, snapshot.clusterId, plan, flags)
  const after = diffTopics(config.topics, await cluster.describe({ configs: true }))
  conclude(world, { shown, execution, after, journalFile }, config, flags)
}

interface Result {
  readonly shown: ShownPlan
  readonly execution: Execution
  /** The plan made anew, after the last step: what is left. */
  readonly after: Plan
  readonly journalFile: string
}

/** Says what came of it. Text: throws the failure, for the one place that prints failures. JSON: one object, then the code. */
const conclude = (world: World, result: Result, config: Config, flags: ApplyFlags): void => {
  const { io } = world
  const failure = failureOf(result, io.interrupted.aborted)
  if (flags.json)
    printJson(io, {
      ...planAsJson(result.shown),
      planId: result.execution.planId,
      outcomes: result.execution.outcomes.map(({ id, state, code, message }) => ({
        id,
        state,
        code,
        message,
      })),
      changesSent: result.execution.changesSent,
      left: planAsJson({ ...result.shown, plan: result.after }).steps,
      journalFile: result.journalFile,
      error: failure === null ? null : errorAsJson(failure),
    })
  endAfterResult(io, failure, flags.json)
  if (flags.json) return
  const topics = `${formatCount(config.topics.length)} ${config.topics.length === 1 ? 'topic is' : 'topics are'}`
  say(io, `Looked again: ${topics} as declared.`)
  say(io, `\nNext: lanekeeper topics${targetSuffix(flags)}`)
}

const failureOf = (
  { execution, after, journalFile }: Result,
  interrupted: boolean,
): LanekeeperError | null => {
  const unfinished = execution.outcomes.filter(({ state }) => state === 'failed' || state === 'skipped')
  if (unfinished.length > 0) {
    const code = unfinished.find(outcome => outcome.code !== null)?.code ?? 'STEP_OUTDATED'
    return new LanekeeperError(
      code,
      `${unfinished.length} of ${execution.outcomes.length} steps were not done${interrupted ? ', since the run was interrupted' : ''}.`,
      {
        problems: unfinished.map(({ id, message }) => printable(`${id}: ${message}`)),
        fix: `Run apply again; it begins with what is there. What was tried is in ${journalFile}.`,
      },
    )
  }
  const [first] = after.refusals
  if (first !== undefined)
    return new LanekeeperError(
      first.code,
      `${after.refusals.length} ${after.refusals.length === 1 ? 'difference was' : 'differences were'} refused; everything else is as declared.`,
      {
        problems: after.refusals.map(({ message, fix }) => printable(`${message} ${fix}`)),
        fix: 'Mend the file as said above.',
      },
    )
  return after.steps.length === 0
    ? null
    : new LanekeeperError('STEP_OUTDATED', 'The cluster was changed by somebody else meanwhile.', {
        fix: 'Run apply again.',
      })
}
