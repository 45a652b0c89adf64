import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HeavyKeys, type KeyMeasure, KeyWords } from './index.ts'

/** Small alphabets and small tables, so that keys come again and cuts are many. */
const record = fc.record({
  key: fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 3 }),
  bytes: fc.integer({ min: 1, max: 1000 }),
})
const stream = fc.array(record, { maxLength: 400, size: 'max' })
const measures: readonly KeyMeasure[] = ['records', 'bytes']

type Stream = readonly { readonly key: string; readonly bytes: number }[]

const feed = (records: Stream, capacity: number): HeavyKeys => {
  const heavy = new HeavyKeys(capacity)
  const words = new KeyWords()
  for (const { key, bytes } of records) {
    const text = Buffer.from(key)
    heavy.add(words.read(text, 0, text.length), 1, bytes)
  }
  return heavy
}

const truth = (records: Stream): ReadonlyMap<string, Record<KeyMeasure, number>> => {
  const keys = new Map<string, Record<KeyMeasure, number>>()
  for (const { key, bytes } of records) {
    const known = keys.get(key) ?? { records: 0, bytes: 0 }
    keys.set(key, { records: known.records + 1, bytes: known.bytes + bytes })
  }
  return keys
}

const assertBounds = (heavy: HeavyKeys, records: Stream, capacity: number): void => {
  const counted = new Map<string, Record<KeyMeasure, number>>()
  heavy.forEach((key, _, countedRecords, bytes) =>
    counted.set(Buffer.from(key).toString(), { records: countedRecords, bytes }),
  )
  assert.ok(heavy.size <= capacity)
  for (const measure of measures) {
    const error = heavy.error(measure)
    let total = 0
    for (const [key, weights] of truth(records)) {
      total += weights[measure]
      const low = counted.get(key)?.[measure] ?? 0
      assert.ok(low <= weights[measure] + 1e-6, `${key}: ${low} of ${weights[measure]}`)
      assert.ok(weights[measure] <= low + error + 1e-6, `${key}: ${weights[measure]} above ${low} + ${error}`)
    }
    assert.ok(
      error <= (4 * total) / capacity + 1e-6,
      `${measure}: error ${error} of ${total} with ${capacity}`,
    )
  }
}

test('every key lies within its bounds, whatever the stream and however small the table', () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 8, max: 40 }), (records, capacity) =>
      assertBounds(feed(records, capacity), records, capacity),
    ),
    { numRuns: 500 },
  )
})

test('merging two keeps the bounds of both together', () => {
  fc.assert(
    fc.property(stream, stream, (left, right) => {
      const merged = feed(left, 16)
      const before = measures.map(measure => merged.error(measure))
      const other = feed(right, 16)
      merged.merge(other)
      // into a table with room for all nothing is cut, and the errors simply add up
      const roomy = new HeavyKeys(1000)
      for (const part of [feed(left, 16), feed(right, 16)]) roomy.merge(part)
      for (const measure of measures)
        assert.equal(roomy.error(measure), feed(left, 16).error(measure) + feed(right, 16).error(measure))
      const all = [...left, ...right]
      const counted = new Map<string, Record<KeyMeasure, number>>()
      merged.forEach((key, _, records, bytes) => counted.set(Buffer.from(key).toString(), { records, bytes }))
      measures.forEach((measure, at) => {
        const error = merged.error(measure)
        assert.ok(error >= (before[at] ?? 0) + other.error(measure))
        for (const [key, weights] of truth(all)) {
          const low = counted.get(key)?.[measure] ?? 0
          assert.ok(low <= weights[measure] + 1e-6 && weights[measure] <= low + error + 1e-6, key)
        }
      })
    }),
    { numRuns: 300 },
  )
})

test('while all keys fit, everything is exact', () => {
  fc.assert(
    fc.property(stream, records => {
      const heavy = feed(records, 1000)
      assert.ok(heavy.exact)
      const keys = truth(records)
      assert.equal(heavy.size, keys.size)
      heavy.forEach((key, _, counted, bytes) =>
        assert.deepEqual({ records: counted, bytes }, keys.get(Buffer.from(key).toString())),
      )
    }),
  )
})
