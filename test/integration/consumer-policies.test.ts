/**
 * What becomes of records that fail, on the real cluster and through what users import. At every quiescent point
 * consumed = processed + dead-lettered + in flight + given back; Kafka's own console consumer reads the dead letters.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import type { FailingRecord } from '../../src/core/model/index.ts'
import {
  type Consumer,
  type ConsumerEvent,
  type ConsumerStats,
  createConsumer,
  type RunOptions,
} from '../../src/package/consumer.ts'
import { sleep } from '../../src/ports/clock.ts'
import { consoleConsume } from '../support/console-clients.ts'
import {
  assertEachOnceInOrder,
  createTopic,
  deleteTopicsOf,
  keyedRecords,
  until,
  writeRecords,
} from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const prefix = uniquePrefix('policies')
const PARTITIONS = 3
const KEYS = 30
const RECORDS = 600

let kafka: KafkaConnection
const endings: (() => Promise<unknown>)[] = []

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
})

after(async () => {
  await Promise.all(endings.map(end => end()))
  await deleteTopicsOf(kafka, prefix)
  await kafka.close()
})

test('poison and undecodable records go to the dead letters with their bytes and reasons; the others are processed', async () => {
  const topic = await createTopic(kafka, `${prefix}-dead`, PARTITIONS)
  const dead = await createTopic(kafka, `${prefix}-dead-dlq`, PARTITIONS)
  // 5 records of key 3 are no number, 5 of key 4 are numbers that the handler cannot bear
  const bad = (key: number, sequence: number): boolean => (key === 3 || key === 4) && sequence % 4 === 0
  await writeRecords(
    kafka,
    topic,
    keyedRecords(RECORDS, KEYS, (key, sequence) =>
      bad(key, sequence) && key === 3 ? `x${sequence}` : String(sequence),
    ),
  )
  const seen: { readonly key: string; readonly sequence: number }[] = []
  const run = await start<number>(topic, {
    retry: { attempts: 2, backoffMs: 10 },
    onFailure: { policy: 'dead-letter', topic: dead },
    decode: ({ value }) => {
      const text = decoder.decode(value ?? undefined)
      if (!/^\d+$/.test(text)) throw new TypeError(`not a number: ${text}`)
      return Number(text)
    },
    handler: async ({ key, offset }, sequence) => {
      await new Promise(resolve => setTimeout(resolve, offset % 3))
      const name = decoder.decode(key ?? undefined)
      if (name === 'k4' && sequence % 4 === 0) throw new RangeError(`cannot bear ${sequence}`)
      seen.push({ key: name, sequence })
    },
  })
  await until('everything is processed or dead-lettered', () => run.done() === RECORDS)
  await until('and committed', () => run.consumer.stats()?.uncommittedOffsets === 0)
  const { recordsProcessed, recordsDeadLettered, recordsInFlight, handlerFailures } = run.stats()
  assert.deepEqual(
    { recordsProcessed, recordsDeadLettered, recordsInFlight },
    {
      recordsProcessed: RECORDS - 10,
      recordsDeadLettered: 10,
      recordsInFlight: 0,
    },
  )
  assert.equal(handlerFailures, 5 + 2 * 5, 'the undecodable are not tried again')
  await run.close()
  assertEachOnceInOrder(
    seen.filter(({ key }) => key !== 'k3' && key !== 'k4'),
    KEYS - 2,
    RECORDS / KEYS,
  )

  const letters = await consoleConsume(servers.join(','), dead, 10)
  assert.deepEqual(
    letters.map(({ key, value }) => `${key}=${value}`).toSorted(),
    [0, 4, 8, 12, 16].flatMap(sequence => [`k3=x${sequence}`, `k4=${sequence}`]).toSorted(),
  )
  for (const { headers, key } of letters) {
    assert.match(headers, new RegExp(`lanekeeper.error.topic:${topic}`))
    assert.match(headers, new RegExp(`lanekeeper.error.attempts:${key === 'k3' ? 1 : 2}`))
    assert.match(headers, key === 'k3' ? /error.name:RECORD_UNDECODABLE/ : /error.message:cannot bear \d+/)
  }
})

test('a dead letter that cannot be written blocks the commit until it can, and nothing is skipped', async () => {
  const topic = await createTopic(kafka, `${prefix}-blocked`, 1)
  // Kafka refuses every record that is larger than this
  const dead = await createTopic(kafka, `${prefix}-blocked-dlq`, 1, { 'max.message.bytes': '64' })
  await writeRecords(kafka, topic, keyedRecords(40, 4))
  const run = await start(topic, {
    retry: { attempts: 1, backoffMs: 20 },
    onFailure: { policy: 'dead-letter', topic: dead },
    handler: ({ offset }) => {
      if (offset === 5) throw new Error('poison')
    },
  })
  await until('the letter was refused more than once', () => run.stats().deadLetterFailures > 1)
  await until('the other keys went on', () => run.stats().recordsProcessed === 31)
  const [partition] = run.stats().partitions
  assert.equal(partition?.frontier, 5)
  assert.equal(run.stats().recordsInFlight, 9, 'the record and what follows it in its key')
  await until('what is below is committed', () => run.stats().partitions[0]?.committed === 5)
  const told = await toldOf(topic)
  assert.deepEqual([told?.offset, told?.state, told?.error], [5, 'letter-refused', 'DEAD_LETTER_FAILED'])

  await kafka.cluster.alterTopicConfigs(dead, new Map([['max.message.bytes', null]]))
  await until('it is written and everything goes on', () => run.done() === 40)
  await until('and committed', () => run.stats().partitions[0]?.committed === 40)
  assert.equal(run.stats().recordsDeadLettered, 1)
  assert.equal((await failingOf(topic)).size, 0, 'what is mended is no longer told')
  await run.close()
})

test('a parked key waits, the others go on, and a restart repeats none of them', async () => {
  const topic = await createTopic(kafka, `${prefix}-parked`, 1)
  await writeRecords(kafka, topic, keyedRecords(200, 10))
  const effects: { readonly key: string; readonly sequence: number }[] = []
  const run = (broken: boolean) =>
    start(topic, {
      retry: { attempts: 1 },
      onFailure: { policy: 'park-key' },
      handler: ({ key, value, offset }) => {
        if (broken && offset === 12) throw new Error('poison')
        effects.push({
          key: decoder.decode(key ?? undefined),
          sequence: Number(decoder.decode(value ?? undefined)),
        })
      },
    })
  const first = await run(true)
  await until('all other keys are done', () => first.stats().recordsProcessed === 181)
  assert.equal(first.stats().partitions[0]?.frontier, 12)
  assert.equal(first.stats().partitions[0]?.parkedKeys, 1)
  const told = await toldOf(topic)
  assert.deepEqual([told?.offset, told?.state, told?.attempts, told?.error], [12, 'parked', 1, 'Error'])
  const { lastFailure } = first.stats().partitions[0] ?? {}
  assert.deepEqual(
    [lastFailure?.offset, lastFailure?.message, lastFailure?.verdict],
    [12, 'poison', 'park-key'],
  )
  await first.close()

  const second = await run(false)
  await until('the parked key is done', () => second.stats().recordsProcessed === 19)
  await until('everything is committed', () => second.stats().partitions[0]?.committed === 200)
  assert.equal(second.stats().recordsConsumed, 19, 'the finished ones were remembered')
  await second.close()
  assertEachOnceInOrder(effects, 10, 20)
})

test('by hand: nothing is committed unless told, and then what is processed', async () => {
  const topic = await createTopic(kafka, `${prefix}-manual`, 1)
  await writeRecords(kafka, topic, keyedRecords(20, 4))
  let revoked: readonly string[] = []
  const first = await start(topic, { commit: 'manual', handler: () => undefined })
  await until('processed', () => first.done() === 20)
  await first.close()

  const second: Run = await start(topic, {
    commit: 'manual',
    handler: () => undefined,
    onPartitionsRevoked: async partitions => {
      revoked = partitions
      assert.equal(await second.consumer.commit(), true)
    },
  })
  await until('processed again: nothing was committed', () => second.done() === 20)
  await second.close()
  assert.deepEqual(revoked, [`${topic}-0`])

  const third = await start(topic, { handler: () => undefined })
  await until('it knows where to begin', () => (third.consumer.stats()?.partitions[0]?.position ?? -1) >= 0)
  assert.equal(third.stats().partitions[0]?.committed, 20)
  await third.close()
})

test('a dead-letter topic that is not there is told before anything is consumed', async () => {
  const topic = await createTopic(kafka, `${prefix}-absent`, 1)
  await assert.rejects(
    createConsumer({ bootstrapServers: servers }).run({
      group: `${topic}-group`,
      topics: [topic],
      handler: () => undefined,
      onFailure: { policy: 'dead-letter', topic: `${prefix}-nowhere` },
    }),
    { code: 'TOPIC_UNKNOWN' },
  )
})

test('closed while it still connects, it does not run', async () => {
  const topic = await createTopic(kafka, `${prefix}-early`, 1)
  const consumer = createConsumer({ bootstrapServers: servers })
  const running = consumer.run({ group: `${topic}-group`, topics: [topic], handler: () => undefined })
  await assert.rejects(consumer.run({ group: 'other', topics: [topic], handler: () => undefined }), {
    code: 'USAGE',
  })
  const report = await consumer.close()
  assert.deepEqual(report, await running)
  assert.equal(report?.clean, true)
  assert.equal(await consumer.close(), null)
})

// ---------------------------------------------------------------------------------------------------------------

const decoder = new TextDecoder()

/** What any watcher reads beside the group's committed offsets. */
const failingOf = async (topic: string): Promise<ReadonlyMap<number, FailingRecord>> => {
  const snapshot = await kafka.cluster.describe({ topics: [topic] })
  const [group] = await kafka.cluster.readGroups(snapshot, [`${topic}-group`])
  return group?.failing?.get(topic) ?? new Map()
}

const toldOf = async (topic: string): Promise<FailingRecord | undefined> => {
  for (let tries = 0; tries < 50; tries++) {
    const told = (await failingOf(topic)).get(0)
    if (told !== undefined) return told
    await sleep(systemClock, 100)
  }
  return undefined
}

interface Run {
  readonly consumer: Consumer
  stats(): ConsumerStats
  /** Processed or dead-lettered. */
  done(): number
  close(): Promise<void>
}

/** Runs a consumer and holds it to the identity of its counters at each of its events and at its end. */
const start = async <Message = undefined>(
  topic: string,
  options: Omit<RunOptions<Message>, 'group' | 'topics'>,
): Promise<Run> => {
  const consumer: Consumer = createConsumer({ bootstrapServers: servers, 'client.id': prefix })
  const stats = () => consumer.stats() ?? assert.fail('it does not run')
  const broken: string[] = []
  const judge = (when: string): void => {
    const counts = consumer.stats()
    if (counts === null) return
    const { recordsConsumed, recordsProcessed, recordsDeadLettered, recordsInFlight, recordsGivenBack } =
      counts
    const sum = recordsProcessed + recordsDeadLettered + recordsInFlight + recordsGivenBack
    if (recordsConsumed !== sum) broken.push(`${when}: ${recordsConsumed} consumed, ${sum} accounted for`)
  }
  const ended = consumer.run<Message>({
    ...options,
    group: `${topic}-group`,
    topics: [topic],
    onEvent: (event: ConsumerEvent) => judge(event.type),
  })
  ended.catch(() => undefined)
  endings.push(() => consumer.close({ deadlineMs: 2000 }))
  await until('it is connected', () => consumer.stats() !== null)
  return {
    consumer,
    stats,
    done: () => {
      const counts = consumer.stats()
      return counts === null ? 0 : counts.recordsProcessed + counts.recordsDeadLettered
    },
    close: async () => {
      judge('before the end')
      await consumer.close({ deadlineMs: 10_000 })
      await ended
      judge('after the end')
      assert.deepEqual(broken, [])
    },
  }
}
