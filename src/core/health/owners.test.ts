import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judged, windowOf } from '../../../test/support/looks.ts'
import { groupOf, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'

test('whose each partition is, is worked out again when the members or the partitions are others', () => {
  const four = snapshotOf([topic('t', 4, [1])])
  const five = snapshotOf([topic('t', 5, [1])])
  const first = groupOf('g', 't', [0, 0, 0, 0], [[0, 1], [2]])
  const second = groupOf(
    'g',
    't',
    [0, 0, 0, 0],
    [
      [0, 1],
      [2, 3],
    ],
  )
  const ownersAfter = (seconds: number): Int32Array | undefined =>
    judged(
      windowOf(seconds, at => ({
        snapshot: at < 3 ? four : five,
        ends: { t: at < 3 ? [9, 9, 9, 9] : [9, 9, 9, 9, 9] },
        groups: [{ ...(at < 2 ? first : second) }],
      })),
      seconds,
    ).groups[0]?.topics[0]?.owner
  assert.deepEqual(ownersAfter(1), Int32Array.of(0, 0, 1, -1))
  assert.deepEqual(ownersAfter(2), Int32Array.of(0, 0, 1, 1))
  assert.deepEqual(ownersAfter(3), Int32Array.of(0, 0, 1, 1, -1))
})

test('while the members are the same list the column is the one of before', () => {
  const group = groupOf('g', 't', [0, 0], [[0], [1]])
  const window = windowOf(2, () => ({
    snapshot: snapshotOf([topic('t', 2, [1])]),
    ends: { t: [9, 9] },
    groups: [{ ...group }],
  }))
  const [before, now] = window.looks.slice(-2).map(({ lag }) => lag?.get('g')?.get('t')?.owner)
  assert.ok(now instanceof Int32Array)
  assert.equal(now, before)
})
