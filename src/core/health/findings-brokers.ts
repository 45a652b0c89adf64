import { formatCount, formatShare } from '../model/index.ts'
import type { ClusterHealth } from './assess.ts'
import type { BrokerHealth } from './brokers.ts'
import type { FindingDraft } from './finding.ts'
import { brokerLink, partitionLink, plain, shellWord, strong, topicLink } from './sentence.ts'
import type { HealthThresholds } from './thresholds.ts'
import { isUnderReplicated } from './structure.ts'
import type { TopicHealth } from './topics.ts'

/** Gone brokers, partitions without a leader, missing replicas, leaders in the wrong places. */
export const brokerFindings = (
  health: ClusterHealth,
  thresholds: HealthThresholds,
  bootstrapServer: string,
): readonly FindingDraft[] => {
  const gone = health.brokers.filter(broker => !broker.info.alive)
  return [
    ...gone.map(goneFinding),
    ...leaderlessFindings(health.topics.values()),
    ...underReplicatedFindings(
      health.topics.values(),
      new Set(gone.map(broker => broker.info.id)),
      bootstrapServer,
    ),
    // while a broker is gone its leaders live elsewhere; that is the cluster working, not a finding
    ...(gone.length === 0 ? leaderFindings(health, thresholds, bootstrapServer) : []),
  ]
}

const goneFinding = (broker: BrokerHealth): FindingDraft => ({
  id: `broker-gone:${broker.info.id}`,
  severity: 'act',
  kind: 'broker-gone',
  sentence: [
    brokerLink(broker.info.id),
    plain(' does not answer; '),
    strong(`${formatCount(broker.outOfSync)} of its ${formatCount(broker.replicas)}`),
    plain(' replicas are out of sync.'),
  ],
  cure: 'Its partitions have one copy less until it returns and has copied what it missed. Start it again; its leaders come back by themselves within minutes.',
  command: null,
  broker: broker.info.id,
})

const leaderlessFindings = (topics: Iterable<TopicHealth>): readonly FindingDraft[] =>
  [...topics].flatMap(topic => {
    if (topic.leaderless === 0) return []
    const first = topic.info.partitions.find(partition => partition.leader === null)
    const wanted = first === undefined ? [] : first.isr
    return [
      {
        id: `leaderless:${topic.info.name}`,
        severity: 'act' as const,
        kind: 'leaderless',
        sentence: [
          topicLink(topic.info.name),
          plain(' has '),
          strong(
            `${formatCount(topic.leaderless)} of ${formatCount(topic.info.partitions.length)} partitions without a leader`,
          ),
          plain(': nobody can write or read them.'),
        ],
        cure:
          wanted.length > 0
            ? `The copy that may lead is on broker ${wanted.join(' or ')}; start it. Electing another loses the records it alone holds.`
            : 'No copy that may lead is online. Start the brokers that hold one. Electing an outdated copy loses records.',
        command: null,
        topic: topic.info.name,
        ...(first === undefined ? {} : { partition: first.partition }),
      },
    ]
  })

/** Only copies that are missing on brokers that do answer: the others are told by their broker's finding. */
const underReplicatedFindings = (
  topics: Iterable<TopicHealth>,
  gone: ReadonlySet<number>,
  bootstrapServer: string,
): readonly FindingDraft[] => {
  const behind = new Set<number>()
  let partitions = 0
  let example: { readonly topic: string; readonly partition: number } | null = null
  for (const topic of topics) {
    if (topic.underReplicated === 0) continue
    for (const partition of topic.info.partitions) {
      if (!isUnderReplicated(partition)) continue
      const missing = partition.replicas.filter(id => !partition.isr.includes(id) && !gone.has(id))
      if (missing.length === 0) continue
      partitions++
      for (const id of missing) behind.add(id)
      example ??= { topic: topic.info.name, partition: partition.partition }
    }
  }
  if (example === null) return []
  const brokers = [...behind].toSorted((a, b) => a - b)
  return [
    {
      id: 'under-replicated',
      severity: 'warning',
      kind: 'under-replicated',
      sentence: [
        ...(partitions === 1
          ? [partitionLink(example.topic, example.partition), plain(' has')]
          : [
              strong(`${formatCount(partitions)} partitions`),
              plain(', among them '),
              partitionLink(example.topic, example.partition),
              plain(', have'),
            ]),
        plain(` a copy that is behind, on broker ${brokers.join(', ')}.`),
      ],
      cure: 'A broker that has just returned catches up by itself. If the count does not fall, its disk or network is slower than what is written.',
      command: `kafka-topics.sh --describe --under-replicated-partitions --bootstrap-server ${shellWord(bootstrapServer)}`,
      topic: example.topic,
      partition: example.partition,
    },
  ]
}

/** Below this many leaders over its share a broker is not worth a sentence, whatever the percentage. */
const leadersOverMin = 5

const leaderFindings = (
  health: ClusterHealth,
  thresholds: HealthThresholds,
  bootstrapServer: string,
): readonly FindingDraft[] => {
  const total = health.brokers.reduce((sum, broker) => sum + broker.leaders, 0)
  const share = total / health.brokers.length
  return health.brokers
    .filter(
      broker =>
        broker.leaders - share >= leadersOverMin &&
        broker.leaders > share * (1 + thresholds.leadersOverShare),
    )
    .map(broker => {
      const { id } = broker.info
      const strangers = notPreferred(health, id)
      return {
        id: `leaders-unbalanced:${id}`,
        severity: 'warning' as const,
        kind: 'leaders-unbalanced',
        sentence: [
          brokerLink(id),
          plain(' leads '),
          strong(`${formatCount(broker.leaders)} of ${formatCount(total)}`),
          plain(' partitions, '),
          strong(formatShare(broker.leaders / share - 1)),
          plain(' over its share.'),
        ],
        cure:
          strangers > 0
            ? `${formatCount(strangers)} of them prefer another broker and did not go back. Electing the preferred leaders moves no data.`
            : 'All of them prefer this broker: the replica lists are uneven. Other brokers must come first in some of them; that moves no data either.',
        command:
          strangers > 0
            ? `kafka-leader-election.sh --election-type preferred --all-topic-partitions --bootstrap-server ${shellWord(bootstrapServer)}`
            : null,
        broker: id,
      }
    })
}

const notPreferred = (health: ClusterHealth, id: number): number => {
  let count = 0
  for (const topic of health.topics.values())
    for (const partition of topic.info.partitions)
      if (partition.leader === id && partition.replicas[0] !== id) count++
  return count
}
