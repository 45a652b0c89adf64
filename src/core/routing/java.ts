import { QUESTION_MARK } from '../model/index.ts'
import type { Convention } from './convention.ts'
import { murmur2, murmur2Ascii, toPositive } from './murmur2.ts'

/**
 * Kafka's own client, and all that follow it. Source:
 * org.apache.kafka.clients.producer.internals.BuiltInPartitioner.partitionForKey.
 * An empty key is a key and is hashed; a null key is none and is not routed by any hash.
 */
export const java: Convention = {
  clients: 'Java client, Kafka Streams and Connect, kafka-python, aiokafka, librdkafka murmur2, kafkajs 2',
  loneSurrogate: QUESTION_MARK,
  partitionOf: (key, length, count) => toPositive(murmur2(key, length)) % count,
  partitionOfAscii: (text, count) => {
    const hash = murmur2Ascii(text)
    return hash === null ? null : toPositive(hash) % count
  },
}
