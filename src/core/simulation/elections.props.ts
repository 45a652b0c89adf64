import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { brokerId, type ClusterSnapshot, partitionIndex } from '../model/index.ts'
import { electPreferred, fenceBroker, joinIsr, preferLeader, unfenceBroker } from './elections.ts'

const cluster = (brokers: number, partitions: number): ClusterSnapshot => {
  const ids = Array.from({ length: brokers }, (_, index) => brokerId(index + 1))
  return {
    clusterId: 'test',
    controllerId: brokerId(1),
    brokers: ids.map(id => ({ id, host: 'test', port: id, rack: null, alive: true })),
    topics: new Map([
      [
        't',
        {
          name: 't',
          topicId: 'a'.repeat(32),
          internal: false,
          configs: new Map(),
          partitions: Array.from({ length: partitions }, (_, index) => {
            const replicas = [0, 1, 2].map(step => brokerId(((index + step) % brokers) + 1))
            return {
              partition: partitionIndex(index),
              leader: replicas[0] ?? null,
              leaderEpoch: 0,
              replicas,
              isr: replicas,
              offlineReplicas: [],
            }
          }),
        },
      ],
    ]),
  }
}

const changes = [
  (snapshot: ClusterSnapshot, id: number) => fenceBroker(snapshot, brokerId(id)),
  (snapshot: ClusterSnapshot, id: number) => unfenceBroker(snapshot, brokerId(id)),
  (snapshot: ClusterSnapshot, id: number) =>
    snapshot.brokers.find(broker => broker.id === id)?.alive === true
      ? joinIsr(snapshot, brokerId(id), () => true)
      : snapshot,
  (snapshot: ClusterSnapshot, id: number) => {
    const replicas = snapshot.topics.get('t')?.partitions[0]?.replicas ?? []
    return replicas.includes(brokerId(id)) ? preferLeader(snapshot, 't', 0, brokerId(id)) : snapshot
  },
  (snapshot: ClusterSnapshot) => electPreferred(snapshot),
]

test('whatever happens to brokers: leaders are alive and in sync, epochs grow with every change of leader', () => {
  const step = fc.tuple(fc.nat({ max: changes.length - 1 }), fc.integer({ min: 1, max: 4 }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), steps => {
      let snapshot = cluster(4, 6)
      for (const [kind, id] of steps) {
        const before = snapshot
        snapshot = changes[kind]?.(before, id) ?? before
        judge(before, snapshot)
      }
    }),
  )
})

const judge = (before: ClusterSnapshot, after: ClusterSnapshot): void => {
  const alive = new Set(after.brokers.filter(broker => broker.alive).map(broker => broker.id))
  assert.ok(after.controllerId === null ? alive.size === 0 : alive.has(after.controllerId))
  const old = before.topics.get('t')?.partitions ?? []
  for (const partition of after.topics.get('t')?.partitions ?? []) {
    const { leader, leaderEpoch, replicas, isr, offlineReplicas } = partition
    const was = old[partition.partition]
    assert.ok(isr.length > 0 && isr.every(id => replicas.includes(id)))
    assert.equal(new Set(replicas).size, 3)
    if (leader === null)
      assert.ok(
        isr.every(id => !alive.has(id)),
        'no leader only when nobody may lead',
      )
    else assert.ok(alive.has(leader) && isr.includes(leader))
    assert.deepEqual(
      new Set(offlineReplicas),
      new Set(replicas.filter(id => !alive.has(id))),
      'offline replicas are those on dead brokers',
    )
    assert.equal(leaderEpoch, (was?.leaderEpoch ?? 0) + (leader === was?.leader ? 0 : 1))
    // the last in-sync replica is kept though it died: another might lack what was acknowledged
    if (was !== undefined && isr.some(id => !was.isr.includes(id))) assert.ok(was.leader !== null)
  }
}
