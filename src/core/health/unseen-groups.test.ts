import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HandMadeLook, judged, windowOf } from '../../../test/support/looks.ts'
import { groupOf, id, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import type { GroupHealth } from './groups.ts'

const snapshot = snapshotOf([topic('t', 2, [1, 2, 3]), topic('__consumer_offsets', 2, [1, 2])])
const leaderless = snapshotOf([topic('t', 2, [1, 2, 3]), topic('__consumer_offsets', 2, [])])

/** `a` is always told; `g`, whose coordinator is broker 1, until second 10, and later as `after` says. */
const groupsAt = (
  second: number,
  after: (second: number) => Pick<HandMadeLook, 'groupsUntold'> & Partial<HandMadeLook>,
): readonly GroupHealth[] => {
  const window = windowOf(second, at => {
    const told = ['a', ...(at <= 10 ? ['g'] : [])]
    return {
      snapshot,
      ends: { t: [at * 10, 5] },
      groups: told.map(name => ({ ...groupOf(name, 't', [at * 10 - 5, 5], [[0, 1]]), coordinator: id(1) })),
      ...(at <= 10 ? {} : after(at)),
    }
  })
  return judged(window, second).groups
}

/** Figures stand with their units by spaces that do not break. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

const unseen = (groups: readonly GroupHealth[]): GroupHealth => {
  assert.deepEqual(
    groups.map(({ observed }) => observed.groupId),
    ['a', 'g'],
  )
  const group = groups[1]
  assert.ok(group !== undefined)
  assert.equal(group.verdict, 'unknown')
  return group
}

test('a group whose coordinator is silent stays, with its last figures and since when they are old', () => {
  const group = unseen(groupsAt(14, () => ({ groupsUntold: [id(1)] })))
  assert.match(
    plain(group.reason),
    /^Not seen for 4 s: its coordinator, last broker 1, does not answer\. Before that: Watched for 10 s/,
  )
  assert.equal(group.lagRecords, 5)
  assert.equal(group.observed.members.length, 1)
})

test('beyond what is remembered its figures are unknown, and it is there all the same', () => {
  const group = unseen(groupsAt(100, () => ({ groupsUntold: [id(1)] })))
  assert.equal(plain(group.reason), 'Not seen for 1 m 30 s: its coordinator, last broker 1, does not answer.')
  assert.equal(group.lagRecords, Number.NaN)
})

test('the same while a part of the offsets topic has no leader: nobody coordinates it', () => {
  unseen(groupsAt(14, () => ({ groupsUntold: [], snapshot: leaderless })))
})

test('what all coordinators leave out is gone, and stays so when one of them falls silent later', () => {
  const groups = groupsAt(20, second => ({ groupsUntold: second <= 14 ? [] : [id(1)] }))
  assert.deepEqual(
    groups.map(({ observed }) => observed.groupId),
    ['a'],
  )
})

test('told again it is judged as before', () => {
  const told = (second: number) => ({
    groupsUntold: second < 20 ? [id(1)] : [],
    ...(second < 20
      ? {}
      : { groups: ['a', 'g'].map(name => groupOf(name, 't', [second * 10 - 5, 5], [[0, 1]])) }),
  })
  const [a, g] = groupsAt(40, told)
  assert.equal(g?.verdict, a?.verdict)
  assert.equal(g?.reason, a?.reason)
})
