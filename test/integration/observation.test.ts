/**
 * What the live state says of a real cluster at rest, against Kafka's own tools: end offsets equal GetOffsetShell's,
 * lag equals ConsumerGroupCommand's, and the judgement of both is what their figures mean.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { groupSchema, tickSchema, topicSchema } from '../../src/api/contract.ts'
import { type LiveState, startLive } from '../../src/runtime/live-state.ts'
import { runKafkaTool } from '../support/kafka-tools.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const bootstrap = servers.join(',')
const prefix = uniquePrefix('observation')
const TOPIC = `${prefix}-actions`
const GROUP = `${prefix}-readers`
const PARTITIONS = 12
const WRITTEN = 6_000
const READ = 4_000

let kafka: KafkaConnection
let live: LiveState

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  const [outcome] = await kafka.cluster.createTopics([
    {
      name: TOPIC,
      partitions: PARTITIONS,
      replicationFactor: 3,
      configs: new Map([['retention.ms', '3600000']]),
    },
  ])
  assert.equal(outcome?.code, 0, outcome?.message ?? '')
  live = startLive({ cluster: kafka.cluster, clock: systemClock, clusterName: null, version: '0' })
})

after(async () => {
  await live.close()
  await kafka.cluster.deleteTopics([TOPIC])
  await kafka.close()
})

/** Waits until the newest tick says so; every change of the live state is looked at. */
const until = <Value>(what: string, look: () => Value | undefined, deadlineMs = 60_000): Promise<Value> =>
  new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      unsubscribe()
      reject(new Error(`not seen within ${deadlineMs} ms: ${what}; ${live.health().summary}`))
    }, deadlineMs)
    const check = (): void => {
      const value = look()
      if (value === undefined) return
      clearTimeout(deadline)
      unsubscribe()
      resolve(value)
    }
    const unsubscribe = live.subscribe(check)
    check()
  })

/** A tool with its arguments as one would type them. */
const tool = (name: string, lines: readonly string[]): Promise<string> =>
  runKafkaTool(name, ...lines.join(' ').split(' '))

test('end offsets are those of GetOffsetShell, lag is that of ConsumerGroupCommand', async () => {
  await tool('ProducerPerformance', [
    `--topic ${TOPIC} --num-records ${WRITTEN} --record-size 100 --throughput -1`,
    `--producer-props bootstrap.servers=${bootstrap} batch.size=1000`,
  ])
  // a group that read part of it and left
  await tool('consumer.ConsoleConsumer', [
    `--bootstrap-server ${bootstrap} --topic ${TOPIC} --group ${GROUP} --from-beginning`,
    `--max-messages ${READ} --timeout-ms 30000`,
  ])
  const group = await until('the group without members', () => {
    const found = live.group(GROUP)
    return found?.members === 0 && found.lagRecords !== null ? groupSchema.parse(found) : undefined
  })
  const topic = topicSchema.parse(live.topic(TOPIC))

  const shell = await tool('GetOffsetShell', [`--bootstrap-server ${bootstrap} --topic ${TOPIC}`])
  const ends = new Map(
    shell
      .trim()
      .split('\n')
      .map(line => {
        const [, partition, offset] = line.split(':')
        return [Number(partition), offset]
      }),
  )
  assert.equal(ends.size, PARTITIONS)
  for (const partition of topic.partitionList)
    assert.equal(partition.endOffset, ends.get(partition.partition))
  assert.equal(topic.records, WRITTEN)
  assert.equal(topic.configs['retention.ms'], '3600000')

  const described = await tool('consumer.group.ConsumerGroupCommand', [
    `--bootstrap-server ${bootstrap} --describe --group ${GROUP}`,
  ])
  const rows = described
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(cells => cells[0] === GROUP && cells[1] === TOPIC)
  assert.ok(rows.length > 0, described)
  for (const [, , partition, committed, , lag] of rows) {
    const ours = topic.partitionList[Number(partition)]?.groups.find(each => each.groupId === GROUP)
    assert.equal(ours?.committedOffset, committed === '-' ? null : committed, `partition ${partition}`)
    // nothing committed has no lag for them; for us it is 0 where the partition is empty, else unknown
    if (lag !== '-') assert.equal(String(ours?.lagRecords), lag, `partition ${partition}`)
  }
  assert.equal(
    group.lagRecords,
    rows.reduce((sum, [, , , , , lag]) => sum + (lag === '-' ? 0 : Number(lag)), 0),
  )
})

test('a group that left records waiting is called stopped, and is the only finding about it', async () => {
  const tick = await until('the verdict "stopped"', () => {
    const now = live.tick()
    return now.groups.find(each => each.groupId === GROUP)?.verdict === 'stopped' ? now : undefined
  })
  const { findings } = tickSchema.parse(tick)
  assert.deepEqual(
    findings.filter(each => each.groupId === GROUP).map(each => each.kind),
    ['group-stopped'],
  )
})

test('sizes are those of kafka-log-dirs, leaders and in-sync replicas those of kafka-topics', async () => {
  const described = await tool('TopicCommand', [
    `--bootstrap-server ${bootstrap} --describe --topic ${TOPIC}`,
  ])
  const theirs = new Map(
    [...described.matchAll(/Partition: (\d+)\s+Leader: (\d+)\s+Replicas: ([\d,]+)\s+Isr: ([\d,]+)/g)].map(
      ([, partition, leader, replicas, isr]) => [
        Number(partition),
        { leader: Number(leader), replicas: numbers(replicas), isr: new Set(numbers(isr)) },
      ],
    ),
  )
  assert.equal(theirs.size, PARTITIONS, described)
  const logDirs = JSON.parse(
    (await tool('LogDirsCommand', [`--bootstrap-server ${bootstrap} --describe --topic-list ${TOPIC}`]))
      .split('\n')
      .find(line => line.startsWith('{')) ?? '',
  ) as LogDirs
  const sizeOn = (broker: number, partition: number): number | undefined =>
    logDirs.brokers
      .find(each => each.broker === broker)
      ?.logDirs.flatMap(dir => dir.partitions)
      .find(each => each.partition === `${TOPIC}-${partition}`)?.size
  const topic = await until('sizes', () => {
    const seen = topicSchema.parse(live.topic(TOPIC))
    return seen.partitionList.every(({ sizeBytes }) => sizeBytes !== null) ? seen : undefined
  })
  let total = 0
  for (const { partition, leader, replicas, isr, sizeBytes } of topic.partitionList) {
    assert.deepEqual({ leader, replicas, isr: new Set(isr) }, theirs.get(partition), `${TOPIC}-${partition}`)
    assert.equal(sizeBytes, sizeOn(leader ?? -1, partition), `${TOPIC}-${partition}`)
    total += sizeBytes ?? 0
  }
  assert.equal(topic.sizeBytes, total)
})

const numbers = (text = ''): readonly number[] => text.split(',').map(Number)

interface LogDirs {
  readonly brokers: readonly {
    readonly broker: number
    readonly logDirs: readonly {
      readonly partitions: readonly { readonly partition: string; readonly size: number }[]
    }[]
  }[]
}

test('sizes, brokers and racks are seen', async () => {
  const tick = await until('sizes', () => {
    const now = live.tick()
    return now.topics.find(each => each.topic === TOPIC)?.sizeBytes ? now : undefined
  })
  const size = tick.topics.find(each => each.topic === TOPIC)?.sizeBytes ?? 0
  assert.ok(size > WRITTEN * 100 && size < WRITTEN * 200, `${size} bytes for ${WRITTEN} records of 100`)
  assert.equal(tick.health.brokersAnswering, tick.health.brokersExpected)
  assert.equal(tick.cluster.brokers.filter(broker => broker.controller).length, 1)
})
