import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedLink } from '../../test/support/scripted-link.ts'
import { SimulatedClock } from '../../test/support/simulated-clock.ts'
import { Leaders } from './leaders.ts'

interface State {
  topicId: string | null
  partitions?: number
}

/** A cluster that knows the topic `t` under this id, or none while it is null. */
const rig = (state: State) => {
  const clock = new SimulatedClock()
  const asked = { times: 0 }
  const link = scriptedLink({
    metadata: () => {
      asked.times++
      const leader = { leader: 1, leaderEpoch: 5 }
      const { topicId, partitions = 1 } = state
      const topic =
        topicId === null
          ? { name: 't', code: 3, topicId: '', partitions: [] }
          : { name: 't', code: 0, topicId, partitions: Array.from({ length: partitions }, () => leader) }
      return Promise.resolve({ brokers: [], topics: [topic] })
    },
  })
  return { clock, asked, leaders: new Leaders(link, clock, ['t']) }
}

test('a topic that is not named yet is asked for with pauses, until it is', async () => {
  const state: State = { topicId: null }
  const { clock, asked, leaders } = rig(state)
  const named = leaders.untilNamed(['aa'], () => true)
  await clock.advance(10_000)
  assert.ok(asked.times > 5 && asked.times < 50, String(asked.times))
  state.topicId = 'aa'
  await clock.run(named)
  assert.equal(leaders.topicName('aa'), 't')
  await leaders.untilNamed(['aa'], () => assert.fail())
})

test('nobody is asked on for what is not wanted any more, or after the end', async () => {
  const { clock, asked, leaders } = rig({ topicId: 'bb' })
  let wanted = true
  const first = leaders.untilNamed(['aa'], () => wanted)
  await clock.advance(2000)
  wanted = false
  await clock.run(first)
  const second = leaders.untilNamed(['aa'], () => true)
  await clock.advance(2000)
  leaders.close()
  await clock.run(second)
  const { times } = asked
  await leaders.untilNamed(['aa'], () => true)
  await clock.advance(10_000)
  assert.equal(asked.times, times)
})

test('new are partitions that were added, and all of a topic that was created again under our eyes', async () => {
  const state: State = { topicId: 'aa', partitions: 2 }
  const { leaders } = rig(state)
  const areNew = async (): Promise<boolean[]> => {
    await leaders.refresh()
    return [0, 1, 2].map(partition => leaders.isNewPartition('t', partition))
  }
  assert.deepEqual(await areNew(), [false, false, true])
  state.partitions = 3
  assert.deepEqual(await areNew(), [false, false, true])
  state.topicId = 'bb'
  assert.deepEqual(await areNew(), [true, true, true])
})
