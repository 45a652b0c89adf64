import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatTimes,
  printable,
} from './format.ts'

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

test('counts: in full under 10,000, three figures above', () => {
  assert.deepEqual([0, 7, 9999, 10_000, 12_444, 999_499, 999_600, 1_500_000].map(formatCount), [
    '0',
    '7',
    '9,999',
    '10k',
    '12.4k',
    '999k',
    '1M',
    '1.5M',
  ])
})

test('rates and bytes carry decimal units and step up where rounding would print 1000', () => {
  assert.deepEqual([0.48, 412, 999.6, 12_400, 50e6].map(formatRate), [
    '0.48/s',
    '412/s',
    '1k/s',
    '12.4k/s',
    '50M/s',
  ])
  assert.deepEqual([0, 999, 293_000, 1.28e12].map(formatBytes).map(plain), [
    '0 B',
    '999 B',
    '293 kB',
    '1.28 TB',
  ])
  assert.equal(plain(formatByteRate(1.3e6)), '1.3 MB/s')
})

test('durations', () => {
  assert.deepEqual(
    [0, 0.42, 271, 999.7, 4200, 59_960, 367_000, 3_780_000, 9 * 86_400_000].map(formatDuration).map(plain),
    ['0 ms', '0.42 ms', '271 ms', '1 s', '4.2 s', '1 m 00 s', '6 m 07 s', '1 h 03 m', '9 days'],
  )
})

test('ratios and shares', () => {
  assert.deepEqual([1, 1.206, 9.41, 70, 50_000].map(formatTimes), ['1.00×', '1.21×', '9.4×', '70×', '50k×'])
  assert.deepEqual([0.812, 0.055, 1].map(formatShare).map(plain), ['81 %', '5.5 %', '100 %'])
})

test('what is not known is the word, in every format', () => {
  for (const format of [
    formatCount,
    formatRate,
    formatBytes,
    formatByteRate,
    formatDuration,
    formatTimes,
    formatShare,
  ])
    assert.equal(format(Number.NaN), 'unknown')
})

test('text from Kafka cannot move the cursor, colour the screen or reverse a line', () => {
  assert.equal(printable('a\u001b[2Jb\u202ec\u0000'), 'a\\u001b[2Jb\\u202ec\\u0000')
  assert.equal(printable('größe 用户 🙂'), 'größe 用户 🙂')
})
