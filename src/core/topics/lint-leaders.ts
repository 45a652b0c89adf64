import { type BrokerInfo, formatCount, formatShare, type TopicInfo } from '../model/index.ts'
import type { TopicDraft } from './topic-rules.ts'

/** A broker may lead so much more than an even share, and so many partitions more, before it is worth a word. */
const OVER_SHARE = 0.2
const OVER_COUNT = 2

/**
 * Leaders spread unevenly over brokers: of one topic, and of all together where no single topic is. (Each topic of
 * two partitions is as even as it can be, and a thousand of them may still begin with broker 1.) While a broker is
 * gone its leaders are elsewhere, as they should be, and nothing is said.
 */
export const leaderFindings = (
  topics: readonly TopicInfo[],
  brokers: readonly BrokerInfo[],
): readonly TopicDraft[] => {
  if (brokers.length < 2 || brokers.some(broker => !broker.alive)) return []
  const ofTopics = topics.flatMap(topic => {
    const draft = uneven([topic], brokers)
    return draft === null ? [] : [{ ...draft, topic: topic.name }]
  })
  if (ofTopics.length > 0) return ofTopics
  const ofAll = uneven(topics, brokers)
  return ofAll === null ? [] : [ofAll]
}

const uneven = (topics: readonly TopicInfo[], brokers: readonly BrokerInfo[]): TopicDraft | null => {
  const leaders = new Map<number, number>()
  const strangers = new Map<number, number>()
  let total = 0
  for (const { partitions } of topics)
    for (const { leader, replicas } of partitions) {
      if (leader === null) continue
      total++
      leaders.set(leader, (leaders.get(leader) ?? 0) + 1)
      if (replicas[0] !== leader) strangers.set(leader, (strangers.get(leader) ?? 0) + 1)
    }
  const [busiest, most] = [...leaders].toSorted(([, a], [, b]) => b - a)[0] ?? [0, 0]
  const share = Math.ceil(total / brokers.length)
  if (most - share < OVER_COUNT || most <= share * (1 + OVER_SHARE)) return null
  return {
    rule: 'leaders',
    topic: null,
    severity: 'warning',
    sentence: `broker ${busiest} leads ${formatCount(most)} of ${formatCount(total)} partitions, ${formatShare(most / (total / brokers.length) - 1)} over an even share.`,
    advice:
      (strangers.get(busiest) ?? 0) > 0
        ? `${formatCount(strangers.get(busiest) ?? 0)} of them prefer another broker: kafka-leader-election.sh --election-type preferred moves no data.`
        : 'All of them prefer it: put other brokers first in some replica lists (kafka-reassign-partitions.sh), which moves no data either.',
  }
}
