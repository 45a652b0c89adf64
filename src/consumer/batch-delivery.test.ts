import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordVisitor } from '../core/records/index.ts'
import { type BatchDelivery, batchFeed } from './batch-delivery.ts'
import type { LaneDelivery } from './delivery.ts'
import type { DeliveryScope } from './delivery-scope.ts'
import { FinishedAhead } from './finished-ahead.ts'
import { LaneWork } from './lane-work.ts'

/** What waits, as numbers of records in each Kafka batch; offsets from 0 on. */
const rig = (recordsMax: number, ...counts: readonly number[]) => {
  const work = new LaneWork<LaneDelivery>('t-3', 1)
  const state = { mayAct: true }
  const scope: DeliveryScope = {
    topic: 't',
    topicId: 'aa',
    partition: 3,
    name: work.name,
    signal: work.abort.signal,
    mayAct: () => state.mayAct,
  }
  const waiting = [...counts]
  let next = 0
  const read = (visit: RecordVisitor): boolean => {
    const count = waiting.shift()
    for (let left = count ?? 0; left > 0; left--) visit(next++, 1000 + next, new Uint8Array(8), 0, 2, 6, 8)
    return count !== undefined
  }
  const batches: BatchDelivery[] = []
  const feed = batchFeed(
    scope,
    recordsMax,
    offset => work.remembered?.has(offset) === true,
    read,
    batch => batches.push(batch),
  )
  const offsets = (): number[][] => batches.map(({ records }) => records.map(each => each.offset))
  return { work, state, waiting, feed, batches, offsets }
}

test('gathers what has come up to the limit, cuts what is more, and waits for nothing', () => {
  const { feed, waiting, offsets } = rig(4, 1, 2, 6, 1)
  assert.ok(feed())
  assert.deepEqual(offsets(), [[0, 1, 2, 3], [4, 5, 6, 7], [8]])
  assert.deepEqual(waiting, [1], 'nothing is read that no lane would hold')
  assert.ok(feed())
  assert.deepEqual(offsets().at(-1), [9])
  assert.ok(!feed())
})

test('batches of transactions that were aborted are passed, and are no batch', () => {
  const { feed, offsets } = rig(4, 0, 0, 2)
  assert.ok(feed())
  assert.deepEqual(offsets(), [[0, 1]])
  assert.ok(!feed())
})

test('what an earlier owner finished above its commit is left out', () => {
  const { feed, work, offsets } = rig(10, 6)
  work.remembered = new FinishedAhead([
    { from: 1, to: 3 },
    { from: 4, to: 5 },
  ])
  assert.ok(feed())
  assert.deepEqual(offsets(), [[0, 3, 5]])
})

test('a batch knows where it belongs, what it holds, and who may act on it', () => {
  const { feed, batches, state } = rig(10, 2)
  feed()
  const [batch = assert.fail()] = batches
  assert.deepEqual(
    [batch.topic, batch.partition, batch.topicId, batch.name, batch.offset, batch.timestampMs],
    ['t', 3, 'aa', 't-3', 0, 1001],
  )
  assert.deepEqual([batch.recordCount, batch.heldBytes], [2, 2 * (100 + 8)])
  assert.ok(batch.owned())
  assert.ok(!batch.declined)
  state.mayAct = false
  assert.ok(!batch.owned())
  assert.ok(batch.declined)
})
