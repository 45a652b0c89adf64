/**
 * The hot codecs against a library that was written by others: what it encodes we must read, and what is cut off or
 * flipped must end as UnreadableAnswer and as nothing else.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  fetchV17 as theirFetch,
  listOffsetsV9 as theirListOffsets,
  Reader,
  Writer,
} from '@platformatic/kafka'
import fc from 'fast-check'
import { UnreadableAnswer } from './errors.ts'
import { decodeFetch, encodeFetch } from './fetch-codec.ts'
import { encodeListOffsets, readListedOffsets } from './list-offsets-codec.ts'
import { decodeProduce, framedProduce } from './produce-codec.ts'
import { WireReader, WireWriter } from './wire-bytes.ts'

const TOPIC_ID = '0123456789abcdef0123456789abcdef'

test('a fetch request has the bytes that the library writes', () => {
  const ours = encodeFetch({
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1 << 20,
    isolation: 'read_committed',
    partitions: [
      {
        topic: 't',
        topicId: TOPIC_ID,
        partition: 3,
        leaderEpoch: 7,
        offset: 2 ** 40 + 5,
        lastFetchedEpoch: 6,
        maxBytes: 9,
      },
      {
        topic: 't',
        topicId: TOPIC_ID,
        partition: 300,
        leaderEpoch: -1,
        offset: 0,
        lastFetchedEpoch: -1,
        maxBytes: 9,
      },
    ],
  })
  const theirs = theirFetch.createRequest(
    500,
    1,
    1 << 20,
    1,
    0,
    -1,
    [
      {
        topicId: TOPIC_ID,
        partitions: [
          {
            partition: 3,
            currentLeaderEpoch: 7,
            fetchOffset: 2n ** 40n + 5n,
            lastFetchedEpoch: 6,
            partitionMaxBytes: 9,
          },
          {
            partition: 300,
            currentLeaderEpoch: -1,
            fetchOffset: 0n,
            lastFetchedEpoch: -1,
            partitionMaxBytes: 9,
          },
        ],
      },
    ],
    [],
    '',
  )
  assert.equal(ours.toString('hex'), theirs.buffer.toString('hex'))
})

test('a list-offsets request has the bytes that the library writes', () => {
  const ours = encodeListOffsets('read_uncommitted', [
    { topic: 'ä', partition: 0, timestamp: -1 },
    { topic: 'b', partition: 2, timestamp: -2 },
    { topic: 'ä', partition: 1, timestamp: 1_700_000_000_123 },
  ])
  const ask = (partitionIndex: number, timestamp: bigint): object => ({
    partitionIndex,
    currentLeaderEpoch: -1,
    timestamp,
  })
  const theirs = theirListOffsets.createRequest(-1, 0, [
    { name: 'ä', partitions: [ask(0, -1n), ask(1, 1_700_000_000_123n)] },
    { name: 'b', partitions: [ask(2, -2n)] },
  ] as Parameters<typeof theirListOffsets.createRequest>[2])
  assert.equal(ours.toString('hex'), theirs.buffer.toString('hex'))
})

test('a produce request carries batches unchanged, grouped by topic', () => {
  const batch = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte)
  const { bytesMax, write } = framedProduce({
    acks: -1,
    timeoutMs: 1500,
    items: [
      { topic: 'a', partition: 1, batch: batch(1, 200) },
      { topic: 'b', partition: 0, batch: batch(2, 3) },
      { topic: 'a', partition: 2, batch: batch(3, 1) },
    ],
  })
  const writer = new WireWriter(Buffer.alloc(bytesMax, 0xff))
  write(writer)
  const reader = Reader.from(writer.finish())
  assert.equal(reader.readNullableString(), null)
  assert.equal(reader.readInt16(), -1)
  assert.equal(reader.readInt32(), 1500)
  const topics = reader.readArray(topic => [
    topic.readString(),
    topic.readArray(partition => [partition.readInt32(), [...partition.readBytes()]]),
  ])
  reader.readTaggedFields()
  assert.equal(reader.remaining, 0)
  assert.deepEqual(topics, [
    [
      'a',
      [
        [1, [...batch(1, 200)]],
        [2, [3]],
      ],
    ],
    ['b', [[0, [...batch(2, 3)]]]],
  ])
})

const tag = (writer: Writer, id: number, field: Writer): Writer =>
  writer.appendUnsignedVarInt(1).appendUnsignedVarInt(id).appendUnsignedVarInt(field.length).appendFrom(field)

const hint = (): Writer => Writer.create().appendInt32(2).appendInt32(17).appendTaggedFields()

const PRODUCED = [0, 1].map(partition => ({ topic: 'a', partition, batch: new Uint8Array(1) }))

const produceBytes = (): Buffer =>
  Writer.create()
    .appendArray(['a'], (w, name) => {
      w.appendString(name).appendArray(
        [0, 1],
        (p, index) => {
          p.appendInt32(index)
            .appendInt16(index === 0 ? 0 : 6)
            .appendInt64(index === 0 ? 41n : -1n)
            .appendInt64(-1n)
            .appendInt64(0n)
            .appendArray(index === 0 ? [] : ['bad record'], (e, text) => {
              e.appendInt32(0).appendString(text)
            })
            .appendString(null)
          if (index === 1) tag(p, 0, hint())
          else p.appendTaggedFields()
        },
        true,
        false,
      )
    })
    .appendInt32(12)
    .appendTaggedFields().buffer

test('a produce answer for a partition that nobody asked for is refused', () => {
  assert.throws(() => decodeProduce(new WireReader(produceBytes()), PRODUCED.slice(1)), UnreadableAnswer)
})

test('a produce answer: per partition, with the leader hint, in the order of the request', () => {
  const batch = new Uint8Array(1)
  const items = [1, 5, 0].map(partition => ({ topic: 'a', partition, batch }))
  const answer = decodeProduce(new WireReader(produceBytes()), items)
  assert.equal(answer.throttleMs, 12)
  assert.deepEqual(
    answer.results.map(({ code, baseOffset, leader, message }) => [code, baseOffset, leader, message]),
    [
      [6, -1, { id: 2, epoch: 17 }, 'bad record'],
      [-1, -1, null, null],
      [0, 41, null, null],
    ],
  )
})

const fetchBytes = (): Buffer =>
  Writer.create()
    .appendInt32(0)
    .appendInt16(0)
    .appendInt32(0)
    .appendArray([TOPIC_ID], (w, id) => {
      w.appendUUID(id).appendArray(
        [0],
        (p, index) => {
          p.appendInt32(index)
            .appendInt16(6)
            .appendInt64(100n)
            .appendInt64(90n)
            .appendInt64(10n)
            .appendArray([55n], (a, producer) => {
              a.appendInt64(producer).appendInt64(33n)
            })
            .appendInt32(-1)
            .appendBytes(Buffer.from('batches'))
          p.appendUnsignedVarInt(3)
          for (const [id2, field] of [
            [0, Writer.create().appendInt32(4).appendInt64(77n).appendTaggedFields()],
            [1, hint()],
            [9, Writer.create().appendInt32(1)],
          ] as const)
            p.appendUnsignedVarInt(id2).appendUnsignedVarInt(field.length).appendFrom(field)
        },
        true,
        false,
      )
    })
    .appendTaggedFields().buffer

test('a fetch answer: aborted transactions, divergence, leader hint, unknown fields skipped', () => {
  assert.deepEqual(decodeFetch(fetchBytes()).partitions, [
    {
      topicId: TOPIC_ID,
      partition: 0,
      code: 6,
      highWatermark: 100,
      lastStableOffset: 90,
      logStart: 10,
      aborted: [{ producerId: 55n, firstOffset: 33 }],
      records: Buffer.from('batches'),
      leader: { id: 2, epoch: 17 },
      diverging: { epoch: 4, endOffset: 77 },
    },
  ])
})

const listOffsetsBytes = (): Buffer =>
  Writer.create()
    .appendInt32(0)
    .appendArray(['a'], (w, name) => {
      w.appendString(name).appendArray([0, 1], (p, index) => {
        p.appendInt32(index)
          .appendInt16(index * 6)
          .appendInt64(-1n)
          .appendInt64(5n)
          .appendInt32(0)
      })
    })
    .appendTaggedFields().buffer

test('a list-offsets answer is told partition by partition', () => {
  assert.deepEqual(decodeListOffsets(listOffsetsBytes()), [
    ['a', 0, 0, 5],
    ['a', 1, 6, 5],
  ])
})

const decodeListOffsets = (bytes: Buffer) => {
  const told: (readonly [string, number, number, number])[] = []
  readListedOffsets(
    bytes,
    topic => (partition, code, offset) => void told.push([topic, partition, code, offset]),
  )
  return told
}

for (const [name, whole, decode] of [
  ['produce', produceBytes(), (bytes: Buffer) => decodeProduce(new WireReader(bytes), PRODUCED)],
  ['fetch', fetchBytes(), decodeFetch],
  ['list-offsets', listOffsetsBytes(), decodeListOffsets],
] as const) {
  const readsOrRefuses = (bytes: Buffer): boolean => {
    try {
      decode(bytes)
      return true
    } catch (error) {
      assert.ok(error instanceof UnreadableAnswer, String(error))
      return false
    }
  }

  test(`${name}: every answer that is cut off is refused`, () => {
    // the last byte is the empty list of the answer's own tagged fields, which carries nothing
    for (let length = 0; length < whole.length - 1; length++)
      assert.equal(readsOrRefuses(whole.subarray(0, length)), false, `cut at ${length}`)
  })

  test(`${name}: flipped bytes are read or refused, never a crash or a hang`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        flips => {
          const bytes = Buffer.from(whole)
          for (const [at, value] of flips) bytes[at] = value
          readsOrRefuses(bytes)
        },
      ),
      { numRuns: 2000 },
    )
  })
}

test('an offset that no log can have is refused', () => {
  const reader = (value: bigint): WireReader => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(value)
    return new WireReader(bytes)
  }
  assert.equal(reader(-1n).offset(), -1)
  assert.equal(reader(2n ** 53n - 1n).offset(), 2 ** 53 - 1)
  assert.throws(() => reader(2n ** 53n).offset(), UnreadableAnswer)
  assert.throws(() => reader(-3n).offset(), UnreadableAnswer)
})

test('64-bit numbers of either sign come back as written', () => {
  fc.assert(
    fc.property(fc.integer({ min: -2, max: Number.MAX_SAFE_INTEGER }), value => {
      assert.equal(new WireReader(new WireWriter(8).int64(value).finish()).offset(), value)
    }),
  )
})
