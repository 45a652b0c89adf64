import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, Hand, headerOf, type Produce } from '../../../test/support/machine-hand.ts'
import { brokerId, KafkaCode } from '../../core/model/index.ts'

test('nothing leaves before a producer id that is one: an id of -1 would not be idempotent', () => {
  const hand = new Hand()
  hand.send('a')
  hand.tell({ kind: 'tick' })
  assert.deepEqual(hand.kinds(), ['identify', 'look-up'])
  hand.lookUp([[1, 1]])
  hand.tell({ kind: 'identified', code: 0, producerId: -1n, producerEpoch: -1 })
  hand.pass(10)
  assert.deepEqual(hand.kinds(), ['topic-known'])
  hand.pass(20)
  assert.deepEqual(hand.kinds(), ['identify'])
  hand.tell({
    kind: 'identified',
    code: KafkaCode.COORDINATOR_LOAD_IN_PROGRESS,
    producerId: -1n,
    producerEpoch: -1,
  })
  hand.pass(60)
  assert.deepEqual(hand.kinds(), ['identify'])
  hand.tell({ kind: 'identified', code: 0, producerId: 9n, producerEpoch: 3 })
  const { producerId, producerEpoch, baseSequence } = headerOf(hand.takeProduce())
  assert.deepEqual([producerId, producerEpoch, baseSequence], [9n, 3, 0])
})

test('one batch of a partition is out at a time; sequences follow acknowledged records', () => {
  const hand = Hand.ready([1])
  const first = hand.sent('a')
  hand.send('b')
  hand.send('c')
  hand.pass(100)
  assert.deepEqual(hand.produces(), [])
  hand.answer(first, 0)
  const second = hand.takeProduce()
  assert.deepEqual([headerOf(second).baseSequence, headerOf(second).count], [1, 2])
})

test('a retry sends the same bytes, whatever was added meanwhile, and "already there" is success', () => {
  const hand = Hand.ready([1])
  const first = hand.sent('a')
  hand.send('b')
  hand.answer(first, KafkaCode.REQUEST_TIMED_OUT)
  hand.pass(100)
  const again = hand.takeProduce()
  assert.deepEqual(batchOf(again), batchOf(first))
  hand.answer(again, { code: KafkaCode.DUPLICATE_SEQUENCE_NUMBER, baseOffset: -1 })
  assert.equal(hand.outcomes[0]?.kind, 'acknowledged')
})

test('each partition of an answer counts by itself, and one that was left out is tried again', () => {
  const hand = Hand.ready([1, 1, 1])
  for (const partition of [0, 1, 2]) hand.send(`v${partition}`, partition)
  hand.pass(10)
  hand.answer(hand.takeProduce(), 0, KafkaCode.MESSAGE_TOO_LARGE)
  assert.deepEqual(
    hand.outcomes.map(outcome => (outcome.kind === 'failed' ? outcome.code : outcome.kind)),
    ['acknowledged', 'RECORD_TOO_LARGE'],
  )
  hand.pass(100)
  assert.deepEqual(
    hand.takeProduce().body.items.map(item => item.partition),
    [2],
  )
})

test('a topic that was refused is looked up anew for the next record', () => {
  const hand = new Hand()
  hand.tell({ kind: 'identified', code: 0, producerId: 7n, producerEpoch: 0 })
  hand.send('a')
  const refused = { name: 't', code: KafkaCode.TOPIC_AUTHORIZATION_FAILED, topicId: '', partitions: [] }
  hand.tell({ kind: 'looked-up', answer: { brokers: [], topics: [refused] } })
  assert.equal(hand.outcomes[0]?.kind, 'failed')
  hand.send('b')
  hand.pass(1000)
  assert.ok(hand.kinds().includes('look-up'))
  hand.lookUp([[1, 1]])
  hand.pass(10)
  assert.equal(headerOf(hand.takeProduce()).count, 1)
})

test('a batch that is too large goes again in two, in order and with its own sequence; later ones stay below', () => {
  const hand = Hand.ready([1])
  const token = { remaining: 0 }
  for (const value of ['a', 'b', 'c']) hand.send(value.repeat(300))
  hand.tell({ kind: 'flush', token })
  const whole = hand.takeProduce()
  hand.answer(whole, KafkaCode.MESSAGE_TOO_LARGE)
  const parts = [hand.takeProduce()]
  hand.answer(parts[0] as Produce, { baseOffset: 10 })
  parts.push(hand.takeProduce())
  assert.deepEqual(
    parts.map(part => [headerOf(part).baseSequence, headerOf(part).count]),
    [
      [0, 1],
      [1, 2],
    ],
  )
  assert.equal(token.remaining, 1)
  hand.answer(parts[1] as Produce, { baseOffset: 11 })
  assert.equal(token.remaining, 0)
  assert.deepEqual(
    hand.outcomes.map(outcome => outcome.kind === 'acknowledged' && outcome.offset),
    [10, 11, 12],
  )
  for (const value of ['d', 'e', 'f']) hand.send(value.repeat(300))
  hand.pass(10)
  const next = hand.takeProduce()
  assert.equal(headerOf(next).baseSequence, 3)
  assert.ok(batchOf(next).length <= batchOf(parts[1] as Produce).length)
})

test('a record that is too large alone fails alone, and nothing of it is buffered any more', () => {
  const hand = Hand.ready([1])
  for (const value of ['a', 'b'.repeat(900), 'c']) hand.send(value)
  hand.pass(10)
  let request = hand.takeProduce()
  for (let tries = 0; tries < 5; tries++) {
    hand.answer(request, batchOf(request).length > 500 ? KafkaCode.MESSAGE_TOO_LARGE : 0)
    const [next] = hand.produces()
    if (next === undefined) break
    request = next
  }
  assert.deepEqual(
    hand.outcomes.map(outcome => (outcome.kind === 'failed' ? outcome.code : outcome.kind)),
    ['acknowledged', 'RECORD_TOO_LARGE', 'acknowledged'],
  )
  assert.equal(hand.machine.bufferedBytes, 0)
})

test('a batch that may be in the log and is then too large, because the topic changed, stays in doubt', () => {
  const hand = Hand.ready([1])
  hand.send('a')
  hand.send('b')
  hand.pass(10)
  hand.answer(hand.takeProduce(), KafkaCode.REQUEST_TIMED_OUT)
  hand.pass(100)
  hand.answer(hand.takeProduce(), KafkaCode.MESSAGE_TOO_LARGE)
  hand.pass(100)
  assert.deepEqual(hand.produces(), [])
  assert.deepEqual(
    hand.outcomes.map(outcome => outcome.kind),
    ['in-doubt', 'in-doubt'],
  )
})

test('copies that are late twice travel on a channel of their own and are given longer each time; they never fail by code 7', () => {
  const hand = Hand.ready([1, 1])
  let request = hand.sent('a', 0)
  assert.equal(request.channel, 'produce')
  const timeouts: number[] = []
  for (let round = 0; round < 8; round++) {
    hand.answer(request, KafkaCode.REQUEST_TIMED_OUT)
    // the broker has waited long enough: no further waiting here, however many tries there were
    hand.pass(30)
    request = hand.takeProduce()
    assert.equal(request.channel, round === 0 ? 'produce' : 'produce-retry')
    if (round > 0) timeouts.push(request.body.timeoutMs)
  }
  assert.deepEqual(timeouts.slice(0, 5), [2000, 4000, 8000, 16_000, 16_000])
  assert.equal(hand.sent('b', 1).channel, 'produce')
  hand.answer(request, 0)
  assert.equal(hand.outcomes[0]?.kind, 'acknowledged')
})

test('after a lost connection only a look-up that started afterwards is believed', () => {
  const hand = Hand.ready([1, 2])
  const first = hand.sent('a', 0)
  hand.tell({ kind: 'topic-wanted', topic: 'other' })
  hand.pass(30)
  assert.deepEqual(hand.kinds(), ['look-up'], 'a look-up is on its way when the failure happens')
  hand.tell({ kind: 'unanswered', request: first.request, why: 'reset' })
  hand.pass(30)
  assert.deepEqual(hand.produces(), [])
  hand.lookUp([
    [1, 1],
    [2, 1],
  ])
  assert.deepEqual(hand.produces(), [])
  hand.pass(100)
  hand.lookUp([
    [2, 2],
    [2, 1],
  ])
  hand.pass(30)
  const again = hand.takeProduce()
  assert.equal(again.broker, 2)
  assert.deepEqual(batchOf(again), batchOf(first))
})

test('a new leader that does not know of its office yet is asked again soon, however long the dead one took', () => {
  const hand = Hand.ready([1])
  let leader: readonly [number, number] = [1, 1]
  const next = (): Produce => {
    for (;;) {
      const effects = hand.take()
      const request = effects.find(effect => effect.kind === 'produce')
      if (request !== undefined) return request
      if (effects.some(({ kind }) => kind === 'look-up')) hand.lookUp([leader])
      else hand.pass(10)
    }
  }
  let request = hand.sent('a')
  for (let tries = 0; tries < 10; tries++) {
    assert.equal(request.broker, 1)
    hand.tell({ kind: 'unanswered', request: request.request, why: 'refused' })
    request = next()
  }
  leader = [2, 2]
  hand.tell({ kind: 'unanswered', request: request.request, why: 'refused' })
  request = next()
  const foundMs = hand.nowMs
  for (let refusals = 0; refusals < 3; refusals++) {
    assert.equal(request.broker, 2)
    hand.answer(request, KafkaCode.NOT_LEADER_OR_FOLLOWER)
    request = next()
  }
  assert.ok(hand.nowMs - foundMs < 300, `${hand.nowMs - foundMs} ms`)
})

test('a leader epoch never steps back, except for a topic that was created anew', () => {
  const hand = Hand.ready([1])
  hand.lookUp([[3, 5]])
  hand.lookUp([[1, 4]])
  assert.equal(hand.sent('a').broker, 3)
  const fresh = Hand.ready([1])
  fresh.lookUp([[3, 5]])
  fresh.lookUp([[1, 0]], 'b'.repeat(32))
  assert.equal(fresh.sent('a').broker, 1)
})

test('the broker’s hint who leads now is followed at once, an old one is not', () => {
  const hand = Hand.ready([1])
  hand.answer(hand.sent('a'), {
    code: KafkaCode.NOT_LEADER_OR_FOLLOWER,
    leader: { id: brokerId(3), epoch: 2 },
  })
  const again = hand.takeProduce()
  assert.equal(again.broker, 3)
  hand.answer(again, { code: KafkaCode.NOT_LEADER_OR_FOLLOWER, leader: { id: brokerId(1), epoch: 1 } })
  hand.pass(200)
  assert.deepEqual(hand.kinds(), ['look-up'])
})

test('a batch that waited goes to the leader of the moment when its request is built', () => {
  const hand = Hand.ready([1])
  hand.send('a')
  hand.lookUp([[2, 2]])
  hand.pass(10)
  assert.equal(hand.takeProduce().broker, 2)
})

test('an old request is abandoned as soon as somebody else leads what it carries', () => {
  const hand = Hand.ready([1])
  hand.sent('a')
  hand.pass(900)
  assert.deepEqual(hand.kinds(), [])
  hand.pass(400)
  assert.deepEqual(hand.kinds(), ['look-up'])
  hand.lookUp([[1, 1]])
  assert.ok(!hand.kinds().includes('abandon'))
  hand.pass(300)
  hand.lookUp([[2, 2]])
  assert.ok(hand.kinds().includes('abandon'))
})

test('at the deadline: never sent is failed and the partition goes on', () => {
  const hand = Hand.ready([-1], { deliveryTimeoutMs: 5000 })
  hand.send('a')
  hand.pass(5600)
  assert.equal(hand.outcomes[0]?.kind, 'failed')
  hand.take()
  hand.lookUp([[1, 2]])
  assert.equal(headerOf(hand.sent('b')).baseSequence, 0)
})

test('at the deadline: refused to the end is failed, and says what the broker answered last', () => {
  const hand = Hand.ready([1], { deliveryTimeoutMs: 5000 })
  hand.answer(hand.sent('a'), KafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
  hand.pass(5600)
  const [outcome] = hand.outcomes
  assert.match(
    outcome?.kind === 'failed' ? outcome.why : '',
    /within 5000 ms, sent once, last answer UNKNOWN_TOPIC_OR_PARTITION$/,
  )
})

test('at the deadline: sent and never answered is in doubt, and the partition stops and says so', () => {
  const hand = Hand.ready([1, 2], { deliveryTimeoutMs: 5000 })
  const first = hand.sent('a')
  hand.send('b')
  hand.tell({ kind: 'unanswered', request: first.request, why: 'timeout' })
  hand.pass(5600)
  assert.deepEqual(
    hand.outcomes.map(outcome => outcome.kind),
    ['in-doubt', 'failed'],
  )
  hand.send('c')
  const last = hand.outcomes[2]
  assert.match(
    last?.kind === 'failed' ? last.why : '',
    /stopped earlier: t-0: not acknowledged within 5000 ms/,
  )
  assert.deepEqual(
    hand.machine.stats().stopped.map(({ partition }) => partition),
    [0],
  )
  assert.equal(hand.machine.recordsPending, 0)
  assert.equal(hand.machine.bufferedBytes, 0)
})

test('a broker that disagrees about the sequence stops the partition: only that keeps the order', () => {
  const hand = Hand.ready([1])
  const first = hand.sent('a')
  hand.send('b')
  hand.answer(first, KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.deepEqual(
    hand.outcomes.map(outcome => outcome.kind),
    ['failed', 'failed'],
  )
  assert.equal(hand.machine.stats().stopped.length, 1)
})

test('records without a key stay on one partition until its batch leaves, then go to another', () => {
  const hand = Hand.ready([1, 1, 1])
  const places = (): readonly number[] => {
    for (let index = 0; index < 10; index++)
      hand.machine.append({ topic: 't', key: null, value: 'v' }, null, hand.nowMs, hand.nowMs)
    hand.pass(10)
    const request = hand.takeProduce()
    hand.answer(request, 0)
    return request.body.items.map(item => item.partition)
  }
  const [first, second] = [places(), places()]
  assert.equal(first.length, 1)
  assert.equal(second.length, 1)
  assert.notEqual(first[0], second[0])
})

test('a partition that does not exist and a record above the request size fail at once', () => {
  const hand = Hand.ready([1], { maxRequestBytes: 2048, batchBytes: 1024 })
  hand.send('a', 5)
  hand.send('x'.repeat(3000))
  assert.deepEqual(
    hand.outcomes.map(outcome => outcome.kind === 'failed' && outcome.code),
    ['PARTITION_UNKNOWN', 'RECORD_TOO_LARGE'],
  )
})

test('a record with a time that is none fails at once', () => {
  const hand = Hand.ready([1])
  for (const timestampMs of [Number.NaN, -1, 0.5])
    hand.machine.append(
      { topic: 't', key: 'k', value: 'v', timestampMs },
      outcome => hand.outcomes.push(outcome),
      0,
      0,
    )
  hand.tell({ kind: 'tick' })
  assert.deepEqual(
    hand.outcomes.map(outcome => outcome.kind === 'failed' && outcome.code),
    ['RECORD_INVALID', 'RECORD_INVALID', 'RECORD_INVALID'],
  )
})
