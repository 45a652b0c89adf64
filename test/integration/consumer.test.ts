/**
 * The ordered consumer in a real group: members come and go, leaders move, a Java member sits beside ours. Every run is
 * judged on effects: each record once, those of a key in the order in which they were written. Kafka's own tools say
 * what the group looks like from outside.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { type ConsumerEvent, type ConsumerOptions, createConsumer } from '../../src/consumer/consumer.ts'
import { readTopic } from '../../src/consumer/reader.ts'
import { brokerId, type LanekeeperError } from '../../src/core/model/index.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { javaArguments, runKafkaTool } from '../support/kafka-tools.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const bootstrap = servers.join(',')
const prefix = uniquePrefix('consumer')
const PARTITIONS = 12
const KEYS = 60

let kafka: KafkaConnection
/** Ended at last also where a test failed: a member or a writer left running keeps the process alive. */
const endings: (() => Promise<unknown>)[] = []

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
})

after(async () => {
  await Promise.all(endings.map(end => end()))
  const snapshot = await kafka.cluster.describe()
  const ours = [...snapshot.topics.keys()].filter(name => name.startsWith(prefix))
  if (ours.length > 0) await kafka.cluster.deleteTopics(ours)
  await kafka.close()
})

test('a member joins late and leaves gracefully: nothing lost, nothing repeated, order per key', async () => {
  const topic = await newTopic('handover')
  const group = `${topic}-group`
  const effects = new Effects()
  const writer = startWriter(topic)
  const first = startMember(topic, group, effects)
  await until('the first member owns everything', () => first.owned().length === PARTITIONS)
  await until('records arrive', () => effects.count > 200)

  const second = startMember(topic, group, effects)
  await until('the two share', () => first.owned().length === 6 && second.owned().length === 6)
  const countAtSharing = effects.count
  await until('both process', () => effects.count > countAtSharing + 500)
  const members = await runKafkaTool(
    'consumer.group.ConsumerGroupCommand',
    '--bootstrap-server',
    bootstrap,
    '--describe',
    '--group',
    group,
    '--members',
    '--verbose',
  )
  for (const each of [first, second]) assert.match(members, new RegExp(`${each.memberId}.*\\s6\\s`))

  const report = await second.consumer.close({ deadlineMs: 10_000 })
  await second.ended
  assert.equal(report.clean, true)
  await until('the first member owns everything again', () => first.owned().length === PARTITIONS)
  const written = await writer.stop()
  await until('everything written is processed', () => effects.count >= written.count)
  effects.judge(written)
  assert.ok(effects.membersSeen === 2, 'both members processed')

  assert.equal((await first.consumer.close({ deadlineMs: 10_000 })).clean, true)
  await first.ended
  assert.equal(await lagByKafka(group), 0)
})

test('leaders move in mid-run: nothing lost, nothing repeated, order per key', async () => {
  const topic = await newTopic('leaders')
  const effects = new Effects()
  const writer = startWriter(topic)
  const member = startMember(topic, `${topic}-group`, effects)
  await until('records arrive', () => effects.count > 200)

  const before = (await kafka.cluster.describe({ topics: [topic] })).topics.get(topic)
  assert.ok(before)
  const moved: number[] = []
  for (let partition = 0; partition < PARTITIONS; partition += 2) {
    const { leader, replicas } = before.partitions[partition] ?? assert.fail()
    const next = replicas.find(replica => replica !== leader) ?? assert.fail()
    const outcome = await kafka.cluster.moveLeader(topic, partition, brokerId(next))
    assert.equal(outcome.code, 0, outcome.message ?? '')
    moved.push(partition)
  }
  // metadata follows the controller: accepted is not yet seen
  const elsewhere = async (): Promise<boolean> => {
    const now = (await kafka.cluster.describe({ topics: [topic] })).topics.get(topic)
    return moved.every(
      partition => now?.partitions[partition]?.leader !== before.partitions[partition]?.leader,
    )
  }
  const deadline = Date.now() + 20_000
  while (!(await elsewhere())) assert.ok(Date.now() < deadline, 'the fault happened')
  const countAfterMove = effects.count
  await until('records arrive after the move', () => effects.count > countAfterMove + 500)

  const written = await writer.stop()
  await until('everything written is processed', () => effects.count >= written.count)
  effects.judge(written)
  assert.equal((await member.consumer.close({ deadlineMs: 10_000 })).clean, true)
  await member.ended
})

test('beside a Java member of the same group: each record once between the two', async () => {
  const topic = await newTopic('java')
  const group = `${topic}-group`
  const effects = new Effects()
  const writer = startWriter(topic)
  const ours = startMember(topic, group, effects)
  await until('records arrive', () => effects.count > 200)

  const java = spawn(
    'java',
    await javaArguments('consumer.ConsoleConsumer', [
      '--bootstrap-server',
      bootstrap,
      '--topic',
      topic,
      '--group',
      group,
      '--consumer-property',
      'group.protocol=consumer',
      '--property',
      'print.key=true',
    ]),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  let printed = ''
  let javaCount = 0
  java.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    javaCount += text.split('\n').length - 1
  })
  const javaEnded = new Promise(resolve => java.once('exit', resolve))
  try {
    await until('the Java member got its half', () => ours.owned().length === 6 && javaCount > 200)
  } finally {
    java.kill('SIGTERM')
  }
  await javaEnded
  await until('ours owns everything again', () => ours.owned().length === PARTITIONS)
  const written = await writer.stop()
  // beside the records it prints warnings and a total
  const javaSaw = printed.match(/^k\d+\t\d+$/gm)?.map(line => line.replace('\t', '#')) ?? []
  await until('everything written is processed', () => effects.count + javaSaw.length >= written.count)
  const all = [...effects.names, ...javaSaw]
  assert.deepEqual(
    { seen: all.length, distinct: new Set(all).size },
    { seen: written.count, distinct: written.count },
  )
  assert.equal((await ours.consumer.close({ deadlineMs: 10_000 })).clean, true)
  await ours.ended
})

test('a reader without a group reads everything once and leaves no trace', async () => {
  const topic = await newTopic('reader')
  const writer = startWriter(topic)
  await until('records are written', () => writer.acknowledged() > 500)
  const written = await writer.stop()
  const effects = new Effects()
  const report = await readTopic({
    link: kafka.openLink(`${prefix}-reader`),
    clock: systemClock,
    codecs: nodeCodecs,
    topics: [topic],
    from: 'earliest',
    until: 'end',
    onRecord: record => effects.add('reader', record),
  })
  assert.deepEqual(report, { records: written.count, complete: true })
  effects.judge(written)
  const offsets = await runKafkaTool('GetOffsetShell', '--bootstrap-server', bootstrap, '--topic', topic)
  const ends = offsets
    .trim()
    .split('\n')
    .map(line => Number(line.split(':')[2]))
  assert.equal(
    ends.reduce((sum, end) => sum + end, 0),
    written.count,
  )
})

test('a record whose handler always fails stops its partition by name; the others go on', async () => {
  const topic = await newTopic('poison')
  const effects = new Effects()
  const writer = startWriter(topic)
  let poisoned = -1
  const member = startMember(topic, `${topic}-group`, effects, {
    retry: { attempts: 2 },
    handler: record => {
      if (poisoned < 0) poisoned = record.partition
      if (record.partition === poisoned) throw new Error('cannot digest this')
      effects.add('ours', record)
    },
  })
  await until('records arrive', () => effects.count > 200)
  await until('the partition is stopped', () => member.events.some(each => each.type === 'partition-stopped'))
  const stopped = member.consumer.stats().partitions.filter(each => each.stopped !== null)
  assert.deepEqual(
    stopped.map(each => [each.partition, each.stopped?.code, each.frontier]),
    [[poisoned, 'HANDLER_FAILED', 0]],
  )
  const countAtStop = effects.count
  await until('the others go on', () => effects.count > countAtStop + 200)
  await writer.stop()
  assert.equal((await member.consumer.close({ deadlineMs: 10_000 })).left, true)
  await member.ended
})

test('an offset that is gone stops its partition with the choices, and no other', async () => {
  const topic = await newTopic('range')
  const writer = startWriter(topic)
  await until('records are written', () => writer.acknowledged() > 500)
  await writer.stop()
  const stopped: LanekeeperError[] = []
  const partitions = new Set<number>()
  const enough = new AbortController()
  const reading = readTopic({
    link: kafka.openLink(`${prefix}-range`),
    clock: systemClock,
    codecs: nodeCodecs,
    topics: [topic],
    from: [
      { topic, partition: 0, offset: 0 },
      { topic, partition: 1, offset: 1_000_000 },
    ],
    until: 'forever',
    signal: enough.signal,
    onRecord: record => void partitions.add(record.partition),
    onStopped: error => stopped.push(error),
  })
  await until('partition 1 is stopped and partition 0 read', () => stopped.length === 1 && partitions.has(0))
  enough.abort()
  assert.equal((await reading).complete, false)
  assert.deepEqual([...partitions], [0])
  const [error] = stopped
  assert.equal(error?.code, 'FETCH_STOPPED')
  assert.match(
    error.message,
    new RegExp(`^${topic}-1: offset 1000000 is out of range; the log holds 0 to \\d+$`),
  )
  assert.match(error.fix ?? '', /earliest.*latest/)
})

// ---------------------------------------------------------------------------------------------------------------

const newTopic = async (label: string): Promise<string> => {
  const name = `${prefix}-${label}`
  const [outcome] = await kafka.cluster.createTopics([
    {
      name,
      partitions: PARTITIONS,
      replicationFactor: 3,
      configs: new Map([['min.insync.replicas', '2']]),
    },
  ])
  assert.deepEqual(outcome, { item: name, code: 0, message: null })
  return name
}

interface Written {
  readonly count: number
  /** Highest sequence number per key. */
  readonly lastByKey: ReadonlyMap<string, number>
}

/** Some 500 records a second: key `k<n>`, value its sequence number from 0. */
const startWriter = (topic: string) => {
  const producer = createProducer({
    link: kafka.openLink(`${prefix}-writer`),
    clock: systemClock,
    codecs: nodeCodecs,
    random: { next: Math.random },
  })
  const text = new TextEncoder()
  const lastByKey = new Map<string, number>()
  let count = 0
  let acknowledged = 0
  const timer = setInterval(() => {
    for (let n = 0; n < 10; n++) {
      const key = `k${count++ % KEYS}`
      const sequence = (lastByKey.get(key) ?? -1) + 1
      lastByKey.set(key, sequence)
      producer.send({ topic, key: text.encode(key), value: text.encode(String(sequence)) }, () => {
        acknowledged++
      })
    }
  }, 20)
  endings.push(() => {
    clearInterval(timer)
    return producer.close({ deadlineMs: 2000 })
  })
  return {
    acknowledged: () => acknowledged,
    stop: async (): Promise<Written> => {
      clearInterval(timer)
      const report = await producer.close({ deadlineMs: 20_000 })
      assert.deepEqual([report.failed, report.inDoubt, report.acknowledged], [0, 0, count])
      return { count, lastByKey }
    },
  }
}

interface Effect {
  readonly member: string
  readonly key: string
  readonly sequence: number
}

/** What handlers did, in the order in which they did it, and the judgement on it. */
class Effects {
  readonly #effects: Effect[] = []

  add(member: string, record: { readonly key: Uint8Array | null; readonly value: Uint8Array | null }): void {
    const text = new TextDecoder()
    this.#effects.push({
      member,
      key: text.decode(record.key ?? undefined),
      sequence: Number(text.decode(record.value ?? undefined)),
    })
  }

  get count(): number {
    return this.#effects.length
  }

  get membersSeen(): number {
    return new Set(this.#effects.map(each => each.member)).size
  }

  get names(): string[] {
    return this.#effects.map(each => `${each.key}#${each.sequence}`)
  }

  judge(written: Written): void {
    const next = new Map<string, number>()
    const breaks: string[] = []
    for (const { key, sequence, member } of this.#effects) {
      const expected = next.get(key) ?? 0
      if (sequence !== expected) breaks.push(`${key}: ${sequence} by ${member}, expected ${expected}`)
      next.set(key, sequence + 1)
    }
    assert.deepEqual(breaks.slice(0, 5), [], `${breaks.length} records lost, repeated or out of order`)
    assert.deepEqual(
      new Map([...next].map(([key, following]) => [key, following - 1])),
      new Map(written.lastByKey),
      'the last record of each key',
    )
    assert.equal(this.count, written.count)
  }
}

const startMember = (
  topic: string,
  group: string,
  effects: Effects,
  options: Partial<ConsumerOptions> = {},
) => {
  const memberId = crypto.randomUUID()
  const events: ConsumerEvent[] = []
  const consumer = createConsumer({
    link: kafka.openLink(`${prefix}-${memberId}`),
    clock: systemClock,
    codecs: nodeCodecs,
    options: {
      group,
      topics: [topic],
      memberId,
      handler: async record => {
        // long enough that handlers of many keys overlap, uneven enough that they overtake each other
        await new Promise(resolve => setTimeout(resolve, record.offset % 7))
        if (record.owned()) effects.add(memberId, record)
      },
      onEvent: event => events.push(event),
      ...options,
    },
  })
  endings.push(() => consumer.close({ deadlineMs: 2000 }))
  const ended = consumer.run()
  ended.catch(() => undefined)
  return {
    consumer,
    memberId,
    ended,
    events,
    owned: () => consumer.stats().partitions.filter(each => each.position >= 0),
  }
}

const lagByKafka = async (group: string): Promise<number> => {
  const text = await runKafkaTool(
    'consumer.group.ConsumerGroupCommand',
    '--bootstrap-server',
    bootstrap,
    '--describe',
    '--group',
    group,
    '--offsets',
  )
  const rows = text.split('\n').filter(line => line.startsWith(group))
  assert.equal(rows.length, PARTITIONS, text)
  return rows.reduce((sum, row) => sum + Number(row.trim().split(/\s+/)[5]), 0)
}

const until = async (what: string, condition: () => boolean, withinMs = 45_000): Promise<void> => {
  const deadline = Date.now() + withinMs
  while (!condition()) {
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
