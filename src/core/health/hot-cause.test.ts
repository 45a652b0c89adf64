import assert from 'node:assert/strict'
import { test } from 'node:test'
import { observationAt } from '../../../test/support/looks.ts'
import { snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { KeySketch, KeyWords } from '../sketch/index.ts'
import {
  advanceWindow,
  defaultThresholds,
  emptyWindow,
  findingsOf,
  judgeHealth,
  type KeyEvidence,
  noKeyEvidence,
  type PartitionKeys,
  sentenceText,
  type TopicWriters,
} from './index.ts'

/** Records a second by partition, for half a minute. */
const judgedWith = (rates: readonly number[], evidence: KeyEvidence) => {
  const snapshot = snapshotOf([topic('t', rates.length, [1, 2, 3])])
  let window = emptyWindow
  for (let second = 0; second <= 40; second++)
    window = advanceWindow(
      window,
      observationAt(second, { snapshot, ends: { t: rates.map(rate => rate * second) } }),
      defaultThresholds,
    )
  const health = judgeHealth(window, defaultThresholds, 40_000, evidence)
  assert.ok(health !== null)
  return findingsOf(health, defaultThresholds, 'host:9092', evidence)
}

const keysOf = (records: Readonly<Record<string, number>>, keyless = 0): PartitionKeys => {
  const sketch = new KeySketch(500)
  for (const [name, count] of Object.entries(records)) {
    const key = Buffer.from(name)
    sketch.add(new KeyWords().read(key, 0, key.length), 100, count)
  }
  if (keyless > 0) sketch.addKeyless(100, keyless)
  return { ...sketch.summary(20), spanMs: 60_000, method: 'exact' }
}

const withKeys = (keys: PartitionKeys | null, more: Partial<KeyEvidence> = {}): KeyEvidence => ({
  ...noKeyEvidence,
  partition: () => keys,
  nameOf: ({ key }) => Buffer.from(key).toString(),
  ...more,
})

const many = (count: number, each: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k-${at}`, each]))

const flat = (count: number, rate: number, hot: Readonly<Record<number, number>>): number[] =>
  Array.from({ length: count }, (_, p) => hot[p] ?? rate)

const sentences = (rates: readonly number[], evidence: KeyEvidence): string[] =>
  judgedWith(rates, evidence).map(each => sentenceText(each.sentence).replaceAll('\u00a0', ' '))

test('one key behind it is named with its share, and what is left without it', () => {
  const found = judgedWith(flat(100, 10, { 41: 94 }), withKeys(keysOf({ hot: 810, ...many(100, 1.9) })))
  assert.deepEqual(
    found.map(each => sentenceText(each.sentence).replaceAll('\u00a0', ' ')),
    ['t-41 takes 8.7× its share, 94/s; 81 % of it is one key, hot.'],
  )
  assert.match(
    found[0]?.cure ?? '',
    /^Without that key it would carry 1\.65×\. A partition of its own keeps the key's order/,
  )
  assert.equal(found[0]?.command, 'npx lanekeeper hot t --partition 41')
})

test('a placeholder needs no order, and the cure says so', () => {
  const found = judgedWith(flat(100, 10, { 3: 900 }), withKeys(keysOf({ GUEST: 890, ...many(10, 1) })))
  assert.match(found[0]?.cure ?? '', /^That key stands for nobody in particular/)
})

test('few keys, no keys, a broker, many keys, nothing known: each its own words', () => {
  const hot = flat(100, 10, { 41: 100 })
  const ending = (evidence: KeyEvidence, rates = hot): string =>
    (sentences(rates, evidence)[0] ?? '').split('; ')[1] ?? ''
  assert.equal(
    ending(withKeys(keysOf({ ...many(4, 150), ...many(400, 1) }))),
    'no key of the 400 seen is heavy.',
  )
  assert.match(
    ending(withKeys(keysOf({ a: 200, b: 200, c: 200, d: 200, e: 100, f: 100 }))),
    /^6 keys are 100 % of it\.$/,
  )
  assert.equal(ending(withKeys(keysOf(many(10, 1), 90))), '90 % of its records have no key.')
  assert.equal(ending(withKeys(null)), 'its keys are not known.')
  // partitions 0, 3, 6 … are led by broker 1
  const byBroker = Array.from({ length: 99 }, (_, p) => (p % 3 === 0 ? 40 : 10))
  assert.equal(
    ending(withKeys(keysOf(many(400, 1))), byBroker),
    'all that broker 1 leads of this topic are busy, 4× the others. 32 more are hot.',
  )
})

test('few partitions: the hot one of two and of three is seen, which mean + k·sigma cannot', () => {
  assert.match(sentences([90, 10], withKeys(null))[0] ?? '', /^t-0 takes 1\.80× its share/)
  assert.match(sentences([10, 60, 10], withKeys(null))[0] ?? '', /^t-1 takes 2\.25× its share/)
  assert.deepEqual(sentences([12, 10, 11], withKeys(null)), [])
  assert.deepEqual(sentences([50], withKeys(null)), [])
})

test('as uneven as that many keys must be is no finding; more uneven than that is a word', () => {
  // 60 keys on 12 partitions: five a partition on the mean, ten on one of them is ordinary luck
  const lucky = flat(12, 100, { 5: 190 })
  assert.deepEqual(sentences(lucky, withKeys(null, { activeKeys: () => 60 })), [])
  const found = judgedWith(flat(12, 100, { 5: 150 }), withKeys(null, { activeKeys: () => 100_000 }))
  assert.deepEqual(
    found.map(each => `${each.severity} ${each.kind}`),
    ['info uneven'],
  )
  // without knowing how many keys there are nobody can say
  assert.deepEqual(sentences(flat(12, 100, { 5: 150 }), withKeys(null)), [])
})

test('two partitioners on one topic: both named, and how many keys lie twice', () => {
  const writers: TopicWriters = {
    writers: [
      { names: ['java', 'kafkajs'], share: 0.7 },
      { names: ['librdkafka-consistent-random'], share: 0.3 },
    ] as unknown as TopicWriters['writers'],
    scatteredKeys: 30,
    keys: 200,
  }
  const found = judgedWith(flat(10, 10, {}), withKeys(null, { writers: () => writers }))
  assert.deepEqual(
    found.map(each => `${each.severity} ${sentenceText(each.sentence).replaceAll('\u00a0', ' ')}`),
    [
      'act t is written by 2 partitioners that disagree: they place the keys 70 % as java or kafkajs, 30 % as librdkafka-consistent-random; 30 of 200 keys seen lie on more than one partition.',
    ],
  )
  const one = { ...writers, writers: writers.writers.slice(0, 1) }
  assert.deepEqual(judgedWith(flat(10, 10, {}), withKeys(null, { writers: () => one })), [])
})

test('partitions added under keys: how many moved, for an hour; none where nothing was written yet', () => {
  const after = (written: number, declared = new Map<string, number>()) => {
    const [small, large] = [
      snapshotOf([topic('t', 12, [1, 2, 3], 'id')]),
      snapshotOf([topic('t', 16, [1, 2, 3], 'id')]),
    ]
    let window = emptyWindow
    const look = (second: number, snapshot: typeof small, count: number): void => {
      window = advanceWindow(
        window,
        observationAt(second, { snapshot, ends: { t: new Float64Array(count).fill(written) } }),
        defaultThresholds,
      )
    }
    look(0, small, 12)
    look(1, small, 12)
    look(2, large, 16)
    look(3, large, 16)
    const health = judgeHealth(window, defaultThresholds, 3_000)
    return health === null ? [] : findingsOf(health, defaultThresholds, 'h:1', noKeyEvidence, declared)
  }
  const kinds = (declared: number) =>
    after(100, new Map([['t', declared]])).map(({ kind, severity }) => `${severity} ${kind}`)
  assert.deepEqual(kinds(16), ['info partitions-added-as-declared'])
  assert.deepEqual(kinds(12), ['warning partitions-added'], 'declared otherwise: behind the back of the file')
  assert.deepEqual(
    after(100).map(each => sentenceText(each.sentence).replaceAll('\u00a0', ' ')),
    ['t grew from 12 to 16 partitions; 75 % of its keys now go to another partition than before.'],
  )
  assert.deepEqual(after(0), [])
})

test('a disk nearly full: how much is left, when it is full, and where the bytes are', () => {
  const snapshot = snapshotOf([topic('t', 3, [1, 2, 3])])
  const at = (usableBytes: number, usedBytes = 6e10) => {
    let window = emptyWindow
    for (let second = 0; second <= 40; second++) {
      const observed = observationAt(second, {
        snapshot,
        ends: { t: [1000 * second, 1000 * second, 1000 * second] },
        ...(second % 10 === 0 ? { sizes: { t: [1e6 * second, 1e6 * second, 1e6 * second] } } : {}),
      })
      const disks =
        second % 10 === 0
          ? [{ broker: snapshot.brokers[1]!.id, usedBytes, totalBytes: 1e11, usableBytes }]
          : null
      window = advanceWindow(window, { ...observed, disks }, defaultThresholds)
    }
    const health = judgeHealth(window, defaultThresholds, 40_000)
    return health === null ? [] : findingsOf(health, defaultThresholds, 'h:1')
  }
  assert.deepEqual(
    at(1e10).map(each => `${each.severity} ${sentenceText(each.sentence).replaceAll('\u00a0', ' ')}`),
    ['warning Broker 2 has 10 % of its disk left, 10 GB; at 3 MB/s it is full in 55 m 33 s.'],
  )
  assert.match(
    at(1e10)[0]?.cure ?? '',
    /are 60.GB of the 90.GB in use, most of it t .*Cheapest: a shorter retention\.ms/,
  )
  const others = at(1e10, 3e9)[0]
  assert.match(others?.cure ?? '', /Only 3.GB of the 90.GB in use are partitions: something else fills it/)
  assert.doesNotMatch(others?.cure ?? '', /retention\.ms/)
  assert.doesNotMatch(sentenceText(others?.sentence ?? []), /full in/)
  assert.equal(at(1e9)[0]?.severity, 'act')
  assert.deepEqual(at(3e10), [])
  assert.deepEqual(at(Number.NaN), [])
})

test('devices that report together every ten seconds are told of, a steady stream and a single spike are not', () => {
  const snapshot = snapshotOf([topic('t', 3, [1, 2, 3])])
  const kinds = (recordsAt: (second: number) => number): string[] => {
    let window = emptyWindow
    const end = new Float64Array(3)
    for (let second = 0; second <= 60; second++) {
      for (let p = 0; p < 3; p++) end[p] = (end[p] ?? 0) + recordsAt(second)
      window = advanceWindow(
        window,
        observationAt(second, { snapshot, ends: { t: end.slice() } }),
        defaultThresholds,
      )
    }
    const health = judgeHealth(window, defaultThresholds, 60_000)
    return health === null
      ? []
      : findingsOf(health, defaultThresholds, 'h:1').map(each =>
          sentenceText(each.sentence).replaceAll('\u00a0', ' '),
        )
  }
  assert.match(
    kinds(second => (second % 10 === 0 ? 500 : 1)).join('|'),
    /^t gets 9\d % of its records in 3 of 30 looks, about every 10 s: whoever writes it does so together, at 9\.\d× the mean rate\.$/,
  )
  assert.deepEqual(
    kinds(() => 50),
    [],
  )
  assert.deepEqual(
    kinds(second => (second === 45 ? 5_000 : 1)),
    [],
  )
})

test('a partition hot by its bytes alone is told for them, with the key that they belong to', () => {
  const snapshot = snapshotOf([topic('t', 60, [1, 2, 3])])
  const large = (p: number): number => (p === 7 ? 40_000 : 500)
  const evidence = withKeys(bytesOf({ 'tenant-pictures': [100, 78_000], ...small(100) }), {
    recordBytes: () => large,
    recordSizes: () => ({ meanBytes: 40_000, othersMeanBytes: 500, lumpiness: 1 }),
  })
  let window = emptyWindow
  for (let second = 0; second <= 40; second++)
    window = advanceWindow(
      window,
      observationAt(second, { snapshot, ends: { t: flat(60, 10, {}).map(rate => rate * second) } }),
      defaultThresholds,
    )
  const health = judgeHealth(window, defaultThresholds, 40_000, evidence)
  assert.ok(health !== null)
  const [found, ...others] = findingsOf(health, defaultThresholds, 'host:9092', evidence)
  assert.deepEqual(others, [])
  assert.equal(found?.kind, 'hot-bytes')
  assert.equal(
    sentenceText(found?.sentence ?? []).replaceAll('\u00a0', ' '),
    't-7 takes 34.5× its share of the bytes, 400 kB/s, in records of 40 kB where others have 500 B; 99 % of it is one key, tenant-pictures.',
  )
  assert.match(found?.cure ?? '', /^Cheapest: compress .* Without that key it would carry 0\.\d+×/)
})

const small = (count: number): Record<string, readonly [number, number]> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k-${at}`, [1, 500]]))

/** Records and the bytes of each, by key. */
const bytesOf = (records: Readonly<Record<string, readonly [number, number]>>): PartitionKeys => {
  const sketch = new KeySketch(500)
  for (const [name, [count, bytes]] of Object.entries(records)) {
    const key = Buffer.from(name)
    sketch.add(new KeyWords().read(key, 0, key.length), bytes, count)
  }
  return { ...sketch.summary(20), spanMs: 60_000, method: 'exact' }
}
