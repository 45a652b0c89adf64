import assert from 'node:assert/strict'
import { KafkaCode } from '../../src/core/model/index.ts'
import { type Bench, batchOf } from './subject.ts'

const INVALID_REPLICA_ASSIGNMENT = 39

/** The control plane: look, change, look again. */
export const topicTests: Record<string, (bench: Bench) => Promise<void>> = {
  'the cluster shows its brokers in order, alive, with a controller among them': async ({ cluster }) => {
    const snapshot = await cluster.describe()
    const ids = snapshot.brokers.map(broker => broker.id)
    assert.deepEqual(
      ids,
      ids.toSorted((left, right) => left - right),
    )
    assert.ok(ids.length >= 3, 'the suite needs three brokers')
    assert.ok(snapshot.brokers.every(broker => broker.alive))
    assert.ok(snapshot.controllerId !== null && ids.includes(snapshot.controllerId))
    assert.notEqual(snapshot.clusterId, '')
  },

  'createTopics answers for each item by itself, in order': async bench => {
    const existing = await bench.topic(1)
    const good = bench.name()
    bench.forget(good)
    const request = { partitions: 1, replicationFactor: 3, configs: new Map<string, string>() }
    const outcomes = await bench.cluster.createTopics([
      { ...request, name: existing.name },
      { ...request, name: 'not/a/name' },
      { ...request, name: bench.name(), partitions: 0 },
      { ...request, name: bench.name(), replicationFactor: 99 },
      { ...request, name: bench.name(), configs: new Map([['no.such.config', '1']]) },
      { ...request, name: bench.name(), configs: new Map([['retention.ms', 'soon']]) },
      { ...request, name: good },
    ])
    assert.deepEqual(
      outcomes.map(outcome => outcome.code),
      [
        KafkaCode.TOPIC_ALREADY_EXISTS,
        KafkaCode.INVALID_TOPIC,
        KafkaCode.INVALID_PARTITIONS,
        KafkaCode.INVALID_REPLICATION_FACTOR,
        KafkaCode.INVALID_CONFIG,
        KafkaCode.INVALID_CONFIG,
        0,
      ],
    )
    assert.deepEqual([outcomes[0]?.item, outcomes[6]?.item], [existing.name, good])
    assert.ok(outcomes.slice(0, 6).every(outcome => outcome.message !== null))
  },

  'a created topic is as asked for: count, replicas on distinct brokers, own configs only': async bench => {
    const info = await bench.topic(6, { configs: { 'retention.ms': '9223372036854775807' } })
    assert.match(info.topicId, /^[0-9a-f]{32}$/)
    assert.equal(info.internal, false)
    assert.deepEqual([...(info.configs ?? [])], [['retention.ms', '9223372036854775807']])
    assert.deepEqual(
      info.partitions.map(one => one.partition),
      [0, 1, 2, 3, 4, 5],
    )
    const leaders = new Map<number, number>()
    for (const { leader, replicas, isr } of info.partitions) {
      assert.equal(new Set(replicas).size, 3)
      assert.equal(leader, replicas[0])
      assert.deepEqual(new Set(isr), new Set(replicas))
      leaders.set(leader ?? -1, (leaders.get(leader ?? -1) ?? 0) + 1)
    }
    assert.deepEqual([...leaders.values()], [2, 2, 2], 'leaders are even over brokers')
  },

  'describe leaves out what does not exist, and configs unless asked for': async bench => {
    const { name } = await bench.topic(1, { configs: { 'retention.ms': '60000' } })
    const named = await bench.cluster.describe({ topics: [name, bench.name()] })
    assert.deepEqual([...named.topics.keys()], [name])
    assert.equal(named.topics.get(name)?.configs, null)
    assert.ok((await bench.cluster.describe()).topics.has(name))
  },

  'configs in force are those of the topic, and for all others the defaults of the brokers': async bench => {
    const { name } = await bench.topic(1, { configs: { 'retention.ms': '60000' } })
    const { topics } = await bench.cluster.describe({ topics: [name], configs: 'in-force' })
    const told = topics.get(name)?.configs
    assert.equal(told?.get('retention.ms'), '60000')
    assert.equal(told?.get('cleanup.policy'), 'delete')
    assert.match(told?.get('segment.ms') ?? '', /^\d+$/)
    assert.equal(told?.get('unclean.leader.election.enable'), 'false')
  },

  'partitions are added, and never taken away': async bench => {
    const { name, topicId } = await bench.topic(2)
    assert.deepEqual(await bench.cluster.addPartitions(name, 5), { item: name, code: 0, message: null })
    const grown = await bench.described(name)
    assert.equal(grown.partitions.length, 5)
    assert.equal(grown.topicId, topicId)
    assert.ok(grown.partitions.every(one => one.replicas.length === 3))
    for (const count of [5, 3]) {
      const refused = await bench.cluster.addPartitions(name, count)
      assert.equal(refused.code, KafkaCode.INVALID_PARTITIONS)
      assert.notEqual(refused.message, null)
    }
    const unknown = await bench.cluster.addPartitions(bench.name(), 2)
    assert.equal(unknown.code, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
    assert.equal((await bench.described(name)).partitions.length, 5)
  },

  'configs are set and removed one by one; a bad one changes nothing': async bench => {
    const { name } = await bench.topic(1, { configs: { 'retention.ms': '60000', 'segment.ms': '70000' } })
    const alter = (changes: Record<string, string | null>) =>
      bench.cluster.alterTopicConfigs(name, new Map(Object.entries(changes)))
    const changed = await alter({ 'retention.ms': null, 'max.message.bytes': '2000' })
    assert.deepEqual(changed, { item: name, code: 0, message: null })
    const expected = { 'max.message.bytes': '2000', 'segment.ms': '70000' }
    const current = async () => Object.fromEntries((await bench.described(name)).configs ?? [])
    assert.deepEqual(await current(), expected)
    const refused = await alter({ 'segment.ms': '80000', 'no.such.config': '1' })
    assert.equal(refused.code, KafkaCode.INVALID_CONFIG)
    assert.deepEqual(await current(), expected)
    const unknown = await bench.cluster.alterTopicConfigs(bench.name(), new Map([['retention.ms', '1']]))
    assert.equal(unknown.code, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
  },

  'a topic made again under the same name is another topic': async bench => {
    const first = await bench.topic(1)
    const outcomes = await bench.cluster.deleteTopics([bench.name(), first.name])
    assert.deepEqual(
      outcomes.map(outcome => outcome.code),
      [KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, 0],
    )
    assert.equal((await bench.snapshot(first.name)).topics.size, 0)
    const request = {
      name: first.name,
      partitions: 1,
      replicationFactor: 3,
      configs: new Map<string, string>(),
    }
    assert.equal((await bench.cluster.createTopics([request]))[0]?.code, 0)
    assert.notEqual((await bench.described(first.name)).topicId, first.topicId)
  },

  'leadership moves to the replica named, with a higher epoch, and no data moves': async bench => {
    const { name, partitions } = await bench.topic(1)
    const before = partitions[0]
    assert.ok(before)
    const target = before.replicas[2]
    assert.ok(target !== undefined)
    const outcome = await bench.cluster.moveLeader(name, 0, target)
    assert.deepEqual(outcome, { item: `${name}-0`, code: 0, message: null })
    await bench.eventually('the new leader leads', async () => (await bench.leaderOf(name, 0)) === target)
    const after = (await bench.described(name)).partitions[0]
    assert.ok(after && after.leaderEpoch > before.leaderEpoch)
    assert.deepEqual(new Set(after.replicas), new Set(before.replicas))
    const again = await bench.cluster.moveLeader(name, 0, target)
    assert.equal(again.code, 0, 'a leader that leads already is no failure')
  },

  'leadership cannot move to a broker without a copy, nor of a partition that is not': async bench => {
    const { name, partitions } = await bench.topic(1, { replicationFactor: 2 })
    const { brokers } = await bench.cluster.describe()
    const stranger = brokers.find(broker => !partitions[0]?.replicas.includes(broker.id))
    assert.ok(stranger)
    assert.equal((await bench.cluster.moveLeader(name, 0, stranger.id)).code, INVALID_REPLICA_ASSIGNMENT)
    const missing = await bench.cluster.moveLeader(name, 7, stranger.id)
    assert.equal(missing.code, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
    assert.equal(missing.item, `${name}-7`)
  },

  'offsets and sizes are read per partition; a topic outside the snapshot is left out': async bench => {
    const { name } = await bench.topic(3)
    const batch = batchOf(['a', 'b'])
    assert.equal((await bench.produce(name, 1, batch)).code, 0)
    const snapshot = await bench.snapshot(name)
    const offsets = await bench.cluster.readOffsets(snapshot, [name, bench.name()])
    assert.deepEqual([...offsets.keys()], [name])
    assert.deepEqual([...(offsets.get(name)?.end ?? [])], [0, 2, 0])
    assert.deepEqual([...(offsets.get(name)?.start ?? [])], [0, 0, 0])
    const { sizes, disks } = await bench.cluster.readSizes(snapshot, [name])
    const sizeBytes = [...(sizes.get(name)?.sizeBytes ?? [])]
    assert.deepEqual(sizeBytes, [0, batch.length, 0])
    assert.deepEqual(
      disks.map(disk => disk.broker).toSorted((left, right) => left - right),
      snapshot.brokers.map(broker => broker.id),
    )
    assert.ok(disks.every(disk => disk.usedBytes >= 0))
  },
}
