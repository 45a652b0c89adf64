import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionCount, utf8Bytes } from '../model/index.ts'
import { type ConventionName, conventionNames, identifyWriters, routeKey, samePlacement } from './index.ts'
import type { PlacedKey } from './identify-writers.ts'

const written = (
  convention: ConventionName,
  count: number,
  from: number,
  to: number,
  timestampMs = 0,
  header: string | null = null,
): PlacedKey[] =>
  Array.from({ length: to - from }, (_, index) => {
    const key = utf8Bytes(`user-${from + index}`)
    return {
      key,
      partition: Number(routeKey(convention, key, partitionCount(count))),
      timestampMs: timestampMs + index,
      headers: header === null ? [] : [{ key: 'app', value: header }],
    }
  })

for (const name of conventionNames)
  test(`${name} is recognised from 200 keys on 12 partitions`, () => {
    const { verdict, writers, likelihoods } = identifyWriters(written(name, 12, 0, 200), 12)
    assert.equal(verdict, 'one')
    assert.ok(writers[0]?.names.includes(name), `${writers[0]?.names}`)
    assert.ok((likelihoods[0]?.probability ?? 0) > 0.999)
    assert.equal(likelihoods[0]?.matchedShare, 1)
  })

test('conventions that coincide at a power of two cannot be told apart, and are both named', () => {
  for (const count of [2, 16, 64]) {
    const { verdict, writers } = identifyWriters(written('java', count, 0, 400), count)
    assert.equal(verdict, 'cannot-tell')
    assert.ok(writers[0]?.names.includes('java') && writers[0].names.includes('platformatic-default'))
  }
  assert.equal(identifyWriters(written('java', 1, 0, 100), 1).verdict, 'cannot-tell')
})

test('two writers at once are found with their shares, times and headers; scattered keys are counted', () => {
  const records = [
    ...written('java', 12, 0, 300, 1_000, 'orders'),
    ...written('kafkajs-legacy', 12, 200, 300, 9_000, 'web'),
  ]
  const { verdict, writers, scatteredKeys } = identifyWriters(records, 12)
  assert.equal(verdict, 'mixed')
  const [first, second] = writers
  assert.ok(first !== undefined && second !== undefined && writers.length === 2)
  assert.ok(samePlacement(first.placements[0] as ConventionName, 'java'))
  assert.deepEqual(second.placements, ['kafkajs-legacy'])
  assert.ok(Math.abs(second.share - 0.25) < 0.05, `${second.share}`)
  assert.ok((first.seen?.lastMs ?? 0) < 9_000 && (second.seen?.firstMs ?? 0) >= 9_000)
  assert.deepEqual([first.headers, second.headers], [['app=orders'], ['app=web']])
  assert.ok(scatteredKeys > 60, `${scatteredKeys}`)
})

test('a topic that grew shows its older count', () => {
  const records = [...written('java', 12, 0, 300, 0), ...written('java', 18, 300, 600, 5_000)]
  const { verdict, writers } = identifyWriters(records, 18)
  assert.equal(verdict, 'mixed')
  assert.deepEqual(writers.map(({ placements, count }) => `${placements[0]} ${count}`).toSorted(), [
    'java 12',
    'java 18',
  ])
})

test('lanes that follow no key are unknown; a handful of keys is too few', () => {
  const random = written('java', 12, 0, 300).map((record, index) => ({
    ...record,
    partition: (index * 7 + (index >> 3)) % 12,
  }))
  assert.equal(identifyWriters(random, 12).verdict, 'unknown')
  assert.equal(identifyWriters(written('java', 12, 0, 10), 12).verdict, 'too-few')
  assert.equal(identifyWriters([], 12).verdict, 'too-few')
})

test('a thousand records of one key are one piece of evidence', () => {
  const one = written('java', 12, 0, 1)[0] as PlacedKey
  assert.equal(identifyWriters(new Array(1000).fill(one) as PlacedKey[], 12).verdict, 'too-few')
})

test('a few strays do not make a second writer', () => {
  const records = written('java', 12, 0, 500)
  const strays = records.slice(0, 4).map(record => ({ ...record, partition: (record.partition + 5) % 12 }))
  assert.equal(identifyWriters([...records, ...strays], 12).verdict, 'one')
})
