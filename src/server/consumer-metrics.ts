import type { Consumer, ConsumerStats, PartitionStats } from '../consumer/consumer.ts'
import { type Exposition, label, type Sample } from './exposition.ts'

/** A consumer of this process, by its group and the client id that brokers see it under. */
export interface WatchedConsumer {
  readonly clientId: string
  readonly groupId: string
  readonly consumer: Pick<Consumer, 'stats'>
}

interface Seen {
  /** Labels. */
  readonly who: string
  readonly stats: ConsumerStats
}

/**
 * What became of records, and how long handlers take. Sums are since the consumer was made; those of partitions, written
 * where `partitions` is true, since the partition was assigned to it. All consumers at once: the format takes the lines
 * of a metric in one piece only.
 */
export const writeConsumers = (
  to: Exposition,
  consumers: readonly WatchedConsumer[],
  partitions: boolean,
): void => {
  if (consumers.length === 0) return
  const seen = consumers.map(({ clientId, groupId, consumer }) => ({
    who: `${label('client_id', clientId)},${label('consumergroup', groupId)}`,
    stats: consumer.stats(),
  }))
  for (const [name, help, samples] of families)
    to.write(
      `lanekeeper_consumer_${name}`,
      help,
      seen.flatMap(({ who, stats }) =>
        Object.entries(samples(stats)).map(
          ([more, value]): Sample => [more === '' ? who : `${who},${more}`, value],
        ),
      ),
    )
  if (partitions) writePartitions(to, seen)
}

/** Name, help, and a value for each label that comes on top. */
type ConsumerFamily = readonly [string, string, (stats: ConsumerStats) => Readonly<Record<string, number>>]

const families: readonly ConsumerFamily[] = [
  [
    'records',
    'Records by what became of them.',
    stats => ({
      'outcome="processed"': stats.recordsProcessed,
      'outcome="dead-lettered"': stats.recordsDeadLettered,
      'outcome="in-flight"': stats.recordsInFlight,
      'outcome="given-back"': stats.recordsGivenBack,
    }),
  ],
  ['handler_failures', 'Attempts of the handler that failed.', stats => ({ '': stats.handlerFailures })],
  [
    'dead_letter_failures',
    'Attempts to write a dead letter that failed.',
    stats => ({ '': stats.deadLetterFailures }),
  ],
  ['partitions', 'Partitions that it has.', stats => ({ '': stats.partitions.length })],
  [
    'partitions_stopped',
    'Partitions that stand until they are assigned again.',
    stats => ({ '': stats.partitions.filter(({ stopped }) => stopped !== null).length }),
  ],
  [
    'handler_seconds',
    'How long a call of the handler takes.',
    ({ handlerTime }) => quantiles(handlerTime.p50Ms, handlerTime.p99Ms, handlerTime.maxMs),
  ],
  [
    'processed_seconds',
    'From a record’s timestamp to the end of its processing.',
    ({ latency }) =>
      latency === null ? quantiles(NaN, NaN, NaN) : quantiles(latency.p50Ms, latency.p99Ms, latency.maxMs),
  ],
]

const quantiles = (p50Ms: number, p99Ms: number, maxMs: number): Readonly<Record<string, number>> => ({
  'quantile="0.5"': p50Ms / 1000,
  'quantile="0.99"': p99Ms / 1000,
  'quantile="1"': maxMs / 1000,
})

type PartitionFamily = readonly [string, string, (partition: PartitionStats) => number]

const partitionFamilies: readonly PartitionFamily[] = [
  ['records', 'Records processed.', each => each.recordsProcessed],
  ['in_flight', 'Records that wait or run.', each => each.queuedRecords],
  ['retries', 'Attempts that followed a failed one.', each => each.retries],
  ['handler_failures', 'Attempts of the handler that failed.', each => each.handlerFailures],
  ['dead_letters', 'Records put aside into the dead-letter topic.', each => each.recordsDeadLettered],
  ['parked_keys', 'Keys that wait behind a record that failed for good.', each => each.parkedKeys],
  [
    'handler_seconds_p50',
    'Half the calls of the handler take no longer.',
    each => each.handlerTime.p50Ms / 1000,
  ],
  ['handler_seconds_p99', 'One call in a hundred takes longer.', each => each.handlerTime.p99Ms / 1000],
  ['failing_offset', 'The record that holds the partition up.', each => each.failing?.offset ?? NaN],
  ['failing_attempts', 'How often that one failed.', each => each.failing?.attempts ?? NaN],
]

const writePartitions = (to: Exposition, seen: readonly Seen[]): void => {
  const places = seen.flatMap(({ who, stats }) =>
    stats.partitions.map(one => ({
      one,
      labels: `${who},${label('topic', one.topic)},partition="${one.partition}"`,
    })),
  )
  for (const [suffix, help, value] of partitionFamilies)
    to.write(
      `lanekeeper_consumer_partition_${suffix}`,
      help,
      places.map(({ one, labels }): Sample => [labels, value(one)]),
    )
}
