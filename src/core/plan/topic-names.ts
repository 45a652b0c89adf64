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
