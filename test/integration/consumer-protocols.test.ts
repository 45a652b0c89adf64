/**
 * Both group protocols, beside members of Java's own client: each record once between the two, and Kafka's tools show the
 * group as they show one of Java's.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ConsumerOptions } from '../../src/consumer/consumer.ts'
import { ConsumerBench, Effects, PARTITIONS, until } from '../support/consumer-bench.ts'

let bench: ConsumerBench

before(async () => {
  bench = await ConsumerBench.open('protocols')
})

after(() => bench.close())

const classic = { groupProtocol: 'classic', sessionTimeoutMs: 6000, heartbeatIntervalMs: 1000 } as const

interface Kind {
  readonly name: string
  readonly ours: Partial<ConsumerOptions>
  /** Consumer properties of Java's console consumer, whose default strategy is range and cooperative-sticky. */
  readonly java: readonly string[]
  /** As `kafka-consumer-groups --state` names it. */
  readonly strategy: RegExp
}

const kinds: readonly Kind[] = [
  { name: 'server-side', ours: {}, java: ['group.protocol=consumer'], strategy: /uniform +Stable/ },
  {
    name: 'classic, cooperative',
    ours: classic,
    java: ['group.protocol=classic'],
    strategy: /cooperative-sticky +Stable/,
  },
  {
    name: 'classic, range',
    ours: { ...classic, partitionAssignmentStrategy: ['range'] },
    java: ['group.protocol=classic'],
    strategy: /range +Stable/,
  },
]

for (const { name, ours: options, java: properties, strategy } of kinds)
  test(`${name}: beside a Java member of the same group each record is done once`, async () => {
    const topic = await bench.newTopic(name.replaceAll(/\W+/g, '-'))
    const group = `${topic}-group`
    const effects = new Effects()
    const writer = bench.startWriter(topic)
    const ours = bench.startMember(topic, group, effects, options)
    await until('records arrive', () => effects.count > 200)

    const java = await bench.startJavaMember(topic, group, properties)
    await until('the two share', () => ours.owned().length === PARTITIONS / 2 && java.saw().length > 200)
    const [state, members] = await Promise.all([
      bench.describeGroup(group, '--state'),
      bench.describeGroup(group, '--members'),
    ])
    assert.match(state, strategy)
    const rows = members.split('\n').filter(line => line.startsWith(group))
    assert.deepEqual(
      rows.map(row => row.trim().split(/\s+/)[4]),
      ['6', '6'],
      members,
    )
    assert.ok(members.includes(ours.consumer.stats().memberId), members)

    await java.stop()
    await until('ours owns everything again', () => ours.owned().length === PARTITIONS)
    const written = await writer.stop()
    await until('everything written is processed', () => effects.count + java.saw().length >= written.count)
    const all = [...effects.names, ...java.saw()]
    assert.deepEqual(
      { seen: all.length, distinct: new Set(all).size },
      { seen: written.count, distinct: written.count },
    )
    assert.equal((await ours.consumer.close({ deadlineMs: 10_000 })).clean, true)
    await ours.ended
    assert.equal(await bench.lagByKafka(group), 0)
  })

for (const [protocol, options] of [
  ['server-side', {}],
  ['classic', classic],
] as const)
  test(`${protocol}: a static member that restarts gets its partitions back, and the other notices nothing`, async () => {
    const topic = await bench.newTopic(`static-${protocol}`)
    const group = `${topic}-group`
    const effects = new Effects()
    const writer = bench.startWriter(topic)
    const one = bench.startMember(topic, group, effects, { ...options, groupInstanceId: 'one' })
    const two = bench.startMember(topic, group, effects, { ...options, groupInstanceId: 'two' })
    const half = PARTITIONS / 2
    await until('the two share', () => one.owned().length === half && two.owned().length === half)
    const had = one.owned().map(each => each.partition)
    const changesOfTwo = two.consumer.stats().rebalances

    assert.equal((await one.consumer.close({ deadlineMs: 10_000 })).clean, true)
    await one.ended
    const again = bench.startMember(topic, group, effects, { ...options, groupInstanceId: 'one' })
    await until('its partitions are back', () => again.owned().length === half)
    assert.deepEqual(
      again.owned().map(each => each.partition),
      had,
    )
    assert.equal(two.consumer.stats().rebalances, changesOfTwo)

    const written = await writer.stop()
    await until('everything written is processed', () => effects.count >= written.count)
    effects.judge(written)
    await Promise.all([again, two].map(member => member.consumer.close({ deadlineMs: 10_000 })))
  })

for (const [protocol, options] of [
  ['server-side', {}],
  ['classic', classic],
] as const)
  test(`${protocol}: partitions that are added are read from their start, also with latest`, async () => {
    const topic = await bench.newTopic(`grown-${protocol}`)
    const group = `${topic}-group`
    const seen = new Set<number>()
    const member = bench.startMember(topic, group, new Effects(), {
      ...options,
      autoOffsetReset: 'latest',
      handler: record => void seen.add(record.partition),
    })
    await until('everything is owned', () => member.owned().length === PARTITIONS)
    assert.equal((await bench.kafka.cluster.addPartitions(topic, PARTITIONS + 2)).code, 0)
    // written before the group has seen the partitions: whoever began at their end would miss it
    await bench.write(topic, [PARTITIONS, PARTITIONS + 1])
    await until('the new partitions are read', () => seen.has(PARTITIONS) && seen.has(PARTITIONS + 1))
    await member.consumer.close({ deadlineMs: 10_000 })
  })
