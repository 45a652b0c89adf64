import type { Producer } from '../producer/producer.ts'
import { type Exposition, label, type Sample } from './exposition.ts'

/** Figures of a producer in this process, by the client id that brokers see it under. */
export interface WatchedProducer {
  readonly clientId: string
  readonly lingerMs: number
  readonly producer: Pick<Producer, 'stats' | 'partitionFigures' | 'brokerFigures'>
}

/**
 * How batches come along: brokers pay for each, so records per batch say whether they are paid for little. Sums are since
 * the producer was made; a rate over them is what to draw. Partitions only where `partitions` is true.
 */
export const writeProducer = (
  to: Exposition,
  { clientId, producer }: WatchedProducer,
  partitions: boolean,
): void => {
  const client = label('client_id', clientId)
  const stats = producer.stats()
  const one = (name: string, help: string, value: number): void =>
    to.write(`lanekeeper_producer_${name}`, help, [[client, value]])
  to.write('lanekeeper_producer_records', 'Records by what became of them.', [
    [`${client},outcome="acknowledged"`, stats.recordsAcknowledged],
    [`${client},outcome="failed"`, stats.recordsFailed],
    [`${client},outcome="in-doubt"`, stats.recordsInDoubt],
    [`${client},outcome="pending"`, stats.recordsPending],
  ])
  one('batches', 'Batch tries sent, repeats included.', stats.batches)
  one('bytes', 'Bytes of those, after compression.', stats.bytes)
  one('retries', 'Batches that had to be sent again.', stats.retries)
  // of settled batches: those on their way would make every batch look thin
  const settled = producer.partitionFigures().reduce((sum, { batchesSettled }) => sum + batchesSettled, 0)
  one(
    'records_per_batch_ratio',
    'Acknowledged records over the batches they came in.',
    stats.recordsAcknowledged / settled,
  )
  one('requests_in_flight', 'Requests without an answer yet.', stats.requestsInFlight)
  one('buffered_bytes', 'What the buffers in use can hold.', stats.bufferedBytes)
  to.write('lanekeeper_producer_delivery_seconds', 'From a batch’s first record to its acknowledgement.', [
    [`${client},quantile="0.5"`, stats.latency.p50Ms / 1000],
    [`${client},quantile="0.99"`, stats.latency.p99Ms / 1000],
    [`${client},quantile="1"`, stats.latency.maxMs / 1000],
  ])
  writeBrokers(to, client, producer)
  if (partitions) writePartitions(to, client, producer)
}

const writeBrokers = (to: Exposition, client: string, producer: WatchedProducer['producer']): void => {
  const brokers = producer.brokerFigures()
  const each = (
    name: 'requests' | 'batches' | 'bytes' | 'failures' | 'requestsInFlight',
    suffix: string,
    help: string,
  ): void =>
    to.write(
      `lanekeeper_producer_broker_${suffix}`,
      help,
      brokers.map((broker): Sample => [`${client},broker="${broker.broker}"`, broker[name]]),
    )
  each('requests', 'requests', 'Produce requests to the broker.')
  each('batches', 'batches', 'Batches in them.')
  each('bytes', 'bytes', 'Bytes of those, after compression.')
  each('failures', 'failures', 'Requests that got no answer.')
  each('requestsInFlight', 'requests_in_flight', 'Requests without an answer yet.')
}

const writePartitions = (to: Exposition, client: string, producer: WatchedProducer['producer']): void => {
  // figures come by topic, in the order of partitions
  const byTopic = Map.groupBy(producer.partitionFigures(), ({ topic }) => topic)
  type Figures = ReturnType<typeof producer.partitionFigures>[number]
  const each = (suffix: string, help: string, value: (one: Figures) => number): void =>
    to.writeColumns(
      `lanekeeper_producer_partition_${suffix}`,
      help,
      [...byTopic].map(([topic, figures]) => ({
        labels: `${client},${label('topic', topic)}`,
        length: figures.length,
        source: figures,
        value: p => {
          const one = figures[p]
          return one === undefined ? NaN : value(one)
        },
      })),
    )
  each('records', 'Records acknowledged.', one => one.recordsAcknowledged)
  each('batches', 'Batch tries sent, repeats included.', one => one.batches)
  each('bytes', 'Bytes of those, after compression.', one => one.bytes)
  each('retries', 'Batches that had to be sent again.', one => one.retries)
  each(
    'queue_seconds',
    'From a batch’s first record until it left: the mean so far.',
    one => one.queueMsSum / one.batchesSettled / 1000,
  )
  each('delivery_seconds_max', 'The longest wait for an acknowledgement.', one => one.deliveryMsMax / 1000)
  each('in_flight', '1 while a batch is in a request.', one => Number(one.inFlight))
}
