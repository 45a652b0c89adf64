import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  advanceReplication,
  newReplication,
  type ReplicationEvent,
  type ReplicationState,
} from './replication-steps.ts'

const threeRacks = [
  { broker: 1, rack: 'a' },
  { broker: 2, rack: 'b' },
  { broker: 3, rack: 'c' },
]
const play = (state: ReplicationState, ...events: readonly ReplicationEvent[]): ReplicationState =>
  events.reduce(advanceReplication, state)
const send = { kind: 'produce', acks: 'all' } as const
const fetch = (broker: number) => ({ kind: 'fetch', broker }) as const
const lose = (broker: number) => ({ kind: 'lose-broker', broker }) as const
const back = (broker: number) => ({ kind: 'return-broker', broker }) as const

test('acks=all is acknowledged when every in-sync replica has the record, not before', () => {
  const sent = play(newReplication(threeRacks, 2), send, fetch(2))
  assert.deepEqual([sent.highWatermark, [...sent.acknowledged], [...sent.pending]], [0, [], [0]])
  const copied = play(sent, fetch(3))
  assert.deepEqual([copied.highWatermark, [...copied.acknowledged], [...copied.pending]], [1, [0], []])
})

test('a slow follower leaves the ISR, and the watermark no longer waits for it', () => {
  const state = play(newReplication(threeRacks, 2), send, fetch(2), { kind: 'fall-behind', broker: 3 })
  assert.deepEqual(state.inSync, [1, 2])
  assert.deepEqual([...state.acknowledged], [0])
})

test('below min.insync.replicas acks=all is refused, acks=1 is not; the watermark stands still', () => {
  const alone = play(newReplication(threeRacks, 2), lose(2), lose(3))
  const all = play(alone, send)
  assert.equal(all.refused, 1)
  assert.match(all.text, /NOT_ENOUGH_REPLICAS/)
  const one = play(alone, { kind: 'produce', acks: '1' })
  assert.deepEqual([[...one.acknowledged], one.highWatermark], [[0], 0])
})

test('the leader dies: the first in-sync replica leads; what only the old one had is sent again, not lost', () => {
  const state = play(newReplication(threeRacks, 2), send, fetch(2), fetch(3), send, lose(1))
  assert.equal(state.leader, 2)
  assert.equal(state.leaderEpoch, 1)
  assert.deepEqual([[...state.acknowledged], [...state.pending], [...state.lost]], [[0], [], []])
  const returned = play(state, send, fetch(3), back(1), fetch(1))
  assert.match(returned.text, /cuts 1 record off its log/)
  assert.deepEqual(
    returned.replicas.map(replica => replica.log),
    [
      [0, 2],
      [0, 2],
      [0, 2],
    ],
  )
  assert.deepEqual(returned.inSync, [1, 2, 3])
})

test('acks=1: the record is acknowledged, and lost with the leader that alone had it', () => {
  const state = play(newReplication(threeRacks, 2), { kind: 'produce', acks: '1' }, lose(1))
  assert.deepEqual([...state.lost], [0])
})

test('the last in-sync replica dies: offline until it returns; an unclean election gives up what it alone had', () => {
  const offline = play(newReplication(threeRacks, 1), lose(2), lose(3), send, lose(1), back(2))
  assert.equal(offline.leader, null)
  assert.deepEqual([...offline.acknowledged], [0])
  assert.match(offline.text, /not elected/)
  const patient = play(offline, back(1))
  assert.deepEqual([patient.leader, [...patient.lost]], [1, []])
  const hasty = play(offline, { kind: 'elect-unclean' })
  assert.deepEqual([hasty.leader, [...hasty.lost]], [2, [0]])
})

test('a rack is lost: with replicas in three racks the partition goes on, with two of them in that rack it does not', () => {
  const spread = play(newReplication(threeRacks, 2), { kind: 'lose-rack', rack: 'a' }, send)
  assert.deepEqual([spread.leader, spread.inSync, spread.refused], [2, [2, 3], 0])
  const crowded = newReplication(
    threeRacks.map(replica => ({ ...replica, rack: replica.broker < 3 ? 'a' : 'c' })),
    2,
  )
  const state = play(crowded, { kind: 'lose-rack', rack: 'a' }, send)
  assert.deepEqual([state.leader, state.inSync, state.refused], [3, [3], 1])
})

const event: fc.Arbitrary<ReplicationEvent> = fc.oneof(
  fc.constant(send),
  fc.integer({ min: 1, max: 3 }).map(fetch),
  fc.integer({ min: 1, max: 3 }).map(broker => ({ kind: 'fall-behind' as const, broker })),
  fc.integer({ min: 1, max: 3 }).map(lose),
  fc.integer({ min: 1, max: 3 }).map(back),
)

test('without acks=1 and unclean elections nothing acknowledged is ever lost', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (events, minimum) => {
      let state = newReplication(threeRacks, minimum)
      for (const each of events) {
        const before = state
        state = advanceReplication(state, each)
        assert.equal(state.lost.size, 0)
        assert.ok(state.highWatermark >= before.highWatermark)
        const leader = state.replicas.find(replica => replica.broker === state.leader)
        if (leader === undefined) continue
        const committed = leader.log.slice(0, state.highWatermark)
        for (const record of state.acknowledged) assert.ok(committed.includes(record))
        for (const replica of state.replicas)
          if (state.inSync.includes(replica.broker))
            assert.deepEqual(replica.log.slice(0, state.highWatermark), committed)
      }
    }),
    { numRuns: 500 },
  )
})
