/**
 * Hot keys of a real topic beside a second witness: everything that was written is read back by Kafka's own console
 * consumer, with key and partition, and counted. The sample that was taken while it was written must hold the truth
 * within the interval that it states, and bytes a second must be those that the log grew by.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { partitionKeysSchema } from '../../src/api/contract.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import { sleep } from '../../src/ports/clock.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { createHotKeys } from '../../src/runtime/hot-keys/hot-keys.ts'
import { startLive } from '../../src/runtime/live-state.ts'
import { consoleConsume } from '../support/console-clients.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const prefix = uniquePrefix('hot')
const TOPIC = `${prefix}-actions`
const HOT = 'user-4820634'
const SECONDS = 12
const PER_SECOND = 500

let kafka: KafkaConnection

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  const [made] = await kafka.cluster.createTopics([
    { name: TOPIC, partitions: 12, replicationFactor: 3, configs: new Map() },
  ])
  assert.equal(made?.code, 0, made?.message ?? '')
})

after(async () => {
  await kafka.cluster.deleteTopics([TOPIC])
  await kafka.close()
})

test('the sampled share of a key holds what a full scan by another client counts', async () => {
  const random = seededRandom(5)
  const hotKeys = createHotKeys({
    link: kafka.openLink(`${prefix}-keys`),
    clock: systemClock,
    codecs: nodeCodecs,
    random,
    // little enough that a part is left unread
    bytesPerLook: 20_000,
  })
  const live = startLive({
    cluster: kafka.cluster,
    clock: systemClock,
    clusterName: null,
    version: '0',
    hotKeys,
  })
  const producer = createProducer({
    link: kafka.openLink(`${prefix}-writer`),
    clock: systemClock,
    codecs: nodeCodecs,
    random,
    // so that what is on disk is what the scan counts
    options: { compression: 'none' },
  })
  try {
    for (let tick = 0; tick < SECONDS * 10; tick++) {
      for (let record = 0; record < PER_SECOND / 10; record++) {
        const key = random.next() < 0.4 ? HOT : `user-${1_000_000 + Math.floor(random.next() * 3_000)}`
        producer.send({ topic: TOPIC, key, value: 'x'.repeat(100) })
      }
      const hottest = live.judgement()?.topics.get(TOPIC)?.skew.hot[0]
      if (hottest !== undefined) hotKeys.want(TOPIC, hottest)
      await sleep(systemClock, 100)
    }
    await producer.flush()
    // before the scan, which may take longer than the window reaches back
    const rates = live.judgement()?.topics.get(TOPIC)?.recordsPerSecond ?? new Float64Array()
    const bytes = live.judgement()?.topics.get(TOPIC)?.bytesPerSecond ?? new Float64Array()
    const hottest = rates.indexOf(Math.max(...rates))
    const view = partitionKeysSchema.parse(live.keys(TOPIC, hottest))
    const scanned = await scan(producer.stats().recordsAcknowledged)
    const lane = [...scanned].toSorted(([, a], [, b]) => b.records - a.records)[0]?.[0] ?? -1
    assert.equal(lane, hottest)
    assert.equal(view.method, 'sampled')
    assert.equal(view.keys[0]?.key, 'user-48···34')
    const truth = (scanned.get(lane)?.keys.get(HOT) ?? 0) / (scanned.get(lane)?.records ?? Number.NaN)
    const { low, high } = view.keys[0]?.records ?? {}
    // the scan is of everything, the window of its last minute: what was written before the first look is in the scan only
    assert.ok(
      typeof low === 'number' && typeof high === 'number' && low - 0.02 <= truth && truth <= high + 0.02,
      JSON.stringify({ truth, low, high, read: view.recordsRead, of: view.records }),
    )
    // on disk a batch has a head of 61 bytes, and where few records come at a time it is a fifth of them
    const scannedBytes = [...scanned.values()].reduce((sum, each) => sum + each.bytes, 0)
    const seenBytes = bytes.reduce((sum, each) => sum + each, 0)
    for (const [partition, each] of scanned) {
      const [theirs, ours] = [each.bytes / scannedBytes, (bytes[partition] ?? Number.NaN) / seenBytes]
      assert.ok(Math.abs(theirs - ours) < 0.05, `${TOPIC}-${partition}: ${ours} of the bytes, not ${theirs}`)
    }
    assert.ok(
      view.recordsRead < (view.records ?? 0),
      'a part was left unread, or the interval was not on trial',
    )
  } finally {
    await producer.close({ deadlineMs: 5_000 })
    await live.close()
  }
})

/** Records, bytes and keys by partition, as Kafka's console consumer reads them. */
const scan = async (written: number) => {
  const partitions = new Map<number, { records: number; bytes: number; readonly keys: Map<string, number> }>()
  for (const { partition, key, value } of await consoleConsume(servers.join(','), TOPIC, written)) {
    const seen = partitions.get(partition) ?? { records: 0, bytes: 0, keys: new Map<string, number>() }
    partitions.set(partition, seen)
    seen.records++
    seen.bytes += key.length + value.length
    seen.keys.set(key, (seen.keys.get(key) ?? 0) + 1)
  }
  return partitions
}
