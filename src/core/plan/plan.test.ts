import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerId, type ClusterSnapshot } from '../model/index.ts'
import {
  applyStep,
  applySteps,
  costOf,
  describeStep,
  inverse,
  placeReplicas,
  sameConfigValue,
  type Step,
} from './index.ts'

const threeBrokers: ClusterSnapshot = {
  clusterId: 'test',
  controllerId: brokerId(1),
  brokers: [1, 2, 3].map(id => ({
    id: brokerId(id),
    host: 'h',
    port: 9092,
    rack: `rack-${id}`,
    alive: true,
  })),
  topics: new Map(),
}
const create: Step = {
  kind: 'create-topic',
  topic: 'user.actions',
  partitions: 6,
  replicationFactor: 3,
  configs: new Map([['retention.ms', '60000']]),
}
const created = (): ClusterSnapshot => {
  const result = applyStep(threeBrokers, create)
  assert.ok(result.ok)
  return result.value
}
const refusal = (snapshot: ClusterSnapshot, step: Step): string => {
  const result = applyStep(snapshot, step)
  return result.ok ? 'applied' : `${result.failure.reason} ${result.failure.code}`
}

test('values Kafka prints differently from how they were set are the same', () => {
  for (const [a, b] of [
    ['0.50', '0.5'],
    ['1.0E-5', '0.00001'],
    ['compact, delete', 'compact,delete'],
    ['TRUE', 'true'],
    ['+5', '5'],
    [' 7 ', '7'],
  ] as const)
    assert.ok(sameConfigValue(a, b), `${a} ${b}`)
})

test('values that differ are told apart, also beyond 2^53 and in the order of a list', () => {
  for (const [a, b] of [
    ['9223372036854775807', '9223372036854775806'],
    ['compact,delete', 'delete,compact'],
    ['-1', '1'],
    ['', null],
    ['lz4', 'zstd'],
  ] as const)
    assert.ok(!sameConfigValue(a, b), `${a} ${b}`)
})

test('adding partitions keeps the replication factor and the old partitions', () => {
  const result = applyStep(created(), { kind: 'add-partitions', topic: 'user.actions', from: 6, to: 8 })
  assert.ok(result.ok)
  const partitions = result.value.topics.get('user.actions')?.partitions ?? []
  assert.deepEqual(partitions.slice(0, 6), created().topics.get('user.actions')?.partitions)
  assert.deepEqual(
    partitions.map(partition => [partition.partition, partition.replicas.length]),
    [0, 1, 2, 3, 4, 5, 6, 7].map(index => [index, 3]),
  )
})

test('a step that finds another cluster than it was made for says which of the three it is', () => {
  const snapshot = created()
  assert.equal(refusal(snapshot, create), 'already-done STEP_OUTDATED')
  assert.equal(refusal(snapshot, { ...create, partitions: 7 }), 'outdated STEP_OUTDATED')
  assert.equal(refusal(snapshot, { ...create, topic: 'user_actions' }), 'impossible TOPIC_NAME_COLLIDES')
  assert.equal(refusal(snapshot, { ...create, topic: 'a b' }), 'impossible INPUT_INVALID')
  assert.equal(refusal(threeBrokers, { ...create, replicationFactor: 4 }), 'impossible BROKERS_TOO_FEW')
  const add = { kind: 'add-partitions', topic: 'user.actions', from: 6, to: 9 } as const
  assert.equal(refusal(snapshot, { ...add, to: 6 }), 'already-done STEP_OUTDATED')
  assert.equal(refusal(snapshot, { ...add, from: 5 }), 'outdated STEP_OUTDATED')
  assert.equal(refusal(snapshot, { ...add, to: 3 }), 'impossible PARTITIONS_DECREASE')
  assert.equal(refusal(threeBrokers, add), 'outdated STEP_OUTDATED')
  const alter = {
    kind: 'alter-config',
    topic: 'user.actions',
    key: 'retention.ms',
    from: '60000',
    to: '1',
  } as const
  assert.equal(refusal(snapshot, alter), 'applied')
  assert.equal(refusal(snapshot, { ...alter, to: '60000' }), 'already-done STEP_OUTDATED')
  assert.equal(refusal(snapshot, { ...alter, from: null }), 'outdated STEP_OUTDATED')
})

test('a dead broker gets no replicas, and too few alive is said before Kafka says it', () => {
  const oneDead = threeBrokers.brokers.map(broker => ({ ...broker, alive: broker.id !== 2 }))
  assert.ok(placeReplicas(oneDead, 12, 2, 0).every(replicas => !replicas.includes(brokerId(2))))
  assert.equal(refusal({ ...threeBrokers, brokers: oneDead }, create), 'impossible BROKERS_TOO_FEW')
})

test('what cannot be taken back says so', () => {
  assert.deepEqual(inverse({ kind: 'add-partitions', topic: 't', from: 1, to: 2 }), {
    ok: false,
    failure: 'Kafka cannot take partitions away: t keeps 2 once they have been added.',
  })
  assert.ok(!inverse(create).ok)
})

test('steps run in turn, pass over finished ones and stop at the first that is refused', () => {
  const add: Step = { kind: 'add-partitions', topic: 'user.actions', from: 6, to: 12 }
  const result = applySteps(created(), [create, add])
  assert.ok(result.ok)
  assert.equal(result.value.topics.get('user.actions')?.partitions.length, 12)
  assert.ok(!applySteps(threeBrokers, [add, create]).ok)
})

test('a step reads as a sentence, and its cost counts replicas', () => {
  assert.equal(
    describeStep(create),
    'Create topic user.actions with 6 partitions, replication factor 3, retention.ms=60000.',
  )
  assert.equal(
    describeStep({ kind: 'alter-config', topic: 't', key: 'k', from: null, to: '\u001b[2J' }),
    "Set k of t to \\u001b[2J (was the broker's default).",
  )
  assert.deepEqual(
    costOf([create, { kind: 'add-partitions', topic: 'user.actions', from: 6, to: 8 }], created()),
    {
      topicsCreated: 1,
      partitionsCreated: 8,
      replicasCreated: 24,
      configsChanged: 0,
      offsetsMoved: 0,
    },
  )
})
