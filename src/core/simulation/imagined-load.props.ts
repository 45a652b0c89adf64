import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { imagineLoad } from './imagined-load.ts'

const partitions = fc.integer({ min: 1, max: 400 })
const elapsedMs = fc.integer({ min: 0, max: 10 * 86_400_000 })

test('topics have exactly the partitions asked for, none is empty, and their members read each once', () => {
  fc.assert(
    fc.property(partitions, count => {
      const { topics, members } = imagineLoad(count, 1)
      assert.equal(
        topics.reduce((sum, topic) => sum + topic.partitions, 0),
        count,
      )
      topics.forEach((topic, index) => {
        assert.ok(topic.partitions > 0)
        const read = (members[index] ?? []).flatMap(({ first, end }) =>
          Array.from({ length: end - first }, (_, offset) => first + offset),
        )
        assert.deepEqual(
          read,
          Array.from({ length: topic.partitions }, (_, p) => p),
        )
      })
    }),
  )
})

test('offsets never fall, and start ≤ committed ≤ end', () => {
  fc.assert(
    fc.property(partitions, elapsedMs, fc.integer({ min: 0, max: 120_000 }), (count, beforeMs, gapMs) => {
      const load = imagineLoad(count, 7)
      load.topics.forEach((_, topic) => {
        const before = load.at(topic, beforeMs)
        const after = load.at(topic, beforeMs + gapMs)
        for (let p = 0; p < before.end.length; p++) {
          for (const which of ['start', 'committed', 'end'] as const)
            assert.ok((after[which][p] ?? -1) >= (before[which][p] ?? 0), which)
          assert.ok((after.start[p] ?? -1) >= 0)
          assert.ok((after.start[p] ?? 0) <= (after.committed[p] ?? -1))
          assert.ok((after.committed[p] ?? 0) <= (after.end[p] ?? -1))
        }
      })
    }),
  )
})

test('a seed says it all; one partition of a topic is far above its others', () => {
  const [once, again, other] = [imagineLoad(800, 3), imagineLoad(800, 3), imagineLoad(800, 4)]
  const end = once.at(0, 60_000).end
  assert.deepEqual(again.at(0, 60_000).end, end)
  assert.notDeepEqual(other.at(0, 60_000).end, end)
  const descending = end.toSorted().reverse()
  assert.ok((descending[0] ?? 0) > 5 * (descending[1] ?? 0))
})
