import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { createSimulatedCluster } from './create.ts'
import { imagineCluster } from './imagined-cluster.ts'

test('topics lie on the simulated brokers; logs grow with the clock, and groups follow them', async t => {
  const clock = new ManualClock()
  const simulated = createSimulatedCluster({ brokers: 5, seed: 1, clock })
  t.after(() => simulated.close())
  const starting = imagineCluster(simulated.cluster, 400, 1, clock)
  await clock.advance(100)
  const cluster = await starting
  const describing = cluster.describe()
  await clock.advance(100)
  const snapshot = await describing
  assert.equal(snapshot.brokers.length, 5)
  assert.deepEqual(
    [...snapshot.topics.values()].map(({ name, partitions }) => [name, partitions.length]),
    [
      ['clicks', 200],
      ['orders', 100],
      ['payments', 50],
      ['audit', 50],
    ],
  )
  for (const { partitions } of snapshot.topics.values())
    for (const { replicas, leader } of partitions) {
      assert.equal(new Set(replicas).size, 3)
      assert.ok(leader !== null)
    }

  const before = (await cluster.readOffsets(snapshot, ['orders', 'no-such-topic'])).get('orders')
  await clock.advance(10_000)
  const after = await cluster.readOffsets(snapshot, ['orders', 'no-such-topic'])
  assert.deepEqual([...after.keys()], ['orders'])
  const grown = after.get('orders')?.end.map((end, p) => end - (before?.end[p] ?? NaN))
  const mean = (grown?.reduce((sum, records) => sum + records, 0) ?? 0) / 100 / 10
  assert.ok(mean > 5 && mean < 20, `${mean} records a second`)

  const groups = await cluster.readGroups(snapshot)
  assert.deepEqual(
    groups.map(group => group.groupId),
    ['clicks-readers', 'orders-readers', 'payments-readers', 'audit-readers'],
  )
  const [orders] = await cluster.readGroups(snapshot, ['orders-readers'])
  const lag = after.get('orders')?.end.map((end, p) => end - (orders?.committed.get('orders')?.[p] ?? NaN))
  assert.ok(lag?.every(records => records >= 0))
  // five partitions a member, and the second member is slow
  assert.ok((lag?.[5] ?? 0) > 5 * (lag?.[0] ?? 0))

  const { sizes, disks } = await cluster.readSizes(snapshot, ['clicks', 'orders', 'payments', 'audit'])
  const stored = [...sizes.values()].reduce(
    (sum, { sizeBytes }) => sum + sizeBytes.reduce((total, bytes) => total + bytes, 0),
    0,
  )
  assert.equal(
    disks.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
    3 * stored,
  )
})
