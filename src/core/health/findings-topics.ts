import { formatCount, formatDuration, formatRate, formatTimes } from '../model/index.ts'
import type { ClusterHealth } from './assess.ts'
import type { FindingDraft } from './findings.ts'
import { partitionLink, plain, strong } from './sentence.ts'
import type { HealthThresholds } from './thresholds.ts'
import type { TopicHealth } from './topics.ts'

/** Partitions hotter than chance explains: one finding a topic, for its hottest. Kafka's own topics are uneven by design. */
export const topicFindings = (health: ClusterHealth, thresholds: HealthThresholds): readonly FindingDraft[] =>
  [...health.topics.values()]
    // a young window shows bursts of a few seconds as if they lasted
    .filter(topic => !topic.info.internal && topic.rateSpanMs >= thresholds.evidenceMs)
    .flatMap(hotFinding)

const hotFinding = (topic: TopicHealth): readonly FindingDraft[] => {
  const { skew, info } = topic
  const hottest = skew.hot[0]
  if (hottest === undefined) return []
  const others = skew.hot.length - 1
  return [
    {
      id: `hot-partition:${info.name}`,
      severity: 'warning',
      kind: 'hot-partition',
      sentence: [
        partitionLink(info.name, hottest),
        plain(' takes '),
        strong(formatTimes(skew.maxOverMean)),
        plain(' its share'),
        plain(`, ${formatRate(topic.recordsPerSecond[hottest] ?? NaN)}`),
        plain(others === 0 ? '.' : `; ${formatCount(others)} more ${others === 1 ? 'is' : 'are'} hot.`),
      ],
      cure: `Chance alone would give the busiest of ${formatCount(info.partitions.length)} about ${formatTimes(skew.expectedByChance)} from ${formatCount(skew.records)} records in ${formatDuration(topic.rateSpanMs)}. One or few keys are behind it: moving leaders or adding partitions does not spread a key; salting that key does, at the price of its order.`,
      command: null,
      topic: info.name,
      partition: hottest,
    },
  ]
}
