import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptySnapshot, partitionIndex, type ClusterSnapshot } from '../../core/model/index.ts'
import { committedColumns } from './read-groups.ts'

const snapshotOf = (topic: string, partitions: number): ClusterSnapshot => ({
  ...emptySnapshot,
  topics: new Map([
    [
      topic,
      {
        name: topic,
        topicId: '',
        internal: false,
        configs: null,
        partitions: Array.from({ length: partitions }, (_, index) => ({
          partition: partitionIndex(index),
          leader: null,
          leaderEpoch: 0,
          replicas: [],
          isr: [],
          offlineReplicas: [],
        })),
      },
    ],
  ]),
})

test('nothing committed, an error and a partition that is gone are not read as offsets', () => {
  const committed = (partitionIndex: number, committedOffset: bigint, errorCode = 0) => ({
    partitionIndex,
    committedOffset,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode,
  })
  const columns = committedColumns(
    [
      {
        name: '__proto__',
        partitions: [committed(0, 7n), committed(1, -1n), committed(2, 9n, 88), committed(5, 3n)],
      },
      { name: 'deleted', partitions: [committed(0, 1n)] },
    ],
    snapshotOf('__proto__', 4),
  )
  assert.deepEqual([...columns.keys()], ['__proto__'])
  assert.deepEqual([...(columns.get('__proto__') ?? [])], [7, Number.NaN, Number.NaN, Number.NaN])
})
