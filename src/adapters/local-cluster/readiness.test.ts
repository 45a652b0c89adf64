import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  brokerId,
  type ClusterSnapshot,
  emptySnapshot,
  partitionIndex,
  type TopicInfo,
} from '../../core/model/index.ts'
import { judgeReadiness } from './readiness.ts'

const snapshot = (
  alive: readonly number[],
  leader: number | null,
  isr: readonly number[],
): ClusterSnapshot => {
  const topic: TopicInfo = {
    name: 't',
    topicId: '0'.repeat(32),
    internal: false,
    configs: null,
    partitions: [
      {
        partition: partitionIndex(0),
        leader: leader === null ? null : brokerId(leader),
        leaderEpoch: 0,
        replicas: [1, 2, 3].map(brokerId),
        isr: isr.map(brokerId),
        offlineReplicas: [],
      },
    ],
  }
  const broker = (id: number) => ({
    id: brokerId(id),
    host: 'h',
    port: 1,
    rack: null,
    alive: alive.includes(id),
  })
  return {
    ...emptySnapshot,
    clusterId: 'ours',
    brokers: [1, 2, 3].map(broker),
    topics: new Map([['t', topic]]),
  }
}

test('ready: all answer, and every partition that can has a leader', () => {
  assert.deepEqual(judgeReadiness(snapshot([1, 2, 3], 1, [1, 2, 3]), 'ours', [1, 2, 3], [1, 2, 3]), {
    missing: [],
    leaderless: 0,
  })
})

test('a broker that is not in the metadata, or whose port is still closed, is missing', () => {
  assert.deepEqual(judgeReadiness(snapshot([1, 3], 1, [1]), 'ours', [1, 2, 3], [1, 2]).missing, [2, 3])
})

test('waits for a leader that can be elected, not for one whose only copies are on a stopped broker', () => {
  assert.equal(judgeReadiness(snapshot([1, 3], null, [1, 2]), 'ours', [1, 3], [1, 3]).leaderless, 1)
  assert.equal(judgeReadiness(snapshot([1, 3], null, [2]), 'ours', [1, 3], [1, 3]).leaderless, 0)
})

test('another cluster that answers on our ports is not ours, however well it is', () => {
  const { missing } = judgeReadiness(snapshot([1, 2, 3], 1, [1, 2, 3]), 'theirs', [1, 2, 3], [1, 2, 3])
  assert.deepEqual(missing, [1, 2, 3])
})
