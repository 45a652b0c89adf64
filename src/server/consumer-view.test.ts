import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { laneItem } from '../../test/support/lane-item.ts'
import { consumersSchema } from '../api/consumers.ts'
import type { ConsumerStats, PartitionStats } from '../consumer/consumer.ts'
import { WorkFigures } from '../consumer/figures.ts'
import { writeConsumers } from './consumer-metrics.ts'
import { createConsumerView } from './consumer-view.ts'
import { createExposition } from './exposition.ts'

const partitionStats = (partition: number, figures: WorkFigures, nowMs: number): PartitionStats => ({
  topic: 'orders',
  partition,
  position: 100,
  frontier: 100,
  committed: 100,
  lagRecords: 0,
  queuedRecords: 3,
  runningHandlers: 1,
  parkedKeys: 0,
  stopped: null,
  recordsProcessed: figures.recordsProcessed,
  recordsDeadLettered: figures.recordsDeadLettered,
  handlerFailures: figures.handlerFailures,
  retries: figures.retries,
  handlerTime: figures.handlerTime(),
  lastFailure: figures.lastFailure,
  failing: figures.failing(nowMs),
})

/** A consumer of two partitions; what it says is set from outside. */
const rig = () => {
  const clock = new ManualClock()
  const figures = [new WorkFigures(), new WorkFigures()]
  const counts = { recordsProcessed: 0, handlerFailures: 0 }
  const stats = (): ConsumerStats => ({
    phase: 'STABLE',
    memberId: 'm-1',
    memberEpoch: 3,
    recordsConsumed: 0,
    recordsDeadLettered: 2,
    recordsInFlight: 6,
    recordsGivenBack: 0,
    deadLetterFailures: 0,
    ...counts,
    fetches: 0,
    fetchedBytes: 0,
    commitRequests: 0,
    committedOffsets: 0,
    rebalances: 1,
    codes: new Map(),
    lagRecords: 0,
    uncommittedOffsets: 0,
    latency: null,
    handlerTime: { p50Ms: 2, p99Ms: 40, maxMs: 50 },
    partitions: figures.map((each, partition) => partitionStats(partition, each, clock.monotonicMs())),
  })
  const fail = (partition: number, offset: number, attempts: number): void =>
    figures[partition]?.failed(
      laneItem(offset, 'user-0000042'),
      attempts,
      new SyntaxError('at "user-42"'),
      'retry',
      {
        monotonicMs: clock.monotonicMs(),
        wallMs: clock.wallMs(),
      },
    )
  const watched = { clientId: 'billing-1', groupId: 'billing', consumer: { stats } }
  return { clock, counts, figures, fail, watched }
}

test('rates are between two looks; what holds something up comes first, keys are shortened and messages kept back', async () => {
  const { clock, counts, figures, fail, watched } = rig()
  const view = createConsumerView(
    () => [watched],
    () => clock.monotonicMs(),
  )
  const [first] = consumersSchema.parse(view())
  assert.deepEqual([first?.windowMs, first?.recordsPerSecond, first?.troubles], [null, null, []])
  fail(0, 7, 1)
  figures[0]?.settled(7)
  fail(1, 41, 3)
  counts.recordsProcessed = 500
  counts.handlerFailures = 4
  await clock.advance(2000)
  const [second] = consumersSchema.parse(view())
  assert.deepEqual(
    [second?.windowMs, second?.recordsPerSecond, second?.handlerFailuresPerSecond, second?.handlerMsP99],
    [2000, 250, 2, 40],
  )
  assert.deepEqual(
    second?.troubles.map(({ partition, failing }) => [partition, failing?.offset, failing?.attempts]),
    [
      [1, '41', 3],
      [0, undefined, undefined],
    ],
  )
  assert.equal(second?.troubles[0]?.lastFailure?.key, 'user-00···42')
  assert.doesNotMatch(JSON.stringify(second), /user-42|0000042/)
})

test('metrics: a metric in one piece for all consumers, no line for what is not known, partitions only where wanted', async () => {
  const { fail, watched, clock } = rig()
  await clock.advance(1)
  fail(1, 41, 3)
  const other = { ...watched, clientId: 'billing-2' }
  const text = (partitions: boolean): string => {
    const to = createExposition(10_000)
    writeConsumers(to, [watched, other], partitions)
    return to.bytes().toString()
  }
  const who = 'client_id="billing-1",consumergroup="billing"'
  for (const line of [
    `lanekeeper_consumer_records{${who},outcome="dead-lettered"} 2`,
    `lanekeeper_consumer_handler_seconds{${who},quantile="0.99"} 0.04`,
    `lanekeeper_consumer_partition_failing_offset{${who},topic="orders",partition="1"} 41`,
    `lanekeeper_consumer_partition_failing_attempts{${who},topic="orders",partition="1"} 3`,
  ])
    assert.ok(text(true).includes(`${line}\n`), `${line}\n${text(true)}`)
  assert.equal(text(true).match(/# TYPE lanekeeper_consumer_records /g)?.length, 1)
  assert.doesNotMatch(text(true), /failing_offset\{[^}]*partition="0"/)
  assert.doesNotMatch(text(true), /processed_seconds\{/)
  assert.doesNotMatch(text(false), /consumer_partition_/)
})
