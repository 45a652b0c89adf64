import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerId, LanekeeperError } from '../core/model/index.ts'
import { crc32c } from '../core/records/index.ts'
import {
  type BrokerLink,
  LinkFailure,
  type MetadataAnswer,
  type ProduceAnswer,
  type ProduceRequest,
} from '../ports/broker-link.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { ProducerOptions } from './options.ts'
import type { Outcome, ProducerRecord } from './outcome.ts'
import { createProducer, type Producer } from './producer.ts'

/** A link to one broker that acknowledges when the test lets it. What the producer never calls is absent. */
class OneBroker {
  readonly requests: {
    readonly body: ProduceRequest
    readonly answer: () => void
    readonly fail: () => void
  }[] = []
  topicNames = ['orders']
  holds = false

  get link(): BrokerLink {
    return {
      metadata: (topics: readonly string[] | null): Promise<MetadataAnswer> =>
        Promise.resolve({
          brokers: [],
          topics: (topics ?? this.topicNames).map(name =>
            this.topicNames.includes(name)
              ? { name, code: 0, topicId: 'a'.repeat(32), partitions: [{ leader: 1, leaderEpoch: 1 }] }
              : { name, code: 3, topicId: '', partitions: [] },
          ),
        }),
      initProducerId: () => Promise.resolve({ code: 0, producerId: 1n, producerEpoch: 0 }),
      produce: (_broker, _channel, body: ProduceRequest): Promise<ProduceAnswer> =>
        new Promise((resolve, reject) => {
          const results = body.items.map(() => ({
            code: 0,
            baseOffset: 0,
            appendTimeMs: -1,
            message: null,
            leader: null,
          }))
          const answer = (): void => resolve({ throttleMs: 0, results })
          this.requests.push({
            body,
            answer,
            fail: () => reject(new LinkFailure('timeout', brokerId(1), 'no answer')),
          })
          if (!this.holds) answer()
        }),
      abandon: () => this.requests.at(-1)?.fail(),
    } as Partial<BrokerLink> as BrokerLink
  }
}

const start = (options: Partial<ProducerOptions> = {}) => {
  const clock = new ManualClock()
  const broker = new OneBroker()
  const producer: Producer = createProducer({
    link: broker.link,
    clock,
    codecs: { crc32c, compress: (_codec, bytes) => bytes, decompress: (_codec, bytes) => bytes },
    random: { next: () => 0.5 },
    options: { compression: 'none', ...options },
  })
  return { clock, broker, producer }
}

const record = (value: string) => ({ topic: 'orders', key: 'k', value })

test('records sent before anything is known arrive, in order, with their offsets', async () => {
  const { clock, broker, producer } = start()
  const outcomes: Outcome[] = []
  for (const value of ['a', 'b']) producer.send(record(value), outcome => outcomes.push(outcome))
  await clock.settle()
  await clock.advance(100)
  assert.deepEqual(
    outcomes.map(outcome => outcome.kind === 'acknowledged' && outcome.offset),
    [0, 1],
  )
  assert.equal(broker.requests.length, 1)
  assert.equal(producer.stats().recordsPending, 0)
  assert.equal(producer.stats().bufferedBytes, 0)
})

test('bytes are copied, also of records that wait for their topic: the caller reuses them at once', async () => {
  const { clock, broker, producer } = start()
  const reused = Buffer.alloc(5)
  const sent: ProducerRecord[] = []
  const told: ProducerRecord[] = []
  for (const text of ['first', 'other']) {
    reused.write(text)
    const record = { topic: 'orders', key: reused, value: reused, headers: [{ key: 'h', value: reused }] }
    sent.push(record)
    producer.send(record, (_, of) => told.push(of))
  }
  reused.write('later')
  await clock.settle()
  await clock.advance(100)
  const written = Buffer.concat(
    broker.requests.flatMap(({ body }) => body.items.map(({ batch }) => batch)),
  ).toString('latin1')
  assert.deepEqual(written.match(/first|other|later/g), [
    'first',
    'first',
    'first',
    'other',
    'other',
    'other',
  ])
  assert.equal(told[0], sent[0])
  assert.equal(told[1], sent[1])
})

test('a full buffer answers false, drained() waits for room, and who goes on regardless is refused', async () => {
  const { clock, broker, producer } = start({ bufferBytes: 16_384, batchBytes: 1024, maxRequestBytes: 8192 })
  broker.holds = true
  const failed: Outcome[] = []
  let sent = 0
  while (producer.send(record('x'.repeat(100)))) sent++
  assert.ok(sent > 20 && sent < 200, String(sent))
  let roomy = false
  const drained = producer.drained().then(() => {
    roomy = true
  })
  for (let more = 0; more < 400; more++)
    producer.send(record('x'.repeat(100)), outcome => failed.push(outcome))
  await clock.advance(50)
  assert.equal(roomy, false)
  assert.ok(failed.some(outcome => outcome.kind === 'failed' && outcome.code === 'BUFFER_FULL'))
  // twice the limit, and buffers have up to twice the size of what is in them here
  assert.ok(producer.stats().bufferedBytes <= 4.5 * 16_384, String(producer.stats().bufferedBytes))
  broker.holds = false
  for (const request of broker.requests) request.answer()
  await clock.advance(1000)
  await drained
  assert.equal(producer.stats().recordsPending, 0)
})

test('flush does not wait for the linger, and resolves when all before it is settled', async () => {
  const { clock, broker, producer } = start({ lingerMs: 60_000 })
  producer.send(record('a'))
  await clock.advance(10)
  assert.equal(broker.requests.length, 0)
  const flushed = producer.flush()
  await clock.advance(10)
  await flushed
  assert.equal(producer.stats().recordsAcknowledged, 1)
  await producer.flush()
})

test('close tells what the deadline cut off: sent is in doubt, not sent is failed', async () => {
  const { clock, broker, producer } = start()
  broker.holds = true
  const outcomes: string[] = []
  const note = (outcome: Outcome): number => outcomes.push(outcome.kind)
  producer.send(record('a'), note)
  await clock.advance(100)
  producer.send(record('b'), note)
  producer.send({ ...record('c'), topic: 'nowhere' }, note)
  const closing = producer.close({ deadlineMs: 500 })
  assert.equal(producer.send(record('d'), note), false)
  await clock.advance(1000)
  assert.deepEqual(await closing, {
    acknowledged: 0,
    failed: 2,
    inDoubt: 1,
    unfinished: [
      { topic: 'orders', partition: 0, records: 1, outcome: 'in-doubt' },
      { topic: 'orders', partition: 0, records: 1, outcome: 'failed' },
      { topic: 'nowhere', partition: null, records: 1, outcome: 'failed' },
    ],
  })
  assert.deepEqual(outcomes.toSorted(), ['failed', 'failed', 'failed', 'in-doubt'])
  assert.equal(producer.close({ deadlineMs: 1 }), closing)
})

test('a topic that stays unknown fails its records and names the nearest one that exists', async () => {
  const { clock, producer } = start({ unknownTopicMs: 1000 })
  const outcomes: Outcome[] = []
  producer.send({ ...record('a'), topic: 'order' }, outcome => outcomes.push(outcome))
  const count = producer.partitionsFor('order').then(
    () => null,
    (error: unknown) => error,
  )
  await clock.advance(5000)
  const error = await count
  assert.ok(error instanceof LanekeeperError)
  assert.equal(error.code, 'TOPIC_UNKNOWN')
  assert.equal(error.fix, 'Did you mean "orders"?')
  const [outcome] = outcomes
  assert.equal(outcome?.kind === 'failed' && outcome.code, 'TOPIC_UNKNOWN')
  assert.match(outcome?.kind === 'failed' ? outcome.why : '', /did you mean "orders"\?/)
})

test('settings that contradict each other are told all at once', () => {
  assert.throws(
    () => start({ batchBytes: 10, bufferBytes: 5, deliveryTimeoutMs: 1 }),
    (error: unknown) => error instanceof LanekeeperError && error.problems.length === 3,
  )
})
