import { expectedMaxOverMeanByChance, maxOverMeanByChanceUpper, skewOf } from '../../core/routing/index.ts'
import { diffTopics } from '../../core/topics/index.ts'
import { describeStep } from '../../core/plan/index.ts'
import type { World } from '../world.ts'
import type { RunFigures, TopicBalance } from './criteria.ts'
import { growthSince, type LogGrowth, sum } from './log-growth.ts'
import type { System } from './system.ts'

/** What the run shows at its end, read from the log, the groups and the records themselves. */
export const measureRun = async (world: World, system: System): Promise<RunFigures> => {
  const { readers, writer, config } = system
  const stats = writer?.producer.stats()
  const checks = [...readers.checks().values()]
  const total = (pick: (check: (typeof checks)[number]) => number): number =>
    checks.reduce((all, check) => all + pick(check), 0)
  const growth = await growthSince(
    system.mark,
    system.connection.cluster,
    world.clock,
    system.topicNames,
  ).catch(() => null)
  const acknowledged = stats?.recordsAcknowledged ?? 0
  const latency = readers.latency()
  return {
    topicProblems: growth === null ? ['the cluster does not answer'] : await topicProblems(system),
    leaderless: growth === null ? null : leaderless(growth),
    acknowledged,
    failed: stats?.recordsFailed ?? 0,
    inDoubt: stats?.recordsInDoubt ?? 0,
    lost: growth === null ? null : lostRecords(acknowledged, growth),
    reordered: total(check => check.reordered),
    duplicated: total(check => check.duplicated),
    missing: total(check => check.missing),
    unprocessed: await unprocessedRecords(system).catch(() => null),
    restAfterMs: system.restAfterMs(),
    latencyP50Ms: latency?.p50Ms ?? null,
    latencyP99Ms: latency?.p99Ms ?? null,
    balance: growth === null ? [] : config.topics.map(({ name }) => balanceOf(name, system, growth)),
  }
}

const topicProblems = async ({ connection, config, topicNames }: System): Promise<readonly string[]> => {
  const snapshot = await connection.cluster.describe({ topics: topicNames, configs: true })
  const plan = diffTopics(config.topics, snapshot)
  return [...plan.steps.map(describeStep), ...plan.refusals.map(({ message }) => message)]
}

const leaderless = ({ snapshot }: LogGrowth): number =>
  [...snapshot.topics.values()].flatMap(topic => topic.partitions).filter(({ leader }) => leader === null)
    .length

const lostRecords = (acknowledged: number, { records }: LogGrowth): number | null => {
  const grown = [...records.values()].reduce((total, partitions) => total + sum(partitions), 0)
  return Number.isNaN(grown) ? null : Math.max(0, acknowledged - grown)
}

/** End − committed over the groups of the file, as the cluster tells it. */
const unprocessedRecords = async ({ connection, config, topicNames }: System): Promise<number | null> => {
  const { cluster } = connection
  const snapshot = await cluster.describe({ topics: topicNames })
  const names = config.groups.map(({ name }) => name)
  const groups = await cluster.readGroups(snapshot, names)
  const offsets = await cluster.readOffsets(snapshot, topicNames)
  let left = 0
  for (const { name, topics } of config.groups) {
    const committed = groups?.find(({ groupId }) => groupId === name)?.committed
    for (const topic of topics) {
      const found = offsets.get(topic)
      if (found === undefined) return null
      found.end.forEach((end, partition) => {
        const from = Math.max(committed?.get(topic)?.[partition] || 0, found.start[partition] ?? Number.NaN)
        left += end - from
      })
    }
  }
  return Number.isNaN(left) ? null : left
}

const balanceOf = (topic: string, { writer }: System, { records }: LogGrowth): TopicBalance => {
  const perPartition = records.get(topic) ?? new Float64Array()
  const { total, mean, max } = skewOf(perPartition)
  const keys = writer?.distinctKeys.get(topic) ?? Number.POSITIVE_INFINITY
  return {
    topic,
    records: total,
    partitions: perPartition.length,
    maxOverMean: total > 0 ? max / mean : null,
    expectedMaxOverMean: expectedMaxOverMeanByChance(total, perPartition.length, keys),
    expectedMaxOverMeanUpper: maxOverMeanByChanceUpper(total, perPartition.length, keys),
    keysAreEven: !(writer?.unevenTopics.has(topic) ?? false),
  }
}
