/**
 * Groups on the real cluster, as a user asks about them: a diagnosis beside Kafka's own consumer-groups tool, a group
 * that is scaled with worker processes, and an exercise.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { nodeCodecs } from '../../src/adapters/codecs/node-codecs.ts'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { type Consumer, createConsumer } from '../../src/consumer/consumer.ts'
import { seededRandom } from '../../src/core/simulation/index.ts'
import { createProducer, type Producer } from '../../src/producer/producer.ts'
import { runKafkaTool } from '../support/kafka-tools.ts'
import { startProgram } from '../support/program.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const bootstrap = servers.join(',')
const prefix = uniquePrefix('groups')
const root = join(import.meta.dirname, '..', '..')
const topics = { few: `${prefix}-few`, scaled: `${prefix}-scaled` }
const DEADLINE_MS = 90_000

let kafka: KafkaConnection
let producer: Producer
const consumers: Consumer[] = []

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock: systemClock })
  const replicationFactor = 3
  await kafka.cluster.createTopics([
    { name: topics.few, partitions: 2, replicationFactor, configs: new Map() },
    { name: topics.scaled, partitions: 4, replicationFactor, configs: new Map() },
  ])
  producer = createProducer({
    link: kafka.openLink(`${prefix}-writer`),
    clock: systemClock,
    codecs: nodeCodecs,
    random: seededRandom(1),
  })
})

after(async () => {
  await Promise.all(consumers.map(consumer => consumer.close({ deadlineMs: 3_000 })))
  await producer.close({ deadlineMs: 3_000 })
  await kafka.cluster.deleteTopics(Object.values(topics))
  await kafka.close()
})

/** A member of a group that does nothing with its records. */
const startMember = (group: string, topic: string, number: number): void => {
  const consumer = createConsumer({
    link: kafka.openLink(`${prefix}-member-${number}`),
    clock: systemClock,
    codecs: nodeCodecs,
    options: { group, topics: [topic], handler: () => undefined },
  })
  consumers.push(consumer)
  void consumer.run()
}

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + DEADLINE_MS
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within ${DEADLINE_MS} ms: ${what}`)
    await pause(200)
  }
}

/** Rows of a table that Kafka's tool prints about a group. */
const rowsOf = (printed: string, group: string): readonly (readonly string[])[] =>
  printed
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([first]) => first === group)

test('a diagnosis says what kafka-consumer-groups shows, and why', async () => {
  const group = `${prefix}-idle`
  for (let number = 0; number < 3; number++) startMember(group, topics.few, number)
  for (let message = 0; message < 100; message++)
    producer.send({ topic: topics.few, key: `key-${message}`, value: 'x' })
  await producer.flush()
  await until('three members at rest, everything read', async () => {
    const [seen] = await kafka.cluster.readGroups(await kafka.cluster.describe(), [group])
    const committed = [...(seen?.committed.get(topics.few) ?? [])].reduce((sum, each) => sum + each, 0)
    return seen?.state === 'Stable' && seen.members.length === 3 && committed === 100
  })
  const program = startProgram(
    ['groups', 'diagnose', group, '--bootstrap-server', bootstrap, '--started', '4', '--for', '4'],
    root,
  )
  const said = (await program.event(() => true, DEADLINE_MS)) as unknown as {
    group: { lagRecords: number; memberList: { assigned: { partitions: number[] }[] }[] }
    reasons: { kind: string; sentence: string }[]
  }
  assert.equal(await program.ended, 3, 'there is something to be done')
  assert.deepEqual(
    said.reasons.map(({ kind, sentence }) => [kind, sentence]),
    [
      ['members-missing', `${group} has 3 of 4 consumers that were started.`],
      ['idle-members', `${group} has 3 members for 2 partitions; 1 has nothing to read.`],
    ],
  )
  const describe = (...more: readonly string[]): Promise<string> =>
    runKafkaTool(
      'consumer.group.ConsumerGroupCommand',
      '--bootstrap-server',
      bootstrap,
      '--describe',
      '--group',
      group,
      ...more,
    )
  const [members, lag] = await Promise.all([describe('--members'), describe()])
  assert.deepEqual(
    rowsOf(members, group)
      .map(cells => Number(cells.at(-1)))
      .toSorted((a, b) => a - b),
    said.group.memberList
      .map(({ assigned }) => assigned.reduce((sum, topic) => sum + topic.partitions.length, 0))
      .toSorted((a, b) => a - b),
  )
  assert.equal(
    rowsOf(lag, group).reduce((sum, cells) => sum + Number(cells[5]), 0),
    said.group.lagRecords,
  )
})

test('a group is scaled with processes: more when records are late, and all end in order', async () => {
  const group = `${prefix}-workers`
  const flags = `--topic ${topics.scaled} --bootstrap-server ${bootstrap} --json --settle 4s --lag-target 2s --catch-up 5s`
  const worker = [process.execPath, join(root, 'test', 'support', 'slow-worker.ts'), bootstrap, group]
  const program = startProgram(
    ['groups', 'scale', group, ...flags.split(' '), '--run', '--', ...worker, topics.scaled, '10'],
    root,
  )
  const startedMs = Date.now()
  let sent = 0
  // more than two of these workers carry, and less on each partition than one does: more of them help
  const writing = setInterval(() => {
    for (; sent < (Date.now() - startedMs) * 0.25; sent++)
      producer.send({ topic: topics.scaled, key: `key-${sent}`, value: 'x' })
  }, 20)
  try {
    await program.event(event => event.event === 'decision' && event['reason'] === 'start', DEADLINE_MS)
    const up = await program.event(
      event => event.event === 'decision' && event['reason'] === 'late',
      DEADLINE_MS,
    )
    assert.deepEqual([up['before'], up['consumers']], [2, 4])
    await until('four members', async () => {
      const [seen] = await kafka.cluster.readGroups(await kafka.cluster.describe(), [group])
      return seen?.members.length === 4
    })
  } finally {
    clearInterval(writing)
    program.signal('SIGINT')
  }
  await program.ended
  const ended = program.events.filter(event => event.event === 'worker-ended')
  assert.equal(ended.length, 4)
  for (const { how, asked } of ended) assert.deepEqual([how, asked], ['exit 0', true])
  const [left] = await kafka.cluster.readGroups(await kafka.cluster.describe(), [group])
  assert.equal(left?.members.length, 0, 'each has left the group')
})

test('the distribution exercise observes its lesson on real brokers', async () => {
  const program = startProgram(['exercise', 'run', 'distribution', '--bootstrap-server', bootstrap], root)
  const said = (await program.event(() => true, DEADLINE_MS)) as unknown as {
    simulated: boolean
    observed: boolean
    checks: { name: string; held: boolean }[]
  }
  assert.deepEqual(
    said.checks.filter(check => !check.held),
    [],
  )
  assert.deepEqual([said.simulated, said.observed, await program.ended], [false, true, 0])
})
