import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionCount } from '../model/index.ts'
import { generateKeys, type KeyGenerator, type KeyRule, KeyTally, lintKeys, packKeys } from './index.ts'

const rulesOf = (tally: KeyTally, count: number): readonly KeyRule[] =>
  lintKeys(tally.result(), partitionCount(count)).findings.map(({ rule }) => rule)

const generated = (generator: KeyGenerator): KeyTally => {
  const tally = new KeyTally()
  for (const chunk of generateKeys(generator, 10_000)) tally.add(chunk)
  return tally
}

const weighted = (rows: Readonly<Record<string, number>>, keyless = 0): KeyTally => {
  const tally = new KeyTally()
  const names = Object.keys(rows)
  tally.add({ keys: packKeys(names), weights: Float64Array.from(Object.values(rows)), absent: null })
  if (keyless > 0)
    tally.add({ keys: packKeys(['']), weights: Float64Array.of(keyless), absent: Uint8Array.of(1) })
  return tally
}

/** Many keys with no number at the end. */
const people = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index * 7919}-person`, 10]))

test('plenty of equal keys on few lanes have nothing wrong with them', () => {
  assert.deepEqual(rulesOf(weighted(people(5000)), 12), [])
})

test('a region as a key is too few keys', () => {
  const regions = weighted({ EMEA: 30, APAC: 30, AMER: 30 })
  assert.ok(rulesOf(regions, 12).includes('few-keys'))
  const [finding] = lintKeys(regions.result(), partitionCount(12)).findings
  assert.match(finding?.sentence ?? '', /3 distinct keys for 12 partitions: at least 9 stay empty/)
  assert.equal(finding?.severity, 'critical')
})

test('the GUEST key that owns the traffic is a placeholder and a heavy key', () => {
  const rules = rulesOf(weighted({ ...people(5000), GUEST: 40_000 }), 12)
  assert.deepEqual(rules, ['default-key', 'heavy-key'])
})

test('records without keys are a finding, a single one is not', () => {
  assert.deepEqual(rulesOf(weighted(people(5000), 5000), 12), ['no-key'])
  assert.deepEqual(rulesOf(weighted(people(5000), 1), 12), [])
})

test('ids that count up are shown beside the hash; drawn numbers are not taken for them', () => {
  const counting = generated({ kind: 'sequential', keys: 20_000 })
  const { findings, idMod, hash } = lintKeys(counting.result(), partitionCount(100))
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['sequential-ids'],
  )
  assert.ok(idMod !== null && idMod.maxOverMean === 1 && hash.maxOverMean > 1)
  const drawn = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [`u${(index * 48271) % 2147483647}`, 1]),
  )
  assert.deepEqual(rulesOf(weighted(drawn), 12), [])
})

test('few keys a lane are a finding of their own', () => {
  assert.ok(rulesOf(weighted(people(2000)), 500).includes('keys-per-lane'))
})
