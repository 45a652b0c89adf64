/**
 * The producer on real brokers, judged by Kafka's own console clients: they read back what it wrote, with checksums,
 * and they write the same keys to see where Java puts them.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { KafkaCode, LanekeeperError, partitionCount } from '../../src/core/model/index.ts'
import { routeKey } from '../../src/core/routing/index.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import type { ProducerOptions } from '../../src/producer/options.ts'
import type { Outcome } from '../../src/producer/outcome.ts'
import { createProducer, type Producer } from '../../src/producer/producer.ts'
import { consoleConsume, consoleProduce } from '../support/console-clients.ts'
import { createTopic, deleteTopicsOf } from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const bootstrap = servers.join(',')
const prefix = uniquePrefix('producer')
let kafka: KafkaConnection

/** Keeps everything: retention, which is first seen to 30 s after a broker's start, would take old timestamps away. */
const newTopic = (label: string, partitions: number): Promise<string> =>
  createTopic(kafka, `${prefix}-${label}`, partitions, { 'min.insync.replicas': '2', 'retention.ms': '-1' })

const newProducer = (label: string, options: Partial<ProducerOptions> = {}): Producer =>
  createProducer({
    link: kafka.openLink(`${prefix}-${label}`),
    clock: systemClock,
    codecs: nodeCodecs,
    random: seededRandom(1),
    options,
  })

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
})

after(async () => {
  await deleteTopicsOf(kafka, prefix)
  await kafka.close()
})

test('batches of every codec, with headers, nulls and times out of order, are read by Kafka’s own consumer', async () => {
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
  const topic = await newTopic('codecs', codecs.length)
  const value = 'lane '.repeat(20_000)
  for (const [partition, compression] of codecs.entries()) {
    const producer = newProducer(compression, { compression, batchBytes: 256 * 1024 })
    const base = 1_700_000_000_000
    producer.send({ topic, partition, key: 'größe 🙂', value: null, timestampMs: base })
    producer.send({
      topic,
      partition,
      key: null,
      value,
      timestampMs: base - 90_000_000_000,
      headers: [
        { key: 'trace', value: Buffer.from('abc') },
        { key: 'empty', value: null },
      ],
    })
    producer.send({ topic, partition, key: Buffer.from('k'), value: 'v', timestampMs: base + 5 })
    assert.deepEqual((await producer.close({ deadlineMs: 20_000 })).unfinished, [])
  }
  const read = await consoleConsume(bootstrap, topic, 3 * codecs.length)
  for (const partition of codecs.keys())
    assert.deepEqual(
      read
        .filter(record => record.partition === partition)
        .map(({ offset, timestampMs, headers, key, value: text }) => [
          offset,
          timestampMs,
          headers,
          key,
          text,
        ]),
      [
        [0, 1_700_000_000_000, 'NO_HEADERS', 'größe 🙂', 'null'],
        [1, 1_610_000_000_000, 'trace:abc,empty:null', 'null', value],
        [2, 1_700_000_000_005, 'NO_HEADERS', 'k', 'v'],
      ],
      codecs[partition],
    )
})

test('batches above what the topic takes go again in smaller ones: each record once, in order', async () => {
  const codecs = ['none', 'lz4'] as const
  const topic = await createTopic(kafka, `${prefix}-small`, codecs.length, { 'max.message.bytes': '20000' })
  const { next } = seededRandom(7)
  // digits of chance: lz4 makes them smaller, and not small enough
  const values = Array.from(
    { length: 400 },
    (_, index) => `${index}:${Array.from({ length: 16 }, () => String(next()).slice(2)).join('')}`,
  )
  for (const [partition, compression] of codecs.entries()) {
    const producer = newProducer(`small-${compression}`, { compression, batchBytes: 100_000 })
    const acknowledged: Outcome[] = []
    for (const value of values)
      producer.send({ topic, partition, key: 'k', value }, outcome => acknowledged.push(outcome))
    assert.deepEqual((await producer.close({ deadlineMs: 20_000 })).unfinished, [])
    assert.deepEqual(
      acknowledged.map(outcome => outcome.kind === 'acknowledged' && outcome.offset),
      [...values.keys()],
    )
    assert.ok((producer.stats().answersByCode.get(KafkaCode.MESSAGE_TOO_LARGE) ?? 0) > 0)
  }
  const read = await consoleConsume(bootstrap, topic, values.length * codecs.length)
  for (const partition of codecs.keys())
    assert.deepEqual(
      read.filter(record => record.partition === partition).map(({ value }) => value),
      values,
    )
})

test('1,000 keys lie where Kafka’s own producer puts them', async () => {
  const [ours, javas] = [await newTopic('ours', 12), await newTopic('javas', 12)]
  const keys = Array.from(
    { length: 1000 },
    (_, index) => `user-${index * 7919}${index % 5 === 0 ? '-ü日🙂' : ''}`,
  )
  const producer = newProducer('keys')
  for (const key of keys) producer.send({ topic: ours, key, value: 'x' })
  await producer.close({ deadlineMs: 20_000 })
  await consoleProduce(
    bootstrap,
    javas,
    keys.map(key => `${key}\tx`),
  )
  const placement = async (topic: string): Promise<ReadonlyMap<string, number>> =>
    new Map(
      (await consoleConsume(bootstrap, topic, keys.length)).map(({ key, partition }) => [key, partition]),
    )
  const [our, java] = [await placement(ours), await placement(javas)]
  assert.equal(java.size, keys.length)
  assert.equal(our.size, keys.length)
  for (const key of keys) assert.equal(our.get(key), java.get(key), key)
  for (const key of keys) assert.equal(routeKey('java', key, partitionCount(12)), java.get(key))
})

test('100,000 keyed records while every leader moves: complete, once, and in order per key', async () => {
  const PARTITIONS = 12
  const RECORDS = 100_000
  const KEYS = 997
  const topic = await newTopic('moves', PARTITIONS)
  const producer = newProducer('moves')
  assert.equal(await producer.partitionsFor(topic), PARTITIONS)
  const outcomes: Outcome[] = []
  let moves = 0
  const moving = (async () => {
    while (outcomes.length < RECORDS) {
      const { brokers, topics: described } = await kafka.cluster.describe({ topics: [topic] })
      const info = described.get(topic)?.partitions[moves % PARTITIONS]
      const next = brokers.find(({ id }) => id !== info?.leader && (info?.isr.includes(id) ?? false))
      if (next === undefined) continue
      const moved = await kafka.cluster.moveLeader(topic, moves % PARTITIONS, next.id)
      if (moved.code === 0) moves++
    }
  })()
  for (let index = 0; index < RECORDS; index++) {
    const record = { topic, key: `user-${index % KEYS}`, value: String(Math.floor(index / KEYS)) }
    if (!producer.send(record, outcome => outcomes.push(outcome))) await producer.drained()
    // paced so that the records meet all the moves
    if (index % 100 === 99) await new Promise(resolve => setTimeout(resolve, 5))
  }
  const report = await producer.close({ deadlineMs: 60_000 })
  await moving
  const stats = producer.stats()
  assert.deepEqual(report, { acknowledged: RECORDS, failed: 0, inDoubt: 0, unfinished: [] })
  assert.ok(outcomes.every(({ kind }) => kind === 'acknowledged'))
  assert.ok(moves >= PARTITIONS, `${moves} moves`)
  assert.ok((stats.answersByCode.get(6) ?? 0) > 0, 'no batch ever met a leader that had moved')

  const read = await consoleConsume(bootstrap, topic, RECORDS)
  assert.equal(read.length, RECORDS)
  const next = new Map<string, number>()
  for (const { key, value, partition } of read) {
    assert.equal(partition, routeKey('java', key, partitionCount(PARTITIONS)))
    assert.equal(Number(value), next.get(key) ?? 0, key)
    next.set(key, Number(value) + 1)
  }
  const described = await kafka.cluster.describe({ topics: [topic] })
  const offsets = (await kafka.cluster.readOffsets(described, [topic])).get(topic)
  assert.equal(
    offsets?.end.reduce((sum, end) => sum + end, 0),
    RECORDS,
  )
})

test('a topic that does not exist is told with its nearest name', async () => {
  const topic = await newTopic('known', 1)
  const producer = newProducer('unknown', { unknownTopicMs: 300 })
  await assert.rejects(
    producer.partitionsFor(`${topic}x`),
    (error: unknown) =>
      error instanceof LanekeeperError &&
      error.code === 'TOPIC_UNKNOWN' &&
      (error.fix ?? '').includes(`"${topic}"`),
  )
  const outcome = await new Promise<Outcome>(resolve =>
    producer.send({ topic: `${topic}y`, key: 'k', value: 'v' }, resolve),
  )
  assert.equal(outcome.kind === 'failed' && outcome.code, 'TOPIC_UNKNOWN')
  await producer.close({ deadlineMs: 1000 })
})
