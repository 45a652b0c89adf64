import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assign, type Subscriber } from './group-assignors.ts'
import { keysOf, noPartitions, type PartitionSet, sizeOf } from './partition-set.ts'

const topicIds = ['x', 'y', 'z']
const counts = fc
  .tuple(fc.nat({ max: 12 }), fc.nat({ max: 12 }), fc.nat({ max: 12 }))
  .map(sizes => new Map(topicIds.map((id, index) => [id, sizes[index] ?? 0])))
const subscriptions = fc.array(fc.subarray(topicIds), { minLength: 1, maxLength: 7 })

const subscribers = (
  topics: readonly string[][],
  targets?: ReadonlyMap<string, PartitionSet>,
): Subscriber[] =>
  topics.map((names, index) => ({
    memberId: `m${index}`,
    topicIds: new Set(names),
    current: targets?.get(`m${index}`) ?? noPartitions,
  }))

for (const assignor of ['uniform', 'range'] as const) {
  test(`${assignor}: every partition of a subscribed topic goes to exactly one of its subscribers`, () => {
    fc.assert(
      fc.property(subscriptions, counts, (topics, sizes) => {
        const members = subscribers(topics)
        const target = assign(assignor, members, sizes)
        const given = members.flatMap(({ memberId, topicIds: wanted }) => {
          const set = target.get(memberId) ?? noPartitions
          for (const topicId of set.keys()) assert.ok(wanted.has(topicId))
          return keysOf(set)
        })
        const due = topicIds.flatMap(id =>
          topics.some(names => names.includes(id))
            ? Array.from({ length: sizes.get(id) ?? 0 }, (_, partition) => `${id}:${partition}`)
            : [],
        )
        assert.deepEqual(given.toSorted(), due.toSorted())
      }),
    )
  })
}

test('uniform: equal subscriptions get equal shares, and a member joining or leaving moves no more than it must', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      counts,
      (first, then, sizes) => {
        const everything = (members: number): string[][] => Array.from({ length: members }, () => topicIds)
        const before = assign('uniform', subscribers(everything(first)), sizes)
        const after = assign('uniform', subscribers(everything(then), before), sizes)
        const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
        for (const [target, members] of [
          [before, first],
          [after, then],
        ] as const)
          for (const set of target.values()) {
            assert.ok(sizeOf(set) >= Math.floor(total / members) && sizeOf(set) <= Math.ceil(total / members))
          }
        for (const [memberId, set] of after) {
          const had = new Set(keysOf(before.get(memberId) ?? noPartitions))
          const kept = keysOf(set).filter(key => had.has(key)).length
          assert.ok(
            kept >= Math.min(had.size, Math.floor(total / then)),
            `${memberId} kept ${kept} of ${had.size}`,
          )
        }
      },
    ),
  )
})
