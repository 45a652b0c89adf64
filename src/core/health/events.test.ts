import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broker, groupOf, id, snapshotOf, topic } from '../../../test/support/scripted-cluster.ts'
import { groupEvents, snapshotEvents } from './events.ts'

const texts = (events: readonly { readonly text: string }[]): string[] => events.map(event => event.text)
const t = topic('t', 6, [1, 2, 3])

test('a broker that leaves takes its leaders with it, and comes back', () => {
  const moved = {
    ...t,
    partitions: t.partitions.map((each, p) =>
      each.leader === id(2) ? { ...each, leader: p === 1 ? id(3) : null } : each,
    ),
  }
  const before = snapshotOf([t])
  const after = snapshotOf([moved], [broker(1), broker(3)])
  assert.deepEqual(texts(snapshotEvents(before, after)), [
    'Broker 2 left',
    '1 leader of t moved',
    '1 leader of t lost',
  ])
  assert.deepEqual(texts(snapshotEvents(after, before)), ['Broker 2 joined', '2 leaders of t moved'])
  assert.deepEqual(snapshotEvents(before, snapshotOf([t])), [])
})

test('topics come, go, grow and are replaced by namesakes', () => {
  const before = snapshotOf([t, topic('old', 1, [1])])
  const after = snapshotOf([topic('t', 8, [1, 2, 3], 't'), topic('new', 1, [1])])
  assert.deepEqual(texts(snapshotEvents(before, after)), [
    '2 partitions added to t',
    'Topic new created',
    'Topic old deleted',
  ])
  assert.deepEqual(texts(snapshotEvents(snapshotOf([t]), snapshotOf([topic('t', 6, [1, 2, 3], 'other')]))), [
    'Topic t recreated',
  ])
})

test('partitions that change hands are one event', () => {
  const before = [groupOf('g', 't', [0, 0, 0, 0], [[0, 1, 2, 3]])]
  const after = [
    groupOf(
      'g',
      't',
      [0, 0, 0, 0],
      [
        [0, 1],
        [2, 3],
      ],
    ),
  ]
  assert.deepEqual(groupEvents(before, after), [
    { topic: 't', text: 'Group g: 2 partitions changed hands, members 1 to 2' },
  ])
  assert.deepEqual(groupEvents(before, before), [])
  assert.deepEqual(groupEvents([], after), [], 'a group seen for the first time has not changed')
})
