/** What the machine's options promise, and how doubts end. The rules of sending are in machine.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hand, headerOf } from '../../../test/support/machine-hand.ts'
import { KafkaCode } from '../../core/model/index.ts'
import type { ProducerRecord } from '../outcome.ts'
import type { Doubt } from './doubt.ts'

/** A partition that stopped over one record in doubt. */
const inDoubt = (hand = Hand.ready([1], { deliveryTimeoutMs: 5000 })): { hand: Hand; doubt: Doubt } => {
  hand.answer(hand.sent('before'), { baseOffset: 10 })
  const request = hand.sent('a')
  hand.tell({ kind: 'unanswered', request: request.request, why: 'timeout' })
  hand.pass(5600)
  hand.take()
  const [doubt] = hand.machine.openDoubts()
  assert.ok(doubt !== undefined)
  return { hand, doubt }
}

const told = (hand: Hand): readonly string[] =>
  hand.outcomes.map(outcome => (outcome.kind === 'failed' ? outcome.code : outcome.kind))

test('a doubt says what it takes to find the batch in the log', () => {
  const { doubt } = inDoubt()
  const { partition, producerId, baseSequence, records, fromOffset, triedBrokers } = doubt
  assert.deepEqual(
    [partition, producerId, baseSequence, records, fromOffset, triedBrokers],
    [0, 7n, 1, 1, 11, [1]],
  )
})

test('found in the log: counted as acknowledged, and the partition goes on behind it', () => {
  const { hand, doubt } = inDoubt()
  hand.tell({ kind: 'resolved', doubt, finding: { kind: 'in-log', baseOffset: 11, appendTimeMs: -1 } })
  const { recordsAcknowledged, recordsInDoubt, stopped } = hand.machine.stats()
  assert.deepEqual([recordsAcknowledged, recordsInDoubt, stopped], [2, 0, []])
  const next = hand.sent('b')
  assert.deepEqual([headerOf(next).baseSequence, headerOf(next).producerId], [2, 7n])
})

test('not in the log: counted as failed, and the partition goes on under a fresh producer id', () => {
  const { hand, doubt } = inDoubt()
  const identity = { producerId: 70n, producerEpoch: 0 }
  hand.tell({ kind: 'resolved', doubt, finding: { kind: 'absent', why: 'gone', identity } })
  assert.equal(hand.machine.stats().recordsFailed, 1)
  const next = hand.sent('b')
  assert.deepEqual([headerOf(next).baseSequence, headerOf(next).producerId], [0, 70n])
})

test('without a fresh id, and while undecided, the partition stays closed', () => {
  for (const finding of [
    { kind: 'absent', why: 'gone', identity: null },
    { kind: 'undecided', why: 'nobody knows' },
  ] as const) {
    const { hand, doubt } = inDoubt()
    hand.tell({ kind: 'resolved', doubt, finding })
    hand.send('b')
    assert.equal(told(hand).at(-1), 'DELIVERY_FAILED')
    assert.equal(hand.machine.openDoubts().length, finding.kind === 'undecided' ? 1 : 0)
  }
})

test('a doubt is settled once', () => {
  const { hand, doubt } = inDoubt()
  const finding = { kind: 'in-log', baseOffset: 11, appendTimeMs: -1 } as const
  hand.tell({ kind: 'resolved', doubt, finding })
  hand.tell({ kind: 'resolved', doubt, finding })
  assert.equal(hand.machine.stats().recordsAcknowledged, 2)
})

test('a partition whose sequence the broker disputes stays closed whatever the log shows', () => {
  const hand = Hand.ready([1])
  const first = hand.sent('a')
  hand.answer(first, KafkaCode.REQUEST_TIMED_OUT)
  hand.pass(100)
  hand.answer(hand.takeProduce(), KafkaCode.INVALID_PRODUCER_EPOCH)
  const [doubt] = hand.machine.openDoubts()
  assert.ok(doubt !== undefined)
  hand.tell({ kind: 'resolved', doubt, finding: { kind: 'in-log', baseOffset: 0, appendTimeMs: -1 } })
  assert.equal(hand.machine.stats().recordsAcknowledged, 1)
  assert.equal(hand.machine.stats().stopped.length, 1)
})

test('several requests to a broker may be out, each partition in one of them', () => {
  const hand = Hand.ready([1, 1, 1], { requestsInFlightMax: 2 })
  const first = hand.sent('a', 0)
  const second = hand.sent('b', 1)
  hand.send('a2', 0)
  hand.send('c', 2)
  hand.pass(100)
  assert.deepEqual(hand.produces(), [], 'two are out')
  hand.answer(second, 0)
  assert.deepEqual(
    hand.takeProduce().body.items.map(({ partition }) => partition),
    [2],
    'partition 0 waits for its own batch',
  )
  hand.answer(first, 0)
  assert.equal(hand.takeProduce().body.items[0]?.partition, 0)
})

test('without idempotence nobody is asked for an id, and a lost answer stops nothing', () => {
  const hand = new Hand({ idempotent: false, acks: 1, deliveryTimeoutMs: 5000 })
  hand.send('a')
  hand.lookUp([[1, 1]])
  hand.pass(10)
  const request = hand.takeProduce()
  assert.equal(request.body.acks, 1)
  assert.deepEqual([headerOf(request).producerId, headerOf(request).baseSequence], [-1n, -1])
  hand.tell({ kind: 'unanswered', request: request.request, why: 'timeout' })
  hand.pass(5600)
  assert.deepEqual(told(hand), ['in-doubt'])
  assert.deepEqual(hand.machine.openDoubts(), [])
  hand.lookUp([[1, 1]])
  hand.take()
  assert.equal(hand.sent('b').body.items.length, 1)
})

test('what a record cannot be is told as what it is', () => {
  const hand = Hand.ready([1], { keyRequired: true })
  const why: string[] = []
  const send = (record: Record<string, unknown>): void =>
    hand.machine.append(
      { topic: 't', ...record } as unknown as ProducerRecord,
      outcome => why.push(outcome.kind === 'failed' ? `${outcome.code}: ${outcome.why}` : outcome.kind),
      0,
      0,
    )
  send({ key: 'k', value: 5 })
  send({ key: 'k' })
  send({ key: {}, value: 'v' })
  send({ key: null, value: 'v' })
  send({ value: 'v' })
  send({ key: 'k', value: 'v', headers: { a: 'b' } })
  send({ key: 'k', value: 'v', headers: [{ key: 'a', value: 'text' }] })
  hand.tell({ kind: 'tick' })
  assert.deepEqual(why, [
    'RECORD_INVALID: a record for t: its value is a number, not bytes, text or null',
    'RECORD_INVALID: a record for t: its value is undefined, not bytes, text or null',
    'RECORD_INVALID: a record for t: its key is an object, not bytes, text or null',
    'RECORD_INVALID: a record for t: it has no key',
    'RECORD_INVALID: a record for t: it has no key',
    'RECORD_INVALID: a record for t: its headers are an object, not a list of { key, value }',
    'RECORD_INVALID: a record for t: header a is a string, not bytes or null',
  ])
})

test('figures by partition and broker', () => {
  const hand = Hand.ready([1, 2])
  hand.answer(hand.sent('a', 0), 0)
  const second = hand.sent('b', 1)
  hand.answer(second, KafkaCode.REQUEST_TIMED_OUT)
  hand.pass(100)
  hand.answer(hand.takeProduce(), 0)
  const partitions = hand.machine.partitionFigures()
  assert.deepEqual(
    partitions.map(({ partition, recordsAcknowledged, batches, retries, batchesSettled, inFlight }) => [
      partition,
      recordsAcknowledged,
      batches,
      retries,
      batchesSettled,
      inFlight,
    ]),
    [
      [0, 1, 1, 0, 1, false],
      [1, 1, 2, 1, 1, false],
    ],
  )
  assert.ok(partitions.every(({ queueMsSum, bytes }) => queueMsSum >= 5 && bytes > 61))
  assert.deepEqual(
    hand.machine
      .brokerFigures()
      .map(({ broker, requests, batches, failures }) => [broker, requests, batches, failures]),
    [
      [1, 1, 1, 0],
      [2, 2, 2, 0],
    ],
  )
})

test('what a broker refuses is told by what it means, and the partition goes on', () => {
  const hand = Hand.ready([1])
  for (const code of [
    KafkaCode.TOPIC_AUTHORIZATION_FAILED,
    KafkaCode.MESSAGE_TOO_LARGE,
    87, // INVALID_RECORD: a compacted topic got a record without a key
    KafkaCode.NONE,
  ])
    hand.answer(hand.sent('a'), code)
  assert.deepEqual(told(hand), ['NOT_AUTHORIZED', 'RECORD_TOO_LARGE', 'DELIVERY_FAILED', 'acknowledged'])
})
