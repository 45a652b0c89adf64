/**
 * The short form of `scripts/transaction-faults.ts`: processes killed with SIGKILL inside transactions, on brokers that
 * stay up, judged by our reader and by Kafka's console consumer.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { consoleConsume } from '../support/console-clients.ts'
import { createTopic, deleteTopicsOf } from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'
import { judgeOnce, judgeWhole } from '../support/transaction-judge.ts'
import { readAll, type RunPlace, runTransforms, runWriters } from '../support/transaction-runs.ts'

const servers = realClusterServers() ?? []
const bootstrapServers = servers.join(',')
const prefix = uniquePrefix('transaction-faults')
let kafka: KafkaConnection
let place: RunPlace

const newTopic = (label: string, partitions: number): Promise<string> =>
  createTopic(kafka, `${prefix}-${label}`, partitions, { 'min.insync.replicas': '2' })

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  place = { bootstrapServers, kafka, said: () => undefined, seed: 1 }
})

after(async () => {
  await deleteTopicsOf(kafka, prefix)
  await kafka.close()
})

test('three writers killed inside transactions and a zombie: whole transactions only, each once', async () => {
  const topic = await newTopic('writers', 6)
  const report = await runWriters(place, {
    topic,
    transactionalId: `${prefix}-writers`,
    restarts: 3,
    recordsPerTransaction: 30,
  })
  assert.equal(report.zombieCode, 'TRANSACTION_FENCED')
  assert.ok(report.zombieTransactions.size > 0)
  const ours = await readAll(kafka, topic, 'read_committed')
  const theirs = await consoleConsume(bootstrapServers, topic, ours.length, {
    isolation: 'read_committed',
  })
  for (const seen of [ours, theirs])
    assert.deepEqual(judgeWhole(seen, report.committed, report.zombieTransactions).problems, [])
  assert.ok(
    (await readAll(kafka, topic, 'read_uncommitted')).length > ours.length,
    'nothing was ever aborted',
  )
})

test('a transform killed three times writes each output once, in order per key', async () => {
  const [from, to, group] = [await newTopic('in', 4), await newTopic('out', 4), `${prefix}-group`]
  const report = await runTransforms(place, {
    from,
    to,
    group,
    records: 6_000,
    keys: 200,
    workers: 1,
    kills: 3,
    handlerMs: 20,
  })
  const ours = await readAll(kafka, to, 'read_committed')
  const theirs = await consoleConsume(bootstrapServers, to, ours.length, {
    isolation: 'read_committed',
  })
  for (const seen of [ours, theirs]) {
    const { missing, repeated, reordered, foreign, examples } = judgeOnce(seen, report.expected)
    assert.deepEqual(
      { missing, repeated, reordered, foreign },
      { missing: 0, repeated: 0, reordered: 0, foreign: 0 },
      examples.join('; '),
    )
  }
})
