import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { crc32Combine } from './crc32-combine.ts'
import { createExposition, nothingKept } from './exposition.ts'
import { gzipFile, GzipParts } from './gzip-parts.ts'

const bytes = fc.uint8Array({ maxLength: 300 })

test('the CRC of two texts follows from theirs and the length of the second', () => {
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      assert.equal(
        crc32Combine(crc32(first), crc32(second), second.length),
        crc32(Buffer.concat([first, second])),
      )
    }),
  )
  // as long as a scrape of 200,000 series, and longer than 31 bits tell
  const long = Buffer.alloc(21_000_001, 'lag{partition="')
  assert.equal(crc32Combine(crc32('a'), crc32(long), long.length), crc32(long, crc32('a')))
  let [doubled, length] = [crc32('a'), 1]
  for (; length < 2 ** 33; length *= 2) doubled = crc32Combine(doubled, doubled, length)
  const half = crc32Combine(crc32('a'), doubled, length)
  assert.equal(
    crc32Combine(crc32Combine(crc32('b'), crc32('a'), 1), doubled, length),
    crc32Combine(crc32('b'), half, length + 1),
  )
})

test('parts that were compressed each by itself are one gzip file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(bytes, { maxLength: 3 }), { maxLength: 5 }), async parts => {
      const deflater = new GzipParts()
      // twice: the first time there is no room yet
      for (let round = 0; round < 2; round++) {
        const begun = parts.map(chunks => deflater.part(chunks))
        assert.deepEqual(gunzipSync(gzipFile(await Promise.all(begun))), Buffer.concat(parts.flat()))
      }
    }),
    { numRuns: 50 },
  )
})

test('parts may be written over once they are told, and stand in any order', async () => {
  const deflater = new GzipParts()
  // the same words in both, and more than what the deflater hands out at a time
  const texts = [1, 2].map(seed =>
    Buffer.concat(
      Array.from({ length: 20_000 }, (_, p) =>
        Buffer.from(`lag{partition="${p}"} ${(p * seed * 7_919) % 104_729}\n`),
      ),
    ),
  )
  const expected = Buffer.concat(texts.toReversed())
  const told = async () => {
    const writing = texts.map(text => Buffer.from(text))
    const parts = writing.map(text => deflater.part([text]))
    for (const text of writing) text.fill(0)
    return Promise.all(parts)
  }
  const [first, second] = await told()
  const [third] = await told()
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  assert.deepEqual(gunzipSync(gzipFile([second, first])), expected)
  assert.deepEqual(gunzipSync(gzipFile([second, third])), expected)
})

/** By metric and topic; the same array means that nothing changed. Of another length: the topic grew. */
const columns = fc.array(
  fc.array(
    fc.option(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 12_000 }), fc.constant(Number.NaN)), {
        minLength: 1,
        maxLength: 4,
      }),
      { freq: 2 },
    ),
    { minLength: 2, maxLength: 2 },
  ),
  { minLength: 3, maxLength: 3 },
)

test('scrape after scrape the compressed form says what the plain one says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(columns, { maxLength: 6 }), async scrapes => {
      const kept = nothingKept()
      const state: number[][][] = [0, 1, 2].map(() => [[0], [1]])
      for (const [round, changes] of scrapes.entries()) {
        changes.forEach((topics, m) =>
          topics.forEach((column, t) => {
            if (column !== null && state[m] !== undefined) state[m][t] = column
          }),
        )
        const written = () => {
          // the cap leaves out the last metric now and then
          const to = createExposition(round % 3 === 2 ? 8 : 100, kept)
          to.write('before', 'Round.', [['', round]])
          state.forEach((topics, m) =>
            to.writeColumns(
              `m${m}`,
              'Figures.',
              topics.map((column, t) => ({
                labels: `topic="${t}"`,
                length: column.length,
                source: column,
                value: p => column[p] ?? Number.NaN,
              })),
            ),
          )
          return to
        }
        const plain = written().bytes()
        assert.deepEqual(gunzipSync(await written().gzipped()).toString(), plain.toString())
      }
    }),
    { numRuns: 60 },
  )
})

test('a metric of which no figure changed is compressed once', async () => {
  const kept = nothingKept()
  const scrape = async (still: readonly number[], moving: readonly number[]) => {
    const to = createExposition(100, kept)
    for (const [name, figures] of Object.entries({ still, moving }))
      to.writeColumns(name, 'Figures.', [
        { labels: 'topic="t"', length: 2, source: figures, value: p => figures[p] ?? Number.NaN },
      ])
    await to.gzipped()
    return [kept.metrics.get('still')?.part, kept.metrics.get('moving')?.part]
  }
  assert.deepEqual(await scrape([1, 2], [3, 4]), [null, null])
  const [still] = await scrape([1, 2], [3, 5])
  assert.ok(still instanceof Promise)
  assert.deepEqual(await scrape([1, 2], [3, 6]), [still, null])
})
