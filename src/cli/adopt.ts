import { Command } from 'commander'
import { printConfig } from '../config/print-config.ts'
import type { ClusterSnapshot, TopicSpec } from '../core/model/index.ts'
import { specsFromSnapshot } from '../core/topics/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import { printJson, say } from './output.ts'
import { addTargetOptions, type TargetFlags, targetSuffix, withCluster } from './target-options.ts'
import type { World } from './world.ts'

interface AdoptFlags extends TargetFlags {
  readonly name: string
}

/** `adopt`: the configuration file of a cluster that has none. Prints it; changes nothing. */
export const adoptCommand = (world: World): Command =>
  addTargetOptions(new Command('adopt'))
    .description('Write a configuration file from a live cluster to stdout. Internal topics are left out.')
    .option('--name <name>', 'name of the cluster in the file', 'adopted')
    .addHelpText(
      'before',
      `Examples:
  lanekeeper adopt --bootstrap-server kafka:9092 > lanekeeper.yaml
`,
    )
    .action(async (flags: AdoptFlags) =>
      withCluster(world, flags, null, ({ cluster }) => adopt(world, cluster, flags)),
    )

const adopt = async (world: World, cluster: Cluster, flags: AdoptFlags): Promise<void> => {
  const { io } = world
  const snapshot = await cluster.describe({ configs: true })
  const topics = specsFromSnapshot(snapshot)
  if (flags.json) {
    printJson(
      io,
      topics.map(topic => ({ ...topic, configs: Object.fromEntries(topic.configs) })),
    )
    return
  }
  io.stdout.write(adoptedText(snapshot, topics, cluster, flags.name))
  say(
    io,
    `${topics.length} topics. Next: name the keys in the file, then lanekeeper plan FILE${targetSuffix(flags)}`,
  )
}

/** The file's text; `loadConfig` of it differs in nothing from the snapshot. */
export const adoptedText = (
  snapshot: ClusterSnapshot,
  topics: readonly TopicSpec[],
  cluster: Pick<Cluster, 'bootstrapServer' | 'simulated'>,
  clusterName: string,
): string =>
  printConfig({
    clusterName,
    bootstrapServer: cluster.simulated ? null : cluster.bootstrapServer,
    brokers: snapshot.brokers.length,
    topics,
    remarks: new Map(topics.map(topic => [topic.name, remarkOf(snapshot, topic)])),
  })

const remarkOf = (snapshot: ClusterSnapshot, topic: TopicSpec): string | null => {
  const partitions = snapshot.topics.get(topic.name)?.partitions ?? []
  const others = partitions.filter(partition => partition.replicas.length !== topic.replicationFactor).length
  return others === 0
    ? null
    : `${others} of ${partitions.length} partitions have another number of replicas than written here.`
}
