import { nearest } from '../core/model/index.ts'
import { isPlainWhole, plainForm, WrittenNumber } from './written-number.ts'

/**
 * Topic configs of Kafka 4 by what they hold. Only to catch slips before a broker does; the list is open, since a
 * newer Kafka knows more: an unlisted name passes unless it is one or two letters away from a listed one. Source:
 * org.apache.kafka.common.config.TopicConfig and the types in LogConfig.
 */
const kinds: ReadonlyMap<string, 'whole' | 'decimal' | 'boolean' | readonly string[] | 'text'> = new Map(
  Object.entries({
    'cleanup.policy': ['delete', 'compact', 'compact,delete', 'delete,compact'],
    'compression.gzip.level': 'whole',
    'compression.lz4.level': 'whole',
    'compression.type': ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
    'compression.zstd.level': 'whole',
    'delete.retention.ms': 'whole',
    'file.delete.delay.ms': 'whole',
    'flush.messages': 'whole',
    'flush.ms': 'whole',
    'follower.replication.throttled.replicas': 'text',
    'index.interval.bytes': 'whole',
    'leader.replication.throttled.replicas': 'text',
    'local.retention.bytes': 'whole',
    'local.retention.ms': 'whole',
    'max.compaction.lag.ms': 'whole',
    'max.message.bytes': 'whole',
    'message.timestamp.after.max.ms': 'whole',
    'message.timestamp.before.max.ms': 'whole',
    'message.timestamp.type': ['CreateTime', 'LogAppendTime'],
    'min.cleanable.dirty.ratio': 'decimal',
    'min.compaction.lag.ms': 'whole',
    'min.insync.replicas': 'whole',
    preallocate: 'boolean',
    'remote.log.copy.disable': 'boolean',
    'remote.log.delete.on.disable': 'boolean',
    'remote.storage.enable': 'boolean',
    'retention.bytes': 'whole',
    'retention.ms': 'whole',
    'segment.bytes': 'whole',
    'segment.index.bytes': 'whole',
    'segment.jitter.ms': 'whole',
    'segment.ms': 'whole',
    'unclean.leader.election.enable': 'boolean',
  } as const),
)

/** Kafka's longs are 64-bit; a larger number is refused by the broker with a Java exception as its message. */
const LONG_MAX = 9223372036854775807n

/** The value as text for Kafka, exactly as written; or what is wrong and what to do. */
export const topicConfigText = (
  key: string,
  written: unknown,
): { readonly value: string } | { readonly problem: string } => {
  if (!/^[a-z][a-z0-9]*(\.[a-z0-9]+)*$/.test(key))
    return { problem: 'is no Kafka config name; write it as retention.ms' }
  const kind = kinds.get(key)
  if (kind === undefined) {
    const meant = nearest(key, [...kinds.keys()])
    if (meant !== null) return { problem: `is not known to Kafka; did you mean ${meant}?` }
  }
  if (Array.isArray(written))
    return { problem: 'must be one text; join the parts with commas, such as compact,delete' }
  const source =
    written instanceof WrittenNumber
      ? written.source
      : typeof written === 'string' || typeof written === 'boolean'
        ? String(written)
        : null
  if (source === null) return { problem: "must have a value; remove the line to keep the broker's default" }
  if (kind === 'whole' && !isPlainWhole(source)) {
    const plain = plainForm(source)
    return {
      problem: `must be a whole number, digits only; ${plain === null ? `${JSON.stringify(source)} is not` : `instead of ${source} write ${plain}`}`,
    }
  }
  if (kind === 'whole' && (source.length > 20 || BigInt(source) > LONG_MAX || BigInt(source) < -LONG_MAX))
    return { problem: `must fit 64 bits, at most ${LONG_MAX}; ${source} does not` }
  if (kind === 'decimal' && !(/^\d+(\.\d+)?([eE]-?\d+)?$/.test(source) && Number(source) <= 1))
    return { problem: `must be a number from 0 to 1, such as 0.5; ${JSON.stringify(source)} is not` }
  if (kind === 'boolean' && source !== 'true' && source !== 'false')
    return { problem: `must be true or false; ${JSON.stringify(source)} is not` }
  if (typeof kind === 'object' && !kind.some(value => value === source.replace(/\s*,\s*/g, ',')))
    return { problem: `must be one of ${kind.join(', ')}; ${JSON.stringify(source)} is not` }
  return { value: source }
}

/** For the JSON Schema, so that editors complete names and check values. */
export const topicConfigsSchema = {
  description: "Topic configs by Kafka's names. What is not named here is left as it is on the cluster.",
  properties: Object.fromEntries(
    [...kinds].map(([key, kind]) => [
      key,
      kind === 'whole'
        ? { type: 'integer' }
        : kind === 'decimal'
          ? { type: 'number', minimum: 0, maximum: 1 }
          : kind === 'boolean'
            ? { type: 'boolean' }
            : kind === 'text'
              ? { type: 'string' }
              : { type: 'string', enum: kind },
    ]),
  ),
  additionalProperties: { type: ['string', 'number', 'boolean'] },
}
