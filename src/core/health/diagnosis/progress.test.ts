import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judged, windowOf } from '../../../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../../../test/support/scripted-cluster.ts'
import { defaultThresholds, findingsOf, sentenceText } from '../index.ts'

/** Twelve partitions of which three members have four each; `line` gives end and committed of one of them. */
const findingsAt = (
  seconds: number,
  line: (partition: number, second: number) => readonly [number, number],
) => {
  const snapshot = snapshotOf([topic('t', 12, [1, 2, 3])])
  const members = [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9, 10, 11],
  ]
  const window = windowOf(seconds, second => {
    const lines = Array.from({ length: 12 }, (_, p) => line(p, second))
    return {
      snapshot,
      ends: { t: lines.map(([end]) => end) },
      groups: [
        groupOf(
          'g',
          't',
          lines.map(([, committed]) => committed),
          members,
        ),
      ],
    }
  })
  return findingsOf(judged(window, seconds), defaultThresholds, 'h:1').map(each => ({
    kind: each.kind,
    sentence: sentenceText(each.sentence).replaceAll('\u00a0', ' '),
    cure: each.cure.replaceAll('\u00a0', ' '),
  }))
}

test('one slow member: told within half a minute, with its name, and that its partitions are no busier', () => {
  const at = (seconds: number) =>
    findingsAt(seconds, (p, second) => {
      const end = second * 10
      // the second member handles a third of what comes, from second 10 on
      return [end, p >= 4 && p < 8 && second > 10 ? 100 + (second - 10) * 3 : end]
    })
  assert.deepEqual(at(20), [])
  const [found, ...more] = at(30)
  assert.deepEqual(more, [])
  assert.equal(found?.kind, 'group-behind')
  assert.match(
    found?.sentence ?? '',
    /^g is 1[2-5](\.\d)? s behind on t-4; 100 % of what waits is on the 4 partitions of client-1 on /,
  )
  assert.match(
    found?.cure ?? '',
    /^Its partitions get 1\.00× the mean: the consumer is slow, not the producer fast\./,
  )
})

test('a group that is as far behind as before, or catches up, is not falling behind', () => {
  assert.deepEqual(
    findingsAt(60, (_, second) => [second * 10, second * 10 - 120]),
    [],
  )
})

test('one partition stands still while its member goes on with others: it is the record, and where', () => {
  const [found, ...more] = findingsAt(60, (p, second) => [
    second * 10,
    p === 5 && second > 20 ? 207 : second * 10 - 3,
  ])
  assert.deepEqual(more, [])
  assert.equal(found?.kind, 'group-stalled')
  assert.match(found?.sentence ?? '', /^g stands still on 1 of 12 partitions, the oldest record on t-5/)
  assert.match(
    found?.cure ?? '',
    /^client-1 on \S+ goes on with its other partitions, so it is the record at offset 207/,
  )
})

test('all stand still: no record is blamed', () => {
  const [found] = findingsAt(60, (_, second) => [second * 10, Math.min(200, second * 10)])
  assert.equal(found?.kind, 'group-stalled')
  assert.match(found?.cure ?? '', /^A record that fails again and again, a handler that hangs/)
})

test('a record that is stuck is nothing to be told of twice: no "behind" on the way to "stands still"', () => {
  const at = (seconds: number) =>
    findingsAt(seconds, (p, second) => [second * 10, p === 5 && second > 20 ? 207 : second * 10 - 3]).map(
      ({ kind }) => kind,
    )
  const told = Array.from({ length: 40 }, (_, second) => at(20 + second).join())
  assert.deepEqual([...new Set(told)], ['', 'group-stalled'])
})

test('a slow member that has not come round to a partition is behind, and not stuck on it', () => {
  const found = findingsAt(51, (p, second) => {
    const end = second * 10
    if (p < 4 || p > 7 || second <= 20) return [end, end]
    // from second 20 on the second member is slow; to all but its first partition it comes every 16 s
    const lately = p === 4 ? second : 20 + Math.floor((second - 20) / 16) * 16
    return [end, 200 + (lately - 20) * 4]
  })
  assert.deepEqual(
    found.map(({ kind }) => kind),
    ['group-behind'],
  )
})

test('nothing committed is no reproach to a group that has just begun', () => {
  const snapshot = snapshotOf([topic('t', 2, [1, 2, 3])])
  const kinds = (seconds: number): string[] => {
    const window = windowOf(seconds, second => ({
      snapshot,
      ends: { t: [50, 50] },
      // the topic has been there for half a minute when the group comes
      groups: second < 30 ? [] : [groupOf('g', 't', [NaN, NaN], [[0, 1]])],
    }))
    return findingsOf(judged(window, seconds), defaultThresholds, 'h:1').map(({ kind }) => kind)
  }
  assert.deepEqual(kinds(31), [])
  assert.deepEqual(kinds(43), [])
  assert.deepEqual(kinds(46), ['nothing-committed'])
})
