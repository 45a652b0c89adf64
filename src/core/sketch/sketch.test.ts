import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { murmur2 } from '../routing/index.ts'
import { chooseSamples, type SampleCandidate } from './choose-samples.ts'
import {
  DISTINCT_ERROR,
  DistinctKeys,
  HeavyKeys,
  KeySketch,
  KeyWords,
  KeyWindow,
  maskedKey,
  plusMinus,
  shareOf,
} from './index.ts'

const vectors = new URL('../../../test/vectors/keys/', import.meta.url)

/** xorshift, so that the draws are the same everywhere. */
const seeded = (seed: number) => (): number => {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return (seed >>> 0) / 2 ** 32
}

const keyFiles = readdirSync(vectors).filter(name => /^[\w-]+\.csv$/.test(name) && !name.includes('events'))

const wordsOf = (key: Uint8Array): KeyWords => new KeyWords().read(key, 0, key.length)

const rowsOf = (file: string): readonly { readonly key: Uint8Array; readonly weight: number }[] =>
  readFileSync(new URL(file, vectors), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map(row => {
      const comma = row.lastIndexOf(',')
      return { key: Buffer.from(row.slice(0, comma)), weight: Number(row.slice(comma + 1)) }
    })

test('on real key populations the bounds hold, and every key above the error is found', () => {
  assert.ok(keyFiles.length >= 3, `only ${keyFiles.length} populations`)
  for (const file of keyFiles) {
    const rows = rowsOf(file)
    const total = rows.reduce((sum, { weight }) => sum + weight, 0)
    for (const capacity of [64, 512]) {
      const heavy = new HeavyKeys(capacity)
      // one at a time in rounds, as traffic comes: heaviest first would be the easy order
      const random = seeded(file.length + capacity)
      const order = rows.map(row => ({ ...row, at: random() })).toSorted((a, b) => a.at - b.at)
      for (let round = 0; round < 3; round++)
        for (const { key, weight } of order) heavy.add(wordsOf(key), 1 / 3, weight / 3)
      const counted = new Map<string, number>()
      heavy.forEach((key, _, __, bytes) => counted.set(Buffer.from(key).toString('latin1'), bytes))
      const error = heavy.error('bytes')
      assert.ok(error <= (4 * total) / capacity, `${file}: error ${error} of ${total} with ${capacity} keys`)
      const exact = new Map<string, number>()
      for (const { key, weight } of rows) {
        const name = Buffer.from(key).toString('latin1')
        exact.set(name, (exact.get(name) ?? 0) + weight)
      }
      for (const [name, weight] of exact) {
        const low = counted.get(name) ?? 0
        assert.ok(low <= weight * (1 + 1e-9) && weight <= (low + error) * (1 + 1e-9), `${file}: ${name}`)
        assert.ok(weight <= error || counted.has(name), `${file}: ${name} is above the error and not found`)
      }
    }
  }
})

test('distinct keys: within three standard errors from ten to a million, and a union counts once', () => {
  for (const count of [0, 10, 1_000, 30_000, 1_000_000]) {
    const [all, odd] = [new DistinctKeys(), new DistinctKeys()]
    for (let index = 0; index < count; index++) {
      const key = Buffer.from(`user-${index}`)
      const hash = wordsOf(key).hash
      all.add(hash)
      all.add(hash)
      if (index % 2 === 1) odd.add(hash)
    }
    const estimate = all.estimate()
    assert.ok(Math.abs(estimate - count) <= 3 * DISTINCT_ERROR * count + 0.5, `${estimate} of ${count}`)
    all.merge(odd)
    assert.equal(all.estimate(), estimate)
  }
})

test('keys of one partition are counted as well as any: the hash is not the partitioner’s', () => {
  const distinct = new DistinctKeys()
  let count = 0
  for (let index = 0; count < 20_000; index++) {
    const key = Buffer.from(`user-${index}`)
    if ((murmur2(key) & 0x7fffffff) % 64 !== 17) continue
    distinct.add(wordsOf(key).hash)
    count++
  }
  const estimate = distinct.estimate()
  assert.ok(Math.abs(estimate / count - 1) < 3 * DISTINCT_ERROR, `${estimate} of ${count}`)
})

test('a share: exact without sampling, an interval with it, nothing from nothing', () => {
  assert.deepEqual(shareOf(81, 0, 100, Number.POSITIVE_INFINITY), { share: 0.81, low: 0.81, high: 0.81 })
  const bounded = shareOf(80, 4, 100, Number.POSITIVE_INFINITY)
  assert.deepEqual([bounded.low, bounded.high], [0.8, 0.84])
  const drawn = shareOf(81, 0, 100, 1_000)
  assert.ok(plusMinus(drawn) > 0.02 && plusMinus(drawn) < 0.03, String(plusMinus(drawn)))
  assert.ok(Number.isNaN(shareOf(0, 0, 0, 10).share))
  assert.deepEqual([shareOf(5, 0, 10, 0).low, shareOf(5, 0, 10, 0).high], [0, 1])
})

test('the interval of a sample holds the truth 19 times of 20, also when a batch carries one key', () => {
  for (const recordsPerBatch of [1, 20]) {
    const random = seeded(99 + recordsPerBatch)
    let held = 0
    const rounds = 300
    for (let round = 0; round < rounds; round++) {
      const sketch = new KeySketch(100)
      let hot = 0
      for (let batch = 0; batch < 1_000; batch++) {
        // a batch is of one producer, and that of the hot key makes a third of them; one batch in ten is read
        const isHot = random() < 1 / 3
        if (isHot) hot++
        if (batch % 10 !== 0) continue
        const key = Buffer.from(isHot ? 'hot' : `other-${batch % 50}`)
        for (let each = 0; each < recordsPerBatch; each++) sketch.add(wordsOf(key), 100, 10)
        sketch.addDraw(recordsPerBatch * 10, recordsPerBatch * 1000, 0.1)
      }
      const share = sketch.summary(1).heaviest[0]?.bytes
      const truth = hot / 1_000
      if (share !== undefined && share.low <= truth && truth <= share.high) held++
    }
    assert.ok(held >= rounds * 0.93, `${held} of ${rounds} with ${recordsPerBatch} records a batch`)
    assert.ok(held < rounds, 'an interval that always holds says nothing')
  }
})

test('a sketch tells totals, keyless records and distinct keys, before and after its table overflows', () => {
  for (const distinct of [40, 5_000]) {
    const sketch = new KeySketch(100)
    for (let index = 0; index < 10_000; index++) {
      const key = Buffer.from(`k-${index % distinct}`)
      if (index % 10 === 0) sketch.addKeyless(50, 1)
      else sketch.add(wordsOf(key), 100, 1)
    }
    const summary = sketch.summary(5)
    assert.equal(summary.records, 10_000)
    assert.equal(summary.bytes, 9_000 * 100 + 1_000 * 50)
    assert.equal(summary.keyless.share, 0.1)
    const seen = distinct === 40 ? 36 : 4_500
    if (distinct === 40) assert.deepEqual([summary.distinct, summary.distinctError], [seen, 0])
    else assert.ok(Math.abs(summary.distinct / seen - 1) < 3 * DISTINCT_ERROR, `${summary.distinct}`)
  }
})

test('long keys that differ only at their end are two keys, and cost no more than 256 bytes each', () => {
  const sketch = new KeySketch(10)
  for (const end of ['a', 'b']) {
    const key = Buffer.from('x'.repeat(5_000) + end)
    sketch.add(wordsOf(key), 100, 1)
  }
  const summary = sketch.summary(5)
  assert.equal(summary.distinct, 2)
  assert.deepEqual(
    summary.heaviest.map(({ key }) => key.length),
    [256, 256],
  )
})

test('a window forgets what is older than a minute and merges what is not', () => {
  const window = new KeyWindow(64)
  const add = (name: string, nowMs: number): void => {
    const key = Buffer.from(name)
    window.at(nowMs).add(wordsOf(key), 100, 1)
  }
  assert.equal(window.summary(0, 5), null)
  for (let second = 0; second < 200; second++) {
    add('steady', second * 1000)
    if (second < 100) add('early', second * 1000)
  }
  const summary = window.summary(199_000, 5)
  assert.deepEqual(
    summary?.heaviest.map(({ key, records }) => [Buffer.from(key).toString(), records.share]),
    [['steady', 1]],
  )
  assert.ok((summary?.spanMs ?? 0) >= 55_000 && (summary?.spanMs ?? 0) <= 60_000)
  assert.equal(window.summary(300_000, 5), null)
})

test('samples: interest first, never more bytes than the budget, all of what is small, a random part of what is large', () => {
  const candidate = (partition: number, records: number, interest = false): SampleCandidate => ({
    topic: 't',
    partition,
    from: 1_000,
    end: 1_000 + records,
    bytesPerRecord: 100,
    cutBytes: 0,
    interest,
  })
  const budget = { bytes: 100_000, partitionBytesMax: 20_000, interestBytesMax: 60_000 }
  const random = seeded(5)
  const candidates = [candidate(0, 100_000, true), candidate(1, 50), candidate(2, 100_000), candidate(3, 0)]
  const starts = new Set<number>()
  for (let round = 0; round < 200; round++) {
    const samples = chooseSamples(candidates, budget, random)
    assert.deepEqual(
      samples.map(({ partition }) => partition),
      [0, 1, 2],
    )
    assert.ok(samples.reduce((sum, { maxBytes }) => sum + maxBytes, 0) <= budget.bytes)
    const [hot, small] = samples
    assert.equal(hot?.maxBytes, 60_000)
    assert.equal(small?.offset, 1_000)
    assert.ok((hot?.offset ?? 0) >= 1_000 && (hot?.offset ?? 0) + 589 <= 101_000 + 1)
    starts.add(hot?.offset ?? 0)
  }
  assert.ok(starts.size > 150, `${starts.size} different places`)
  assert.equal(chooseSamples(candidates, { ...budget, bytes: 0 }, random).length, 0)
})

test('masked keys: enough to recognise, not enough to read; placeholders as they are; bytes by their hash', () => {
  const mask = (text: string): string => maskedKey(Buffer.from(text), 0x3a11d9e1)
  assert.equal(mask('user-4820634'), 'user-48···34')
  assert.equal(mask('GUEST'), 'GUEST')
  assert.equal(mask('anna'), '#3a11d9e1')
  assert.equal(mask('anna.karenina@example.org'), 'anna.ka···rg')
  assert.equal(maskedKey(Uint8Array.of(0xff, 0xfe, 1, 2), 1), '#00000001')
  assert.equal(mask('two\nlines of text'), '#3a11d9e1')
})
