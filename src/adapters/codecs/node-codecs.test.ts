import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nodeCodecs } from './node-codecs.ts'

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const LIMIT = 1 << 20

/** Repetitions of short pieces: what compresses, with long matches, beside what does not. */
const content = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 400 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map(parts => Buffer.concat(parts.flatMap(([piece, times]) => Array.from({ length: times }, () => piece))))

for (const codec of CODECS)
  test(`${codec}: what was compressed comes back, with a limit of exactly its size and not one byte less`, () => {
    fc.assert(
      fc.property(content, bytes => {
        const packed = nodeCodecs.compress(codec, bytes)
        assert.ok(bytes.equals(nodeCodecs.decompress(codec, packed, bytes.length)))
        if (codec !== 'none') assert.throws(() => nodeCodecs.decompress(codec, packed, bytes.length - 1))
      }),
      { numRuns: 60 },
    )
  })

for (const codec of CODECS.filter(name => name !== 'none'))
  test(`${codec}: 50 MB of zeros are refused before memory is spent`, () => {
    const bomb = nodeCodecs.compress(codec, Buffer.alloc(50 << 20))
    const before = process.memoryUsage().rss
    assert.throws(() => nodeCodecs.decompress(codec, bomb, LIMIT))
    assert.ok(process.memoryUsage().rss - before < 25 << 20)
  })

test('lz4 in the small: a frame with stored blocks, and frames that end too early', () => {
  const noise = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 7919 + 13) % 251))
  const packed = nodeCodecs.compress('lz4', noise)
  assert.ok(noise.equals(nodeCodecs.decompress('lz4', packed, 300)))
  for (const end of [0, 3, 6, 10, packed.length - 5])
    assert.throws(() => nodeCodecs.decompress('lz4', packed.subarray(0, end), LIMIT), RangeError)
})

test('a raw snappy block without Java’s framing is read too', () => {
  const framed = nodeCodecs.compress('snappy', Buffer.from('lane lane lane lane'))
  const raw = framed.subarray(20)
  assert.equal(Buffer.from(nodeCodecs.decompress('snappy', raw, 100)).toString(), 'lane lane lane lane')
  assert.throws(() => nodeCodecs.decompress('snappy', framed.subarray(0, framed.length - 1), 100))
})

test('the checksum is CRC-32C', () => {
  assert.equal(nodeCodecs.crc32c(Buffer.from('123456789')), 0xe3069283)
})
