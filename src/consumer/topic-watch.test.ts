import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedLink } from '../../test/support/scripted-link.ts'
import { SimulatedClock } from '../../test/support/simulated-clock.ts'
import { Leaders } from './leaders.ts'
import { TopicWatch } from './topic-watch.ts'

/** A cluster that knows `ids`: topic name to topic id. */
const rig = async (ids: Map<string, string>) => {
  const clock = new SimulatedClock()
  const told: string[] = []
  let looks = 0
  const link = scriptedLink({
    metadata: names => {
      looks++
      return Promise.resolve({
        brokers: [],
        topics: (names ?? []).map(name => {
          const topicId = ids.get(name)
          return topicId === undefined
            ? { name, code: 3, topicId: '', partitions: [] }
            : { name, code: 0, topicId, partitions: [{ leader: 1, leaderEpoch: 5 }] }
        }),
      })
    },
  })
  const leaders = new Leaders(link, clock, ['t', 'u'], () => watch.look())
  const watch = new TopicWatch({
    clock,
    leaders,
    onMissing: topic => told.push(`${topic} missing`),
    onFound: (topic, recreated) => told.push(`${topic} ${recreated ? 'recreated' : 'found'}`),
    onFatal: error => told.push(String(error)),
  })
  await leaders.refresh()
  return { clock, ids, told, leaders, watch, looks: () => looks }
}

const both = (): Map<string, string> =>
  new Map([
    ['t', 'aa'],
    ['u', 'bb'],
  ])

test('topics that exist are asked for once', async () => {
  const { clock, told, looks } = await rig(both())
  await clock.advance(60_000)
  assert.deepEqual([told, looks()], [[], 1])
})

test('a deleted topic is told once, and its return under another id as such', async () => {
  const { clock, ids, told, leaders } = await rig(both())
  ids.delete('t')
  await leaders.refresh()
  await clock.advance(2000)
  assert.deepEqual(told, [], 'a broker may be late')
  await clock.advance(60_000)
  assert.deepEqual(told, ['t missing'])
  assert.ok(leaders.isMissing('t') && !leaders.isMissing('u'))
  ids.set('t', 'cc')
  await clock.advance(2000)
  assert.deepEqual(told, ['t missing', 't recreated'])
})

test('a topic that was not there yet, or that a broker forgot for a while, is no other topic', async () => {
  const { clock, ids, told, leaders } = await rig(new Map([['u', 'bb']]))
  await clock.advance(5000)
  ids.set('t', 'aa')
  await clock.advance(2000)
  ids.delete('u')
  await leaders.refresh()
  await clock.advance(5000)
  ids.set('u', 'bb')
  await clock.advance(2000)
  assert.deepEqual(told, ['t missing', 't found', 'u missing', 'u found'])
})

test('whoever wishes a look gets one in a moment; after the end nobody asks', async () => {
  const { clock, watch, looks } = await rig(both())
  watch.lookSoon()
  watch.lookSoon()
  await clock.advance(10_000)
  assert.equal(looks(), 2)
  watch.lookSoon()
  watch.close()
  await clock.advance(10_000)
  assert.equal(looks(), 2)
  const ended = await rig(both())
  ended.watch.close()
  ended.watch.lookSoon()
  await ended.clock.advance(10_000)
  assert.equal(ended.looks(), 1)
})
