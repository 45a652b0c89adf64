import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judged, windowOf, type HandMadeLook } from '../../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { defaultThresholds, judgeHealth } from './index.ts'

const snapshot = snapshotOf([topic('t', 2, [1, 2, 3])])

/** Partition 1 is always read to its end; partition 0 as told. */
const verdict = (
  seconds: number,
  line: (second: number) => { end: number; committed: number; members?: readonly (readonly number[])[] },
  now = seconds,
): string => {
  const window = windowOf(seconds, (second): HandMadeLook => {
    const { end, committed, members } = line(second)
    return {
      snapshot,
      ends: { t: [end, 5] },
      groups: [groupOf('g', 't', [committed, 5], members ?? [[0, 1]])],
    }
  })
  const group = judged(window, now).groups[0]
  assert.ok(group !== undefined && group.reason.endsWith('.'), group?.reason)
  return group.verdict
}

test('ok: what waits is young and commits move', () => {
  assert.equal(
    verdict(60, second => ({ end: second * 10, committed: second * 10 - 5 })),
    'ok',
  )
})

test('ok: nothing waits, however short the watch', () => {
  assert.equal(
    verdict(0, () => ({ end: 10, committed: 10 })),
    'ok',
  )
})

test('unknown: something waits and the watch is too short to tell', () => {
  assert.equal(
    verdict(10, second => ({ end: second * 10, committed: second * 10 - 5 })),
    'unknown',
  )
})

test('unknown: records and no commit', () => {
  assert.equal(
    verdict(60, () => ({ end: 10, committed: NaN })),
    'unknown',
  )
})

test('unknown: the newest reading is old', () => {
  assert.equal(
    verdict(60, () => ({ end: 10, committed: 10 }), 66),
    'unknown',
  )
})

test('stopped: nobody reads and records wait', () => {
  assert.equal(
    verdict(60, second => ({ end: second * 10, committed: 100, members: [] })),
    'stopped',
  )
})

test('stopped: the partition is assigned to nobody although there are members', () => {
  assert.equal(
    verdict(60, second => ({ end: second * 10, committed: 100, members: [[1]] })),
    'stopped',
  )
})

test('stalled: a member holds it, records wait, no commit moves', () => {
  assert.equal(
    verdict(60, second => ({ end: second * 10, committed: 100 })),
    'stalled',
  )
})

test('not stalled: a commit every ten seconds is slow, not still', () => {
  assert.equal(
    verdict(60, second => ({ end: second * 10 + 5, committed: Math.floor(second / 10) * 100 })),
    'ok',
  )
})

test('rewinding: the committed offset went backwards', () => {
  assert.equal(
    verdict(60, second => ({
      end: second * 10,
      committed: second < 50 ? second * 10 - 1 : second * 10 - 400,
    })),
    'rewinding',
  )
})

test('warning: the oldest waiting record is older than a minute', () => {
  assert.equal(
    verdict(300, second => ({ end: second * 10, committed: Math.max(0, second - 90) * 10 })),
    'warning',
  )
})

test('warning: older than a history that reaches further back than a minute', () => {
  assert.equal(
    verdict(120, second => ({ end: 10_000 + second * 10, committed: second * 10 })),
    'warning',
  )
})

test('unknown: the age is not known, and the history too short to exclude the worst', () => {
  assert.equal(
    verdict(30, second => ({ end: 10_000 + second * 10, committed: second * 10 })),
    'unknown',
  )
})

test('a group is as bad as its worst partition, and the sentence names it', () => {
  const window = windowOf(60, second => ({
    snapshot,
    ends: { t: [second * 10, second * 10] },
    groups: [groupOf('g', 't', [second * 10, 30], [[0], [1]])],
  }))
  const group = judged(window, 60).groups[0]
  assert.equal(group?.verdict, 'stalled')
  assert.match(group?.reason ?? '', /^1 of 2 partitions have records waiting .* on t-1\.$/)
})

test('when nothing was read for a while the verdict of before stays in the sentence', () => {
  const window = windowOf(60, second => ({
    snapshot,
    ends: { t: [second * 10, 5] },
    groups: [groupOf('g', 't', [100, 5], [[0, 1]])],
  }))
  const group = judgeHealth(window, defaultThresholds, 102_000)?.groups[0]
  assert.equal(group?.verdict, 'unknown')
  assert.match(group?.reason ?? '', /^Not seen for 42\u00a0s\. Before that: 1 of 2 partitions have records/)
})

test('unknown: looks were missing for longer than three intervals, and anything may have happened', () => {
  const window = windowOf(60, second =>
    second > 48 && second < 58
      ? null
      : {
          snapshot,
          ends: { t: [second * 10, 5] },
          groups: [groupOf('g', 't', [second * 10 - 5, 5], [[0, 1]])],
        },
  )
  assert.equal(judged(window, 60).groups[0]?.verdict, 'unknown')
})

test('unknown: a group without members and commits, and a share group, give nothing to judge', () => {
  const empty = { ...groupOf('empty', 't', [NaN, NaN], []), committed: new Map() }
  const share = { ...groupOf('share', 't', [NaN, NaN], [[0, 1]]), type: 'share' as const }
  const window = windowOf(60, () => ({ snapshot, ends: { t: [5, 5] }, groups: [empty, share] }))
  for (const group of judged(window, 60).groups) {
    assert.equal(group.verdict, 'unknown')
    assert.match(group.reason, /nothing to judge\.$|lag is not known\.$/)
  }
})
