import { silenceOf } from '../core/alerts/index.ts'
import {
  type BrokerHealth,
  type GroupHealth,
  sumKnown,
  type TopicHealth,
  verdictOrder,
} from '../core/health/index.ts'
import type { AlertKeeper } from '../runtime/alerts/keeper.ts'
import type { LiveState } from '../runtime/live-state.ts'
import { label, type Sample } from './exposition.ts'

/**
 * Metrics with their help; those with a series for each partition are in metric-columns.ts. Two dialects: `lanekeeper_…`
 * names carry their units; `kafka_…` names are those of kafka_exporter, so that dashboards and rules written for it work
 * as they are.
 */
export interface Family<Subject> {
  readonly name: string
  readonly help: string
  readonly samples: (subject: Subject) => readonly Sample[]
}

const severities = ['act', 'warning', 'info'] as const

/** One sample, and no label. */
const one = <Subject>(name: string, help: string, value: (subject: Subject) => number): Family<Subject> => ({
  name,
  help,
  samples: subject => [['', value(subject)]],
})

/** A sample for each item of a list. */
const each =
  <Item>(labelsOf: (item: Item) => string) =>
  (name: string, help: string, value: (item: Item) => number): Family<readonly Item[]> => ({
    name,
    help,
    samples: items => items.map(item => [labelsOf(item), value(item)]),
  })

export const familiesOfSelf: readonly Family<{ readonly live: LiveState; readonly nowMs: number }>[] = [
  one('lanekeeper_cluster_up', 'Whether the last look at the cluster succeeded.', ({ live }) =>
    Number(['ok', 'degraded'].includes(live.health().status)),
  ),
  one('lanekeeper_observation_age_seconds', 'Age of the figures below.', ({ live, nowMs }) => {
    const { observedAt } = live.health()
    return observedAt === null ? NaN : Math.max(0, nowMs - Date.parse(observedAt)) / 1000
  }),
  one(
    'lanekeeper_observe_interval_seconds',
    'Pace of looking; grows when brokers answer slowly.',
    ({ live }) => live.health().observeIntervalMs / 1000,
  ),
  {
    name: 'lanekeeper_findings',
    help: 'Open findings by severity.',
    samples: ({ live }) => {
      const { findings } = live.sight()
      return severities.map(severity => [
        label('severity', severity),
        findings.filter(finding => finding.severity === severity).length,
      ])
    },
  },
]

export const familiesOfAlerts: readonly Family<{
  readonly alerts: AlertKeeper
  readonly nowMs: number
}>[] = [
  {
    name: 'lanekeeper_alerts_firing',
    help: 'Subjects that the rule fires on; silenced ones are not counted.',
    samples: ({ alerts, nowMs }) => {
      const book = alerts.book()
      const firing = [...book.alerts.values()].filter(
        alert => alert.state === 'firing' && silenceOf(book, alert, nowMs) === null,
      )
      return alerts.rules.map(rule => [
        `${label('rule', rule.name)},${label('severity', rule.severity)}`,
        firing.filter(alert => alert.rule === rule.name).length,
      ])
    },
  },
]

const perBroker = each<BrokerHealth>(({ info }) => label('broker', String(info.id)))

export const familiesOfBrokers: readonly Family<readonly BrokerHealth[]>[] = [
  one('kafka_brokers', 'Brokers that answer.', brokers => brokers.filter(({ info }) => info.alive).length),
  each<BrokerHealth>(
    ({ info }) => `${label('id', String(info.id))},${label('address', `${info.host}:${info.port}`)}`,
  )('kafka_broker_info', 'Address of the broker; always 1.', () => 1),
  perBroker('lanekeeper_broker_up', 'Whether the broker is registered.', ({ info }) => Number(info.alive)),
  perBroker('lanekeeper_broker_leaders', 'Partitions the broker leads.', ({ leaders }) => leaders),
  perBroker('lanekeeper_broker_replicas', 'Replicas the broker holds.', ({ replicas }) => replicas),
  perBroker(
    'lanekeeper_broker_records_per_second',
    'Records written per second to the partitions it leads.',
    broker => broker.recordsPerSecond,
  ),
  perBroker(
    'lanekeeper_broker_disk_used_bytes',
    'Bytes of partition data on the broker.',
    ({ disk }) => disk?.usedBytes ?? NaN,
  ),
  perBroker(
    'lanekeeper_broker_disk_total_bytes',
    'Size of the disks that hold them.',
    ({ disk }) => disk?.totalBytes ?? NaN,
  ),
  perBroker(
    'lanekeeper_broker_disk_usable_bytes',
    'Bytes that are left on them.',
    ({ disk }) => disk?.usableBytes ?? NaN,
  ),
]

const groupLabel = ({ observed }: GroupHealth): string => label('consumergroup', observed.groupId)
const perGroup = each(groupLabel)

export const familiesOfGroups: readonly Family<readonly GroupHealth[]>[] = [
  {
    name: 'lanekeeper_group_verdict',
    help: '1 for the verdict in force.',
    samples: groups =>
      groups.flatMap(group =>
        verdictOrder.map(
          (verdict): Sample => [
            `${groupLabel(group)},${label('verdict', verdict)}`,
            Number(group.verdict === verdict),
          ],
        ),
      ),
  },
  perGroup(
    'lanekeeper_group_lag_records',
    'Records not yet committed, over the partitions that are known.',
    group => group.lagRecords,
  ),
  perGroup(
    'lanekeeper_group_lag_seconds_max',
    'Age of the oldest record not yet committed, over all partitions.',
    group => group.lagMsMax / 1000,
  ),
  perGroup(
    'lanekeeper_group_processed_per_second',
    'Commits move by this many records per second.',
    group => group.processedPerSecond,
  ),
  perGroup('lanekeeper_group_idle_members', 'Members without a partition.', group => group.idleMembers),
  perGroup('kafka_consumergroup_members', 'Members of the group.', ({ observed }) => observed.members.length),
]

const perTopic = each<TopicHealth>(({ info }) => label('topic', info.name))

export const familiesOfTopics: readonly Family<readonly TopicHealth[]>[] = [
  perTopic('lanekeeper_topic_records_per_second', 'Records written per second over the rate window.', topic =>
    sumKnown(topic.recordsPerSecond),
  ),
  perTopic('lanekeeper_topic_bytes_per_second', 'Bytes written per second.', topic =>
    sumKnown(topic.bytesPerSecond),
  ),
  perTopic('lanekeeper_topic_size_bytes', "Bytes of the leaders' replicas on disk.", topic =>
    sumKnown(topic.sizeBytes),
  ),
  perTopic(
    'lanekeeper_topic_skew_ratio',
    'Largest over mean of records per second over partitions.',
    topic => topic.skew.maxOverMean,
  ),
  perTopic(
    'lanekeeper_topic_skew_by_chance_ratio',
    'What chance alone gives for that many records.',
    topic => topic.skew.expectedByChance,
  ),
  perTopic(
    'lanekeeper_topic_under_replicated_partitions',
    'Partitions with a replica out of sync.',
    topic => topic.underReplicated,
  ),
  perTopic(
    'lanekeeper_topic_leaderless_partitions',
    'Partitions without a leader.',
    topic => topic.leaderless,
  ),
  perTopic(
    'kafka_topic_partitions',
    'Number of partitions of the topic.',
    ({ info }) => info.partitions.length,
  ),
]

/** A sample for each topic that a group reads: the sum of what is known of its partitions. */
const perTopicReader = (
  name: string,
  help: string,
  column: 'committed' | 'lagRecords',
): Family<readonly GroupHealth[]> => ({
  name,
  help,
  samples: groups =>
    groups.flatMap(group =>
      group.topics.map(
        (topic): Sample => [`${groupLabel(group)},${label('topic', topic.topic)}`, sumKnown(topic[column])],
      ),
    ),
})

export const familiesOfTopicReaders: readonly Family<readonly GroupHealth[]>[] = [
  perTopicReader(
    'kafka_consumergroup_lag_sum',
    'Records not yet committed, over the partitions of the topic that are known.',
    'lagRecords',
  ),
  perTopicReader(
    'kafka_consumergroup_current_offset_sum',
    'Committed offsets, over the partitions of the topic that have one.',
    'committed',
  ),
]
