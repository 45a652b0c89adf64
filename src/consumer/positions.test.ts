import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptedLink } from '../../test/support/scripted-link.ts'
import { SimulatedClock } from '../../test/support/simulated-clock.ts'
import { brokerId, LanekeeperError } from '../core/model/index.ts'
import { LinkFailure, type OffsetFetchAnswer, type OffsetFetchRequest } from '../ports/broker-link.ts'
import { Coordinator } from './coordinator.ts'
import type { Delivery } from './delivery.ts'
import { LaneWork } from './lane-work.ts'
import { Leaders } from './leaders.ts'
import { Ownership } from './ownership.ts'
import { findPositions } from './positions.ts'

const owned = (partition: number): Ownership =>
  new Ownership(`aa:${partition}`, 't', partition, new LaneWork<Delivery>(`t-${partition}`, 1))

/** Committed offset by partition; the log of each holds 40 to 90. */
const committed =
  (offsets: Readonly<Record<number, number>>) =>
  (request: OffsetFetchRequest): OffsetFetchAnswer => ({
    code: 0,
    offsets: request.topics.flatMap(({ topic, partitions }) =>
      partitions.map(partition => ({
        topic,
        partition,
        code: 0,
        offset: offsets[partition] ?? -1,
        metadata: '',
      })),
    ),
  })

type Answers = (request: OffsetFetchRequest, call: number) => OffsetFetchAnswer | Error

const rig = async (answers: Answers, fromWhenNothingCommitted: 'earliest' | 'latest' = 'earliest') => {
  const clock = new SimulatedClock()
  const state = { calls: 0, doubts: 0, lookUps: 0, partitions: 2 }
  const link = scriptedLink({
    metadata: () =>
      Promise.resolve({
        brokers: [],
        topics: [
          {
            name: 't',
            code: 0,
            topicId: 'aa',
            partitions: Array.from({ length: state.partitions }, () => ({ leader: 1, leaderEpoch: 5 })),
          },
        ],
      }),
    findCoordinator: () => {
      state.lookUps++
      return Promise.resolve(brokerId(1))
    },
    listOffsets: (_broker, _isolation, items) =>
      Promise.resolve(items.map(({ timestamp }) => ({ code: 0, offset: timestamp === -2 ? 40 : 90 }))),
    fetchOffsets: (_broker, request) => {
      const answer = answers(request, state.calls++)
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
  })
  const leaders = new Leaders(link, clock, ['t'])
  await leaders.refresh()
  const begun: [number, number][] = []
  const find = (ownerships: readonly Ownership[], onBegin: () => void = () => undefined): Promise<void> =>
    clock.run(
      findPositions(
        {
          link,
          clock,
          leaders,
          isolation: 'read_committed',
          coordinator: new Coordinator(link, 'g'),
          group: 'g',
          memberId: () => 'm',
          epoch: () => 7,
          onDoubt: () => {
            state.doubts++
          },
          fromWhenNothingCommitted,
        },
        ownerships,
        (ownership, offset) => {
          begun.push([ownership.partition, offset])
          onBegin()
        },
      ),
    )
  return { find, begun, state, leaders }
}

test('begins at the committed offset, asked as this member at its epoch and stable', async () => {
  const requests: OffsetFetchRequest[] = []
  const { find, begun } = await rig(request => {
    requests.push(request)
    return committed({ 0: 50, 1: 60 })(request)
  })
  await find([owned(0), owned(1)])
  assert.deepEqual(begun, [
    [0, 50],
    [1, 60],
  ])
  assert.deepEqual(requests, [
    {
      group: 'g',
      memberId: 'm',
      memberEpoch: 7,
      requireStable: true,
      topics: [{ topic: 't', partitions: [0, 1] }],
    },
  ])
})

for (const [from, offset] of [
  ['earliest', 40],
  ['latest', 90],
] as const)
  test(`where nothing was committed it begins at the ${from}`, async () => {
    const { find, begun } = await rig(committed({ 0: 50 }), from)
    await find([owned(0), owned(1)])
    assert.deepEqual(begun, [
      [0, 50],
      [1, offset],
    ])
  })

test('a partition that was added while the process runs is read from its start, also with latest', async () => {
  const { find, begun, state, leaders } = await rig(committed({}), 'latest')
  state.partitions = 3
  await leaders.refresh()
  await find([owned(0), owned(2)])
  assert.deepEqual(begun, [
    [0, 90],
    [2, 40],
  ])
})

for (const code of [14, 15, 16])
  test(`code ${code}: the coordinator is looked up again, and asked again`, async () => {
    const { find, begun, state } = await rig((request, call) =>
      call === 0 ? { code, offsets: [] } : committed({ 0: 50 })(request),
    )
    await find([owned(0)])
    assert.deepEqual(begun, [[0, 50]])
    assert.deepEqual([state.lookUps, state.doubts], [2, 0])
  })

for (const code of [25, 113])
  test(`code ${code}: the heartbeat finds out whether the member is gone; until then it is asked again`, async () => {
    const { find, begun, state } = await rig((request, call) =>
      call === 0 ? { code, offsets: [] } : committed({ 0: 50 })(request),
    )
    await find([owned(0)])
    assert.deepEqual([begun.length, state.doubts], [1, 1])
  })

test('an offset in an open transaction is waited for; the others begin', async () => {
  const { find, begun } = await rig((request, call) => {
    const answer = committed({ 0: 50, 1: 60 })(request)
    if (call > 0) return answer
    return {
      ...answer,
      offsets: answer.offsets.map(each => (each.partition === 0 ? { ...each, code: 88 } : each)),
    }
  })
  await find([owned(0), owned(1)])
  assert.deepEqual(begun, [
    [1, 60],
    [0, 50],
  ])
})

test('what is lost meanwhile is left out', async () => {
  const ownership = owned(0)
  const { find, begun } = await rig(request => {
    ownership.work.live = false
    return committed({ 0: 50 })(request)
  })
  await find([ownership])
  assert.deepEqual(begun, [])
})

/**
 * What happened: a partition was taken while its position was looked up. It was not read any more, and because it was
 * not read its position was asked for again, at once and without end, until its neighbours were drained.
 */
test('a partition that is being given up when its position comes is not asked for again', async () => {
  const { find, begun, state } = await rig(committed({ 0: 50 }))
  await find([owned(0)])
  assert.deepEqual([begun.length, state.calls], [1, 1])
})

test('no answer: asked again; refused credentials: the end', async () => {
  const { find, begun } = await rig((request, call) =>
    call === 0 ? new LinkFailure('timeout', brokerId(1), 'silence') : committed({ 0: 50 })(request),
  )
  await find([owned(0)])
  assert.equal(begun.length, 1)
  const refused = await rig(() => new LanekeeperError('AUTHENTICATION_FAILED', 'no'))
  await assert.rejects(refused.find([owned(0)]), { code: 'AUTHENTICATION_FAILED' })
})
