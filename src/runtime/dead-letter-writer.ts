import type { DeadLetter, DeadLetterWriter } from '../consumer/dead-letter.ts'
import { LanekeeperError } from '../core/model/index.ts'
import { createProducer, type ProducerParts } from '../producer/producer.ts'

/** Long enough for a broker's death, short enough that the consumer says within half a minute what it waits for. */
const DELIVERY_TIMEOUT_MS = 30_000
const CLOSE_DEADLINE_MS = 5_000
/** A letter is larger than its record: the limit is the topic's (`max.message.bytes`), not ours. */
const LETTER_BYTES_MAX = 32 * 1024 * 1024
/** A topic that was created a moment ago is not known everywhere yet. */
const UNKNOWN_TOPIC_MS = 2_000
/** Dead letters are rare: nothing is gained by waiting for company. */
const LINGER_MS = 0

export interface OpenDeadLetterWriter extends DeadLetterWriter {
  /** Rejects with TOPIC_UNKNOWN, NOT_AUTHORIZED or CLUSTER_UNREACHABLE: better at the start than at the first letter. */
  check(topic: string): Promise<void>
  /** What is on its way gets a moment. Letters that were not acknowledged count as not written. */
  close(): Promise<void>
}

/** Dead letters through an idempotent producer with `acks=all`. */
export const openDeadLetterWriter = (parts: Omit<ProducerParts, 'options'>): OpenDeadLetterWriter => {
  const producer = createProducer({
    ...parts,
    options: {
      deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
      unknownTopicMs: UNKNOWN_TOPIC_MS,
      lingerMs: LINGER_MS,
      maxRequestBytes: LETTER_BYTES_MAX,
    },
  })
  return {
    check: async topic => {
      await producer.partitionsFor(topic)
    },
    write: (topic, letter) => written(topic, letter, producer),
    close: async () => {
      await producer.close({ deadlineMs: CLOSE_DEADLINE_MS })
    },
  }
}

const written = (
  topic: string,
  { key, value, headers }: DeadLetter,
  producer: ReturnType<typeof createProducer>,
): Promise<void> =>
  new Promise((resolve, reject) => {
    producer.send({ topic, key, value, headers }, outcome => {
      // in doubt is not written: a letter twice is better than none
      if (outcome.kind === 'acknowledged') resolve()
      else
        reject(
          new LanekeeperError('DEAD_LETTER_FAILED', `${topic} did not take the dead letter: ${outcome.why}`),
        )
    })
  })
