import type { ProducerView } from '../api/producers.ts'
import { type BrokerFigures, thinBatchAdvice } from '../producer/figures.ts'
import { finite, type PastLook, pastLooks } from './past-looks.ts'
import type { WatchedProducer } from './producer-metrics.ts'

type BrokerLook = ReadonlyMap<number, BrokerFigures>

/** The producers of this process as pages show them. Each call is a look; rates are from the oldest look of the window. */
export const createProducerView = (
  producers: () => readonly WatchedProducer[],
  monotonicMs: () => number,
): (() => readonly ProducerView[]) => {
  const before = pastLooks<WatchedProducer['producer'], BrokerLook>(monotonicMs)
  return () =>
    producers().map(watched => {
      const now = new Map(watched.producer.brokerFigures().map(each => [each.broker, each]))
      return viewOf(watched, before(watched.producer, now), now)
    })
}

const viewOf = (
  { clientId, lingerMs, producer }: WatchedProducer,
  { figures: before, windowMs }: PastLook<BrokerLook>,
  now: BrokerLook,
): ProducerView => {
  const { latency, bufferedBytes, recordsFailed, recordsInDoubt, stopped } = producer.stats()
  const changes = [...now].map(([id, figures]) => ({ figures, change: since(before.get(id), figures) }))
  const all = changes.reduce((sum, { change }) => sumOf(sum, change), nothing)
  const inFlight = changes.reduce((sum, { figures }) => sum + figures.requestsInFlight, 0)
  return {
    clientId,
    windowMs: windowMs > 0 ? windowMs : null,
    ...batchFigures(all, windowMs, inFlight),
    deliveryMsP99: finite(latency.p99Ms),
    bufferedBytes,
    recordsFailed,
    recordsInDoubt,
    partitionsStopped: stopped.length,
    advice:
      windowMs > 0
        ? thinBatchAdvice({
            records: all.recordsAcknowledged,
            batches: all.batches,
            seconds: windowMs / 1000,
            partitions: producer.partitionFigures().length,
            lingerMs,
          })
        : null,
    brokers: changes.map(({ figures, change }) => ({
      broker: figures.broker,
      ...batchFigures(change, windowMs, figures.requestsInFlight),
      batchesPerRequest: finite(change.batches / change.requests),
      failures: figures.failures,
    })),
  }
}

const counted = [
  'recordsAcknowledged',
  'bytes',
  'batches',
  'batchesSettled',
  'queueMsSum',
  'retries',
  'requests',
] as const
type Change = Readonly<Record<(typeof counted)[number], number>>

const changeOf = (valueOf: (name: (typeof counted)[number]) => number): Change =>
  Object.fromEntries(counted.map(name => [name, valueOf(name)])) as Change

const nothing = changeOf(() => 0)
const since = (before: Change | undefined, now: Change): Change =>
  changeOf(name => now[name] - (before?.[name] ?? 0))
const sumOf = (one: Change, other: Change): Change => changeOf(name => one[name] + other[name])

const batchFigures = (change: Change, windowMs: number, requestsInFlight: number) => {
  const aSecond = (value: number): number | null => finite((value / windowMs) * 1000)
  return {
    recordsPerSecond: aSecond(change.recordsAcknowledged),
    bytesPerSecond: aSecond(change.bytes),
    batchesPerSecond: aSecond(change.batches),
    recordsPerBatch: finite(change.recordsAcknowledged / change.batchesSettled),
    queueMs: finite(change.queueMsSum / change.batchesSettled),
    retriesPerSecond: aSecond(change.retries),
    requestsInFlight,
  }
}
