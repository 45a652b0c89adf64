import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedLink } from '../../test/support/scripted-link.ts'
import { SimulatedClock } from '../../test/support/simulated-clock.ts'
import { assignOffsets, BatchBuilder, crc32c } from '../core/records/index.ts'
import type { FetchAnswer, FetchedPartition, FetchRequest, MetadataAnswer } from '../ports/broker-link.ts'
import { sleep } from '../ports/clock.ts'
import { readTopic, type ReadTopicOptions } from './reader.ts'

const TOPIC_ID = 'aa'

const batch = (baseOffset: number, count: number): Uint8Array => {
  const builder = new BatchBuilder(1024)
  for (let n = 0; n < count; n++) builder.append(0, null, new Uint8Array([n]))
  const bytes = builder.seal({ producerId: -1n, producerEpoch: -1, baseSequence: -1, codec: 'none', crc32c })
  assignOffsets(bytes, baseOffset, 5)
  return bytes
}

const fetched = (partition: number, rest: Partial<FetchedPartition> = {}): FetchedPartition => ({
  topicId: TOPIC_ID,
  partition,
  code: 0,
  highWatermark: 1e6,
  lastStableOffset: 1e6,
  logStart: 0,
  aborted: [],
  records: null,
  leader: null,
  diverging: null,
  ...rest,
})

/** Partition n is led by broker n + 1; `serve` answers each fetch of one partition, at once or later. */
const reading = (
  clock: SimulatedClock,
  ends: readonly number[],
  serve: (
    request: FetchRequest,
    partition: number,
    offset: number,
  ) => FetchedPartition | Promise<FetchedPartition>,
  options: Partial<ReadTopicOptions> = {},
  topicId: () => string | null = () => TOPIC_ID,
) =>
  readTopic({
    link: scriptedLink({
      metadata: names =>
        Promise.resolve({
          brokers: [],
          topics: (names ?? []).map(name => {
            const id = name === 't' ? topicId() : null
            const partitions = ends.map((_, partition) => ({ leader: partition + 1, leaderEpoch: 5 }))
            return id === null
              ? { name, code: 3, topicId: '', partitions: [] }
              : { name, code: 0, topicId: id, partitions }
          }),
        } satisfies MetadataAnswer),
      listOffsets: (_broker, _isolation, items) =>
        Promise.resolve(
          items.map(({ partition, timestamp }) => ({
            code: 0,
            offset: timestamp === -1 ? (ends[partition] ?? 0) : 0,
          })),
        ),
      fetch: async (_broker, _channel, request): Promise<FetchAnswer> => {
        await sleep(clock, 1)
        const asked = request.partitions[0] ?? assert.fail('a fetch of nothing')
        const answer = await serve(request, asked.partition, asked.offset)
        return { throttleMs: 0, code: 0, partitions: [answer] }
      },
    }),
    clock,
    codecs: { crc32c, compress: () => assert.fail(), decompress: () => assert.fail() },
    topics: ['t'],
    from: 'earliest',
    until: 'end',
    onRecord: () => undefined,
    ...options,
  })

test('reads every partition to its end, in log order, and says that it is complete', async () => {
  const clock = new SimulatedClock()
  const seen: string[] = []
  const work = reading(
    clock,
    [5, 3, 0],
    (_request, partition, offset) => fetched(partition, { records: batch(offset, 2) }),
    {
      onRecord: record => void seen.push(`${record.partition}:${record.offset}`),
    },
  )
  assert.deepEqual(await clock.run(work), { records: 8, complete: true })
  assert.deepEqual(
    seen.filter(each => each.startsWith('0')),
    ['0:0', '0:1', '0:2', '0:3', '0:4'],
  )
})

test('a partition that cannot be read is named at the end, with what to do; the others are read', async () => {
  const clock = new SimulatedClock()
  const seen: number[] = []
  const told: string[] = []
  const work = reading(
    clock,
    [4, 4],
    (_request, partition, offset) =>
      partition === 0 ? fetched(0, { code: 1 }) : fetched(1, { records: batch(offset, 4) }),
    {
      onRecord: record => void seen.push(record.partition),
      onStopped: error => void told.push(error.message),
    },
  )
  await assert.rejects(clock.run(work), {
    code: 'FETCH_STOPPED',
    message: 't-0: offset 0 is out of range; the log holds 0 to 4',
  })
  assert.deepEqual(seen, [1, 1, 1, 1])
  assert.equal(told.length, 1)
})

test('a signal ends a reading that would go on for ever, without an error', async () => {
  const clock = new SimulatedClock()
  const enough = new AbortController()
  let seen = 0
  const work = reading(
    clock,
    [2],
    (_request, partition, offset) => fetched(partition, { records: batch(offset, 2) }),
    {
      until: 'forever',
      signal: enough.signal,
      onRecord: () => {
        if (++seen === 100) enough.abort()
      },
    },
  )
  assert.deepEqual(await clock.run(work), { records: 100, complete: false })
})

for (const [which, from, added, seen] of [
  ['a reading of whole topics', 'latest', undefined, ['1:0', '1:1', '1:2']],
  ['a reading from a list', [{ topic: 't', partition: 0, offset: 9 }], undefined, []],
  [
    'a reading from a list that asks for it',
    [{ topic: 't', partition: 0, offset: 9 }],
    true,
    ['1:0', '1:1', '1:2'],
  ],
] as const)
  test(`partitions that are added: ${which} has ${seen.length} records of them within seconds, from their start`, async () => {
    const clock = new SimulatedClock()
    const ends = [9]
    const enough = new AbortController()
    const read: string[] = []
    clock.after(15_000, () => void ends.push(3))
    clock.after(40_000, () => enough.abort())
    const serve = async (_request: FetchRequest, partition: number, offset: number) => {
      await sleep(clock, 100)
      return fetched(partition, { records: partition === 1 && offset === 0 ? batch(0, 3) : null })
    }
    const work = reading(clock, ends, serve, {
      from,
      ...(added === undefined ? {} : { added }),
      until: 'forever',
      signal: enough.signal,
      onRecord: record => void read.push(`${record.partition}:${record.offset}`),
    })
    assert.deepEqual(await clock.run(work), { records: seen.length, complete: false })
    assert.deepEqual(read, seen)
  })

test('a look for added partitions that is under way at the end is the last one', async () => {
  const clock = new SimulatedClock()
  const enough = new AbortController()
  let looks = 0
  const idle = (_request: FetchRequest, partition: number) => sleep(clock, 100).then(() => fetched(partition))
  const work = reading(clock, [1], idle, { from: 'latest', until: 'forever', signal: enough.signal }, () => {
    if (++looks === 3) enough.abort()
    return TOPIC_ID
  })
  assert.deepEqual(await clock.run(work), { records: 0, complete: false })
  await assert.rejects(clock.run(new Promise(() => undefined)), /nothing is left/)
})

test('a topic that is created again with more partitions is read once, also where a look sees it first', async () => {
  const clock = new SimulatedClock()
  const ends = [9]
  let id = TOPIC_ID
  const enough = new AbortController()
  const read: string[] = []
  clock.after(9_990, () => {
    id = 'bb'
    ends.splice(0, 1, 3, 3)
  })
  clock.after(30_000, () => enough.abort())
  const serve = async (request: FetchRequest, partition: number, offset: number) => {
    const topicId = request.partitions[0]?.topicId ?? assert.fail()
    // the broker sits on a request for the old topic for a while
    await sleep(clock, topicId === TOPIC_ID ? 3_000 : 100)
    if (topicId !== id) return fetched(partition, { topicId, code: 100 })
    return fetched(partition, { topicId, records: offset === 0 ? batch(0, 3) : null })
  }
  const onRecord = ({ partition, offset }: { partition: number; offset: number }): void =>
    void read.push(`${partition}:${offset}`)
  const work = reading(
    clock,
    ends,
    serve,
    { from: 'latest', until: 'forever', signal: enough.signal, onRecord },
    () => id,
  )
  await clock.run(work)
  assert.deepEqual(read.sort(), ['0:0', '0:1', '0:2', '1:0', '1:1', '1:2'])
})

test('what the callback throws ends the reading', async () => {
  const clock = new SimulatedClock()
  const work = reading(clock, [2], (_request, partition) => fetched(partition, { records: batch(0, 2) }), {
    onRecord: () => {
      throw new Error('disk full')
    },
  })
  await assert.rejects(clock.run(work), /disk full/)
})

test('unknown topics and partitions are said before anything is read', async () => {
  const clock = new SimulatedClock()
  await assert.rejects(clock.run(reading(clock, [1], () => assert.fail(), { topics: ['nope'] })), {
    code: 'TOPIC_UNKNOWN',
  })
  const from = [{ topic: 't', partition: 7, offset: 0 }]
  await assert.rejects(clock.run(reading(clock, [1], () => assert.fail(), { from })), {
    code: 'PARTITION_UNKNOWN',
  })
})

/** A topic of two partitions with three records each, deleted at 1 s, and created again at `againAtMs` as another. */
const deleted = (clock: SimulatedClock, againAtMs: number, options: Partial<ReadTopicOptions>) => {
  const id = (): string | null => {
    if (clock.monotonicMs() < 1000) return TOPIC_ID
    return clock.monotonicMs() < againAtMs ? null : 'bb'
  }
  const serve = async (
    request: FetchRequest,
    partition: number,
    offset: number,
  ): Promise<FetchedPartition> => {
    const asked = request.partitions[0]?.topicId ?? assert.fail()
    if (asked !== id()) return fetched(partition, { topicId: asked, code: 100 })
    await sleep(clock, 100)
    return fetched(partition, { topicId: asked, records: offset === 0 ? batch(0, 3) : null })
  }
  return reading(clock, [9, 9], serve, options, id)
}

test('a topic that is deleted before its end was read ends the reading within seconds', async () => {
  const clock = new SimulatedClock()
  await assert.rejects(clock.run(deleted(clock, Infinity, {})), {
    code: 'TOPIC_UNKNOWN',
    message: 'Topic t does not exist any more.',
  })
  assert.ok(clock.monotonicMs() < 6000)
})

for (const [how, againAtMs, words] of [
  ['after a while', 20_000, ['topic-missing', 'topic-found again']],
  ['at once', 1010, ['topic-found again']],
] as const)
  test(`reading for ever goes on with a topic that is created again ${how}, from its start`, async () => {
    const clock = new SimulatedClock()
    const enough = new AbortController()
    const seen: string[] = []
    const told: string[] = []
    clock.after(30_000, () => enough.abort())
    const work = deleted(clock, againAtMs, {
      until: 'forever',
      signal: enough.signal,
      onRecord: record => void seen.push(`${record.partition}:${record.offset}`),
      onTopic: event =>
        told.push(event.type === 'topic-found' && event.recreated ? 'topic-found again' : event.type),
    })
    assert.deepEqual(await clock.run(work), { records: 12, complete: false })
    assert.deepEqual(told, words)
    const once = ['0:0', '0:1', '0:2', '1:0', '1:1', '1:2']
    assert.deepEqual([seen.slice(0, 6).sort(), seen.slice(6).sort()], [once, once])
  })
