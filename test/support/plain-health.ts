import type { ClusterHealth, GroupHealth, TopicHealth } from '../../src/core/health/index.ts'

/** A judgement with only the fields that history and alerts read; the rest of a real one is made by core/health. */
export interface PlainTopic {
  readonly name: string
  readonly rates: readonly number[]
  readonly topicId?: string
  readonly internal?: boolean
}

export const plainHealth = (
  topics: readonly PlainTopic[],
  groups: readonly {
    readonly groupId: string
    readonly topic: string
    readonly lag: readonly number[]
    readonly verdict?: GroupHealth['verdict']
    readonly lagMsMax?: number
  }[] = [],
): ClusterHealth =>
  ({
    topics: new Map(topics.map(topic => [topic.name, topicOf(topic)])),
    groups: groups.map(({ groupId, topic, lag, verdict = 'ok', lagMsMax = 0 }) => ({
      observed: { groupId, members: [] },
      topics: [
        {
          topic,
          lagRecords: Float64Array.from(lag),
          lagMs: Float64Array.from(lag, value => value * 10),
          held: new Map(),
        },
      ],
      lagRecords: lag.reduce((sum, value) => sum + value, 0),
      lagMsMax,
      processedPerSecond: 1,
      verdict,
      neverCommitted: 0,
      counts: { stalled: verdict === 'stalled' ? 1 : 0 },
    })),
    brokers: [],
  }) as unknown as ClusterHealth

const topicOf = ({ name, rates, topicId = name, internal = false }: PlainTopic): TopicHealth =>
  ({
    info: {
      name,
      topicId,
      internal,
      partitions: rates.map((_, partition) => ({ partition, replicas: [1], isr: [1], leader: 1 })),
    },
    recordsPerSecond: Float64Array.from(rates),
    bytesPerSecond: Float64Array.from(rates, rate => rate * 100),
    sizeBytes: Float64Array.from(rates, () => 1_000),
    underReplicated: 0,
    leaderless: 0,
    known: rates.length,
    skew: { maxOverMean: 1, expectedByChance: 1, hot: [] },
  }) as unknown as TopicHealth
