/** `offsets show` and `offsets reset` on the real cluster, with Kafka's own kafka-consumer-groups as second witness. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { offsetsCommand } from '../../src/cli/offsets.ts'
import { createConsumer } from '../../src/package/consumer.ts'
import { runKafkaTool } from '../support/kafka-tools.ts'
import { verbsOn } from '../support/cluster-verbs.ts'
import { createTopic, deleteTopicsOf, keyedRecords, until, writeRecords } from '../support/keyed-topic.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'
import { tempFolder } from '../support/temp-folder.ts'

const servers = realClusterServers() ?? []
const bootstrap = servers.join(',')
const prefix = uniquePrefix('offsets')
const topic = `${prefix}-topic`
const group = `${prefix}-group`

let kafka: KafkaConnection
let ends: readonly number[]

const offsets = verbsOn(servers, offsetsCommand)

/** Committed offsets by partition, as Kafka's own tool prints them. */
const byKafka = async (): Promise<readonly number[]> => {
  const text = await runKafkaTool(
    'consumer.group.ConsumerGroupCommand',
    '--bootstrap-server',
    bootstrap,
    '--describe',
    '--group',
    group,
    '--offsets',
  )
  const found: number[] = []
  for (const line of text.split('\n')) {
    const [, named, partition, committed] = line.trim().split(/\s+/)
    if (named === topic) found[Number(partition)] = Number(committed)
  }
  return found
}

/** The same by our own eyes, for where the witness has spoken already. */
const committed = async (): Promise<readonly number[]> => {
  const snapshot = await kafka.cluster.describe({ topics: [topic] })
  const [found] = await kafka.cluster.readGroups(snapshot, [group])
  return [...(found?.committed.get(topic) ?? [])]
}

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  await createTopic(kafka, topic, 3)
  await writeRecords(kafka, topic, keyedRecords(300, 30))
  const snapshot = await kafka.cluster.describe({ topics: [topic] })
  ends = [...((await kafka.cluster.readOffsets(snapshot, [topic])).get(topic)?.end ?? [])]
})

after(async () => {
  await deleteTopicsOf(kafka, prefix)
  await kafka.close()
})

test('a group is created where it is told to begin; Kafka says the same', async () => {
  const { code, err } = await offsets('reset', group, '--topic', topic, '--to-latest', '--yes')
  assert.equal(code, 0, err)
  assert.match(err, /Looked again: group .* stands as asked for/)
  assert.deepEqual(await byKafka(), ends)
})

test('shift, one partition, file, and back; the second time nothing is left to do', async () => {
  const csv = (await offsets('show', group, '--csv')).out
  assert.equal(csv, ends.map((end, partition) => `${topic},${partition},${end}\n`).join(''))
  const file = join(tempFolder('offsets'), 'before.csv')
  writeFileSync(file, csv)

  assert.equal((await offsets('reset', group, '--shift-by', '-10', '--yes')).code, 0)
  assert.equal((await offsets('reset', group, '--topic', `${topic}:1`, '--to-earliest', '--yes')).code, 0)
  const shown = JSON.parse((await offsets('show', group, '--json')).out) as {
    committed: string
    lag: number
  }[]
  const moved = ends.map((end, partition) => (partition === 1 ? 0 : end - 10))
  assert.deepEqual(
    shown.map(each => Number(each.committed)),
    moved,
  )
  assert.deepEqual(
    shown.map(each => each.lag),
    ends.map((end, partition) => end - (moved[partition] ?? 0)),
  )

  assert.equal((await offsets('reset', group, '--from-file', file, '--yes')).code, 0)
  assert.deepEqual(await byKafka(), ends)
  const again = await offsets('reset', group, '--from-file', file, '--yes')
  assert.equal(again.code, 0)
  assert.match(again.err, /stands as asked for already/)
})

test('by time: before everything is the start, after everything is the end', async () => {
  const dry = await offsets('reset', group, '--to-datetime', '2020-01-01', '--dry-run', '--json')
  assert.equal(dry.code, 3)
  const plan = JSON.parse(dry.out) as { moves: { to: string }[]; outcomes: unknown[] }
  assert.deepEqual(
    plan.moves.map(move => move.to),
    ['0', '0', '0'],
  )
  assert.deepEqual(plan.outcomes, [])
  assert.deepEqual(await committed(), ends, 'a dry run moves nothing')
  assert.equal((await offsets('reset', group, '--to-datetime', '2099-01-01', '--dry-run')).code, 0)
})

test('refused while the group has members, and nothing is moved', async () => {
  const consumer = createConsumer({ bootstrapServers: servers })
  const running = consumer.run({ group, topics: [topic], handler: () => undefined })
  await until('it is a member', () => consumer.stats()?.partitions.length === 3)
  const { code, err } = await offsets('reset', group, '--to-earliest', '--yes')
  assert.equal(code, 5)
  assert.match(err, /GROUP_ACTIVE: Group .* has 1 member/)
  // and what Kafka itself would have said, had we not looked
  const outcomes = await kafka.cluster.setGroupOffsets(group, topic, [{ partition: 0, offset: 0 }])
  assert.notEqual(outcomes[0]?.code, 0)
  await consumer.close()
  await running
  assert.deepEqual(await committed(), ends)
})

test('without --yes and without a terminal it shows the plan and refuses', async () => {
  const { code, out, err } = await offsets('reset', group, '--to-earliest')
  assert.equal(code, 5)
  assert.match(err, /CONFIRMATION_NEEDED/)
  assert.match(out, new RegExp(`300 records are read again, 0 are left out`))
  assert.deepEqual(await committed(), ends)
})

test('what cannot be meant is one clear error', async () => {
  const wrong: readonly (readonly [RegExp, ...string[]])[] = [
    [/Nothing says where/, 'reset', group],
    [/2 targets/, 'reset', group, '--to-earliest', '--to-latest'],
    [/not a whole number/, 'reset', group, '--shift-by', '1e3'],
    [/not a time/, 'reset', group, '--to-datetime', 'yesterday'],
    [/no partition 3/, 'reset', group, '--topic', `${topic}:3`, '--to-earliest'],
    [/GROUP_UNKNOWN/, 'show', `${prefix}-nobody`],
    [/has committed nothing/, 'reset', `${prefix}-nobody`, '--to-earliest'],
  ]
  const answers = await Promise.all(wrong.map(([, ...args]) => offsets(...args)))
  answers.forEach(({ code, err }, index) => {
    assert.equal(code, 2, err)
    assert.match(err, wrong[index]?.[0] ?? assert.fail())
  })
})
