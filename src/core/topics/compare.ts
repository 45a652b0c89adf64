import type { TopicInfo, TopicSpec } from '../model/index.ts'
import { sameConfigValue } from '../plan/index.ts'

/** One declared property of a topic beside what the cluster has. */
export interface PropertyDifference {
  /** `partitions`, `replication-factor`, or a config by Kafka's name. */
  readonly property: string
  readonly kind: 'partitions' | 'replication-factor' | 'config'
  /** Null: the topic does not exist, or the config is not set on it. */
  readonly actual: string | null
  readonly declared: string
  readonly change: 'added' | 'changed' | 'unchanged'
}

export interface TopicDifference {
  readonly topic: string
  readonly change: 'added' | 'changed' | 'unchanged'
  /** Counts first, then configs by name. Only what is declared: other configs of the topic are nobody's business. */
  readonly properties: readonly PropertyDifference[]
}

/** `topic` undefined: it does not exist. Its configs must have been read. */
export const compareTopic = (spec: TopicSpec, topic: TopicInfo | undefined): TopicDifference => {
  if (topic !== undefined && topic.configs === null)
    throw new TypeError(`the configs of ${spec.name} were not read: describe with configs`)
  const partitions = topic === undefined ? null : String(topic.partitions.length)
  const replication = topic === undefined ? null : replicationOf(topic)
  const properties = [
    difference('partitions', 'partitions', partitions, String(spec.partitions)),
    difference('replication-factor', 'replication-factor', replication, String(spec.replicationFactor)),
    ...[...spec.configs]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => difference(key, 'config', topic?.configs?.get(key) ?? null, value)),
  ]
  const change =
    topic === undefined
      ? 'added'
      : properties.every(one => one.change === 'unchanged')
        ? 'unchanged'
        : 'changed'
  return { topic: spec.name, change, properties }
}

/** `3`, or `2 to 3` where partitions differ. */
const replicationOf = (topic: TopicInfo): string => {
  const counts = topic.partitions.map(partition => partition.replicas.length)
  const low = counts.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = counts.reduce((a, b) => Math.max(a, b), 0)
  return low === high ? String(low) : `${low} to ${high}`
}

const difference = (
  property: string,
  kind: PropertyDifference['kind'],
  actual: string | null,
  declared: string,
): PropertyDifference => ({
  property,
  kind,
  actual,
  declared,
  change: actual === null ? 'added' : sameConfigValue(actual, declared) ? 'unchanged' : 'changed',
})
