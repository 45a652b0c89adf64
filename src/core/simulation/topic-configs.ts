/**
 * Topic configs that the simulated cluster knows, with the type of their value: enough to refuse a misspelt name or
 * a value of the wrong kind as Kafka does. Source: org.apache.kafka.common.config.TopicConfig.
 *
 * What it does not do: check ranges or relations between configs, and act on them. In force are only
 * `max.message.bytes`, `min.insync.replicas` and `retention.bytes`.
 */
const types: ReadonlyMap<string, 'whole' | 'decimal' | 'boolean' | 'text'> = new Map([
  ['cleanup.policy', 'text'],
  ['compression.type', 'text'],
  ['compression.gzip.level', 'whole'],
  ['compression.lz4.level', 'whole'],
  ['compression.zstd.level', 'whole'],
  ['delete.retention.ms', 'whole'],
  ['file.delete.delay.ms', 'whole'],
  ['flush.messages', 'whole'],
  ['flush.ms', 'whole'],
  ['follower.replication.throttled.replicas', 'text'],
  ['index.interval.bytes', 'whole'],
  ['leader.replication.throttled.replicas', 'text'],
  ['local.retention.bytes', 'whole'],
  ['local.retention.ms', 'whole'],
  ['max.compaction.lag.ms', 'whole'],
  ['max.message.bytes', 'whole'],
  ['message.timestamp.after.max.ms', 'whole'],
  ['message.timestamp.before.max.ms', 'whole'],
  ['message.timestamp.type', 'text'],
  ['min.cleanable.dirty.ratio', 'decimal'],
  ['min.compaction.lag.ms', 'whole'],
  ['min.insync.replicas', 'whole'],
  ['preallocate', 'boolean'],
  ['remote.storage.enable', 'boolean'],
  ['retention.bytes', 'whole'],
  ['retention.ms', 'whole'],
  ['segment.bytes', 'whole'],
  ['segment.index.bytes', 'whole'],
  ['segment.jitter.ms', 'whole'],
  ['segment.ms', 'whole'],
  ['unclean.leader.election.enable', 'boolean'],
])

const wellFormed = {
  whole: /^-?\d{1,19}$/,
  decimal: /^-?\d+(\.\d+)?$/,
  boolean: /^(true|false)$/i,
  text: /^/,
} as const

/** Why Kafka would refuse the setting, or null. A null value removes the override and is always well formed. */
export const topicConfigProblem = (key: string, value: string | null): string | null => {
  const type = types.get(key)
  if (type === undefined) return `Unknown topic config name: ${key}`
  if (value === null || wellFormed[type].test(value.trim())) return null
  return `Invalid value ${value} for configuration ${key}: Not a ${type} value`
}

/** A config in force as a number: the topic's own value, else the broker's default. */
export const numericConfig = (
  configs: ReadonlyMap<string, string> | null,
  key: 'max.message.bytes' | 'min.insync.replicas' | 'retention.bytes',
): number => Number(configs?.get(key) ?? brokerDefaults.get(key))

/** What holds for a topic: its own configs, and of all others that matter here the broker's default. */
export const configsInForce = (own: ReadonlyMap<string, string> | null): ReadonlyMap<string, string> =>
  new Map([...brokerDefaults, ...(own ?? [])])

const brokerDefaults: ReadonlyMap<string, string> = new Map([
  ['cleanup.policy', 'delete'],
  ['max.message.bytes', '1048588'],
  ['min.insync.replicas', '1'],
  ['retention.bytes', '-1'],
  ['retention.ms', '604800000'],
  ['segment.bytes', '1073741824'],
  ['segment.ms', '604800000'],
  ['unclean.leader.election.enable', 'false'],
])
