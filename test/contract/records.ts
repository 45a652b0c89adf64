import assert from 'node:assert/strict'
import { KafkaCode } from '../../src/core/model/index.ts'
import { sleep } from '../../src/ports/clock.ts'
import { type Bench, batchOf, otherThan, recordsIn } from './subject.ts'

const newProducer = async (bench: Bench): Promise<bigint> => {
  let id = -1n
  await bench.eventually('a producer id is given', async () => {
    const answer = await bench.link.initProducerId()
    if (answer.code === 0) {
      assert.equal(answer.producerEpoch, 0)
      id = answer.producerId
    }
    return answer.code === 0
  })
  assert.ok(id >= 0n)
  return id
}

/** The data plane: what goes in comes out, once, in order, and every refusal has its code. */
export const recordTests: Record<string, (bench: Bench) => Promise<void>> = {
  'records come back as they were sent, with the offsets that were answered': async bench => {
    const info = await bench.topic(2)
    const first = await bench.produce(info.name, 1, batchOf(['a', 'b', 'c']))
    const second = await bench.produce(info.name, 1, batchOf(['d']))
    assert.deepEqual([first.code, first.baseOffset, first.appendTimeMs], [0, 0, -1])
    assert.deepEqual([second.code, second.baseOffset], [0, 3])
    const all = await bench.fetch(info, 1, 0)
    assert.equal(all.code, 0)
    assert.deepEqual([all.highWatermark, all.lastStableOffset, all.logStart], [4, 4, 0])
    assert.deepEqual(recordsIn(all, 0), ['0:a', '1:b', '2:c', '3:d'])
    const middle = await bench.fetch(info, 1, 1)
    assert.deepEqual(
      recordsIn(middle, 1),
      ['1:b', '2:c', '3:d'],
      'the batch that holds the position comes whole',
    )
  },

  'a batch sent again is not appended again': async bench => {
    const info = await bench.topic(1)
    const id = await newProducer(bench)
    const batch = batchOf(['a', 'b'], { id, sequence: 0 })
    const first = await bench.produce(info.name, 0, batch)
    const again = await bench.produce(info.name, 0, batch)
    assert.deepEqual([first.code, first.baseOffset], [0, 0])
    assert.deepEqual([again.code, again.baseOffset], [0, 0])
    assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:a', '1:b'])
  },

  'the last five batches are known again; an older one is out of order': async bench => {
    const info = await bench.topic(1)
    const id = await newProducer(bench)
    const batches = [0, 1, 2, 3, 4, 5].map(sequence => batchOf([`v${sequence}`], { id, sequence }))
    for (const batch of batches) assert.equal((await bench.produce(info.name, 0, batch)).code, 0)
    const fifthLast = await bench.produce(info.name, 0, batches[1] as Uint8Array)
    assert.deepEqual([fifthLast.code, fifthLast.baseOffset], [0, 1])
    const older = await bench.produce(info.name, 0, batches[0] as Uint8Array)
    assert.equal(older.code, KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.equal((await bench.fetch(info, 0, 0)).highWatermark, 6)
  },

  'a gap in the sequence is refused, and the right batch is still welcome': async bench => {
    const info = await bench.topic(1)
    const id = await newProducer(bench)
    assert.equal((await bench.produce(info.name, 0, batchOf(['a'], { id, sequence: 0 }))).code, 0)
    const gap = await bench.produce(info.name, 0, batchOf(['c'], { id, sequence: 2 }))
    assert.equal(gap.code, KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.equal((await bench.produce(info.name, 0, batchOf(['b'], { id, sequence: 1 }))).code, 0)
    assert.deepEqual(recordsIn(await bench.fetch(info, 0, 0), 0), ['0:a', '1:b'])
  },

  'sequences are per partition, and a partition that does not know the producer takes any': async bench => {
    const info = await bench.topic(2)
    const id = await newProducer(bench)
    assert.equal((await bench.produce(info.name, 0, batchOf(['a'], { id, sequence: 0 }))).code, 0)
    assert.equal((await bench.produce(info.name, 1, batchOf(['b'], { id, sequence: 41 }))).code, 0)
    assert.equal((await bench.produce(info.name, 1, batchOf(['c'], { id, sequence: 42 }))).code, 0)
  },

  'a newer producer epoch starts at zero and shuts out the older': async bench => {
    const info = await bench.topic(1)
    const id = await newProducer(bench)
    const send = async (epoch: number, sequence: number): Promise<number> =>
      (await bench.produce(info.name, 0, batchOf(['a'], { id, epoch, sequence }))).code
    assert.equal(await send(0, 0), 0)
    assert.equal(await send(1, 1), KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.equal(await send(1, 0), 0)
    assert.equal(await send(0, 1), KafkaCode.INVALID_PRODUCER_EPOCH)
  },

  'each item of a produce request succeeds or fails alone': async bench => {
    const info = await bench.topic(1)
    const leader = await bench.leaderOf(info.name, 0)
    const batch = batchOf(['a'])
    const answer = await bench.link.produce(leader, 'produce', {
      acks: -1,
      timeoutMs: 5000,
      items: [
        { topic: info.name, partition: 0, batch },
        { topic: info.name, partition: 9, batch },
        { topic: bench.name(), partition: 0, batch },
      ],
    })
    assert.deepEqual(
      answer.results.map(result => result.code),
      [0, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, KafkaCode.UNKNOWN_TOPIC_OR_PARTITION],
    )
  },

  'who does not lead refuses writers and questions about offsets, and names the leader': async bench => {
    const info = await bench.topic(1)
    const leader = await bench.leaderOf(info.name, 0)
    const follower = otherThan(await bench.snapshot(), leader)
    const produced = await bench.produceTo(follower, info.name, 0, batchOf(['a']))
    assert.equal(produced.code, KafkaCode.NOT_LEADER_OR_FOLLOWER)
    assert.equal(produced.leader?.id, leader)
    const [listed] = await bench.link.listOffsets(follower, 'read_uncommitted', [
      { topic: info.name, partition: 0, timestamp: -1 },
    ])
    assert.equal(listed?.code, KafkaCode.NOT_LEADER_OR_FOLLOWER)
  },

  'a follower serves readers, a broker without a copy does not': async bench => {
    const info = await bench.topic(1, { replicationFactor: 2 })
    await bench.produce(info.name, 0, batchOf(['a']))
    const [, follower] = info.partitions[0]?.replicas ?? []
    assert.ok(follower !== undefined)
    let copied: string[] = []
    await bench.eventually('the follower serves the record', async () => {
      copied = recordsIn(await bench.fetch(info, 0, 0, { broker: follower, maxWaitMs: 50 }), 0)
      return copied.length > 0
    })
    assert.deepEqual(copied, ['0:a'])
    const { brokers } = await bench.cluster.describe()
    const stranger = brokers.find(broker => !info.partitions[0]?.replicas.includes(broker.id))
    assert.ok(stranger)
    const fetched = await bench.fetch(info, 0, 0, { broker: stranger.id })
    assert.equal(fetched.code, KafkaCode.NOT_LEADER_OR_FOLLOWER)
    assert.equal(fetched.leader?.id, await bench.leaderOf(info.name, 0))
  },

  'a damaged batch and one that is too large are refused': async bench => {
    const info = await bench.topic(1, { configs: { 'max.message.bytes': '200' } })
    const damaged = batchOf(['a'])
    damaged[damaged.length - 2] = (damaged[damaged.length - 2] as number) ^ 1
    assert.equal((await bench.produce(info.name, 0, damaged)).code, KafkaCode.CORRUPT_MESSAGE)
    const large = await bench.produce(info.name, 0, batchOf(['x'.repeat(300)]))
    assert.equal(large.code, KafkaCode.MESSAGE_TOO_LARGE)
    assert.equal((await bench.fetch(info, 0, 0, { maxWaitMs: 10 })).highWatermark, 0)
  },

  'more in-sync replicas than there are replicas cannot be demanded': async bench => {
    const info = await bench.topic(1, { replicationFactor: 1, configs: { 'min.insync.replicas': '2' } })
    const leader = await bench.leaderOf(info.name, 0)
    const all = await bench.produceTo(leader, info.name, 0, batchOf(['a']), -1)
    const one = await bench.produceTo(leader, info.name, 0, batchOf(['b']), 1)
    assert.deepEqual([all.code, all.baseOffset, one.code, one.baseOffset], [0, 0, 0, 1])
  },

  'a reader outside the log, of another epoch or of another topic gets its code': async bench => {
    const info = await bench.topic(1)
    await bench.produce(info.name, 0, batchOf(['a']))
    const epoch = (await bench.described(info.name)).partitions[0]?.leaderEpoch ?? 0
    const codeOf = async (...args: Parameters<Bench['fetch']>): Promise<number> =>
      (await bench.fetch(...args)).code
    assert.equal(await codeOf(info, 0, 1, { maxWaitMs: 10 }), 0, 'the end of the log is inside')
    assert.equal(await codeOf(info, 0, 2), KafkaCode.OFFSET_OUT_OF_RANGE)
    assert.equal(await codeOf(info, 0, 0, { leaderEpoch: epoch + 5 }), KafkaCode.UNKNOWN_LEADER_EPOCH)
    assert.equal(await codeOf(info, 0, 0, { leaderEpoch: epoch }), 0)
    const leader = await bench.leaderOf(info.name, 0)
    const unknownId = '0123456789abcdef0123456789abcdef'
    assert.equal(await codeOf(info, 0, 0, { broker: leader, topicId: unknownId }), KafkaCode.UNKNOWN_TOPIC_ID)
    assert.equal(
      (await bench.fetch(info, 7, 0, { broker: leader })).code,
      KafkaCode.UNKNOWN_TOPIC_OR_PARTITION,
    )
  },

  'a reader with an old leader epoch is told so': async bench => {
    const info = await bench.topic(1)
    const target = info.partitions[0]?.replicas[1]
    assert.ok(target !== undefined)
    await bench.cluster.moveLeader(info.name, 0, target)
    await bench.eventually('the leader moved', async () => (await bench.leaderOf(info.name, 0)) === target)
    const old = info.partitions[0]?.leaderEpoch ?? 0
    const fetched = await bench.fetch(info, 0, 0, { broker: target, leaderEpoch: old })
    assert.equal(fetched.code, KafkaCode.FENCED_LEADER_EPOCH)
  },

  'a fetch at the end waits for records, no longer than it was told': async bench => {
    const info = await bench.topic(1)
    const startedMs = bench.clock.monotonicMs()
    const empty = await bench.fetch(info, 0, 0, { maxWaitMs: 300 })
    assert.equal(empty.code, 0)
    assert.deepEqual(recordsIn(empty, 0), [])
    assert.ok(bench.clock.monotonicMs() - startedMs >= 299, 'it waited')
    const waiting = bench.fetch(info, 0, 0, { maxWaitMs: 20_000 })
    await sleep(bench.clock, 100)
    await bench.produce(info.name, 0, batchOf(['a']))
    assert.deepEqual(recordsIn(await waiting, 0), ['0:a'])
    assert.ok(bench.clock.monotonicMs() - startedMs < 20_000, 'the record ended the wait')
  },

  'a limit smaller than the first batch still brings it': async bench => {
    const info = await bench.topic(1)
    for (const value of ['a', 'b', 'c']) await bench.produce(info.name, 0, batchOf([value]))
    const fetched = await bench.fetch(info, 0, 0, { maxBytes: 1 })
    assert.deepEqual(recordsIn(fetched, 0), ['0:a'])
  },

  'offsets are listed for both ends and for a time': async bench => {
    const { name } = await bench.topic(1)
    await bench.produce(name, 0, batchOf(['a', 'b', 'c'], null, 1000))
    await bench.produce(name, 0, batchOf(['d'], null, 2000))
    const leader = await bench.leaderOf(name, 0)
    const ask = (...asked: [partition: number, timestamp: number][]) =>
      bench.link.listOffsets(
        leader,
        'read_committed',
        asked.map(([partition, timestamp]) => ({ topic: name, partition, timestamp })),
      )
    const unknown = { code: KafkaCode.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 }
    assert.deepEqual(await ask([6, -1], [0, -1]), [unknown, { code: 0, offset: 4 }])
    const offsetOf = { '-2': 0, '1002': 2, '1500': 3, '9000': -1 }
    for (const [timestamp, offset] of Object.entries(offsetOf))
      assert.deepEqual(await ask([0, Number(timestamp)]), [{ code: 0, offset }], timestamp)
    const twice = { code: KafkaCode.INVALID_REQUEST, offset: -1 }
    assert.deepEqual(await ask([0, -1], [0, -2]), [twice, twice], 'a partition may be asked for once')
  },
}
