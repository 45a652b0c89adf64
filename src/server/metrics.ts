import { z } from 'zod'
import { silenceOf } from '../core/alerts/index.ts'
import { verdictOrder, type ClusterHealth, type GroupHealth, type TopicHealth } from '../core/health/index.ts'
import { LanekeeperError } from '../core/model/index.ts'
import type { AlertKeeper } from '../runtime/alerts/keeper.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { type WatchedProducer, writeProducer } from './producer-metrics.ts'
import { createExposition, label, partitionLabels, type Exposition, type Sample } from './exposition.ts'

/**
 * What is known now for Prometheus, from memory: a scrape asks no broker and is answered also when there is none. What
 * is not known has no sample; a 0 would be a claim.
 *
 * Two dialects. `lanekeeper_…` names carry their units. `kafka_…` names are those of kafka_exporter, so that
 * dashboards and rules written for it work as they are.
 *
 * Granularity bounds what a Prometheus has to keep: per partition, per topic, or per group only. Coarse figures are
 * written first, so that the cap on series takes away the finest ones; how many is told, never hidden.
 */
export interface MetricsOptions {
  readonly granularity: Granularity
  readonly seriesMax: number
}

export const granularities = ['partition', 'topic', 'group'] as const
export type Granularity = (typeof granularities)[number]

export interface Metrics {
  text(granularity: Granularity): string
  /** A scrape may ask for less than the server is set to, never for more. Throws REQUEST_INVALID. */
  granularityOf(query: unknown): Granularity
}

/** Some 12 MB of text; a Prometheus of ordinary size takes it. */
export const defaultMetrics: MetricsOptions = { granularity: 'partition', seriesMax: 200_000 }

export const createMetrics = (
  live: LiveState,
  alerts: AlertKeeper | null,
  wallMs: () => number,
  options: MetricsOptions = defaultMetrics,
  producers: () => readonly WatchedProducer[] = () => [],
): Metrics => ({
  granularityOf: query => {
    const parsed = querySchema.safeParse(query)
    if (!parsed.success)
      throw new LanekeeperError('REQUEST_INVALID', 'granularity is partition, topic or group.')
    const wanted = parsed.data.granularity ?? options.granularity
    const coarser = Math.max(granularities.indexOf(wanted), granularities.indexOf(options.granularity))
    return granularities[coarser] ?? options.granularity
  },
  text: granularity => {
    const to = createExposition(options.seriesMax)
    const judged = live.judgement()
    writeSelf(to, live, wallMs())
    if (alerts !== null) writeAlerts(to, alerts, wallMs())
    for (const each of producers()) writeProducer(to, each, granularity === 'partition')
    if (judged !== null) {
      writeBrokers(to, judged)
      writeGroups(to, judged.groups)
      if (granularity !== 'group') writeTopics(to, judged)
      if (granularity === 'partition') writePartitions(to, judged)
    }
    return to.text()
  },
})

const querySchema = z.object({ granularity: z.enum(granularities).optional() })

const writeSelf = (to: Exposition, live: LiveState, nowMs: number): void => {
  const health = live.health()
  to.write('lanekeeper_cluster_up', 'Whether the last look at the cluster succeeded.', [
    ['', health.status === 'ok' || health.status === 'degraded' ? 1 : 0],
  ])
  to.write('lanekeeper_observation_age_seconds', 'Age of the figures below.', [
    ['', health.observedAt === null ? NaN : Math.max(0, nowMs - Date.parse(health.observedAt)) / 1000],
  ])
  to.write('lanekeeper_observe_interval_seconds', 'Pace of looking; grows when brokers answer slowly.', [
    ['', health.observeIntervalMs / 1000],
  ])
  const { findings } = live.sight()
  to.write(
    'lanekeeper_findings',
    'Open findings by severity.',
    (['act', 'warning', 'info'] as const).map(severity => [
      label('severity', severity),
      findings.filter(finding => finding.severity === severity).length,
    ]),
  )
}

const writeAlerts = (to: Exposition, alerts: AlertKeeper, nowMs: number): void => {
  const book = alerts.book()
  to.write(
    'lanekeeper_alerts_firing',
    'Subjects that the rule fires on; silenced ones are not counted.',
    alerts.rules.map(rule => [
      `${label('rule', rule.name)},${label('severity', rule.severity)}`,
      [...book.alerts.values()].filter(
        alert =>
          alert.rule === rule.name && alert.state === 'firing' && silenceOf(book, alert, nowMs) === null,
      ).length,
    ]),
  )
}

const writeBrokers = (to: Exposition, { brokers }: ClusterHealth): void => {
  const perBroker = (value: (broker: (typeof brokers)[number]) => number): Sample[] =>
    brokers.map(broker => [label('broker', String(broker.info.id)), value(broker)])
  to.write('kafka_brokers', 'Brokers that answer.', [
    ['', brokers.filter(broker => broker.info.alive).length],
  ])
  to.write(
    'kafka_broker_info',
    'Address of the broker; always 1.',
    brokers.map(({ info }) => [
      `${label('id', String(info.id))},${label('address', `${info.host}:${info.port}`)}`,
      1,
    ]),
  )
  to.write(
    'lanekeeper_broker_up',
    'Whether the broker is registered.',
    perBroker(broker => (broker.info.alive ? 1 : 0)),
  )
  to.write(
    'lanekeeper_broker_leaders',
    'Partitions the broker leads.',
    perBroker(broker => broker.leaders),
  )
  to.write(
    'lanekeeper_broker_replicas',
    'Replicas the broker holds.',
    perBroker(broker => broker.replicas),
  )
  to.write(
    'lanekeeper_broker_records_per_second',
    'Records written per second to the partitions it leads.',
    perBroker(broker => broker.recordsPerSecond),
  )
  to.write(
    'lanekeeper_broker_disk_used_bytes',
    'Bytes of partition data on the broker.',
    perBroker(broker => broker.disk?.usedBytes ?? NaN),
  )
  to.write(
    'lanekeeper_broker_disk_total_bytes',
    'Size of the disks that hold them.',
    perBroker(broker => broker.disk?.totalBytes ?? NaN),
  )
  to.write(
    'lanekeeper_broker_disk_usable_bytes',
    'Bytes that are left on them.',
    perBroker(broker => broker.disk?.usableBytes ?? NaN),
  )
}

const groupLabel = (group: GroupHealth): string => label('consumergroup', group.observed.groupId)

const writeGroups = (to: Exposition, groups: readonly GroupHealth[]): void => {
  const perGroup = (value: (group: GroupHealth) => number): Sample[] =>
    groups.map(group => [groupLabel(group), value(group)])
  to.write(
    'lanekeeper_group_verdict',
    '1 for the verdict in force.',
    groups.flatMap(group =>
      verdictOrder.map(
        (verdict): Sample => [
          `${groupLabel(group)},${label('verdict', verdict)}`,
          Number(group.verdict === verdict),
        ],
      ),
    ),
  )
  to.write(
    'lanekeeper_group_lag_records',
    'Records not yet committed, over the partitions that are known.',
    perGroup(group => group.lagRecords),
  )
  to.write(
    'lanekeeper_group_lag_seconds_max',
    'Age of the oldest record not yet committed, over all partitions.',
    perGroup(group => group.lagMsMax / 1000),
  )
  to.write(
    'lanekeeper_group_processed_per_second',
    'Commits move by this many records per second.',
    perGroup(group => group.processedPerSecond),
  )
  to.write(
    'lanekeeper_group_idle_members',
    'Members without a partition.',
    perGroup(group => group.idleMembers),
  )
  to.write(
    'kafka_consumergroup_members',
    'Members of the group.',
    perGroup(group => group.observed.members.length),
  )
}

const sumOfKnown = (column: Float64Array): number =>
  column.reduce((sum, value) => (Number.isNaN(value) ? sum : Number.isNaN(sum) ? value : sum + value), NaN)

const writeTopics = (to: Exposition, { topics, groups }: ClusterHealth): void => {
  const perTopic = (value: (topic: TopicHealth) => number): Sample[] =>
    [...topics.values()].map(topic => [label('topic', topic.info.name), value(topic)])
  const perGroup = (column: 'committed' | 'lagRecords'): Sample[] =>
    groups.flatMap(group =>
      group.topics.map(
        (topic): Sample => [`${groupLabel(group)},${label('topic', topic.topic)}`, sumOfKnown(topic[column])],
      ),
    )
  to.write(
    'lanekeeper_topic_records_per_second',
    'Records written per second over the rate window.',
    perTopic(topic => sumOfKnown(topic.recordsPerSecond)),
  )
  to.write(
    'lanekeeper_topic_bytes_per_second',
    'Bytes written per second.',
    perTopic(topic => sumOfKnown(topic.bytesPerSecond)),
  )
  to.write(
    'lanekeeper_topic_size_bytes',
    "Bytes of the leaders' replicas on disk.",
    perTopic(topic => sumOfKnown(topic.sizeBytes)),
  )
  to.write(
    'lanekeeper_topic_skew_ratio',
    'Largest over mean of records per second over partitions.',
    perTopic(topic => topic.skew.maxOverMean),
  )
  to.write(
    'lanekeeper_topic_skew_by_chance_ratio',
    'What chance alone gives for that many records.',
    perTopic(topic => topic.skew.expectedByChance),
  )
  to.write(
    'lanekeeper_topic_under_replicated_partitions',
    'Partitions with a replica out of sync.',
    perTopic(topic => topic.underReplicated),
  )
  to.write(
    'lanekeeper_topic_leaderless_partitions',
    'Partitions without a leader.',
    perTopic(topic => topic.leaderless),
  )
  to.write(
    'kafka_topic_partitions',
    'Number of partitions of the topic.',
    perTopic(topic => topic.info.partitions.length),
  )
  to.write(
    'kafka_consumergroup_lag_sum',
    'Records not yet committed, over the partitions of the topic that are known.',
    perGroup('lagRecords'),
  )
  to.write(
    'kafka_consumergroup_current_offset_sum',
    'Committed offsets, over the partitions of the topic that have one.',
    perGroup('committed'),
  )
}

const writePartitions = (to: Exposition, { topics, groups }: ClusterHealth): void => {
  const columns = [...topics.values()].map(topic => ({
    topic,
    labels: partitionLabels('', topic.info.name, topic.info.partitions.length),
  }))
  const perPartition = (
    name: string,
    help: string,
    value: (topic: TopicHealth, p: number) => number,
  ): void => {
    const samples = columns.flatMap(({ topic, labels }) =>
      labels.map((each, p): Sample => [each, value(topic, p)]),
    )
    to.write(name, help, samples)
  }
  const info = (topic: TopicHealth, p: number) => topic.info.partitions[p]
  const ofInfo =
    (value: (partition: TopicHealth['info']['partitions'][number]) => number) =>
    (topic: TopicHealth, p: number): number => {
      const partition = info(topic, p)
      return partition === undefined ? NaN : value(partition)
    }
  perPartition(
    'lanekeeper_partition_records_per_second',
    'Records written per second over the rate window.',
    (topic, p) => topic.recordsPerSecond[p] ?? NaN,
  )
  perPartition(
    'lanekeeper_partition_bytes_per_second',
    'Bytes written per second, by mean size of retained records.',
    (topic, p) => topic.bytesPerSecond[p] ?? NaN,
  )
  perPartition(
    'lanekeeper_partition_size_bytes',
    "Bytes of the leader's replica on disk.",
    (topic, p) => topic.sizeBytes[p] ?? NaN,
  )
  perPartition(
    'kafka_topic_partition_current_offset',
    'End offset of the partition.',
    (topic, p) => topic.end[p] ?? NaN,
  )
  perPartition(
    'kafka_topic_partition_oldest_offset',
    'First offset still retained.',
    (topic, p) => topic.start[p] ?? NaN,
  )
  perPartition(
    'kafka_topic_partition_leader',
    'Broker that leads the partition.',
    ofInfo(partition => partition.leader ?? NaN),
  )
  perPartition(
    'kafka_topic_partition_replicas',
    'Number of replicas.',
    ofInfo(partition => partition.replicas.length),
  )
  perPartition(
    'kafka_topic_partition_in_sync_replica',
    'Number of replicas in sync.',
    ofInfo(partition => partition.isr.length),
  )
  perPartition(
    'kafka_topic_partition_leader_is_preferred',
    '1 when the first replica leads.',
    ofInfo(partition => Number(partition.leader === partition.replicas[0])),
  )
  perPartition(
    'kafka_topic_partition_under_replicated_partition',
    '1 when a replica is out of sync.',
    ofInfo(partition => Number(partition.isr.length < partition.replicas.length)),
  )

  const reading = groups.flatMap(group =>
    group.topics.map(topic => ({
      topic,
      labels: partitionLabels(`${groupLabel(group)},`, topic.topic, topic.lagRecords.length),
    })),
  )
  const perReader = (column: 'committed' | 'lagRecords' | 'lagMs', scale = 1): Sample[] =>
    reading.flatMap(({ topic, labels }) =>
      labels.map((each, p): Sample => [each, (topic[column][p] ?? NaN) * scale]),
    )
  to.write('kafka_consumergroup_current_offset', 'Committed offset.', perReader('committed'))
  to.write('kafka_consumergroup_lag', 'Records not yet committed.', perReader('lagRecords'))
  to.write(
    'lanekeeper_group_lag_seconds',
    'Age of the oldest record not yet committed.',
    perReader('lagMs', 0.001),
  )
}
