import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hand } from '../../test/support/machine-hand.ts'
import { createExposition } from './exposition.ts'
import { writeProducer } from './producer-metrics.ts'

test('a producer’s figures by outcome, broker and partition; what is not known has no line', () => {
  const hand = Hand.ready([1, 2])
  hand.answer(hand.sent('a', 0), 0)
  const { machine } = hand
  const producer = {
    stats: () => machine.stats(),
    partitionFigures: () => machine.partitionFigures(),
    brokerFigures: () => machine.brokerFigures(),
  }
  const text = (partitions: boolean): string => {
    const to = createExposition(1000)
    writeProducer(to, { clientId: 'writer "1"', lingerMs: 5, producer }, partitions)
    // figures of partitions stand at the right end of their room
    return to.bytes().toString().replaceAll(/ +/g, ' ')
  }
  const client = String.raw`client_id="writer \"1\""`
  for (const line of [
    `lanekeeper_producer_records{${client},outcome="acknowledged"} 1`,
    `lanekeeper_producer_records_per_batch_ratio{${client}} 1`,
    `lanekeeper_producer_broker_requests{${client},broker="1"} 1`,
    `lanekeeper_producer_partition_records{${client},topic="t",partition="0"} 1`,
    `lanekeeper_producer_partition_records{${client},topic="t",partition="1"} 0`,
  ])
    assert.ok(text(true).includes(`${line}\n`), `${line}\n${text(true)}`)
  assert.ok(!text(true).includes(`queue_seconds{${client},topic="t",partition="1"}`))
  assert.ok(!text(false).includes('partition_records{'))
})
