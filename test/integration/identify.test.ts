import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Producer, stringSerializers } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { packedRouter } from '../../src/adapters/key-counter/packed-router.ts'
import { connectKafka } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { identifyCommand } from '../../src/cli/identify.ts'
import { simulateCommand } from '../../src/cli/simulate/command.ts'
import type { World } from '../../src/cli/world.ts'
import { capturedWorld, runVerb } from '../support/captured-world.ts'
import { realClusterServers, skipWithoutCluster, uniquePrefix } from '../support/real-cluster.ts'

/** Topics written by the clients themselves, with their own partitioners, and told apart from their records alone. */
const servers = realClusterServers()
const skip = skipWithoutCluster()
const prefix = uniquePrefix('identify')
const KEYS = 400

const connect = (): ReturnType<typeof connectKafka> =>
  connectKafka({
    bootstrapServers: servers ?? [],
    clientId: 'identify-test',
    security: null,
    clock: systemClock,
  })
let connection: Awaited<ReturnType<typeof connect>> | null = null

const topics = { legacy: 12, platformatic: 12, mixed: 12, power: 8 } as const
const nameOf = (topic: keyof typeof topics): string => `${prefix}-${topic}`

before(async () => {
  if (servers === null) return
  connection = await connect()
  await connection.cluster.createTopics(
    Object.entries(topics).map(([topic, partitions]) => ({
      name: `${prefix}-${topic}`,
      partitions,
      replicationFactor: 3,
      configs: new Map(),
    })),
  )
})

after(async () => {
  await connection?.cluster.deleteTopics(Object.keys(topics).map(topic => `${prefix}-${topic}`))
  await connection?.close()
})

const byKafkajs = async (
  topic: keyof typeof topics,
  createPartitioner: kafkajs.ICustomPartitioner,
): Promise<void> => {
  const client = new kafkajs.Kafka({
    clientId: 'identify-test',
    brokers: [...(servers ?? [])],
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const producer = client.producer({ createPartitioner })
  await producer.connect()
  const messages = Array.from({ length: KEYS }, (_, index) => ({
    key: `user-${index}`,
    value: 'x',
    headers: { client: createPartitioner.name },
  }))
  await producer.send({ topic: nameOf(topic), messages })
  await producer.disconnect()
}

const byPlatformatic = async (topic: keyof typeof topics): Promise<void> => {
  const producer = new Producer({
    clientId: 'identify-test',
    bootstrapBrokers: [...(servers ?? [])],
    serializers: stringSerializers,
  })
  await producer.send({
    messages: Array.from({ length: KEYS }, (_, index) => ({
      topic: nameOf(topic),
      key: `user-${index}`,
      value: 'x',
    })),
  })
  await producer.close()
}

interface Identified {
  readonly verdict: string
  readonly sampled: number
  readonly held: number
  readonly keys: number
  readonly scatteredKeys: number
  readonly writers: readonly { readonly names: readonly string[]; readonly share: number }[]
}

const identified = async (topic: keyof typeof topics): Promise<Identified> => {
  const { out } = await said(identifyCommand, nameOf(topic))
  return JSON.parse(out) as Identified
}

const said = async (
  verb: (world: World) => ReturnType<typeof identifyCommand>,
  ...args: readonly string[]
): Promise<{ readonly out: string }> => {
  assert.ok(connection !== null)
  const { world, take } = capturedWorld({ cluster: connection.cluster, clock: systemClock })
  const real: World = { ...world, codecs: nodeCodecs, routePacked: packedRouter(), connect }
  await runVerb(verb(real), ...args, '--bootstrap-server', (servers ?? []).join(','), '--json')
  return take()
}

test('a topic of kafkajs with its old partitioner is known as that', { skip }, async () => {
  await byKafkajs('legacy', kafkajs.Partitioners.LegacyPartitioner)
  const { verdict, sampled, held, keys, writers } = await identified('legacy')
  assert.deepEqual([verdict, keys, writers[0]?.names], ['one', KEYS, ['kafkajs-legacy']])
  // not the number sent: this client sends again what a leader that was just elected did not take
  assert.equal(sampled, held)
})

test('a topic of @platformatic/kafka is known as that', { skip }, async () => {
  await byPlatformatic('platformatic')
  const { verdict, writers } = await identified('platformatic')
  assert.deepEqual([verdict, writers[0]?.names], ['one', ['platformatic-default']])
})

test('two clients that write one topic are both found, and the keys they scattered', { skip }, async () => {
  await byKafkajs('mixed', kafkajs.Partitioners.DefaultPartitioner)
  await byPlatformatic('mixed')
  const { verdict, writers, scatteredKeys } = await identified('mixed')
  assert.equal(verdict, 'mixed')
  assert.deepEqual(
    writers.map(({ names }) => names.includes('java') || names.includes('platformatic-default')),
    [true, true],
  )
  // half of all hashes have the sign bit set, and those keys part on 12 partitions
  assert.ok(scatteredKeys > KEYS * 0.35 && scatteredKeys < KEYS * 0.65, `${scatteredKeys}`)
})

test('on a power of two the same two clients cannot be told apart, and a sample can be simulated', {
  skip,
}, async () => {
  await byPlatformatic('power')
  const { verdict, writers } = await identified('power')
  assert.equal(verdict, 'cannot-tell')
  assert.ok(writers[0]?.names.includes('java') && writers[0].names.includes('platformatic-default'))
  const { out } = await said(simulateCommand, '--topic', nameOf('power'), '--partitions', '8')
  assert.equal((JSON.parse(out) as { keys: { distinct: number } }).keys.distinct, KEYS)
})
