/**
 * Transactions on real brokers. What Kafka's own producer wrote is read as Kafka's own consumer reads it; what we write is
 * judged by Kafka's console consumer too. Processes that are killed are in transaction-faults.test.ts.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { LanekeeperError } from '../../src/core/model/index.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import {
  createTransactionalProducer,
  type TransactionalProducer,
} from '../../src/producer/transaction/transactional.ts'
import { consoleConsume } from '../support/console-clients.ts'
import { kafkaClassPath } from '../support/kafka-tools.ts'
import { createTopic, deleteTopicsOf } from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'
import { readAll } from '../support/transaction-runs.ts'

const servers = realClusterServers() ?? []
const bootstrapServers = servers.join(',')
const prefix = uniquePrefix('transactions')
let kafka: KafkaConnection

const newTopic = (label: string, partitions: number): Promise<string> =>
  createTopic(kafka, `${prefix}-${label}`, partitions, { 'min.insync.replicas': '2' })

const newProducer = (label: string, transactionTimeoutMs = 60_000): TransactionalProducer =>
  createTransactionalProducer({
    link: kafka.openLink(`${prefix}-${label}`),
    clock: systemClock,
    codecs: nodeCodecs,
    random: seededRandom(1),
    options: { transactionalId: `${prefix}-${label}`, transactionTimeoutMs },
  })

const coded =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof LanekeeperError && error.code === code

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
})

after(async () => {
  await deleteTopicsOf(kafka, prefix)
  await kafka.close()
})

test('what Kafka’s transactional producer wrote is read as Kafka’s consumer reads it', async () => {
  const topic = await newTopic('java', 1)
  const source = join(import.meta.dirname, '..', 'support', 'java', 'JavaTransactions.java')
  await promisify(execFile)('java', ['-cp', await kafkaClassPath(), source, bootstrapServers, topic, prefix])

  const ours = await readAll(kafka, topic, 'read_committed')
  const theirs = await consoleConsume(bootstrapServers, topic, ours.length, {
    isolation: 'read_committed',
  })
  const shown = (records: readonly { readonly offset: number; readonly value: string }[]) =>
    records.map(({ offset, value }) => `${offset}:${value}`)
  assert.deepEqual(shown(ours), shown(theirs))
  const values = ours.map(({ value }) => value)
  assert.equal(values.length, 2 + 1 + 3 + 30)
  assert.ok(
    !values.some(value => /abort|open/.test(value)),
    'nothing aborted, nothing open, nothing behind the open one',
  )
  const everything = await readAll(kafka, topic, 'read_uncommitted')
  assert.equal(
    everything.filter(({ value }) => /^(long-|interleaved-)?aborted/.test(value)).length,
    2 + 2 + 3_000,
  )
})

test('a transaction is visible when it is committed, and not when it is aborted or doomed', async () => {
  const topic = await newTopic('ends', 2)
  const producer = newProducer('ends')
  await producer.init()
  for (const end of ['commit', 'abort', 'commit'] as const) {
    producer.begin()
    for (let index = 0; index < 20; index++) producer.send({ topic, key: `key-${index}`, value: end })
    await producer[end]()
  }
  producer.begin()
  producer.send({ topic, key: 'k', value: 'doomed' })
  producer.send({ topic, key: 'k', partition: 9, value: 'nowhere' })
  await assert.rejects(producer.commit(), coded('TRANSACTION_ABORTED'))
  producer.begin()
  producer.send({ topic, key: 'k', value: 'commit' })
  await producer.commit()
  await producer.close()
  const seen = await consoleConsume(bootstrapServers, topic, 41, {
    isolation: 'read_committed',
  })
  assert.deepEqual(
    seen.map(({ value }) => value),
    Array(41).fill('commit'),
  )
})

test('the successor aborts what was left open, and the one before it is refused for good', async () => {
  const topic = await newTopic('zombie', 1)
  const zombie = newProducer('id')
  await zombie.init()
  zombie.begin()
  zombie.send({ topic, key: 'k', value: 'zombie' })
  await zombie.drained()
  const successor = newProducer('id')
  await successor.init()
  successor.begin()
  successor.send({ topic, key: 'k', value: 'successor' })
  await successor.commit()
  await assert.rejects(zombie.commit(), coded('TRANSACTION_FENCED'))
  assert.throws(() => zombie.begin(), coded('TRANSACTION_FENCED'))
  assert.deepEqual(
    (await readAll(kafka, topic, 'read_committed')).map(({ value }) => value),
    ['successor'],
  )
  await Promise.all([zombie.close(), successor.close()])
})
