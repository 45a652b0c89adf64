/**
 * Our batches as other clients read them: `@platformatic/kafka`, and librdkafka where Python has it. Kafka's own consumer
 * reads them in producer.test.ts. Each codec has a partition; what is compared is every byte of key, value and headers,
 * nulls, and times that go back. librdkafka checks the checksums (check.crcs).
 */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { Consumer } from '@platformatic/kafka'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import type { ProducerRecord } from '../../src/producer/outcome.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { createTopic } from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const BASE_MS = 1_700_000_000_000
const servers = realClusterServers() ?? []
const topic = uniquePrefix('others')
let kafka: KafkaConnection

/** A record as text, whatever client read it: bytes in base64, null as null. */
interface Seen {
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

const base64 = (bytes: Uint8Array | string | null | undefined): string | null =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('base64')

const recordsOf = (partition: number): ProducerRecord[] => [
  {
    topic,
    partition,
    key: Buffer.from([0, 255, 128, 10]),
    value: 'lane '.repeat(5_000),
    timestampMs: BASE_MS,
    headers: [
      { key: 'größe', value: Buffer.from([1, 2, 255]) },
      { key: 'größe', value: Buffer.from('twice') },
      { key: 'empty', value: Buffer.alloc(0) },
    ],
  },
  { topic, partition, key: null, value: '', timestampMs: BASE_MS - 90_000_000_000 },
  { topic, partition, key: 'k', value: null, timestampMs: BASE_MS + 5 },
  ...Array.from({ length: 50 }, (_, index) => ({
    topic,
    partition,
    key: `key-${index}`,
    value: `${index} `.repeat(index),
    timestampMs: BASE_MS + index,
  })),
]

const expected: readonly Seen[] = codecs.flatMap((_, partition) =>
  recordsOf(partition).map(({ key, value, headers, timestampMs }, offset) => ({
    partition,
    offset,
    timestampMs: timestampMs ?? Number.NaN,
    key: base64(key),
    value: base64(value),
    headers: (headers ?? []).map(header => [header.key, base64(header.value)] as const),
  })),
)

const sorted = (seen: readonly Seen[]): readonly Seen[] =>
  seen.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: topic, clock: systemClock })
  // retention, which is first seen to 30 s after a broker's start, would take records this old away
  await createTopic(kafka, topic, codecs.length, { 'retention.ms': '-1' })
  for (const [partition, compression] of codecs.entries()) {
    const producer = createProducer({
      link: kafka.openLink(`${topic}-${compression}`),
      clock: systemClock,
      codecs: nodeCodecs,
      random: seededRandom(1),
      options: { compression },
    })
    producer.sendBatch(recordsOf(partition))
    const { unfinished, failed } = await producer.close({ deadlineMs: 20_000 })
    assert.deepEqual([unfinished, failed], [[], 0])
  }
})

after(async () => {
  await kafka.cluster.deleteTopics([topic])
  await kafka.close()
})

test('@platformatic/kafka reads every byte', async () => {
  const consumer = new Consumer({ clientId: topic, groupId: topic, bootstrapBrokers: [...servers] })
  const seen: Seen[] = []
  try {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 100 })
    for await (const message of stream) {
      seen.push({
        partition: message.partition,
        offset: Number(message.offset),
        timestampMs: Number(message.timestamp),
        key: base64(message.key),
        value: base64(message.value),
        headers: [...message.headers].map(([key, value]) => [Buffer.from(key).toString(), base64(value)]),
      })
      if (seen.length === expected.length) break
    }
  } finally {
    await consumer.close(true)
  }
  assert.deepEqual(sorted(seen), expected)
})

const withPython = (): string | null => {
  for (const python of [process.env['LANEKEEPER_TEST_PYTHON'] ?? '', 'python3'])
    try {
      if (python !== '') execFileSync(python, ['-c', 'import confluent_kafka'], { stdio: 'ignore' })
      if (python !== '') return python
    } catch {
      // this one does not have it
    }
  return null
}
const python = withPython()

const reader = `
import base64, json, sys
from confluent_kafka import Consumer, TopicPartition
servers, topic, partitions, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
consumer = Consumer({'bootstrap.servers': servers, 'group.id': topic, 'check.crcs': True, 'enable.auto.commit': False})
consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
b64 = lambda data: None if data is None else base64.b64encode(data).decode()
while count > 0:
    message = consumer.poll(20)
    if message is None: sys.exit('no more records')
    if message.error(): sys.exit(str(message.error()))
    count -= 1
    print(json.dumps(dict(partition=message.partition(), offset=message.offset(), timestampMs=message.timestamp()[1],
        key=b64(message.key()), value=b64(message.value()), headers=[[k, b64(v)] for k, v in message.headers() or []])))
consumer.close()
`

test('librdkafka reads every byte, with checksums', {
  skip: python === null && "Python's confluent-kafka is not installed (or named in LANEKEEPER_TEST_PYTHON)",
}, async () => {
  const { stdout } = await promisify(execFile)(
    python ?? '',
    ['-c', reader, servers.join(','), topic, String(codecs.length), String(expected.length)],
    { maxBuffer: 64 * 1024 * 1024 },
  )
  const seen = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Seen)
  assert.deepEqual(sorted(seen), expected)
})
