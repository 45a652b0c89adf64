import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AssignorName, assignorNames } from './assign.ts'
import { ownershipSize } from './group.ts'
import { playRebalance, type RebalancePicture } from './rebalance-steps.ts'
import { type GroupStep, newGroup, rebalance } from './steps.ts'

const step = (ids: readonly string[], partitions = 12): GroupStep => ({
  topics: [{ name: 'orders', partitions, id: null, racks: null }],
  members: ids.map(id => ({
    id,
    topics: ['orders'],
    instanceId: null,
    rack: null,
    owned: null,
    generation: null,
  })),
})

const settled = (assignor: AssignorName, ids: readonly string[]) =>
  playRebalance(assignor, newGroup, step(ids)).at(-1)?.group ?? newGroup

const stages = (pictures: readonly RebalancePicture[]): readonly string[] => pictures.map(each => each.stage)
const unread = (pictures: readonly RebalancePicture[]): readonly number[] => pictures.map(each => each.unread)

test('eager: one member joins, and for a moment nobody reads anything', () => {
  const pictures = playRebalance('range', settled('range', ['a', 'b', 'c']), step(['a', 'b', 'c', 'd']))
  assert.deepEqual(stages(pictures), ['changed', 'joining', 'done'])
  assert.deepEqual(unread(pictures), [0, 12, 0])
  assert.deepEqual([...(pictures[1]?.phases.values() ?? [])], ['waiting', 'waiting', 'waiting', 'waiting'])
})

test('cooperative: only what moves has no reader, and two rebalances are needed', () => {
  const before = settled('cooperative-sticky', ['a', 'b', 'c'])
  const pictures = playRebalance('cooperative-sticky', before, step(['a', 'b', 'c', 'd']))
  assert.deepEqual(stages(pictures), ['changed', 'joining', 'handing-over', 'joining', 'done'])
  assert.deepEqual(unread(pictures), [0, 0, 3, 3, 0])
  assert.equal(pictures[2]?.phases.get('a'), 'reading')
  assert.equal(pictures[2]?.phases.get('d'), 'waiting')
})

test('server: each member at its own heartbeat, givers first; the others never stop', () => {
  const before = settled('serverUniform', ['a', 'b', 'c'])
  const pictures = playRebalance('serverUniform', before, step(['a', 'b', 'c', 'd']))
  assert.deepEqual(stages(pictures), ['changed', ...Array<string>(4).fill('heartbeat'), 'done'])
  assert.deepEqual(unread(pictures), [0, 1, 2, 3, 0, 0])
})

test('a member that left: its partitions have no reader until somebody gets them', () => {
  const before = settled('serverUniform', ['a', 'b', 'c'])
  const pictures = playRebalance('serverUniform', before, step(['a', 'b']))
  assert.deepEqual(unread(pictures), [4, 2, 0, 0])
})

test('a member without work is waiting until the end, then idle', () => {
  const before = settled('range', ['a', 'b'])
  const pictures = playRebalance('range', before, step(['a', 'b', 'c'], 2))
  assert.deepEqual(
    pictures.map(each => each.phases.get('c')),
    ['waiting', 'waiting', 'idle'],
  )
})

for (const assignor of assignorNames)
  test(`${assignor}: no partition ever has two readers, and the end is what the assignor gives`, () => {
    const crowds = [['a'], ['a', 'b', 'c'], ['b', 'c', 'd', 'e'], ['e'], ['c', 'e'], ['a', 'c', 'e']]
    let group = newGroup
    for (const crowd of crowds) {
      const pictures = playRebalance(assignor, group, step(crowd))
      for (const { reads, unread: missing } of pictures) {
        const read = [...reads.values()].flatMap(ownership => [...(ownership.get('orders') ?? [])])
        assert.equal(new Set(read).size, read.length)
        assert.equal(read.length + missing, 12)
      }
      const last = pictures.at(-1) as RebalancePicture
      assert.deepEqual(last.reads, last.group.assignment)
      assert.equal(
        [...last.reads.values()].reduce((sum, each) => sum + ownershipSize(each), 0),
        12,
      )
      const [again] = rebalance(assignor, last.group, step(crowd))
      assert.deepEqual(again.assignment, last.group.assignment)
      group = last.group
    }
  })
