/**
 * States of a partition that only last a moment, on a real cluster: moved to another broker by Kafka's own tool, slowly
 * enough to be seen, and made smaller by Kafka's log cleaner.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import type { PartitionState } from '../../src/api/contract.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { type LiveState, startLive } from '../../src/runtime/live-state.ts'
import { runKafkaTool } from '../support/kafka-tools.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'
import { tempFolder } from '../support/temp-folder.ts'

const servers = realClusterServers() ?? []
const prefix = uniquePrefix('states')
const MOVED = `${prefix}-moved`
const COMPACTED = `${prefix}-compacted`
const VALUE_BYTES = 1_000
const RECORDS = 8_000
/** Eight megabytes take four seconds. */
const THROTTLE = 2_000_000
const DEADLINE_MS = 60_000

let kafka: KafkaConnection
let live: LiveState

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  const outcomes = await kafka.cluster.createTopics([
    { name: MOVED, partitions: 1, replicationFactor: 2, configs: new Map() },
    {
      name: COMPACTED,
      partitions: 1,
      replicationFactor: 3,
      configs: new Map([
        ['cleanup.policy', 'compact'],
        ['segment.bytes', '1048576'],
        ['min.cleanable.dirty.ratio', '0.01'],
      ]),
    },
  ])
  for (const { item, code, message } of outcomes) assert.equal(code, 0, `${item}: ${message}`)
  await write(MOVED, at => `key-${at}`)
  live = startLive({
    cluster: kafka.cluster,
    clock: systemClock,
    clusterName: null,
    version: '0',
    pace: { metadataMs: 500, sizesMs: 1_000, configsMs: 5_000 },
  })
})

after(async () => {
  await live.close()
  await kafka.cluster.deleteTopics([MOVED, COMPACTED])
  await kafka.close()
})

const write = async (topic: string, keyOf: (at: number) => string): Promise<void> => {
  const producer = createProducer({
    link: kafka.openLink(`${prefix}-${topic}`),
    clock: systemClock,
    codecs: nodeCodecs,
    random: seededRandom(1),
    options: { compression: 'none' },
  })
  const value = 'v'.repeat(VALUE_BYTES)
  for (let at = 0; at < RECORDS; at++)
    if (!producer.send({ topic, key: keyOf(at), value })) await producer.drained()
  const { acknowledged } = await producer.close({ deadlineMs: DEADLINE_MS })
  assert.equal(acknowledged, RECORDS)
}

const until = (topic: string, wanted: PartitionState): Promise<void> =>
  new Promise((resolve, reject) => {
    const stateNow = (): PartitionState | undefined => live.topic(topic)?.partitionList[0]?.state
    const finish = (settle: () => void): void => {
      clearTimeout(deadline)
      unsubscribe()
      settle()
    }
    const deadline = setTimeout(
      () => finish(() => reject(new Error(`${topic} was not seen ${wanted}; it is ${stateNow()}`))),
      DEADLINE_MS,
    )
    const check = (): void => {
      if (stateNow() === wanted) finish(resolve)
    }
    const unsubscribe = live.subscribe(check)
    check()
  })

test('a partition that Kafka moves to another broker is reassigning, then active again', async () => {
  await until(MOVED, 'active')
  const replicas = live.topic(MOVED)?.partitionList[0]?.replicas ?? []
  const other = live
    .cluster()
    .brokers.map(({ id }) => id)
    .find(id => !replicas.includes(id))
  assert.ok(other !== undefined)
  const file = join(tempFolder('states'), 'move.json')
  const moved = { topic: MOVED, partition: 0, replicas: [replicas[0], other] }
  writeFileSync(file, JSON.stringify({ version: 1, partitions: [moved] }))
  const reassign = (...flags: readonly string[]): Promise<string> =>
    runKafkaTool(
      'reassign.ReassignPartitionsCommand',
      '--bootstrap-server',
      servers.join(','),
      '--reassignment-json-file',
      file,
      ...flags,
    )
  const seen = until(MOVED, 'reassigning')
  await reassign('--execute', '--throttle', String(THROTTLE))
  await seen
  await until(MOVED, 'active')
  assert.deepEqual(live.topic(MOVED)?.partitionList[0]?.replicas, moved.replicas)
  assert.match(await reassign('--verify'), /is completed/)
})

test('a partition whose log the cleaner makes smaller is compacting', async () => {
  const seen = until(COMPACTED, 'compacting')
  await write(COMPACTED, at => `key-${at % 10}`)
  await seen
})
