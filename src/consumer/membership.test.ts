import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { scriptedLink } from '../../test/support/scripted-link.ts'
import { brokerId, LanekeeperError } from '../core/model/index.ts'
import { type HeartbeatAnswer, type HeartbeatRequest, LinkFailure } from '../ports/broker-link.ts'
import { Coordinator } from './coordinator.ts'
import type { PartitionKey } from './member.ts'
import { Membership } from './membership.ts'

const good = (memberEpoch: number, partitions: readonly number[] | null): HeartbeatAnswer => ({
  code: 0,
  message: null,
  memberEpoch,
  intervalMs: 300,
  assignment: partitions === null ? null : [{ topicId: 'aa', partitions }],
})

const refusing = (code: number): HeartbeatAnswer => ({ ...good(-1, null), code, message: 'why' })

interface Sent {
  readonly request: HeartbeatRequest
  answer(answer: HeartbeatAnswer): Promise<void>
  fail(failure: Error): Promise<void>
}

/** A membership whose answers, drains and rests a test gives by hand. */
const rig = () => {
  const clock = new ManualClock()
  const sent: Sent[] = []
  const told: string[] = []
  const trouble: [string, number | null][] = []
  const drains: (() => void)[] = []
  const rests: { rest(): void; fail(error: Error): void }[] = []
  const state = { coordinator: 1 as number | null, lookUps: 0 }
  const link = scriptedLink({
    findCoordinator: () => {
      state.lookUps++
      return state.coordinator === null
        ? Promise.reject(new LinkFailure('unknown-broker', null, 'nobody knows'))
        : Promise.resolve(brokerId(state.coordinator))
    },
    groupHeartbeat: (_broker, request) =>
      new Promise((resolve, reject) => {
        sent.push({
          request,
          answer: async answer => {
            resolve(answer)
            await clock.settle()
          },
          fail: async failure => {
            reject(failure)
            await clock.settle()
          },
        })
      }),
  })
  const note = (what: string) => (partitions: readonly PartitionKey[]) => {
    told.push(`${what} ${partitions.join(' ')}`)
  }
  const membership = new Membership({
    link,
    clock,
    coordinator: new Coordinator(link, 'g'),
    settings: { group: 'g', sessionTimeoutMs: 1000, rebalanceTimeoutMs: 2000, instanceId: null },
    memberId: 'm',
    topics: ['t'],
    assignor: 'range',
    onAssign: note('assign'),
    onRevoke: partitions => {
      told.push(`revoke ${partitions.join(' ')}`)
      return new Promise(resolve => drains.push(resolve))
    },
    onRelease: note('release'),
    onDrop: partitions => {
      told.push(`drop ${partitions.join(' ')}`)
      return new Promise((rest, fail) => rests.push({ rest, fail }))
    },
    onLeaseRenewed: () => undefined,
    onTrouble: (text, code) => trouble.push([text, code]),
  })
  const last = (): Sent => sent.at(-1) ?? assert.fail('nothing was sent')
  const begin = async (): Promise<void> => {
    membership.start()
    await clock.settle()
    await last().answer(good(5, [0, 1]))
    await last().answer(good(5, [0, 1]))
  }
  return { clock, membership, sent, told, trouble, drains, rests, state, last, begin }
}

test('every heartbeat is complete, and the next follows after the interval that the coordinator wants', async () => {
  const { clock, sent, told, begin } = rig()
  await begin()
  assert.deepEqual(told, ['assign aa:0 aa:1'])
  assert.equal(sent.length, 2)
  await clock.advance(299)
  assert.equal(sent.length, 2)
  await clock.advance(1)
  assert.deepEqual(sent[2]?.request, {
    group: 'g',
    memberId: 'm',
    memberEpoch: 5,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: 2000,
    topics: ['t'],
    assignor: 'range',
    owned: [{ topicId: 'aa', partitions: [0, 1] }],
  })
})

test('the drain is awaited before the partition is released and acknowledged', async () => {
  const { clock, told, drains, sent, last, begin } = rig()
  await begin()
  await clock.advance(300)
  await last().answer(good(5, [0]))
  assert.deepEqual(told.slice(1), ['revoke aa:1'])
  drains[0]?.()
  await clock.settle()
  assert.deepEqual(told.slice(1), ['revoke aa:1', 'release aa:1'])
  assert.deepEqual(sent.at(-1)?.request.owned, [{ topicId: 'aa', partitions: [0] }])
})

test('a drain that ends after a loss acknowledges nothing', async () => {
  const { clock, told, drains, rests, sent, last, begin } = rig()
  await begin()
  await clock.advance(300)
  await last().answer(good(5, [0]))
  await clock.advance(300)
  await last().answer(refusing(25))
  assert.equal(told.at(-1), 'drop aa:0 aa:1')
  const before = sent.length
  drains[0]?.()
  await clock.settle()
  assert.ok(!told.some(each => each.startsWith('release')))
  rests[0]?.rest()
  await clock.advance(100)
  assert.equal(sent.length, before + 1)
  assert.equal(last().request.memberEpoch, 0, 'it joins anew, once its handlers are quiet')
})

test('handlers that never become quiet end the membership with their error', async () => {
  const { clock, membership, rests, last, begin } = rig()
  await begin()
  await clock.advance(300)
  await last().answer(refusing(69))
  const ended = assert.rejects(membership.ended, { code: 'HANDLER_STUCK' })
  rests[0]?.fail(new LanekeeperError('HANDLER_STUCK', 'they run on'))
  await clock.settle()
  await ended
  assert.equal(membership.state.phase, 'FATAL')
})

test('no answer: the coordinator is looked up again; while nobody knows it the heartbeat has never left', async () => {
  const { clock, membership, state, trouble, last, begin } = rig()
  await begin()
  await clock.advance(300)
  await last().fail(new LinkFailure('timeout', brokerId(1), 'silence'))
  assert.equal(membership.state.unansweredSinceMs, 300)
  state.coordinator = null
  await clock.advance(100)
  assert.deepEqual(trouble, [
    ['silence', null],
    ['nobody knows', null],
  ])
  assert.ok(state.lookUps >= 2)
  assert.equal(membership.state.unansweredSinceMs, 300)
})

test('refused credentials end the membership', async () => {
  const { membership, last, clock } = rig()
  const ended = assert.rejects(membership.ended, { code: 'AUTHENTICATION_FAILED' })
  membership.start()
  await clock.settle()
  await last().fail(new LanekeeperError('AUTHENTICATION_FAILED', 'no'))
  await ended
})

test('closing drains, leaves, and ends', async () => {
  const { clock, membership, drains, last, begin } = rig()
  await begin()
  membership.close(clock.monotonicMs() + 1000)
  drains[0]?.()
  await clock.settle()
  assert.deepEqual([last().request.memberEpoch, last().request.owned], [-1, []])
  await last().answer(good(-1, null))
  await membership.ended
  await clock.advance(10_000)
  assert.equal(membership.state.phase, 'LEFT')
})
