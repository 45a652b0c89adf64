import {
  type BrokerDisk,
  type ClusterSnapshot,
  formatBytes,
  formatCount,
  formatDuration,
  type TopicInfo,
  type TopicSizes,
} from '../model/index.ts'
import { leaderFindings } from './lint-leaders.ts'
import { rackFindings } from './lint-racks.ts'
import { type TopicDraft, type TopicFinding, topicRules } from './topic-rules.ts'

export interface TopicLintInput {
  /** The topics to look at, with all configs in force. */
  readonly snapshot: ClusterSnapshot
  /** Bytes of each partition; a topic may be absent. */
  readonly sizes: ReadonlyMap<string, TopicSizes>
  readonly disks: readonly BrokerDisk[]
}

/**
 * What is wrong with topics as they are set up, before it becomes an outage: settings and places alone, whatever the
 * traffic. Each rule looks at one topic, `racks` and `leaders` at all of them together as well; a finding says what is
 * so, why it matters and what to do. What goes wrong at the moment (a broker that is gone, a copy that is behind) is
 * the business of `src/core/health`.
 *
 * Configs have to be those in force. A setting that the cluster did not tell is judged by no rule: unknown is neither
 * right nor wrong. Sources: org.apache.kafka.common.config.TopicConfig; UnifiedLog.deleteOldSegments for what
 * retention deletes.
 *
 * @returns all findings, by rule in the order of the table, then by topic
 */
export const lintTopics = (input: TopicLintInput): readonly TopicFinding[] => {
  const topics = [...input.snapshot.topics.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const drafts = [
    ...topics.flatMap(topic => [
      ...replicationFactor(topic, input.snapshot.brokers.length),
      ...minInsyncReplicas(topic),
      ...retention(topic, input),
      ...segments(topic),
      ...compaction(topic),
      ...uncleanElection(topic),
    ]),
    ...rackFindings(topics, input.snapshot.brokers),
    ...leaderFindings(topics, input.snapshot.brokers),
  ]
  const rank = Object.keys(topicRules)
  return drafts
    .map(draft => ({ ...draft, why: topicRules[draft.rule] }))
    .toSorted((a, b) => rank.indexOf(a.rule) - rank.indexOf(b.rule))
}

const replicationFactor = ({ name, partitions }: TopicInfo, brokers: number): readonly TopicDraft[] => {
  const copies = partitions.map(partition => partition.replicas.length)
  const fewest = Math.min(...copies)
  const most = Math.max(...copies)
  const base = { rule: 'replication-factor', topic: name } as const
  if (fewest === 1 && brokers > 1) {
    const alone = copies.filter(count => count === 1).length
    return [
      {
        ...base,
        severity: 'critical',
        sentence:
          alone === copies.length
            ? 'each partition has one copy.'
            : `${formatCount(alone)} of ${formatCount(copies.length)} partitions have one copy.`,
        advice: `Give it ${Math.min(3, brokers)} copies with kafka-reassign-partitions.sh, and declare replication-factor: ${Math.min(3, brokers)}.`,
      },
    ]
  }
  if (fewest !== most)
    return [
      {
        ...base,
        severity: 'warning',
        sentence: `partitions have ${fewest} to ${most} copies.`,
        advice: 'If no reassignment is running, one was left unfinished: give all partitions as many copies.',
      },
    ]
  if (fewest === 2 && brokers > 2)
    return [
      {
        ...base,
        severity: 'warning',
        sentence: 'each partition has two copies.',
        advice:
          'With two, either one lost broker stops writers (min.insync.replicas 2) or a second loses acknowledged records (1). Three copies have neither.',
      },
    ]
  return []
}

const minInsyncReplicas = (topic: TopicInfo): readonly TopicDraft[] => {
  const demanded = whole(topic, 'min.insync.replicas')
  const copies = Math.min(...topic.partitions.map(partition => partition.replicas.length))
  const base = { rule: 'min-insync-replicas', topic: topic.name } as const
  if (demanded > copies)
    return [
      {
        ...base,
        severity: 'critical',
        sentence: `min.insync.replicas is ${demanded} and there ${copies === 1 ? 'is' : 'are'} ${copiesOf(copies)}: every write with acks=all is refused.`,
        advice: `Set it to ${Math.max(1, copies - 1)}, or raise the replication factor first.`,
      },
    ]
  if (demanded === copies && copies > 1)
    return [
      {
        ...base,
        severity: 'warning',
        sentence: `min.insync.replicas is ${demanded} of ${copiesOf(copies)}: with one broker away nobody can write.`,
        advice: `Set it to ${copies - 1}: one broker may then be restarted while writers go on.`,
      },
    ]
  if (demanded === 1 && copies > 2)
    return [
      {
        ...base,
        severity: 'warning',
        sentence: `min.insync.replicas is 1 of ${copiesOf(copies)}: acks=all may mean one copy.`,
        advice:
          'Set it to 2: a record is then acknowledged only when a second broker has it, and one broker may still be away.',
      },
    ]
  return []
}

/** Of all disks together: above this share what a topic may keep is more than there is room for. */
const DISK_SHARE_MAX = 0.8

const retention = (topic: TopicInfo, { sizes, disks }: TopicLintInput): readonly TopicDraft[] => {
  if (!policyOf(topic).includes('delete')) return []
  const byTimeMs = whole(topic, 'retention.ms')
  const byBytes = whole(topic, 'retention.bytes')
  const base = { rule: 'retention', topic: topic.name, severity: 'warning' } as const
  if (byTimeMs === -1 && byBytes === -1)
    return [
      {
        ...base,
        sentence: 'nothing is ever deleted: retention.ms and retention.bytes are both -1.',
        advice:
          'Set retention.ms or retention.bytes; if it must keep everything, watch the disks (lanekeeper check does).',
      },
    ]
  if (!(byBytes > 0)) return []
  const copies = topic.partitions.reduce((sum, partition) => sum + partition.replicas.length, 0)
  const room = roomOf(topic, disks)
  if (copies * byBytes > room * DISK_SHARE_MAX)
    return [
      {
        ...base,
        sentence: `retention.bytes is per partition: ${formatBytes(byBytes)} in ${formatCount(copies)} replicas are ${formatBytes(copies * byBytes)}, and all disks have ${formatBytes(room)}.`,
        advice: `Divide what the topic may use by ${formatCount(copies)}, its partitions times their copies.`,
      },
    ]
  const full = sizes.get(topic.name)?.sizeBytes.filter(size => size >= byBytes).length ?? 0
  if (full > 0 && byTimeMs > 0)
    return [
      {
        ...base,
        sentence: `${formatCount(full)} of ${formatCount(topic.partitions.length)} partitions have reached retention.bytes (${formatBytes(byBytes)}): their records go before retention.ms (${formatDuration(byTimeMs)}) is over.`,
        advice:
          'Raise retention.bytes if readers count on the time; one hot partition reaches it long before the others.',
      },
    ]
  return []
}

/** Of all disks together; NaN while a broker that holds a copy does not tell, as when it is down. */
const roomOf = ({ partitions }: TopicInfo, disks: readonly BrokerDisk[]): number => {
  const told = new Set(disks.map(disk => disk.broker))
  return partitions.every(({ replicas }) => replicas.every(broker => told.has(broker)))
    ? disks.reduce((sum, disk) => sum + disk.totalBytes, 0)
    : Number.NaN
}

const segments = (topic: TopicInfo): readonly TopicDraft[] => {
  if (!policyOf(topic).includes('delete')) return []
  const byTimeMs = whole(topic, 'retention.ms')
  const byBytes = whole(topic, 'retention.bytes')
  const segmentMs = whole(topic, 'segment.ms')
  const segmentBytes = whole(topic, 'segment.bytes')
  const base = { rule: 'segments', topic: topic.name, severity: 'warning' } as const
  return [
    ...(byTimeMs > 0 && segmentMs > byTimeMs
      ? [
          {
            ...base,
            sentence: `retention.ms is ${formatDuration(byTimeMs)}, but a segment stays open for ${formatDuration(segmentMs)} (segment.ms): in a quiet partition a record may stay for ${formatDuration(byTimeMs + segmentMs)}.`,
            advice: `Set segment.ms to ${formatDuration(byTimeMs)} or less, above all where retention is a promise (personal data).`,
          },
        ]
      : []),
    ...(byBytes > 0 && segmentBytes > byBytes
      ? [
          {
            ...base,
            sentence: `retention.bytes is ${formatBytes(byBytes)}, but a segment grows to ${formatBytes(segmentBytes)} (segment.bytes): a partition may keep ${formatBytes(byBytes + segmentBytes)}.`,
            advice: `Set segment.bytes to a part of retention.bytes, such as ${formatBytes(byBytes / 4)}.`,
          },
        ]
      : []),
  ]
}

/** Names that others give to topics of which they read the last value of each key: Kafka Streams, Connect, registries. */
const changelogs = /-changelog$|^connect-(?:configs|offsets|status)\b|^_schemas$/

const compaction = (topic: TopicInfo): readonly TopicDraft[] => {
  const policy = policyOf(topic)
  if (!changelogs.test(topic.name) || policy.length === 0 || policy.includes('compact')) return []
  return [
    {
      rule: 'compaction',
      topic: topic.name,
      severity: 'critical',
      sentence: `it is a changelog by its name, and cleanup.policy is ${policy.join(',')}: keys not written within its retention are forgotten.`,
      advice: 'Set cleanup.policy to compact before the oldest state is cut off.',
    },
  ]
}

const uncleanElection = (topic: TopicInfo): readonly TopicDraft[] =>
  topic.configs?.get('unclean.leader.election.enable') === 'true' &&
  topic.partitions.some(partition => partition.replicas.length > 1)
    ? [
        {
          rule: 'unclean-leader-election',
          topic: topic.name,
          severity: 'critical',
          sentence:
            'unclean.leader.election.enable is true: acknowledged records can be lost, and readers go backwards.',
          advice: 'Set it to false, unless going on matters more than what was written.',
        },
      ]
    : []

/** NaN where the cluster does not tell; comparisons with it are false, so that no rule speaks. */
const whole = (topic: TopicInfo, key: string): number => Number(topic.configs?.get(key) ?? Number.NaN)

const policyOf = (topic: TopicInfo): readonly string[] =>
  (topic.configs?.get('cleanup.policy') ?? '')
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')

const copiesOf = (count: number): string => (count === 1 ? '1 copy' : `${count} copies`)
