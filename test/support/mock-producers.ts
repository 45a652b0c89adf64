import type { ProducerView } from '../../src/api/producers.ts'

/** A producer on 1,500 partitions whose batches are thin, as `npm start` has one. */
export const mockProducers = (): readonly ProducerView[] => {
  const broker = (id: number, share: number): ProducerView['brokers'][number] => ({
    broker: id,
    recordsPerSecond: 2000 * share,
    bytesPerSecond: 410_000 * share,
    batchesPerSecond: 1140 * share,
    recordsPerBatch: 1.8,
    queueMs: 21.4,
    retriesPerSecond: 0,
    requestsInFlight: id === 2 ? 1 : 0,
    batchesPerRequest: 23.6,
    failures: id === 3 ? 2 : 0,
  })
  return [
    {
      clientId: 'streamsocial-writer',
      windowMs: 14_000,
      recordsPerSecond: 2000,
      bytesPerSecond: 410_000,
      batchesPerSecond: 1140,
      recordsPerBatch: 1.8,
      queueMs: 21.4,
      retriesPerSecond: 0,
      requestsInFlight: 1,
      deliveryMsP99: 74,
      bufferedBytes: 96_000,
      recordsFailed: 0,
      recordsInDoubt: 0,
      partitionsStopped: 0,
      advice:
        'Batches are thin: 1.8 records each, 1,140 batches a second, and brokers pay per batch. 2,000 records a second over ' +
        '1,500 partitions are 1.3 a partition: no bearable linger.ms gathers 4; fewer partitions do, or no key where order does not matter.',
      brokers: [broker(1, 0.34), broker(2, 0.33), broker(3, 0.33)],
    },
  ]
}
