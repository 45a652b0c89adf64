import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { scriptedLink } from '../../test/support/scripted-link.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../core/groups/index.ts'
import { brokerId } from '../core/model/index.ts'
import type { JoinGroupAnswer, JoinGroupRequest, SyncGroupRequest } from '../ports/classic-group.ts'
import { Coordinator } from './coordinator.ts'
import { Leaders } from './leaders.ts'
import { ClassicMembership } from './membership-classic.ts'

const COUNTS = new Map([
  ['mine', 4],
  ['theirs', 2],
])

/** A member of a group in which it leads or follows; requests are kept, answers are at hand at once. */
const rig = async (options: { readonly leads: boolean; readonly skipAssignment?: boolean }) => {
  const clock = new ManualClock()
  const joins: JoinGroupRequest[] = []
  const syncs: SyncGroupRequest[] = []
  const told: string[] = []
  const counts = new Map(COUNTS)
  const idOf = { prefix: 'id-of-' }
  const other = encodeSubscription({ topics: ['theirs', 'gone'], owned: null, generation: -1, rack: null })
  const assignment = encodeAssignment(new Map([['mine', Int32Array.of(0, 1)]]))
  const link = scriptedLink({
    metadata: names =>
      Promise.resolve({
        brokers: [],
        topics: (names ?? []).map(name => ({
          name,
          code: counts.has(name) ? 0 : 3,
          topicId: counts.has(name) ? `${idOf.prefix}${name}` : '',
          partitions: Array.from({ length: counts.get(name) ?? 0 }, () => ({ leader: 1, leaderEpoch: 1 })),
        })),
      }),
    findCoordinator: () => Promise.resolve(brokerId(1)),
    joinGroup: (_broker, request): Promise<JoinGroupAnswer> => {
      joins.push(request)
      const metadata = request.protocols[0]?.metadata ?? assert.fail('no protocol')
      return Promise.resolve({
        code: 0,
        generation: joins.length,
        memberId: 'm',
        leader: options.leads ? 'm' : 'other',
        protocol: 'range',
        skipAssignment: options.skipAssignment ?? false,
        members: options.leads
          ? [
              { memberId: 'm', instanceId: null, metadata },
              { memberId: 'other', instanceId: null, metadata: other },
            ]
          : [],
      })
    },
    syncGroup: (_broker, request) => {
      syncs.push(request)
      return Promise.resolve({ code: 0, assignment })
    },
    heartbeatClassic: () => Promise.resolve(0),
    leaveGroup: () => Promise.resolve(0),
  })
  const leaders = new Leaders(link, clock, ['mine'])
  await leaders.refresh()
  const membership = new ClassicMembership({
    link,
    clock,
    coordinator: new Coordinator(link, 'g'),
    leaders,
    settings: {
      group: 'g',
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 10_000,
      heartbeatIntervalMs: 1000,
      instanceId: null,
      eager: false,
    },
    topics: ['mine'],
    assignors: ['cooperative-sticky', 'range'],
    onAssign: partitions => told.push(`assign ${partitions.join(' ')}`),
    onRevoke: () => Promise.resolve(),
    onRelease: () => undefined,
    onDrop: () => Promise.resolve(),
    onLeaseRenewed: () => undefined,
    onTrouble: text => told.push(text),
  })
  membership.start()
  await clock.settle()
  return { clock, membership, leaders, joins, syncs, told, counts, idOf }
}

test('says what it holds and in which generation, to every assignor that it offers', async () => {
  const { clock, membership, joins, told } = await rig({ leads: false })
  assert.deepEqual(told, ['assign id-of-mine:0 id-of-mine:1'])
  assert.deepEqual([membership.memberId, membership.state.epoch], ['m', 1])
  const said = (index: number) =>
    joins[index]?.protocols.map(each => [each.name, decodeSubscription(each.metadata)])
  const nothing = { topics: ['mine'], owned: new Map(), generation: -1, rack: null }
  assert.deepEqual(said(0), [
    ['cooperative-sticky', nothing],
    ['range', nothing],
  ])
  assert.deepEqual([joins[0]?.sessionTimeoutMs, joins[0]?.rebalanceTimeoutMs], [6000, 10_000])
  membership.close(clock.monotonicMs() + 1000)
  await membership.ended
})

test('a follower assigns nothing', async () => {
  const { syncs } = await rig({ leads: false })
  assert.deepEqual(syncs[0]?.assignments, [])
})

test('the leader assigns for all, also topics that it does not read; what does not exist is left out', async () => {
  const { syncs } = await rig({ leads: true })
  assert.deepEqual(
    syncs[0]?.assignments.map(each => [each.memberId, decodeAssignment(each.assignment)]),
    [
      ['m', new Map([['mine', Int32Array.of(0, 1, 2, 3)]])],
      ['other', new Map([['theirs', Int32Array.of(0, 1)]])],
    ],
  )
})

test('a static leader that came back leaves the assignment as it is', async () => {
  const { syncs } = await rig({ leads: true, skipAssignment: true })
  assert.deepEqual(syncs[0]?.assignments, [])
})

test('the leader sees a topic grow, also one of another member, and makes the group join anew', async () => {
  const { clock, joins, syncs, counts } = await rig({ leads: true })
  await clock.advance(10_000)
  assert.equal(joins.length, 1, 'nothing changed')
  counts.set('theirs', 3)
  await clock.advance(10_000)
  assert.equal(joins.length, 2)
  const theirs = syncs[1]?.assignments.find(each => each.memberId === 'other')
  assert.deepEqual(
    decodeAssignment(theirs?.assignment ?? new Uint8Array()).get('theirs'),
    Int32Array.of(0, 1, 2),
  )
  assert.deepEqual(decodeSubscription(joins[1]?.protocols[0]?.metadata ?? new Uint8Array()), {
    topics: ['mine'],
    owned: new Map([['mine', Int32Array.of(0, 1)]]),
    generation: 1,
    rack: null,
  })
})

test('nobody looks at topics any more once the member has left', async () => {
  const { clock, membership, joins, counts } = await rig({ leads: true })
  membership.close(clock.monotonicMs() + 1000)
  await membership.ended
  counts.set('mine', 8)
  await clock.advance(30_000)
  assert.equal(joins.length, 1)
})

test('a topic that was created again is assigned anew, under its new id', async () => {
  const { clock, membership, leaders, told, idOf } = await rig({ leads: false })
  idOf.prefix = 'new-id-of-'
  await leaders.refresh()
  membership.topicRecreated()
  await clock.settle()
  assert.deepEqual(told.slice(1), ['assign new-id-of-mine:0 new-id-of-mine:1'])
})
