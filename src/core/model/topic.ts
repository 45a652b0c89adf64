import type { PartitionCount } from './brand.ts'

/** What must stay in order: the records of one key, or nothing. */
export type Ordering = 'per-key' | 'none'

/**
 * A topic as its owner declares it. `configs` holds only what the owner states, by Kafka's own names, values as
 * text exactly as written (`retention.ms` may be 9223372036854775807, which no JavaScript number holds).
 */
export interface TopicSpec {
  readonly name: string
  readonly partitions: PartitionCount
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
  /** Name of the field that is the record key, for people and reports; null: records carry no key. */
  readonly key: string | null
  readonly ordering: Ordering
}

/** Why Kafka would refuse this topic name, or null. Source: org.apache.kafka.common.internals.Topic. */
export const topicNameProblem = (name: string): string | null => {
  if (name === '') return 'a topic name must not be empty'
  if (name === '.' || name === '..') return `"${name}" cannot be a topic name`
  if (name.length > 249) return `a topic name has at most 249 characters, this one has ${name.length}`
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return 'a topic name may hold only ASCII letters, digits, ".", "_" and "-"'
  return null
}

/**
 * Kafka's metrics write `.` as `_`, so the controller refuses a topic whose name equals an existing one after that
 * replacement. Source: org.apache.kafka.common.internals.Topic.hasCollision.
 */
export const collisionKey = (topic: string): string => topic.replaceAll('.', '_')

/** The name among `names` that Kafka would not let stand beside `topic`, or null. */
export const collidingName = (topic: string, names: Iterable<string>): string | null => {
  const key = collisionKey(topic)
  for (const name of names) if (name !== topic && collisionKey(name) === key) return name
  return null
}
