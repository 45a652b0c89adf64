/**
 * What tests of whole groups on a real cluster share: topics of their own, a writer that numbers the records of each key,
 * members of ours and of Java's client, and the judgement on what handlers did.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { type ConsumerEvent, type ConsumerOptions, createConsumer } from '../../src/consumer/consumer.ts'
import { createProducer } from '../../src/producer/producer.ts'
import { javaArguments, runKafkaTool } from './kafka-tools.ts'
import { realClusterServers, uniquePrefix } from './real-cluster.ts'

export const PARTITIONS = 12
const KEYS = 60

export interface Written {
  readonly count: number
  /** Highest sequence number per key. */
  readonly lastByKey: ReadonlyMap<string, number>
}

interface Effect {
  readonly member: string
  readonly key: string
  readonly sequence: number
}

/** What handlers did, in the order in which they did it, and the judgement on it. */
export class Effects {
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

export const until = async (what: string, condition: () => boolean, withinMs = 45_000): Promise<void> => {
  const deadline = Date.now() + withinMs
  while (!condition()) {
    assert.ok(Date.now() < deadline, `not within ${withinMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

export class ConsumerBench {
  readonly bootstrap: string
  readonly prefix: string
  readonly kafka: KafkaConnection
  /** Ended at last also where a test failed: a member or a writer left running keeps the process alive. */
  readonly #endings: (() => Promise<unknown>)[] = []

  private constructor(bootstrap: string, prefix: string, kafka: KafkaConnection) {
    this.bootstrap = bootstrap
    this.prefix = prefix
    this.kafka = kafka
  }

  static async open(label: string): Promise<ConsumerBench> {
    const servers = realClusterServers() ?? []
    assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
    const prefix = uniquePrefix(label)
    const kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
    return new ConsumerBench(servers.join(','), prefix, kafka)
  }

  async close(): Promise<void> {
    await Promise.all(this.#endings.map(end => end()))
    const snapshot = await this.kafka.cluster.describe()
    const ours = [...snapshot.topics.keys()].filter(name => name.startsWith(this.prefix))
    if (ours.length > 0) await this.kafka.cluster.deleteTopics(ours)
    await this.kafka.close()
  }

  async newTopic(label: string): Promise<string> {
    const name = `${this.prefix}-${label}`
    const [outcome] = await this.kafka.cluster.createTopics([
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

  /** Some 500 records a second: key `k<n>`, value its sequence number from 0. */
  startWriter(topic: string) {
    const producer = createProducer({
      link: this.kafka.openLink(`${this.prefix}-writer`),
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
    this.#endings.push(() => {
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

  /** One record into each of the partitions, acknowledged. */
  async write(topic: string, partitions: readonly number[]): Promise<void> {
    const producer = createProducer({
      link: this.kafka.openLink(`${this.prefix}-once`),
      clock: systemClock,
      codecs: nodeCodecs,
      random: { next: Math.random },
    })
    for (const partition of partitions) producer.send({ topic, key: 'k', value: 'v', partition })
    const report = await producer.close({ deadlineMs: 20_000 })
    assert.equal(report.acknowledged, partitions.length)
  }

  startMember(topic: string, group: string, effects: Effects, options: Partial<ConsumerOptions> = {}) {
    const memberId = crypto.randomUUID()
    const events: ConsumerEvent[] = []
    const consumer = createConsumer({
      link: this.kafka.openLink(`${this.prefix}-${memberId}`),
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
    this.#endings.push(() => consumer.close({ deadlineMs: 2000 }))
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

  async lagByKafka(group: string): Promise<number> {
    const text = await runKafkaTool(
      'consumer.group.ConsumerGroupCommand',
      '--bootstrap-server',
      this.bootstrap,
      '--describe',
      '--group',
      group,
      '--offsets',
    )
    const rows = text.split('\n').filter(line => line.startsWith(group))
    assert.equal(rows.length, PARTITIONS, text)
    return rows.reduce((sum, row) => sum + Number(row.trim().split(/\s+/)[5]), 0)
  }

  /** Kafka's console consumer as a member; every record it prints is one that it had. */
  async startJavaMember(topic: string, group: string, properties: readonly string[]) {
    const child = spawn(
      'java',
      await javaArguments('consumer.ConsoleConsumer', [
        '--bootstrap-server',
        this.bootstrap,
        '--topic',
        topic,
        '--group',
        group,
        ...properties.flatMap(property => ['--consumer-property', property]),
        '--property',
        'print.key=true',
      ]),
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    const ended = new Promise(resolve => child.once('exit', resolve))
    const stop = (): Promise<unknown> => {
      child.kill('SIGTERM')
      return ended
    }
    this.#endings.push(stop)
    // beside the records it prints warnings and a total
    const saw = (): string[] => printed.match(/^k\d+\t\d+$/gm)?.map(line => line.replace('\t', '#')) ?? []
    return { saw, stop }
  }

  /** What Kafka's own tool prints of a group. */
  describeGroup(group: string, ...what: readonly string[]): Promise<string> {
    return runKafkaTool(
      'consumer.group.ConsumerGroupCommand',
      '--bootstrap-server',
      this.bootstrap,
      '--describe',
      '--group',
      group,
      ...what,
    )
  }
}
