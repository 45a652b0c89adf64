import { Command } from 'commander'
import { formatBytes, formatCount, type TopicInfo } from '../core/model/index.ts'
import type { Cluster } from '../ports/cluster.ts'
import { unknownTopic } from './known-topic.ts'
import { type Column, printJson, printTable, say } from './output.ts'
import { addTargetOptions, type TargetFlags, withCluster } from './target-options.ts'
import type { World } from './world.ts'

interface TopicsFlags extends TargetFlags {
  readonly internal: boolean
}

/** `topics`: one line for each topic. */
export const topicsCommand = (world: World): Command =>
  addTargetOptions(new Command('topics'))
    .description('List topics: partitions, replicas, leaders, records retained, size.')
    .argument('[names...]', 'only these topics')
    .option('--internal', "also Kafka's own topics", false)
    .addHelpText(
      'before',
      `Examples:
  lanekeeper topics
  lanekeeper topics user-actions --bootstrap-server kafka:9092 --json
`,
    )
    .action(async (names: readonly string[], flags: TopicsFlags) =>
      withCluster(world, flags, null, ({ cluster }) => topics(world, cluster, names, flags)),
    )

interface TopicRow {
  readonly topic: string
  readonly partitions: number
  /** Smallest and largest number of replicas of a partition; they differ while replicas are moved, or by mistake. */
  readonly replicationFactorMin: number
  readonly replicationFactorMax: number
  readonly leaderless: number
  readonly underReplicated: number
  /** Null: some partition's leader did not answer. */
  readonly records: number | null
  readonly sizeBytes: number | null
}

const topics = async (
  world: World,
  cluster: Cluster,
  names: readonly string[],
  flags: TopicsFlags,
): Promise<void> => {
  const { io } = world
  const snapshot = await cluster.describe(names.length === 0 ? {} : { topics: names })
  const missing = names.find(name => !snapshot.topics.has(name))
  if (missing !== undefined) throw await unknownTopic(cluster, missing, flags)
  const shown = [...snapshot.topics.values()]
    .filter(topic => flags.internal || names.length > 0 || !topic.internal)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const wanted = shown.map(topic => topic.name)
  const [offsets, { sizes }] = await Promise.all([
    cluster.readOffsets(snapshot, wanted),
    cluster.readSizes(snapshot, wanted),
  ])
  const rows = shown.map(topic => {
    const { end, start } = offsets.get(topic.name) ?? {}
    return rowOf(
      topic,
      sum(end?.map((offset, index) => offset - (start?.[index] ?? Number.NaN))),
      sum(sizes.get(topic.name)?.sizeBytes),
    )
  })
  if (flags.json) printJson(io, rows)
  else if (rows.length === 0)
    say(io, `${cluster.bootstrapServer} has no topics. Declare some: lanekeeper apply FILE`)
  else printTable(io, columns, rows.map(cells))
}

const rowOf = (topic: TopicInfo, records: number | null, sizeBytes: number | null): TopicRow => {
  const replicas = topic.partitions.map(partition => partition.replicas.length)
  return {
    topic: topic.name,
    partitions: topic.partitions.length,
    replicationFactorMin: replicas.reduce((a, b) => Math.min(a, b), replicas[0] ?? 0),
    replicationFactorMax: replicas.reduce((a, b) => Math.max(a, b), 0),
    leaderless: topic.partitions.filter(partition => partition.leader === null).length,
    underReplicated: topic.partitions.filter(partition => partition.isr.length < partition.replicas.length)
      .length,
    records,
    sizeBytes,
  }
}

/** Null when any part is unknown: a sum of what happened to answer would look like a loss. */
const sum = (column: Float64Array | undefined): number | null => {
  const total = column?.reduce((a, b) => a + b, 0) ?? Number.NaN
  return Number.isNaN(total) ? null : total
}

const columns: readonly Column[] = [
  { title: 'TOPIC' },
  { title: 'PARTITIONS', align: 'right' },
  { title: 'REPLICAS', align: 'right' },
  { title: 'LEADERS' },
  { title: 'IN SYNC' },
  { title: 'RECORDS', align: 'right' },
  { title: 'SIZE', align: 'right' },
]

const cells = (row: TopicRow): readonly string[] => [
  row.topic,
  formatCount(row.partitions),
  row.replicationFactorMin === row.replicationFactorMax
    ? String(row.replicationFactorMax)
    : `${row.replicationFactorMin} to ${row.replicationFactorMax}`,
  row.leaderless === 0 ? 'all' : `${formatCount(row.leaderless)} missing`,
  row.underReplicated === 0 ? 'all' : `${formatCount(row.underReplicated)} behind`,
  formatCount(row.records ?? Number.NaN),
  formatBytes(row.sizeBytes ?? Number.NaN),
]
