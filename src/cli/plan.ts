import { Command } from 'commander'
import { errorRegistry } from '../core/model/index.ts'
import { diffTopics } from '../core/topics/index.ts'
import { printJson, say } from './output.ts'
import { comparePlan, differs, planAsJson, printPlan } from './show-plan.ts'
import {
  addTargetOptions,
  clusterName,
  loadConfigFile,
  type TargetFlags,
  targetSuffix,
  withCluster,
} from './target-options.ts'
import type { World } from './world.ts'

/** `plan FILE`: what `apply` would do. Changes nothing. */
export const planCommand = (world: World): Command =>
  addTargetOptions(new Command('plan'))
    .description(
      'Show the difference between the declared topics and the cluster. Exit code 3 if there is any.',
    )
    .argument('[file]', 'configuration file', 'lanekeeper.yaml')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper plan                                          the local brokers
  lanekeeper plan topics.yaml --bootstrap-server kafka:9092
  lanekeeper plan --json | jq '.steps[].text'
`,
    )
    .action(async (file: string, flags: TargetFlags) => plan(world, file, flags))

const plan = async (world: World, file: string, flags: TargetFlags): Promise<void> => {
  const { io } = world
  const config = await loadConfigFile(world, file, { bootstrapServer: flags.bootstrapServer })
  const { shown, cluster } = await withCluster(world, flags, config, async connection => {
    const snapshot = await connection.cluster.describe({ configs: true })
    const found = diffTopics(config.topics, snapshot)
    return { shown: comparePlan(config.topics, found, snapshot), cluster: connection.cluster }
  })
  if (flags.json)
    printJson(io, {
      bootstrapServer: cluster.bootstrapServer,
      simulated: cluster.simulated,
      ...planAsJson(shown),
    })
  else {
    say(io, `${file} against ${clusterName(cluster)}`)
    printPlan(io, shown)
    if (shown.plan.steps.length > 0) say(io, `\nNext: lanekeeper apply ${file}${targetSuffix(flags)}`)
  }
  if (differs(shown.plan)) io.exitWith(errorRegistry.DRIFT.exit)
}
