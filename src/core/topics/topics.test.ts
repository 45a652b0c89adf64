import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterWith } from '../../../test/support/arbitrary-clusters.ts'
import { brokerId, type BrokerInfo, partitionCount, type TopicSpec } from '../model/index.ts'
import { compareTopic, diffTopics, movedKeys, specsFromSnapshot } from './index.ts'

const nodes: readonly BrokerInfo[] = [1, 2, 3].map(id => ({
  id: brokerId(id),
  host: 'h',
  port: 9092,
  rack: `rack-${id}`,
  alive: true,
}))
const actions: TopicSpec = {
  name: 'user-actions',
  partitions: partitionCount(1000),
  replicationFactor: 3,
  configs: new Map([['retention.ms', '60000']]),
  key: 'user_id',
  ordering: 'per-key',
}

test('a decrease is refused', () => {
  const plan = diffTopics([{ ...actions, partitions: partitionCount(999) }], clusterWith(nodes, [actions]))
  assert.deepEqual(plan.steps, [])
  assert.equal(plan.refusals[0]?.code, 'PARTITIONS_DECREASE')
})

test('an increase that would break order is refused with the share of keys that would move', () => {
  const plan = diffTopics([{ ...actions, partitions: partitionCount(1500) }], clusterWith(nodes, [actions]))
  assert.deepEqual(plan.steps, [])
  const [refusal] = plan.refusals
  assert.equal(refusal?.code, 'ORDER_WOULD_BREAK')
  assert.match(refusal?.message ?? '', /per user_id.* 1,000 to 1,500 .*moves 67\u00a0% of all keys/)
})

test('where no order is needed an increase is a step', () => {
  const loose: TopicSpec = { ...actions, ordering: 'none' }
  const plan = diffTopics([{ ...loose, partitions: partitionCount(1500) }], clusterWith(nodes, [loose]))
  assert.deepEqual(plan.steps, [{ kind: 'add-partitions', topic: 'user-actions', from: 1000, to: 1500 }])
})

test('a refused count does not hold back a config, and undeclared configs are left alone', () => {
  const snapshot = clusterWith(nodes, [{ ...actions, configs: new Map([['segment.ms', '5']]) }])
  const plan = diffTopics([{ ...actions, replicationFactor: 2, partitions: partitionCount(12) }], snapshot)
  assert.deepEqual(plan.refusals.map(refusal => refusal.code).toSorted(), [
    'PARTITIONS_DECREASE',
    'REPLICATION_CHANGE',
  ])
  assert.deepEqual(plan.steps, [
    { kind: 'alter-config', topic: 'user-actions', key: 'retention.ms', from: null, to: '60000' },
  ])
})

test('min.insync.replicas that the existing replicas cannot meet is refused: nobody could write', () => {
  const strict: TopicSpec = { ...actions, configs: new Map([['min.insync.replicas', '2']]) }
  const snapshot = clusterWith(nodes, [{ ...actions, replicationFactor: 1, configs: new Map() }])
  const plan = diffTopics([strict], snapshot)
  assert.deepEqual(plan.steps, [])
  assert.equal(plan.refusals.length, 2)
})

test('a name that Kafka will not let stand beside another is refused, within one plan too', () => {
  const plan = diffTopics(
    [
      { ...actions, name: 'a.b' },
      { ...actions, name: 'a_b' },
    ],
    clusterWith(nodes, []),
  )
  assert.deepEqual(
    [plan.steps.length, plan.refusals.map(refusal => refusal.code)],
    [1, ['TOPIC_NAME_COLLIDES']],
  )
})

test('the comparison shows each declared property, and only those', () => {
  const snapshot = clusterWith(nodes, [{ ...actions, configs: new Map([['segment.ms', '5']]) }])
  assert.deepEqual(
    compareTopic(actions, snapshot.topics.get('user-actions')).properties.map(one => [
      one.property,
      one.actual,
      one.declared,
      one.change,
    ]),
    [
      ['partitions', '1000', '1000', 'unchanged'],
      ['replication-factor', '3', '3', 'unchanged'],
      ['retention.ms', null, '60000', 'added'],
    ],
  )
})

test('comparing against configs that were not read is a defect, not "no difference"', () => {
  const snapshot = clusterWith(nodes, [actions])
  const topic = snapshot.topics.get('user-actions')
  assert.ok(topic)
  assert.throws(() => compareTopic(actions, { ...topic, configs: null }), /not read/)
})

test('moved keys: doubling moves half, 1000 to 1500 two thirds, the same count none', () => {
  assert.equal(movedKeys(12, 24).share.toFixed(6), '0.500000')
  assert.equal(movedKeys(1000, 1500).share.toFixed(6), '0.666667')
  assert.equal(movedKeys(7, 7).moved, 0)
})

test('adopting leaves out internal topics', () => {
  const snapshot = clusterWith(nodes, [actions])
  const topic = snapshot.topics.get('user-actions')
  assert.ok(topic)
  const topics = new Map(snapshot.topics).set('__consumer_offsets', {
    ...topic,
    name: '__consumer_offsets',
    internal: true,
  })
  assert.deepEqual(
    specsFromSnapshot({ ...snapshot, topics }).map(spec => spec.name),
    ['user-actions'],
  )
})
