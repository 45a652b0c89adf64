import assert from 'node:assert/strict'
import { KafkaCode } from '../../src/core/model/index.ts'
import { LinkFailure } from '../../src/ports/broker-link.ts'
import { sleep } from '../../src/ports/clock.ts'
import { type Bench, batchOf, noSuchBroker, recordsIn } from './subject.ts'

/** The link itself: connections, their order, and how their end is told. */
export const linkTests: Record<string, (bench: Bench) => Promise<void>> = {
  'metadata names brokers, leaders and epochs, and a topic that is not by its code': async bench => {
    const info = await bench.topic(2)
    const missing = bench.name()
    const answer = await bench.link.metadata([info.name, missing])
    const snapshot = await bench.snapshot(info.name)
    assert.deepEqual(
      answer.brokers
        .map(({ id, host, port, rack }) => ({ id, host, port, rack, alive: true }))
        .toSorted((left, right) => left.id - right.id),
      snapshot.brokers,
    )
    const found = answer.topics.find(topic => topic.name === info.name)
    assert.equal(found?.code, 0)
    assert.equal(found?.topicId, info.topicId)
    assert.deepEqual(
      found?.partitions,
      info.partitions.map(({ leader, leaderEpoch }) => ({ leader, leaderEpoch })),
    )
    const absent = answer.topics.find(topic => topic.name === missing)
    assert.equal(absent?.code, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
    assert.deepEqual(absent?.partitions, [])
    const everything = await bench.link.metadata(null)
    assert.ok(everything.topics.some(topic => topic.name === info.name))
    assert.deepEqual((await bench.link.metadata([])).topics, [])
  },

  'an abandoned connection rejects what was in flight, and the next call opens a new one': async bench => {
    const info = await bench.topic(1)
    const leader = await bench.leaderOf(info.name, 0)
    await bench.fetch(info, 0, 0, { maxWaitMs: 1 })
    const waiting = bench.fetch(info, 0, 0, { broker: leader, maxWaitMs: 20_000 })
    const rejected = assert.rejects(
      waiting,
      failure => failure instanceof LinkFailure && failure.kind === 'closed' && failure.broker === leader,
    )
    await sleep(bench.clock, 100)
    bench.link.abandon(leader, 'fetch')
    await rejected
    await bench.produce(info.name, 0, batchOf(['a']))
    assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:a'])
  },

  'abandoning one channel leaves the others alone, and they do not wait for each other': async bench => {
    const info = await bench.topic(1)
    const leader = await bench.leaderOf(info.name, 0)
    const waiting = bench.fetch(info, 0, 0, { broker: leader, maxWaitMs: 20_000 })
    await sleep(bench.clock, 100)
    bench.link.abandon(leader, 'control')
    bench.link.abandon(leader, 'produce-retry')
    const listed = await bench.link.listOffsets(leader, 'read_uncommitted', [
      { topic: info.name, partition: 0, timestamp: -1 },
    ])
    assert.deepEqual(listed, [{ code: 0, offset: 0 }])
    await bench.produce(info.name, 0, batchOf(['a']))
    assert.deepEqual(recordsIn(await waiting, 0), ['0:a'])
  },

  'requests of one channel arrive in the order of the calls': async bench => {
    const info = await bench.topic(1)
    const leader = await bench.leaderOf(info.name, 0)
    const { producerId } = await bench.link.initProducerId()
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, sequence) =>
        bench.produceTo(leader, info.name, 0, batchOf([`v${sequence}`], { id: producerId, sequence })),
      ),
    )
    assert.deepEqual(
      results.map(({ code, baseOffset }) => [code, baseOffset]),
      Array.from({ length: 12 }, (_, sequence) => [0, sequence]),
    )
  },

  'a broker that no metadata named is refused without waiting': async bench => {
    await assert.rejects(
      bench.link.listOffsets(noSuchBroker, 'read_uncommitted', []),
      failure => failure instanceof LinkFailure && failure.kind === 'unknown-broker',
    )
  },

  'closing ends everything in flight, and nothing goes out afterwards': async bench => {
    const info = await bench.topic(1)
    const leader = await bench.leaderOf(info.name, 0)
    const waiting = bench.fetch(info, 0, 0, { broker: leader, maxWaitMs: 20_000 })
    const rejected = assert.rejects(waiting, LinkFailure)
    await sleep(bench.clock, 100)
    await bench.link.close()
    await rejected
    await assert.rejects(bench.fetch(info, 0, 0, { broker: leader }), LinkFailure)
  },
}
