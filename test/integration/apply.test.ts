/**
 * Topics as code on real brokers: apply is killed before and after each changing request and run again, a second apply
 * sends nothing, and Kafka's own tool agrees with what we say was done. Every effect, journal lines included, is cut in
 * test/simulation/apply-interrupted.test.ts; here it is the requests, because only a real controller can show that what
 * it did is what `applyStep` means.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectKafka, type KafkaConnection } from '../../src/adapters/kafka/connect.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { adoptedText } from '../../src/cli/adopt.ts'
import { loadConfig } from '../../src/config/config.ts'
import { diffTopics, specsFromSnapshot } from '../../src/core/topics/index.ts'
import type { Cluster } from '../../src/ports/cluster.ts'
import { executePlan } from '../../src/runtime/executor.ts'
import { apply, applyScenario } from '../support/apply-scenario.ts'
import { runKafkaTool } from '../support/kafka-tools.ts'
import { Killed, KillPoint } from '../support/kill-points.ts'
import { memoryJournal } from '../support/memory-journal.ts'
import { realClusterServers, uniquePrefix } from '../support/real-cluster.ts'

const servers = realClusterServers() ?? []
const prefix = uniquePrefix('apply')
const clock = systemClock

let kafka: KafkaConnection
let cluster: Cluster

before(async () => {
  assert.notEqual(servers.length, 0, 'a real cluster is needed; npm test starts one')
  kafka = await connectKafka({ bootstrapServers: servers, clientId: prefix, clock })
  cluster = kafka.cluster
})

after(async () => {
  const ours = [...(await cluster.describe()).topics.keys()].filter(name => name.startsWith(prefix))
  if (ours.length > 0) await cluster.deleteTopics(ours)
  await kafka.close()
})

/** Effects in order: planned, started ×2, create, done ×2, started, add, done, started ×2, alter, done ×2, finished. */
const REQUESTS = [4, 8, 12] as const

test('apply killed around each changing request converges when it is run again', async () => {
  for (const at of REQUESTS)
    for (const moment of ['before', 'after'] as const) {
      const { before: existing, declared } = applyScenario(`${prefix}-${at}-${moment}`)
      await apply(existing, { cluster, clock, journal: memoryJournal() })
      const journal = memoryJournal()
      const kill = new KillPoint(at, moment)
      await assert.rejects(
        apply(declared, { clock, cluster: kill.cluster(cluster), journal: kill.journal(journal) }),
        Killed,
      )
      const again = new KillPoint()
      const execution = await apply(declared, { clock, cluster: again.cluster(cluster), journal })
      assert.deepEqual(execution.left, [], `killed ${moment} effect ${at}`)
      assert.equal(kill.changes + again.changes, 3, `killed ${moment} effect ${at}`)

      const idle = new KillPoint()
      const third = await apply(declared, {
        clock,
        cluster: idle.cluster(cluster),
        journal: idle.journal(journal),
      })
      assert.deepEqual([idle.changes, third.outcomes], [0, []])
    }
})

test("Kafka's own tool describes what was applied", async () => {
  const { before: existing, declared } = applyScenario(`${prefix}-witness`)
  await apply(existing, { cluster, clock, journal: memoryJournal() })
  await apply(declared, { cluster, clock, journal: memoryJournal() })
  const described = await runKafkaTool(
    'TopicCommand',
    '--bootstrap-server',
    servers.join(','),
    '--describe',
    '--topic',
    `${prefix}-witness.*`,
  )
  const heads = described.split('\n').filter(line => line.includes('PartitionCount'))
  assert.equal(heads.length, declared.length)
  for (const spec of declared) {
    const head = heads.find(line => line.includes(`Topic: ${spec.name}\t`)) ?? ''
    assert.match(
      head,
      new RegExp(`PartitionCount: ${spec.partitions}\\tReplicationFactor: ${spec.replicationFactor}\\t`),
    )
    for (const [key, value] of spec.configs) assert.ok(head.includes(`${key}=${value}`), `${key} in ${head}`)
  }
})

test('a value that Kafka prints in another way than it was written is no difference for ever', async () => {
  const name = `${prefix}-canonical`
  const [spec] = loadConfig(
    `topics:
  - name: ${name}
    partitions: 1
    replication-factor: 3
    ordering: none
    configs:
      min.cleanable.dirty.ratio: 0.50
      cleanup.policy: compact, delete
      retention.ms: 9223372036854775807
      preallocate: false
`,
    'f',
    { env: {}, flags: {} },
  ).topics
  assert.ok(spec)
  await apply([spec], { cluster, clock, journal: memoryJournal() })
  const plan = diffTopics([spec], await cluster.describe({ topics: [name], configs: true }))
  assert.deepEqual(plan, { steps: [], refusals: [], unchanged: [name] })
})

test('a value that Kafka refuses fails alone', async () => {
  const { before: existing } = applyScenario(`${prefix}-refused`)
  await apply(existing, { cluster, clock, journal: memoryJournal() })
  const alter = (key: string, to: string) =>
    ({ kind: 'alter-config', topic: `${prefix}-refused-grows`, key, from: null, to }) as const
  const plan = {
    steps: [alter('retention.ms', '120000'), alter('segment.ms', '-5')],
    refusals: [],
    unchanged: [],
  }
  const execution = await executePlan({ plan, cluster, clock, journal: memoryJournal() })
  assert.deepEqual(
    execution.outcomes.map(outcome => [outcome.state, outcome.code]),
    [
      ['done', null],
      ['failed', 'STEP_REFUSED'],
    ],
  )
  assert.match(execution.outcomes[1]?.message ?? '', /^INVALID_CONFIG: .*segment\.ms/)
  assert.deepEqual(execution.left, [plan.steps[1]])
})

test('adopting the live cluster gives a file that differs in nothing from it', async () => {
  const snapshot = await cluster.describe({ configs: true })
  const topics = new Map([...snapshot.topics].filter(([name]) => name.startsWith(prefix)))
  const ours = { ...snapshot, topics }
  const text = adoptedText(ours, specsFromSnapshot(ours), cluster, 'adopted')
  const plan = diffTopics(loadConfig(text, 'f', { env: {}, flags: {} }).topics, ours)
  assert.deepEqual([plan.steps, plan.refusals, plan.unchanged.length], [[], [], topics.size])
})
