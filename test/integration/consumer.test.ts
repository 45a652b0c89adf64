/**
 * The ordered consumer in a real group: members come and go, leaders move. Every run is judged on effects: each record once, those of a key in the order in which they were written. Kafka's own tools say
 * what the group looks like from outside.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { readTopic } from '../../src/consumer/reader.ts'
import { brokerId, type LanekeeperError } from '../../src/core/model/index.ts'
import { ConsumerBench, Effects, PARTITIONS, until } from '../support/consumer-bench.ts'
import { runKafkaTool } from '../support/kafka-tools.ts'

let bench: ConsumerBench

before(async () => {
  bench = await ConsumerBench.open('consumer')
})

after(() => bench.close())

test('a member joins late and leaves gracefully: nothing lost, nothing repeated, order per key', async () => {
  const topic = await bench.newTopic('handover')
  const group = `${topic}-group`
  const effects = new Effects()
  const writer = bench.startWriter(topic)
  const first = bench.startMember(topic, group, effects)
  await until('the first member owns everything', () => first.owned().length === PARTITIONS)
  await until('records arrive', () => effects.count > 200)

  const second = bench.startMember(topic, group, effects)
  await until('the two share', () => first.owned().length === 6 && second.owned().length === 6)
  const countAtSharing = effects.count
  await until('both process', () => effects.count > countAtSharing + 500)
  const members = await bench.describeGroup(group, '--members', '--verbose')
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
  assert.equal(await bench.lagByKafka(group), 0)
})

test('leaders move in mid-run: nothing lost, nothing repeated, order per key', async () => {
  const topic = await bench.newTopic('leaders')
  const effects = new Effects()
  const writer = bench.startWriter(topic)
  const member = bench.startMember(topic, `${topic}-group`, effects)
  await until('records arrive', () => effects.count > 200)

  const before = (await bench.kafka.cluster.describe({ topics: [topic] })).topics.get(topic)
  assert.ok(before)
  const moved: number[] = []
  for (let partition = 0; partition < PARTITIONS; partition += 2) {
    const { leader, replicas } = before.partitions[partition] ?? assert.fail()
    const next = replicas.find(replica => replica !== leader) ?? assert.fail()
    const outcome = await bench.kafka.cluster.moveLeader(topic, partition, brokerId(next))
    assert.equal(outcome.code, 0, outcome.message ?? '')
    moved.push(partition)
  }
  // metadata follows the controller: accepted is not yet seen
  const elsewhere = async (): Promise<boolean> => {
    const now = (await bench.kafka.cluster.describe({ topics: [topic] })).topics.get(topic)
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

test('a reader without a group reads everything once and leaves no trace', async () => {
  const topic = await bench.newTopic('reader')
  const writer = bench.startWriter(topic)
  await until('records are written', () => writer.acknowledged() > 500)
  const written = await writer.stop()
  const effects = new Effects()
  const report = await readTopic({
    link: bench.kafka.openLink(`${bench.prefix}-reader`),
    clock: systemClock,
    codecs: nodeCodecs,
    topics: [topic],
    from: 'earliest',
    until: 'end',
    onRecord: record => effects.add('reader', record),
  })
  assert.deepEqual(report, { records: written.count, complete: true })
  effects.judge(written)
  const offsets = await runKafkaTool(
    'GetOffsetShell',
    '--bootstrap-server',
    bench.bootstrap,
    '--topic',
    topic,
  )
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
  const topic = await bench.newTopic('poison')
  const effects = new Effects()
  const writer = bench.startWriter(topic)
  let poisoned = -1
  const member = bench.startMember(topic, `${topic}-group`, effects, {
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
  const topic = await bench.newTopic('range')
  const writer = bench.startWriter(topic)
  await until('records are written', () => writer.acknowledged() > 500)
  await writer.stop()
  const stopped: LanekeeperError[] = []
  const partitions = new Set<number>()
  const enough = new AbortController()
  const reading = readTopic({
    link: bench.kafka.openLink(`${bench.prefix}-range`),
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
