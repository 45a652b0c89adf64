import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { scriptedLink } from '../../test/support/scripted-link.ts'
import { brokerId } from '../core/model/index.ts'
import { type CommitRequest, LinkFailure } from '../ports/broker-link.ts'
import { Commits } from './commits.ts'
import { Coordinator } from './coordinator.ts'
import type { LaneDelivery } from './delivery.ts'
import { FetchCursor } from './fetch-cursor.ts'
import { finishedRanges } from './finished-ahead.ts'
import { LaneWork } from './lane-work.ts'
import { Ownership } from './ownership.ts'

interface Pending {
  readonly request: CommitRequest
  answer(...codes: number[]): Promise<void>
  fail(): Promise<void>
}

const rig = () => {
  const clock = new ManualClock()
  const pending: Pending[] = []
  const state = { epoch: 7, doubts: 0, lookups: 0, refused: [] as string[], committed: [] as number[] }
  const link = scriptedLink({
    findCoordinator: () => {
      state.lookups++
      return Promise.resolve(brokerId(1))
    },
    commitOffsets: (_broker, request) =>
      new Promise((resolve, reject) => {
        pending.push({
          request,
          answer: async (...codes) => {
            resolve(codes)
            await clock.settle()
          },
          fail: async () => {
            reject(new LinkFailure('timeout', brokerId(1), 'no answer'))
            await clock.settle()
          },
        })
      }),
  })
  const commits = new Commits({
    link,
    clock,
    coordinator: new Coordinator(link, 'g'),
    group: 'g',
    memberId: () => 'm',
    instanceId: null,
    epoch: () => state.epoch,
    onDoubt: () => {
      state.doubts++
    },
    onRefused: ownership => state.refused.push(ownership.name),
    onCommitted: offsets => state.committed.push(...offsets.map(each => each.offset)),
  })
  return { clock, commits, pending, state }
}

const owned = (partition: number, position: number, committed = 0): Ownership => {
  const ownership = new Ownership(
    `aa:${partition}`,
    't',
    partition,
    new LaneWork<LaneDelivery>(`t-${partition}`, 1),
  )
  const sink = { arrived: () => undefined, stopped: () => undefined }
  ownership.cursor = new FetchCursor('t', 'aa', partition, position, sink)
  ownership.committed = committed
  return ownership
}

const at = (pending: readonly Pending[], index: number): Pending =>
  pending[index] ?? assert.fail('no such request')

test('sends the frontier of what moved, with the epoch of this moment', async () => {
  const { clock, commits, pending, state } = rig()
  const [moved, unmoved] = [owned(0, 12, 10), owned(1, 5, 5)]
  moved.work.frontier.enter(11)
  void commits.commitOnce(() => [moved, unmoved])
  state.epoch = 8
  await clock.settle()
  const { request } = at(pending, 0)
  assert.deepEqual(request.offsets, [{ topic: 't', partition: 0, offset: 11, metadata: '' }])
  assert.equal(request.memberEpoch, 8)
  await at(pending, 0).answer(0)
  assert.equal(moved.committed, 11)
  assert.deepEqual(state.committed, [11])
})

/** Offset 10 runs, 11 and 13 are finished, 12 runs. */
const halfFinished = (): Ownership => {
  const ownership = owned(0, 14, 10)
  const { frontier } = ownership.work
  const slots = [10, 11, 12, 13].map(offset => frontier.enter(offset))
  for (const slot of [1, 3]) frontier.finish(slots[slot] ?? assert.fail())
  return ownership
}

test('what is finished above the frontier goes along, once', async () => {
  const { clock, commits, pending } = rig()
  const ownership = halfFinished()
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  assert.deepEqual(at(pending, 0).request.offsets, [
    { topic: 't', partition: 0, offset: 10, metadata: 'lk1:1.1.1.1' },
  ])
  await at(pending, 0).answer(0)
  assert.ok(!ownership.commitDue)
  ownership.work.frontier.finish(2)
  assert.ok(ownership.commitDue, 'one more is finished, though the frontier stands')
})

test('a cluster that takes no such text gets the offset alone', async () => {
  const { clock, commits, pending } = rig()
  const ownership = halfFinished()
  ownership.committed = 9
  const last = commits.commitFinally([ownership], 1000)
  await clock.settle()
  await at(pending, 0).answer(12)
  await clock.advance(20)
  assert.deepEqual(at(pending, 1).request.offsets, [{ topic: 't', partition: 0, offset: 10, metadata: '' }])
  await at(pending, 1).answer(0)
  assert.equal(await last, true)
})

test('one request in flight; what waits is chosen when its turn comes', async () => {
  const { clock, commits, pending } = rig()
  const ownership = owned(0, 12, 10)
  void commits.commitOnce(() => [ownership])
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  assert.equal(pending.length, 1)
  assert.ok(commits.busy)
  if (ownership.cursor !== null) ownership.cursor.handedOut = 20
  await at(pending, 0).answer(0)
  assert.equal(at(pending, 1).request.offsets[0]?.offset, 20)
  await at(pending, 1).answer(0)
  assert.ok(!commits.busy)
})

test('nothing is sent for a partition that is no longer owned, nor a lower offset', async () => {
  const { clock, commits, pending } = rig()
  const [dead, lower] = [owned(0, 12, 10), owned(1, 3, 5)]
  dead.work.live = false
  void commits.commitOnce(() => [dead, lower])
  await clock.settle()
  assert.equal(pending.length, 0)
})

test('a periodic commit leaves alone what is being given up', async () => {
  const { clock, commits, pending } = rig()
  const ownership = owned(0, 12, 10)
  const last = commits.commitFinally([ownership], 1000)
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  await at(pending, 0).answer(25)
  assert.equal(await last, false)
  assert.equal(pending.length, 1, 'none follows the acknowledgement')
})

test('a stale epoch is read again and the commit repeated while the partition is still owned', async () => {
  const { clock, commits, pending, state } = rig()
  const ownership = owned(0, 12, 10)
  const last = commits.commitFinally([ownership], 1000)
  await clock.settle()
  state.epoch = 9
  await at(pending, 0).answer(113)
  assert.equal(state.doubts, 1)
  await clock.advance(20)
  assert.equal(at(pending, 1).request.memberEpoch, 9)
  await at(pending, 1).answer(0)
  assert.equal(await last, true)
})

test('the last commit is repeated without an answer, at another coordinator, until the deadline', async () => {
  const { clock, commits, pending, state } = rig()
  const ownership = owned(0, 12, 10)
  const last = commits.commitFinally([ownership], 100)
  await clock.settle()
  await at(pending, 0).fail()
  await clock.advance(20)
  assert.equal(state.lookups, 2)
  await at(pending, 1).answer(16)
  await clock.advance(200)
  await at(pending, 2).answer(14)
  assert.equal(await last, false)
  await clock.advance(5000)
  assert.equal(pending.length, 3)
})

test('a member that is gone does not insist', async () => {
  const { clock, commits, pending, state } = rig()
  const last = commits.commitFinally([owned(0, 12, 10)], 10_000)
  await clock.settle()
  await at(pending, 0).answer(25)
  assert.equal(await last, false)
  assert.equal(state.doubts, 1)
})

test('codes are read per partition', async () => {
  const { clock, commits, pending, state } = rig()
  const [good, bad] = [owned(0, 12, 10), owned(1, 12, 10)]
  void commits.commitOnce(() => [good, bad])
  await clock.settle()
  await at(pending, 0).answer(0, 29)
  assert.deepEqual([good.committed, bad.committed], [12, 10])
  assert.deepEqual(state.refused, ['t-1'])
})

test('a commit that went unanswered and is carried out after the next one does not have the last word', async () => {
  const { clock, commits, pending } = rig()
  const ownership = owned(0, 12, 10)
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  await at(pending, 0).fail()
  if (ownership.cursor !== null) ownership.cursor.handedOut = 20
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  await at(pending, 1).answer(0)
  // the first is carried out here: the group stands at 12
  await clock.advance(5000)
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  assert.equal(pending.length, 2, 'while it may still come, saying it again proves nothing')
  await clock.advance(1000)
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  assert.equal(at(pending, 2).request.offsets[0]?.offset, 20)
  await at(pending, 2).answer(0)
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  assert.equal(pending.length, 3, 'once is enough')
})

test('what fails goes along, before what is finished, and is news enough for a commit of its own', async () => {
  const { clock, commits, pending } = rig()
  const ownership = halfFinished()
  const failed = { offset: 10, recordCount: 1, key: null }
  const now = { monotonicMs: 0, wallMs: 0 }
  ownership.work.figures.failed(failed, 1, new TypeError('x'), 'retry', now)
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  await at(pending, 0).answer(0)
  assert.ok(!ownership.commitDue)
  ownership.work.figures.failed(failed, 2, new TypeError('x'), 'retry', now)
  assert.ok(ownership.commitDue)
  await clock.advance(7_000)
  void commits.commitOnce(() => [ownership])
  await clock.settle()
  const metadata = at(pending, 1).request.offsets[0]?.metadata ?? ''
  assert.equal(metadata, 'lk1:1.1.1.1 failing:r.0.1.2.7.TypeError')
  assert.deepEqual(finishedRanges(10, metadata), [
    { from: 11, to: 12 },
    { from: 13, to: 14 },
  ])
  // told once more while the commit is on the way: that is not what was committed
  ownership.work.figures.failed(failed, 4, new TypeError('x'), 'retry', now)
  await at(pending, 1).answer(0)
  assert.ok(ownership.commitDue)
})

test('nothing is committed for a topic that was created again: the offset would skip records of the new one', async () => {
  const { clock, commits, pending } = rig()
  const outlived = owned(0, 12, 10)
  outlived.outlived = true
  outlived.confirmFromMs = 0
  void commits.commitOnce(() => [outlived])
  await clock.settle()
  assert.equal(pending.length, 0)
  assert.ok(await commits.commitFinally([outlived], clock.monotonicMs() + 1000))
})
