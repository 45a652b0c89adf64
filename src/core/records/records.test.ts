import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  assignOffsets,
  BatchBuilder,
  BatchFault,
  crc32c,
  type FetchedRecord,
  forEachBatchHeader,
  readBatches,
  type ReadOptions,
} from './index.ts'

const noCodec = (): never => {
  throw new Error('no codec in this test')
}

const options = (changes: Partial<ReadOptions> = {}): ReadOptions => ({
  from: 0,
  isolation: 'read_uncommitted',
  aborted: [],
  crc32c,
  decompress: noCodec,
  maxInflatedBytes: 1 << 20,
  where: 'orders-3',
  ...changes,
})

const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString()

const batchOf = (
  values: readonly string[],
  baseOffset: number,
  seal: Partial<Parameters<BatchBuilder['seal']>[0]> = {},
): Uint8Array => {
  const builder = new BatchBuilder(64)
  for (const value of values) builder.append(1_700_000_000_000, null, Buffer.from(value))
  const bytes = builder
    .seal({ producerId: -1n, producerEpoch: -1, baseSequence: -1, codec: 'none', crc32c, ...seal })
    .slice()
  assignOffsets(bytes, baseOffset, 7)
  return bytes
}

/** Sets attribute bits of a sealed batch and repairs its checksum: what brokers and transactional producers write. */
const withAttributes = (batch: Uint8Array, attributes: number): Uint8Array => {
  const bytes = Buffer.from(batch)
  bytes.writeInt16BE(bytes.readInt16BE(21) | attributes, 21)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

const TRANSACTIONAL = 0x10
const CONTROL = 0x20

const markerBatch = (producerId: bigint, offset: number, kind: 'abort' | 'commit'): Uint8Array => {
  const builder = new BatchBuilder(64)
  builder.append(0, Uint8Array.of(0, 0, 0, kind === 'abort' ? 0 : 1), new Uint8Array(6))
  const bytes = builder
    .seal({ producerId, producerEpoch: 0, baseSequence: -1, codec: 'none', crc32c })
    .slice()
  assignOffsets(bytes, offset, 7)
  return withAttributes(bytes, TRANSACTIONAL | CONTROL)
}

const transactional = (producerId: bigint, values: readonly string[], baseOffset: number): Uint8Array =>
  withAttributes(
    batchOf(values, baseOffset, { producerId, producerEpoch: 0, baseSequence: 0 }),
    TRANSACTIONAL,
  )

const read = (bytes: Uint8Array, changes: Partial<ReadOptions> = {}) => {
  const records: FetchedRecord[] = []
  const result = readBatches(bytes, options(changes), record => records.push(record))
  return { ...result, records, values: records.map(record => text(record.value)) }
}

test('the checksum is CRC-32C: the check value of the Castagnoli polynomial, and lengths around the 8-byte step', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa) // RFC 3720, B.4
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43)
})

test('records of several batches come in order with their offsets, keys, times and headers', () => {
  const builder = new BatchBuilder(64)
  builder.append(5000, Buffer.from('alice'), Buffer.from('one'), [
    { key: 'trace', value: Buffer.from('ä') },
    { key: 'trace', value: null },
  ])
  builder.append(4000, null, null)
  const first = builder
    .seal({ producerId: 9n, producerEpoch: 1, baseSequence: 4, codec: 'none', crc32c })
    .slice()
  assignOffsets(first, 10, 3)

  const { records, nextOffset, lastEpoch } = read(Buffer.concat([first, batchOf(['x', 'y'], 12)]), {
    from: 10,
  })
  assert.deepEqual(
    records.map(record => [record.offset, record.timestampMs, text(record.key), text(record.value)]),
    [
      [10, 5000, 'alice', 'one'],
      [11, 4000, null, null],
      [12, 1_700_000_000_000, null, 'x'],
      [13, 1_700_000_000_000, null, 'y'],
    ],
  )
  assert.deepEqual(
    records[0]?.headers.map(header => [header.key, text(header.value)]),
    [
      ['trace', 'ä'],
      ['trace', null],
    ],
  )
  assert.equal(nextOffset, 14)
  assert.equal(lastEpoch, 7)
})

test('headers of batches can be walked without reading records', () => {
  const seen: unknown[] = []
  const bytes = Buffer.concat([
    batchOf(['a', 'b', 'c'], 5, { producerId: (1n << 40n) + 3n, producerEpoch: 2, baseSequence: 77 }),
    batchOf(['d'], 8),
    Buffer.alloc(30),
  ])
  const end = forEachBatchHeader(bytes, header =>
    seen.push([
      header.baseOffset,
      header.lastOffsetDelta,
      header.count,
      header.producerId,
      header.baseSequence,
    ]),
  )
  assert.deepEqual(seen, [
    [5, 2, 3, (1n << 40n) + 3n, 77],
    [8, 0, 1, -1n, -1],
  ])
  assert.equal(end, bytes.length - 30)
})

test('an answer that starts inside a batch hands out only what was asked for', () => {
  assert.deepEqual(read(batchOf(['a', 'b', 'c'], 5), { from: 6 }).values, ['b', 'c'])
})

test('a cut-off last batch is left for the next fetch, and a lone one is a fault instead of a standstill', () => {
  const second = batchOf(['c', 'd'], 2)
  const whole = batchOf(['a', 'b'], 0)
  const { values, nextOffset } = read(Buffer.concat([whole, second.subarray(0, second.length - 1)]))
  assert.deepEqual(values, ['a', 'b'])
  assert.equal(nextOffset, 2)
  assert.throws(
    () => read(second.subarray(0, 40)),
    (fault: unknown) => fault instanceof BatchFault && fault.kind === 'incomplete',
  )
})

test('a flipped byte stops with topic, partition and offset, after the records before it', () => {
  const bad = Buffer.from(batchOf(['c', 'd'], 2))
  bad[bad.length - 2] = (bad[bad.length - 2] as number) ^ 1
  const seen: (string | null)[] = []
  assert.throws(
    () =>
      readBatches(Buffer.concat([batchOf(['a', 'b'], 0), bad]), options(), record =>
        seen.push(text(record.value)),
      ),
    (fault: unknown) =>
      fault instanceof BatchFault &&
      fault.kind === 'corrupt' &&
      fault.offset === 2 &&
      /orders-3 at offset 2: checksum/.test(fault.message),
  )
  assert.deepEqual(seen, ['a', 'b'])
})

test('read_committed drops two aborted transactions of one producer and keeps its committed one', () => {
  const log = Buffer.concat([
    transactional(1n, ['bad1'], 0),
    transactional(2n, ['ok1'], 1),
    markerBatch(1n, 2, 'abort'),
    transactional(1n, ['bad2', 'bad3'], 3),
    markerBatch(2n, 5, 'commit'),
    markerBatch(1n, 6, 'abort'),
    transactional(1n, ['ok2'], 7),
    markerBatch(1n, 8, 'commit'),
  ])
  const aborted = [
    { producerId: 1n, firstOffset: 3 },
    { producerId: 1n, firstOffset: 0 },
  ]
  const committed = read(log, { isolation: 'read_committed', aborted })
  assert.deepEqual(committed.values, ['ok1', 'ok2'])
  assert.equal(committed.nextOffset, 9)
  assert.deepEqual(read(log, { aborted }).values, ['bad1', 'ok1', 'bad2', 'bad3', 'ok2'])
})

test('a transaction whose abort marker lies beyond the answer is dropped too, and the position moves', () => {
  const { values, nextOffset } = read(transactional(1n, ['bad1', 'bad2'], 4), {
    from: 4,
    isolation: 'read_committed',
    aborted: [{ producerId: 1n, firstOffset: 0 }],
  })
  assert.deepEqual(values, [])
  assert.equal(nextOffset, 6)
})

test('times are the broker’s where the batch says LogAppendTime', () => {
  const batch = Buffer.from(batchOf(['a', 'b'], 0))
  batch.writeBigInt64BE(42n, 35)
  const { records } = read(withAttributes(batch, 0x08))
  assert.deepEqual(
    records.map(record => record.timestampMs),
    [42, 42],
  )
})

test('inflation is capped per batch, and a call stops early once it inflated the limit', () => {
  const inflated = Buffer.concat([Buffer.from(batchOf(['aaaaaaaa'], 0)).subarray(61)])
  const compress = (): Uint8Array => Uint8Array.of(1)
  const packed = (offset: number): Uint8Array => batchOf(['aaaaaaaa'], offset, { codec: 'zstd', compress })
  const caps: number[] = []
  const { values, nextOffset } = read(Buffer.concat([packed(0), packed(1), packed(2)]), {
    maxInflatedBytes: inflated.length + 1,
    decompress: (codec, _bytes, maxBytes) => {
      assert.equal(codec, 'zstd')
      caps.push(maxBytes)
      return inflated
    },
  })
  assert.deepEqual(values, ['aaaaaaaa', 'aaaaaaaa'])
  assert.equal(nextOffset, 2)
  assert.deepEqual(caps, [inflated.length + 1, inflated.length + 1])
  assert.throws(
    () => read(packed(0)),
    (fault: unknown) => fault instanceof BatchFault && fault.kind === 'not-inflated',
  )
})

test('compression that does not pay is not kept', () => {
  const batch = batchOf(['a'], 0, { codec: 'lz4', compress: (_codec, bytes) => new Uint8Array(bytes.length) })
  assert.deepEqual(read(batch).values, ['a'])
})

test('sealing twice gives the same bytes, and appending afterwards is refused', () => {
  const builder = new BatchBuilder(64)
  builder.append(0, null, Buffer.from('a'))
  const seal = { producerId: 1n, producerEpoch: 0, baseSequence: 0, codec: 'none', crc32c } as const
  assert.equal(builder.seal(seal), builder.seal({ ...seal, baseSequence: 5 }))
  assert.throws(() => builder.append(0, null, null), /after seal/)
})
