import type { GroupTopicHealth, TopicHealth } from '../core/health/index.ts'
import type { PartitionInfo } from '../core/model/index.ts'

/** The metrics with a series for each partition, in the same two dialects as metric-families.ts. NaN: not known. */
export interface ColumnFamily<Subject> {
  readonly name: string
  readonly help: string
  /** What its figures follow from: while it is the same object, they are the same. */
  readonly sourceOf: (subject: Subject) => object
  readonly figureOf: (subject: Subject) => (partition: number) => number
}

type FigureColumn = 'recordsPerSecond' | 'bytesPerSecond' | 'sizeBytes' | 'end' | 'start'

const column = (name: string, help: string, of: FigureColumn): ColumnFamily<TopicHealth> => ({
  name,
  help,
  sourceOf: topic => topic[of],
  figureOf: topic => {
    const figures = topic[of]
    return p => figures[p] ?? NaN
  },
})

const ofPartition = (
  name: string,
  help: string,
  value: (partition: PartitionInfo) => number,
): ColumnFamily<TopicHealth> => ({
  name,
  help,
  sourceOf: topic => topic.info.partitions,
  figureOf: topic => {
    const { partitions } = topic.info
    return p => {
      const partition = partitions[p]
      return partition === undefined ? NaN : value(partition)
    }
  },
})

/** Those that change with every look stand together, and are compressed together. */
export const familiesOfPartitions: readonly ColumnFamily<TopicHealth>[] = [
  column(
    'lanekeeper_partition_records_per_second',
    'Records written per second over the rate window.',
    'recordsPerSecond',
  ),
  column(
    'lanekeeper_partition_bytes_per_second',
    'Bytes written per second, by mean size of retained records.',
    'bytesPerSecond',
  ),
  column('kafka_topic_partition_current_offset', 'End offset of the partition.', 'end'),
  column('lanekeeper_partition_size_bytes', "Bytes of the leader's replica on disk.", 'sizeBytes'),
  column('kafka_topic_partition_oldest_offset', 'First offset still retained.', 'start'),
  ofPartition(
    'kafka_topic_partition_leader',
    'Broker that leads the partition.',
    ({ leader }) => leader ?? NaN,
  ),
  ofPartition('kafka_topic_partition_replicas', 'Number of replicas.', ({ replicas }) => replicas.length),
  ofPartition(
    'kafka_topic_partition_in_sync_replica',
    'Number of replicas in sync.',
    ({ isr }) => isr.length,
  ),
  ofPartition(
    'kafka_topic_partition_leader_is_preferred',
    '1 when the first replica leads.',
    ({ leader, replicas }) => Number(leader === replicas[0]),
  ),
  ofPartition(
    'kafka_topic_partition_under_replicated_partition',
    '1 when a replica is out of sync.',
    ({ isr, replicas }) => Number(isr.length < replicas.length),
  ),
]

const ofReader = (
  name: string,
  help: string,
  of: 'committed' | 'lagRecords' | 'lagMs',
  scale = 1,
): ColumnFamily<GroupTopicHealth> => ({
  name,
  help,
  sourceOf: topic => topic[of],
  figureOf: topic => {
    const figures = topic[of]
    return p => (figures[p] ?? NaN) * scale
  },
})

export const familiesOfReaders: readonly ColumnFamily<GroupTopicHealth>[] = [
  ofReader('kafka_consumergroup_current_offset', 'Committed offset.', 'committed'),
  ofReader('kafka_consumergroup_lag', 'Records not yet committed.', 'lagRecords'),
  ofReader('lanekeeper_group_lag_seconds', 'Age of the oldest record not yet committed.', 'lagMs', 0.001),
]
