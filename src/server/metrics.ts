import type { ClusterHealth, GroupHealth, TopicHealth } from '../core/health/index.ts'
import type { LiveState } from '../runtime/live-state.ts'

/**
 * What is known now in Prometheus' text format 0.0.4, from memory: a scrape asks no broker and is answered also when
 * there is none. What is not known has no sample; a 0 would be a claim.
 *
 * Two dialects. `lanekeeper_…` names carry their units. `kafka_…` names are those of kafka_exporter, so that
 * dashboards and rules written for it work as they are. Text is put together by hand: a metrics library keeps one
 * object per series, which at 200,000 of them costs half a second a scrape.
 */
export const metricsText = (live: LiveState, nowWallMs: number): string => {
  const lines: string[] = []
  const health = live.health()
  const judged = live.judgement()
  const write = writer(lines)
  write('lanekeeper_cluster_up', 'Whether the last look at the cluster succeeded.', [
    ['', health.status === 'ok' || health.status === 'degraded' ? 1 : 0],
  ])
  write('lanekeeper_observation_age_seconds', 'Age of the figures below.', [
    ['', health.observedAt === null ? NaN : Math.max(0, nowWallMs - Date.parse(health.observedAt)) / 1000],
  ])
  write('lanekeeper_observe_interval_seconds', 'Pace of looking; grows when brokers answer slowly.', [
    ['', health.observeIntervalMs / 1000],
  ])
  write(
    'lanekeeper_findings',
    'Open findings by severity.',
    (['act', 'warning', 'info'] as const).map(severity => [
      label('severity', severity),
      live.tick().findings.filter(finding => finding.severity === severity).length,
    ]),
  )
  if (judged !== null) {
    writeBrokers(write, judged)
    writeTopics(write, [...judged.topics.values()])
    writeGroups(write, judged.groups)
  }
  return `${lines.join('\n')}\n`
}

/** Labels as text between the braces, and the value. */
type Sample = readonly [string, number]
type Write = (name: string, help: string, samples: readonly Sample[]) => void

/** Everything here is a gauge: offsets are counters in spirit, but they fall when a topic is recreated. */
const writer =
  (lines: string[]): Write =>
  (name, help, samples) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`)
    for (const [labels, value] of samples) {
      if (Number.isNaN(value)) continue
      lines.push(labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`)
    }
  }

const labelLengthMax = 255

/** Names come from Kafka: cut, and escaped as the format asks. */
const label = (name: string, content: string): string =>
  `${name}="${content
    .slice(0, labelLengthMax)
    .replace(/[\\"\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))}"`

/** The labels of each partition, made once for all metrics that carry them. */
const partitionLabels = (prefix: string, topic: string, partitions: number): readonly string[] => {
  const start = `${prefix}${label('topic', topic)},partition="`
  return Array.from({ length: partitions }, (_, p) => `${start}${p}"`)
}

const writeBrokers = (write: Write, judged: ClusterHealth): void => {
  const { brokers } = judged
  const alive = brokers.filter(broker => broker.info.alive)
  write('kafka_brokers', 'Brokers that answer.', [['', alive.length]])
  write(
    'lanekeeper_broker_up',
    'Whether the broker is registered.',
    brokers.map(broker => [`broker="${broker.info.id}"`, broker.info.alive ? 1 : 0]),
  )
  write(
    'lanekeeper_broker_leaders',
    'Partitions the broker leads.',
    brokers.map(broker => [`broker="${broker.info.id}"`, broker.leaders]),
  )
  write(
    'lanekeeper_broker_disk_used_bytes',
    'Bytes of partition data on the broker.',
    brokers.map(broker => [`broker="${broker.info.id}"`, broker.disk?.usedBytes ?? NaN]),
  )
}

const writeTopics = (write: Write, topics: readonly TopicHealth[]): void => {
  const perTopic = (value: (topic: TopicHealth) => number): Sample[] =>
    topics.map(topic => [label('topic', topic.info.name), value(topic)])
  const labels = topics.map(topic => partitionLabels('', topic.info.name, topic.info.partitions.length))
  const perPartition = (value: (topic: TopicHealth, p: number) => number): Sample[] =>
    topics.flatMap((topic, t) => (labels[t] ?? []).map((each, p): Sample => [each, value(topic, p)]))
  const info = (topic: TopicHealth, p: number) => topic.info.partitions[p]

  write(
    'lanekeeper_topic_skew_ratio',
    'Largest over mean of records per second over partitions.',
    perTopic(topic => topic.skew.maxOverMean),
  )
  write(
    'lanekeeper_topic_skew_by_chance_ratio',
    'What chance alone gives for that many records.',
    perTopic(topic => topic.skew.expectedByChance),
  )
  write(
    'lanekeeper_partition_records_per_second',
    'Records written per second over the rate window.',
    perPartition((topic, p) => topic.recordsPerSecond[p] ?? NaN),
  )
  write(
    'lanekeeper_partition_bytes_per_second',
    'Bytes written per second, by mean size of retained records.',
    perPartition((topic, p) => topic.bytesPerSecond[p] ?? NaN),
  )
  write(
    'lanekeeper_partition_size_bytes',
    "Bytes of the leader's replica on disk.",
    perPartition((topic, p) => topic.sizeBytes[p] ?? NaN),
  )
  write(
    'kafka_topic_partitions',
    'Number of partitions of the topic.',
    perTopic(topic => topic.info.partitions.length),
  )
  write(
    'kafka_topic_partition_current_offset',
    'End offset of the partition.',
    perPartition((topic, p) => topic.end[p] ?? NaN),
  )
  write(
    'kafka_topic_partition_oldest_offset',
    'First offset still retained.',
    perPartition((topic, p) => topic.start[p] ?? NaN),
  )
  write(
    'kafka_topic_partition_leader',
    'Broker that leads the partition.',
    perPartition((topic, p) => info(topic, p)?.leader ?? NaN),
  )
  write(
    'kafka_topic_partition_replicas',
    'Number of replicas.',
    perPartition((topic, p) => info(topic, p)?.replicas.length ?? NaN),
  )
  write(
    'kafka_topic_partition_in_sync_replica',
    'Number of replicas in sync.',
    perPartition((topic, p) => info(topic, p)?.isr.length ?? NaN),
  )
  write(
    'kafka_topic_partition_leader_is_preferred',
    '1 when the first replica leads.',
    perPartition((topic, p) => {
      const partition = info(topic, p)
      return partition === undefined ? NaN : Number(partition.leader === partition.replicas[0])
    }),
  )
  write(
    'kafka_topic_partition_under_replicated_partition',
    '1 when a replica is out of sync.',
    perPartition((topic, p) => {
      const partition = info(topic, p)
      return partition === undefined ? NaN : Number(partition.isr.length < partition.replicas.length)
    }),
  )
}

const groupLabel = (group: GroupHealth): string => label('consumergroup', group.observed.groupId)

const verdicts = ['ok', 'unknown', 'warning', 'rewinding', 'stalled', 'stopped'] as const

const writeGroups = (write: Write, groups: readonly GroupHealth[]): void => {
  const perGroup = (value: (group: GroupHealth) => number): Sample[] =>
    groups.map(group => [groupLabel(group), value(group)])
  const columns = groups.flatMap(group =>
    group.topics.map(topic => ({
      topic,
      labels: partitionLabels(`${groupLabel(group)},`, topic.topic, topic.lagRecords.length),
    })),
  )
  const perPartition = (column: 'committed' | 'lagRecords' | 'lagMs', scale = 1): Sample[] =>
    columns.flatMap(({ topic, labels }) =>
      labels.map((each, p): Sample => [each, (topic[column][p] ?? NaN) * scale]),
    )
  write(
    'lanekeeper_group_verdict',
    '1 for the verdict in force.',
    groups.flatMap(group =>
      verdicts.map(
        (verdict): Sample => [`${groupLabel(group)},verdict="${verdict}"`, Number(group.verdict === verdict)],
      ),
    ),
  )
  write(
    'lanekeeper_group_lag_seconds',
    'Age of the oldest record not yet committed.',
    perPartition('lagMs', 0.001),
  )
  write(
    'lanekeeper_group_processed_per_second',
    'Commits move by this many records per second.',
    perGroup(group => group.processedPerSecond),
  )
  write(
    'kafka_consumergroup_members',
    'Members of the group.',
    perGroup(group => group.observed.members.length),
  )
  write('kafka_consumergroup_current_offset', 'Committed offset.', perPartition('committed'))
  write('kafka_consumergroup_lag', 'Records not yet committed.', perPartition('lagRecords'))
  write(
    'kafka_consumergroup_lag_sum',
    'Records not yet committed, over the partitions of the topic that are known.',
    groups.flatMap(group =>
      group.topics.map(
        (topic): Sample => [
          `${groupLabel(group)},${label('topic', topic.topic)}`,
          topic.lagRecords.reduce((sum, lag) => (Number.isNaN(lag) ? sum : sum + lag), 0),
        ],
      ),
    ),
  )
}
