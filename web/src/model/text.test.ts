import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ago,
  bytes,
  count,
  counted,
  firstAndMore,
  listed,
  offset,
  period,
  rate,
  settingWords,
  share,
  splitUnit,
  trend,
} from './text.ts'

test('what is not known is the word, never 0', () => {
  for (const value of [null, undefined, Number.NaN]) assert.equal(rate(value), 'unknown')
  assert.equal(rate(0), '0/s')
})

test('a part too small for its digits is not none', () => {
  assert.deepEqual([share(0), share(0.0004), share(0.81)], ['0\u00a0%', '<0.1\u00a0%', '81\u00a0%'])
})

test('offsets past 2^53 keep every digit', () => {
  assert.equal(offset('9007199254740993123'), '9,007,199,254,740,993,123')
  assert.equal(offset(null), 'unknown')
})

test('a unit is set apart from its figure, a duration of two units is not', () => {
  assert.deepEqual(splitUnit(rate(648_000)), ['648k', '/s'])
  assert.deepEqual(splitUnit(bytes(3.13e9)), ['3.13', '\u00a0GB'])
  assert.deepEqual(splitUnit('6\u00a0m\u00a007\u00a0s'), ['6\u00a0m\u00a007\u00a0s', ''])
  assert.deepEqual(splitUnit('unknown'), ['unknown', ''])
})

test('since: seconds at first, then minutes, never negative', () => {
  const at = (seconds: number): string => new Date(1_700_000_000_000 + seconds * 1000).toISOString()
  assert.equal(ago(at(0), at(42)), '42\u00a0s')
  assert.equal(ago(at(0), at(25 * 60 + 40)), '25\u00a0m')
  assert.equal(ago(at(0), at(3720)), '1\u00a0h\u00a002\u00a0m')
  assert.equal(ago(at(5), at(0)), '0\u00a0s')
})

test('words around figures', () => {
  assert.equal(counted(1, 'broker'), '1 broker')
  assert.equal(counted(1514, 'partition'), '1,514 partitions')
  assert.equal(listed(['a', 'b', 'c']), 'a, b and c')
  assert.equal(trend(940), '+940/s')
  assert.equal(trend(0.2), 'steady')
  assert.equal(period(86_400_000), '24\u00a0h')
  assert.equal(period(604_800_000), '7\u00a0days')
  assert.equal(count(1514), '1,514')
})

test('a setting says what its number means where its name has the unit', () => {
  const plain = (name: string, value: string): string => settingWords(name, value).replaceAll('\u00a0', ' ')
  assert.equal(plain('retention.ms', '86400000'), '24 h')
  assert.equal(plain('segment.bytes', '1073741824'), '1.07 GB')
  assert.equal(plain('retention.bytes', '-1'), 'without limit')
  assert.equal(plain('flush.ms', '9223372036854775807'), 'without limit')
  for (const [name, value] of [
    ['min.insync.replicas', '20000'],
    ['file.delete.delay.ms', '500'],
    ['cleanup.policy', 'delete'],
    ['retention.ms', ''],
  ] as const)
    assert.equal(plain(name, value), '', name)
})

test('a list that machines wrote is its first and a count', () => {
  assert.equal(firstAndMore('a:1', ','), 'a:1')
  assert.equal(firstAndMore('a:1,b:1,c:1', ','), 'a:1 and 2 more')
})
