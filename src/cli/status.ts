import { Command } from 'commander'
import type { Tick } from '../api/contract.ts'
import {
  formatBytes,
  formatByteRate,
  formatCount,
  formatDuration,
  formatRate,
  formatTimes,
  printable,
} from '../core/model/index.ts'
import { printFinding } from './findings.ts'
import { groupColumns, groupRows } from './groups.ts'
import { known } from './known.ts'
import { afterLooking, DEFAULT_LOOK_SECONDS, lookSeconds } from './looking.ts'
import { type Column, paint, print, printJson, printTable } from './output.ts'
import { addTargetOptions, type TargetFlags, targetSuffix, withCluster } from './target-options.ts'
import type { Io, World } from './world.ts'

interface StatusFlags extends TargetFlags {
  readonly for: number
}

/** `status`: one screen about a cluster, after a few seconds of looking. */
export const statusCommand = (world: World): Command =>
  addTargetOptions(new Command('status'))
    .description('One screen: topics with rates and skew, groups with lag, brokers, findings.')
    .option('--for <seconds>', 'how long to look', lookSeconds, DEFAULT_LOOK_SECONDS)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper status --bootstrap-server kafka:9092
  lanekeeper status --for 30            rates over half a minute, verdicts on every group
  lanekeeper status --json              everything seen, as one JSON object
`,
    )
    .action(async (flags: StatusFlags) =>
      withCluster(world, flags, null, ({ cluster }) =>
        afterLooking(world, cluster, flags.for, live => {
          if (flags.json) printJson(world.io, live.tick())
          else printStatus(world.io, live.tick(), targetSuffix(flags))
        }),
      ),
    )

const printStatus = (io: Io, tick: Tick, suffix: string): void => {
  const { health, cluster, topics, groups, findings } = tick
  const simulated = health.simulated ? ' (simulated)' : ''
  print(
    io,
    `${paint(io, io.stdout, 'bold', printable(health.clusterName))} at ${health.bootstrapServer}${simulated}`,
  )
  print(io, `${health.summary} Rates are over ${formatDuration(tick.rateWindowMs)}.`)
  print(io, '')
  if (findings.length === 0) print(io, 'No findings.')
  for (const finding of findings) printFinding(io, finding, suffix)
  print(io, '')
  const shown = topics.filter(topic => !topic.internal)
  if (shown.length === 0) print(io, 'No topics that this user may see.')
  else printTable(io, topicColumns, shown.map(topicCells))
  if (groups.length > 0) {
    print(io, '')
    printTable(io, groupColumns, groupRows(groups))
  }
  print(io, '')
  printTable(io, brokerColumns, cluster.brokers.map(brokerCells))
}

const topicColumns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'RECORDS', align: 'right' },
  { title: 'RATE', align: 'right' },
  { title: 'BYTES', align: 'right' },
  { title: 'SKEW', align: 'right' },
  { title: 'BY CHANCE', align: 'right' },
  { title: 'LAG', align: 'right' },
  { title: 'REPLICAS' },
]

const topicCells = (topic: Tick['topics'][number]): readonly string[] => [
  topic.topic,
  formatCount(topic.partitions),
  known(topic.records, formatCount),
  known(topic.recordsPerSecond, formatRate),
  known(topic.bytesPerSecond, formatByteRate),
  known(topic.skewMaxOverMean, formatTimes),
  known(topic.skewExpectedByChance, formatTimes),
  known(topic.lagRecords, formatCount),
  replicaWords(topic),
]

const replicaWords = (topic: Tick['topics'][number]): string => {
  if (topic.leaderless > 0) return `${formatCount(topic.leaderless)} without leader`
  return topic.underReplicated > 0 ? `${formatCount(topic.underReplicated)} behind` : 'in sync'
}

const brokerColumns: readonly Column[] = [
  { title: 'BROKER', align: 'right' },
  { title: 'ADDRESS' },
  { title: 'RACK' },
  { title: 'STATE' },
  { title: 'LEADERS', align: 'right' },
  { title: 'REPLICAS', align: 'right' },
  { title: 'SIZE', align: 'right' },
]

const brokerCells = (broker: Tick['cluster']['brokers'][number]): readonly string[] => [
  String(broker.id),
  // of a broker that was gone before the first look only its number is known
  broker.port === 0 ? 'unknown' : `${broker.host}:${broker.port}`,
  broker.rack ?? 'none',
  broker.alive ? (broker.controller ? 'answers, controller' : 'answers') : 'gone',
  formatCount(broker.leaders),
  formatCount(broker.replicas),
  known(broker.sizeBytes, formatBytes),
]
