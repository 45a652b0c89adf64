import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c as nativeCrc32c } from '@node-rs/crc32'
import fc from 'fast-check'
import { LanekeeperError } from '../model/index.ts'
import { assignOffsets, BatchBuilder, crc32c, type FetchedRecord, readBatches } from './index.ts'

const bytesOrNull = fc.option(fc.uint8Array({ maxLength: 300 }))
const timeMs = fc.oneof(
  fc.integer({ min: 0, max: 4e12 }),
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_050 }),
)
const record = fc.record({
  timestampMs: timeMs,
  key: bytesOrNull,
  value: bytesOrNull,
  headers: fc.array(
    fc.record(
      { key: fc.string({ unit: 'grapheme', maxLength: 8 }), value: bytesOrNull },
      { noNullPrototype: true },
    ),
    {
      maxLength: 3,
    },
  ),
})

const readAll = (bytes: Uint8Array, from: number): { records: FetchedRecord[]; nextOffset: number } => {
  const records: FetchedRecord[] = []
  const { nextOffset } = readBatches(
    bytes,
    {
      from,
      isolation: 'read_uncommitted',
      aborted: [],
      crc32c,
      decompress: () => {
        throw new Error('not compressed')
      },
      maxInflatedBytes: 1 << 20,
    },
    read => records.push(read),
  )
  return { records, nextOffset }
}

const copyOf = (bytes: Uint8Array | null): Uint8Array | null =>
  bytes === null ? null : Uint8Array.from(bytes)

test('what was appended is what is read', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 40 }),
      fc.nat({ max: 2 ** 52 }),
      (records, baseOffset) => {
        const builder = new BatchBuilder(0)
        for (const { timestampMs, key, value, headers } of records)
          builder.append(timestampMs, key, value, headers)
        const bytes = builder.seal({
          producerId: 5n,
          producerEpoch: 0,
          baseSequence: 0,
          codec: 'none',
          crc32c,
        })
        assignOffsets(bytes, baseOffset, 1)
        const read = readAll(bytes, baseOffset)
        assert.deepEqual(
          read.records.map(one => ({
            offset: one.offset,
            timestampMs: one.timestampMs,
            key: copyOf(one.key),
            value: copyOf(one.value),
            headers: one.headers.map(({ key, value }) => ({ key, value: copyOf(value) })),
          })),
          records.map((one, index) => ({ offset: baseOffset + index, ...one })),
        )
        assert.equal(read.nextOffset, baseOffset + records.length)
      },
    ),
    { numRuns: 300 },
  )
})

test('damaged bytes end in a typed error or in records, never in a crash', () => {
  const change = fc.record({ at: fc.nat({ max: 400 }), to: fc.nat({ max: 255 }) })
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 5 }),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (records, changes, repairChecksum) => {
        const builder = new BatchBuilder(0)
        for (const { timestampMs, key, value, headers } of records)
          builder.append(timestampMs, key, value, headers)
        const bytes = Buffer.from(
          builder.seal({ producerId: 5n, producerEpoch: 0, baseSequence: 0, codec: 'none', crc32c }),
        )
        for (const { at, to } of changes) bytes[at % bytes.length] = to
        // with a right checksum the damage reaches the checks of lengths
        if (repairChecksum) bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
        try {
          for (const read of readAll(bytes, 0).records) {
            void read.key
            void read.value
            void read.headers
          }
        } catch (error) {
          assert.ok(error instanceof LanekeeperError, String(error))
          assert.equal(error.code, 'FETCH_STOPPED')
        }
      },
    ),
    { numRuns: 3000 },
  )
})

test('the plain checksum equals the native one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => crc32c(bytes) === nativeCrc32c(bytes)),
    { numRuns: 500 },
  )
})
