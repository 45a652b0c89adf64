import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { scriptedLink } from '../../test/support/scripted-link.ts'
import { nodeCodecs } from '../adapters/codecs/node-codecs.ts'
import { brokerId, type LanekeeperError } from '../core/model/index.ts'
import { assignOffsets, BatchBuilder, crc32c } from '../core/records/index.ts'
import {
  type FetchAnswer,
  type FetchedPartition,
  type FetchRequest,
  LinkFailure,
  type MetadataAnswer,
} from '../ports/broker-link.ts'
import { FetchCursor } from './fetch-cursor.ts'
import { Fetcher } from './fetcher.ts'
import { Leaders } from './leaders.ts'
import { MemoryBudget } from './memory-budget.ts'

const TOPIC_ID = 'aa'

interface Pending {
  readonly broker: number
  readonly request: FetchRequest
  answer(...partitions: FetchedPartition[]): Promise<void>
  fail(): Promise<void>
}

const fetched = (partition: number, rest: Partial<FetchedPartition> = {}): FetchedPartition => ({
  topicId: TOPIC_ID,
  partition,
  code: 0,
  highWatermark: 1000,
  lastStableOffset: 900,
  logStart: 0,
  aborted: [],
  records: null,
  leader: null,
  diverging: null,
  ...rest,
})

/** Two brokers, four partitions, led by broker 1 unless a test says otherwise. */
const rig = async (budget = new MemoryBudget(1e9, () => undefined)) => {
  const clock = new ManualClock()
  const pending: Pending[] = []
  const fatal: unknown[] = []
  const leading: { leader: number; leaderEpoch: number }[] = Array.from({ length: 40 }, () => ({
    leader: 1,
    leaderEpoch: 5,
  }))
  const topic = { name: 't', code: 0, topicId: TOPIC_ID, partitions: leading }
  let lookups = 0
  const link = scriptedLink({
    metadata: () => {
      lookups++
      return Promise.resolve({ brokers: [], topics: [structuredClone(topic)] } satisfies MetadataAnswer)
    },
    listOffsets: (_broker, _isolation, items) =>
      Promise.resolve(items.map(({ timestamp }) => ({ code: 0, offset: timestamp === -2 ? 40 : 90 }))),
    fetch: (broker, _channel, request) =>
      new Promise<FetchAnswer>((resolve, reject) => {
        pending.push({
          broker,
          request,
          answer: async (...partitions) => {
            resolve({ throttleMs: 0, code: 0, partitions })
            await clock.settle()
          },
          fail: async () => {
            reject(new LinkFailure('closed', broker, 'gone'))
            await clock.settle()
          },
        })
      }),
  })
  const leaders = new Leaders(link, clock, ['t'])
  await leaders.refresh()
  const fetcher = new Fetcher({
    link,
    clock,
    codecs: nodeCodecs,
    leaders,
    isolation: 'read_committed',
    budget,
    onFatal: error => fatal.push(error),
  })
  /** Reads a partition, whatever comes at once unless `lazily`: then when `next` is called, batch by batch. */
  const read = (partition: number, position: number, lazily = false) => {
    const taken: number[] = []
    const stopped: LanekeeperError[] = []
    const next = (): boolean => fetcher.read(cursor, offset => taken.push(offset))
    const cursor: FetchCursor = new FetchCursor('t', TOPIC_ID, partition, position, {
      arrived: () => {
        while (!lazily && next());
      },
      stopped: error => stopped.push(error),
    })
    fetcher.add(cursor)
    return { cursor, taken, stopped, next }
  }
  return { clock, fetcher, leading, topic, leaders, pending, read, fatal, lookups: () => lookups }
}

const batch = (baseOffset: number, count: number): Uint8Array => {
  const builder = new BatchBuilder(256)
  for (let n = 0; n < count; n++) builder.append(0, null, new Uint8Array([n]))
  const bytes = builder.seal({ producerId: -1n, producerEpoch: -1, baseSequence: -1, codec: 'none', crc32c })
  assignOffsets(bytes, baseOffset, 5)
  return bytes
}

const at = (pending: readonly Pending[], index: number): Pending =>
  pending[index] ?? assert.fail('no such request')
const offsets = (each: Pending): number[] => each.request.partitions.map(({ offset }) => offset)

test('asks a leader once for all its partitions, and goes on from where the answer ended', async () => {
  const { clock, pending, read } = await rig()
  const [first, second] = [read(0, 10), read(1, 20)]
  await clock.settle()
  assert.equal(pending.length, 1)
  assert.deepEqual(offsets(at(pending, 0)), [10, 20])
  await at(pending, 0).answer(fetched(0, { records: batch(8, 5) }), fetched(1))
  assert.deepEqual(first.taken, [10, 11, 12])
  assert.deepEqual([first.cursor.position, second.cursor.position], [13, 20])
  assert.deepEqual([first.cursor.end, first.cursor.lastEpoch], [900, 5])
})

test('small answers are paced by the number of partitions in the request', async () => {
  const { clock, pending, read } = await rig()
  for (let partition = 0; partition < 4; partition++) read(partition, 0)
  await clock.settle()
  await at(pending, 0).answer()
  assert.equal(pending.length, 1)
  await clock.advance(0.9)
  assert.equal(pending.length, 1)
  await clock.advance(0.1)
  assert.equal(pending.length, 2)
})

test('many partitions are asked without waiting while data flows, and wait at the leader when it is quiet', async () => {
  const { clock, pending, read } = await rig()
  for (let partition = 0; partition < 40; partition++) read(partition, 0)
  await clock.settle()
  assert.equal(at(pending, 0).request.maxWaitMs, 500)
  await at(pending, 0).answer(fetched(0, { records: batch(0, 5) }))
  await clock.advance(40)
  assert.equal(at(pending, 1).request.maxWaitMs, 0)
  await at(pending, 1).answer()
  await clock.advance(40)
  assert.equal(at(pending, 2).request.maxWaitMs, 500)
})

test('an answer for a position that is no longer asked for is left alone', async () => {
  const { clock, pending, read } = await rig()
  const { cursor, taken } = read(0, 10)
  await clock.settle()
  cursor.position = 12
  await at(pending, 0).answer(fetched(0, { records: batch(10, 5) }))
  assert.deepEqual(taken, [])
  assert.equal(cursor.position, 12)
})

test('nothing is handed out for a cursor that was removed', async () => {
  const { clock, fetcher, pending, read } = await rig()
  const { cursor, taken } = read(0, 10)
  await clock.settle()
  fetcher.remove(cursor)
  await at(pending, 0).answer(fetched(0, { records: batch(10, 5) }))
  assert.deepEqual(taken, [])
})

for (const code of [3, 5, 6, 9, 56, 74, 75, 78, 100, 103])
  test(`code ${code}: the leader is looked up, and asked for the same position`, async () => {
    const { clock, leading, pending, read } = await rig()
    const { stopped } = read(0, 10)
    await clock.settle()
    leading[0] = { leader: 2, leaderEpoch: 6 }
    await at(pending, 0).answer(fetched(0, { code }))
    await clock.advance(200)
    const next = at(pending, 1)
    assert.equal(next.broker, 2)
    assert.deepEqual([next.request.partitions[0]?.offset, next.request.partitions[0]?.leaderEpoch], [10, 6])
    assert.deepEqual(stopped, [])
  })

test('a hint who leads is followed without a look-up', async () => {
  const { clock, pending, read, lookups } = await rig()
  read(0, 10)
  await clock.settle()
  await at(pending, 0).answer(fetched(0, { code: 6, leader: { id: brokerId(2), epoch: 6 } }))
  assert.equal(at(pending, 1).broker, 2)
  assert.equal(lookups(), 1)
})

test('metadata from a broker that was away never leads back to a deposed leader', async () => {
  const { clock, leaders, pending, read } = await rig()
  read(0, 10)
  await clock.settle()
  await at(pending, 0).answer(fetched(0, { code: 6, leader: { id: brokerId(2), epoch: 6 } }))
  await leaders.refresh()
  assert.deepEqual(leaders.leader('t', 0), { broker: 2, epoch: 6 })
})

test('a broker that does not answer: its partitions are asked for again after a look-up', async () => {
  const { clock, fetcher, leading, pending, read } = await rig()
  read(0, 10)
  await clock.settle()
  leading[0] = { leader: 2, leaderEpoch: 6 }
  await at(pending, 0).fail()
  await clock.advance(200)
  assert.equal(at(pending, 1).broker, 2)
  assert.equal(fetcher.counts.codes.get('LINK_FAILURE'), 1)
})

test('a partition without a leader waits for one', async () => {
  const { clock, leading, leaders, pending, read } = await rig()
  leading[0] = { leader: -1, leaderEpoch: 5 }
  await leaders.refresh()
  read(0, 10)
  await clock.advance(300)
  assert.equal(pending.length, 0)
  leading[0] = { leader: 2, leaderEpoch: 6 }
  await clock.advance(300)
  assert.equal(at(pending, 0).broker, 2)
})

test('an offset out of range stops its partition with what the log holds, others go on', async () => {
  const { clock, pending, read } = await rig()
  const [gone, good] = [read(0, 10), read(1, 50)]
  await clock.settle()
  await at(pending, 0).answer(fetched(0, { code: 1 }), fetched(1, { records: batch(50, 2) }))
  await clock.advance(10)
  assert.equal(gone.stopped[0]?.code, 'FETCH_STOPPED')
  assert.equal(gone.stopped[0]?.message, 't-0: offset 10 is out of range; the log holds 40 to 90')
  assert.deepEqual(good.taken, [50, 51])
  assert.deepEqual(offsets(at(pending, 1)), [52])
})

test('a log that diverged stops its partition', async () => {
  const { clock, pending, read } = await rig()
  const { stopped } = read(0, 10)
  await clock.settle()
  await at(pending, 0).answer(fetched(0, { diverging: { epoch: 4, endOffset: 8 } }))
  assert.match(stopped[0]?.message ?? '', /^t-0: the log diverged.*ends at 8/)
})

test('a corrupt batch stops its partition behind the last good record', async () => {
  const { clock, pending, read } = await rig()
  const { cursor, taken, stopped } = read(0, 10)
  await clock.settle()
  const bad = batch(12, 2)
  bad[bad.length - 1] = 99
  await at(pending, 0).answer(fetched(0, { records: Buffer.concat([batch(10, 2), bad]) }))
  assert.deepEqual(taken, [10, 11])
  assert.equal(cursor.handedOut, 12)
  assert.match(stopped[0]?.message ?? '', /^t-0 at offset 12: checksum/)
  await clock.advance(1000)
  assert.equal(pending.length, 1, 'nothing is left to ask for')
})

test('a decompression bomb stops its partition by name, before memory is spent; others go on', async () => {
  const { clock, pending, read } = await rig()
  const [bombed, good] = [read(0, 10), read(1, 50)]
  await clock.settle()
  const builder = new BatchBuilder(70 << 20)
  builder.append(0, null, new Uint8Array(65 << 20))
  const bomb = builder.seal({
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    codec: 'zstd',
    crc32c,
    compress: (codec, bytes) => nodeCodecs.compress(codec, bytes),
  })
  assignOffsets(bomb, 10, 5)
  assert.ok(bomb.length < 1 << 20, 'it came in one small answer')
  await at(pending, 0).answer(fetched(0, { records: bomb }), fetched(1, { records: batch(50, 2) }))
  assert.deepEqual([bombed.taken, good.taken], [[], [50, 51]])
  assert.equal(bombed.cursor.handedOut, 10)
  assert.match(bombed.stopped[0]?.message ?? '', /^t-0 at offset 10: /)
  assert.match(bombed.stopped[0]?.fix ?? '', /kafka-dump-log/)
})

test('a topic that was deleted and created again is not read on at offsets of the old one', async () => {
  const { clock, pending, read, topic } = await rig()
  const { stopped } = read(0, 10)
  await clock.settle()
  topic.topicId = 'bb'
  await at(pending, 0).answer(fetched(0, { code: 100 }))
  await clock.advance(200)
  assert.match(stopped[0]?.message ?? '', /deleted and created again/)
})

/** More than half a megabyte: as much as may wait of a partition. */
const largeBatch = (baseOffset: number): Uint8Array => {
  const builder = new BatchBuilder(600 << 10)
  builder.append(0, null, new Uint8Array(550 << 10))
  const bytes = builder.seal({ producerId: -1n, producerEpoch: -1, baseSequence: -1, codec: 'none', crc32c })
  assignOffsets(bytes, baseOffset, 5)
  return bytes
}

test('a partition of which enough waits is left out, the broker does not sit on the request beside it, and reading asks again', async () => {
  const { clock, pending, read } = await rig()
  const [slow] = [read(0, 10, true), read(1, 20)]
  await clock.settle()
  await at(pending, 0).answer(fetched(0, { records: largeBatch(10) }), fetched(1))
  await clock.advance(10)
  assert.deepEqual(offsets(at(pending, 1)), [20])
  assert.equal(at(pending, 1).request.maxWaitMs, 50)
  assert.ok(slow.next())
  assert.ok(!slow.next())
  assert.deepEqual(slow.taken, [10])
  await at(pending, 1).answer(fetched(1))
  await clock.advance(10)
  assert.deepEqual(offsets(at(pending, 2)), [20, 11])
})

test('while the memory of all is spent no leader is asked; with half of it free, each that would have been is', async () => {
  const budget: MemoryBudget = new MemoryBudget(100, () => setUp.fetcher.wake())
  const setUp = await rig(budget)
  const { clock, leading, leaders, pending, read } = setUp
  leading[1] = { leader: 2, leaderEpoch: 6 }
  await leaders.refresh()
  const [slow, other] = [read(0, 10, true), read(1, 20)]
  await clock.settle()
  await at(pending, 0).answer(fetched(0, { records: Buffer.concat([batch(10, 1), batch(11, 1)]) }))
  await at(pending, 1).answer(fetched(1))
  await clock.advance(1000)
  assert.equal(pending.length, 2, 'both leaders were told that there is no room')
  while (slow.next());
  await clock.settle()
  assert.deepEqual([slow.taken, other.taken], [[10, 11], []])
  assert.deepEqual(
    pending.slice(2).map(({ broker }) => broker),
    [1, 2],
  )
})

test('the next answer is asked for while the one before it waits, and both are handed out in order', async () => {
  const { clock, pending, read } = await rig()
  const { cursor, taken, next } = read(0, 10, true)
  await clock.settle()
  await at(pending, 0).answer(fetched(0, { records: batch(10, 2) }))
  await clock.advance(10)
  assert.deepEqual(offsets(at(pending, 1)), [12])
  assert.deepEqual([cursor.position, cursor.handedOut], [12, 10])
  await at(pending, 1).answer(fetched(0, { records: batch(12, 2) }))
  assert.ok(next())
  assert.equal(cursor.handedOut, 12)
  assert.ok(next())
  assert.ok(!next())
  assert.deepEqual(taken, [10, 11, 12, 13])
})

test('a batch whose header lies about its end: the checksum speaks before the refusal that the lie led to', async () => {
  const { clock, pending, read } = await rig()
  const { taken, stopped, next } = read(0, 10, true)
  await clock.settle()
  const lying = batch(12, 2)
  new DataView(lying.buffer, lying.byteOffset).setInt32(23, 1_000_000)
  await at(pending, 0).answer(fetched(0, { records: Buffer.concat([batch(10, 2), lying]) }))
  await clock.advance(10)
  assert.deepEqual(offsets(at(pending, 1)), [1_000_013])
  await at(pending, 1).answer(fetched(0, { code: 1 }))
  await clock.advance(10)
  assert.equal(stopped.length, 0)
  while (next());
  assert.deepEqual(taken, [10, 11])
  assert.match(stopped[0]?.message ?? '', /^t-0 at offset 12: checksum/)
  assert.match(stopped[0]?.fix ?? '', /past offset 12/)
})

test('a partition that was served goes to the end, so that the size limit starves nobody', async () => {
  const { clock, pending, read } = await rig()
  for (let partition = 0; partition < 3; partition++) read(partition, 0)
  await clock.settle()
  await at(pending, 0).answer(fetched(0, { records: batch(0, 1) }))
  await clock.advance(10)
  assert.deepEqual(
    at(pending, 1).request.partitions.map(({ partition }) => partition),
    [1, 2, 0],
  )
})

test('brokers are not asked for a topic that is missing, and again once it is there', async () => {
  const { clock, pending, read, topic, leaders, fetcher } = await rig()
  const { stopped } = read(0, 10)
  await clock.settle()
  const partitions = topic.partitions.splice(0)
  topic.code = 3
  for (let n = 0; n < 2; n++) {
    await leaders.refresh()
    await clock.advance(3000)
  }
  await leaders.refresh()
  fetcher.leadersChanged()
  await at(pending, 0).answer(fetched(0, { code: 100 }))
  await clock.advance(10_000)
  assert.equal(pending.length, 1)
  topic.partitions.push(...partitions)
  topic.code = 0
  await leaders.refresh()
  fetcher.leadersChanged()
  await clock.settle()
  assert.deepEqual(offsets(at(pending, 1)), [10])
  assert.equal(stopped.length, 0)
})
