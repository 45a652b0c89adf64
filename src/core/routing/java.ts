import { QUESTION_MARK } from '../model/index.ts'
import { type Convention, convention } from './convention.ts'
import { murmur2Ascii, murmur2OfKey } from './murmur2.ts'

/** As `toPositive`, written out: one call fewer for the engine to see through. */
const POSITIVE = 0x7fffffff

/**
 * Kafka's own client, and all that follow it. Source:
 * org.apache.kafka.clients.producer.internals.BuiltInPartitioner.partitionForKey.
 * An empty key is a key and is hashed; a null key is none and is not routed by any hash.
 *
 * The two functions of the hot path are written out: calls through a table of hashes and reductions cannot be inlined,
 * and the producer routes every record with them.
 */
export const java = {
  ...convention({
    client: 'Java client, Kafka Streams, Kafka Connect',
    setting: 'BuiltInPartitioner',
    hash: 'murmur2',
    reduction: 'masked',
    nullKey: 'sticky',
    emptyKey: 'hashed',
    loneSurrogate: QUESTION_MARK,
  }),
  partitionOf: (key: Uint8Array, length: number, count: number): number =>
    (murmur2OfKey(key, length) & POSITIVE) % count,
  partitionOfAscii: (text: string, count: number): number | null => {
    const hash = murmur2Ascii(text)
    return hash === null ? null : (hash & POSITIVE) % count
  },
} satisfies Convention
