import type { BrokerHealth, ClusterHealth, FindingDraft, GroupHealth } from '../health/index.ts'
import { heldOf, sentenceText } from '../health/index.ts'
import { formatMeasured, measures, type AlertMeasure } from './rule.ts'

/**
 * From a judgement to what rules compare: per measure one value for each subject.
 *
 * Grouping begins here. What has one cause is one value: 500 partitions that miss the copy on a dead broker are that
 * broker's reading and nobody else's; partitions without a leader are one count; a topic's hot partitions are the
 * hottest of them.
 *
 * What is not known is NaN, or null for a whole measure: alerts hold on it, they neither fire nor clear.
 */
export interface Reading {
  /** Stable name of what it is about: `user-actions`, `broker 2`, `cluster`. */
  readonly subject: string
  /** NaN: not known now. */
  readonly value: number
  /** One sentence for people. */
  readonly text: string
  /** Path within the page. */
  readonly href: string
}

export interface Sight {
  readonly reachable: boolean
  /** Null before the first look. */
  readonly health: ClusterHealth | null
  readonly findings: readonly FindingDraft[]
}

/** Null: nothing is known of this measure now. An empty list: nothing has it. */
export const readingsOf = (measure: AlertMeasure, sight: Sight): readonly Reading[] | null => {
  if (measure === 'cluster-unreachable') return unreachable(sight)
  const { health } = sight
  if (!sight.reachable || health === null) return null
  if (measure.startsWith('finding:')) return ofFindings(sight.findings, measure.slice('finding:'.length))
  switch (measure as keyof typeof measures) {
    case 'cluster-unreachable':
      return unreachable(sight)
    case 'broker-gone':
      return health.brokers.map(broker =>
        ofBroker(broker, sight, 'broker-gone', broker.info.alive ? 0 : 1, () => 'does not answer'),
      )
    case 'partitions-leaderless':
      return [leaderless(sight, health)]
    case 'partitions-under-replicated':
      return [underReplicated(sight, health)]
    case 'disk-used':
      return health.brokers.map(broker =>
        ofBroker(
          broker,
          sight,
          'disk-nearly-full',
          diskUsed(broker),
          value => `has used ${formatMeasured('disk-used', value)} of its disk`,
        ),
      )
    case 'leaders-over-share':
      return leadersOverShare(sight, health)
    case 'hot-partition':
      return hotPartitions(sight, health)
    case 'group-lag':
      return health.groups.map(group =>
        ofGroup(group, sight, 'group-behind', lagMs(group), value =>
          value === Infinity
            ? 'is behind by longer than history reaches'
            : `is ${formatMeasured('group-lag', value)} behind`,
        ),
      )
    case 'group-standing':
      return health.groups.map(group =>
        ofGroup(group, sight, standingKind(group), standing(group), () => 'stands still while records wait'),
      )
    case 'group-uncommitted':
      return health.groups.map(group =>
        ofGroup(
          group,
          sight,
          'nothing-committed',
          group.neverCommitted,
          value => `has committed nothing on ${formatMeasured('group-uncommitted', value)} partitions`,
        ),
      )
  }
}

/** Which finding says why it stands: of a stalled group its own consumers, where they do so for all of it. */
const standingKind = (group: GroupHealth): string => {
  if (group.verdict === 'stopped') return 'group-stopped'
  return heldOf(group.topics) === group.counts.stalled ? 'group-held' : 'group-stalled'
}

const unreachable = (sight: Sight): readonly Reading[] => {
  const finding = sight.findings.find(each => each.kind === 'cluster-unreachable')
  return [
    {
      subject: 'cluster',
      value: sight.reachable ? 0 : 1,
      text: finding === undefined ? 'No broker answers.' : sentenceText(finding.sentence),
      href: '/',
    },
  ]
}

const ofFindings = (findings: readonly FindingDraft[], kind: string): readonly Reading[] =>
  findings
    .filter(finding => finding.kind === kind)
    .map(finding => ({
      subject: finding.id.startsWith(`${kind}:`) ? finding.id.slice(kind.length + 1) : 'cluster',
      value: 1,
      text: sentenceText(finding.sentence),
      href: hrefOf(finding),
    }))

const hrefOf = (finding: FindingDraft): string => {
  if (finding.topic !== undefined) {
    const topic = `/topics/${encodeURIComponent(finding.topic)}`
    return finding.partition === undefined ? topic : `${topic}/${finding.partition}`
  }
  if (finding.groupId !== undefined) return `/groups/${encodeURIComponent(finding.groupId)}`
  return finding.broker === undefined ? '/' : '/brokers'
}

/** The finding's sentence where one is open on the same subject: it names the cause, which a threshold cannot. */
const sentenceOr = (sight: Sight, id: string, otherwise: string): string => {
  const finding = sight.findings.find(each => each.id === id)
  return finding === undefined ? otherwise : sentenceText(finding.sentence)
}

const ofBroker = (
  broker: BrokerHealth,
  sight: Sight,
  kind: string,
  value: number,
  words: (value: number) => string,
): Reading => ({
  subject: `broker ${broker.info.id}`,
  value,
  text: sentenceOr(sight, `${kind}:${broker.info.id}`, `Broker ${broker.info.id} ${words(value)}.`),
  href: '/brokers',
})

const ofGroup = (
  group: GroupHealth,
  sight: Sight,
  kind: string,
  value: number,
  words: (value: number) => string,
): Reading => {
  const { groupId } = group.observed
  return {
    subject: groupId,
    value,
    text: sentenceOr(sight, `${kind}:${groupId}`, `${groupId} ${words(value)}.`),
    href: `/groups/${encodeURIComponent(groupId)}`,
  }
}

const leaderless = (sight: Sight, health: ClusterHealth): Reading => {
  const topics = [...health.topics.values()].filter(topic => topic.leaderless > 0)
  const value = topics.reduce((sum, topic) => sum + topic.leaderless, 0)
  const first = topics[0]?.info.name
  return {
    subject: 'cluster',
    value,
    text:
      first === undefined
        ? 'Every partition has a leader.'
        : topics.length === 1
          ? sentenceOr(sight, `leaderless:${first}`, `Partitions of ${first} have no leader.`)
          : `${formatMeasured('partitions-leaderless', value)} partitions of ${topics.length} topics have no leader, ${first} among them.`,
    href: first === undefined ? '/topics' : `/topics/${encodeURIComponent(first)}`,
  }
}

/** Copies on brokers that are gone belong to the broker's own reading. */
const underReplicated = (sight: Sight, health: ClusterHealth): Reading => {
  const gone = new Set<number>(
    health.brokers.filter(broker => !broker.info.alive).map(broker => broker.info.id),
  )
  let value = 0
  for (const topic of health.topics.values()) {
    if (topic.underReplicated === 0) continue
    for (const { replicas, isr } of topic.info.partitions)
      if (isr.length < replicas.length && replicas.some(id => !gone.has(id) && !isr.includes(id))) value++
  }
  return {
    subject: 'cluster',
    value,
    text: sentenceOr(
      sight,
      'under-replicated',
      `${formatMeasured('partitions-under-replicated', value)} partitions have a copy that is behind.`,
    ),
    href: '/brokers',
  }
}

const diskUsed = ({ disk }: BrokerHealth): number =>
  disk !== null && disk.totalBytes > 0 ? 1 - disk.usableBytes / disk.totalBytes : NaN

/** While a broker is gone its leaders live elsewhere, which says nothing about balance: not known. */
const leadersOverShare = (sight: Sight, health: ClusterHealth): readonly Reading[] => {
  const even = health.brokers.reduce((sum, broker) => sum + broker.leaders, 0) / health.brokers.length
  const whole = health.brokers.every(broker => broker.info.alive)
  return health.brokers.map(broker =>
    ofBroker(
      broker,
      sight,
      'leaders-unbalanced',
      whole && even > 0 ? broker.leaders / even - 1 : NaN,
      value => `leads ${formatMeasured('leaders-over-share', value)} over an even share`,
    ),
  )
}

/**
 * A topic whose busiest partition chance explains reads 1, an even share, whatever its ratio: with few records a ratio
 * of 3 says nothing. Between "hot" and "explained" the ratio itself is read, so that an alert clears by its threshold.
 */
const hotPartitions = (sight: Sight, health: ClusterHealth): readonly Reading[] =>
  [...health.topics.values()]
    .filter(topic => !topic.info.internal)
    .map(topic => {
      const { name } = topic.info
      const { hot, maxOverMean, expectedByChance } = topic.skew
      const explained = hot.length === 0 && maxOverMean <= expectedByChance * CHANCE_SLACK
      return {
        subject: name,
        // a topic nobody writes to has no share to be over
        value: Number.isNaN(maxOverMean) && topic.known > 0 ? 1 : explained ? 1 : maxOverMean,
        text: sentenceOr(
          sight,
          `hot-partition:${name}`,
          `The busiest partition of ${name} takes ${formatMeasured('hot-partition', maxOverMean)} its share.`,
        ),
        href:
          hot[0] === undefined
            ? `/topics/${encodeURIComponent(name)}`
            : `/topics/${encodeURIComponent(name)}/${hot[0]}`,
      }
    })

/** The expected maximum is a mean: half of all windows lie above it, hardly any a half above it. */
const CHANCE_SLACK = 1.5

/**
 * An age beyond the history is larger than any threshold. That of a group which stands still grows for that reason
 * alone, and is the business of `group-standing`: not known here, so that one cause is one alert.
 */
const lagMs = (group: GroupHealth): number => {
  if (group.verdict === 'unknown' || standing(group) > 0) return NaN
  if (!Number.isNaN(group.lagMsMax)) return group.lagMsMax
  return group.verdict === 'ok' ? NaN : Infinity
}

const standing = (group: GroupHealth): number => {
  if (group.verdict === 'unknown') return NaN
  return group.verdict === 'stopped' || group.verdict === 'stalled' ? 1 : 0
}
