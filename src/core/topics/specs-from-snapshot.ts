import type { ClusterSnapshot, TopicSpec } from '../model/index.ts'
import { partitionCount } from '../model/index.ts'

/**
 * The topics of a cluster as declarations, by name; what `diffTopics` finds no difference to (unless a topic's
 * partitions have different replica counts, which no declaration can say: the most frequent one is taken).
 *
 * Internal topics are left out: Kafka owns them. A cluster knows nothing about keys, so every topic gets the cautious
 * guess: its records have a key, and their order matters. A wrong guess then refuses a change instead of
 * breaking somebody's order.
 */
export const specsFromSnapshot = (snapshot: ClusterSnapshot): readonly TopicSpec[] =>
  [...snapshot.topics.values()]
    .filter(topic => !topic.internal && topic.partitions.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(topic => ({
      name: topic.name,
      partitions: partitionCount(topic.partitions.length),
      replicationFactor: mostFrequent(topic.partitions.map(partition => partition.replicas.length)),
      configs: new Map([...(topic.configs ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      key: 'key',
      ordering: 'per-key',
    }))

const mostFrequent = (values: readonly number[]): number => {
  const counts = [...Map.groupBy(values, value => value)].map(([value, all]) => ({
    value,
    times: all.length,
  }))
  return counts.toSorted((a, b) => b.times - a.times || a.value - b.value)[0]?.value ?? 1
}
