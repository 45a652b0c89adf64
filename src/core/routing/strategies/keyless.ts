import { allLanes, onAnyCount, type Strategy } from './strategy.ts'

/** The key, if there is one, is not looked at. Over many records both forms load all lanes alike. */
const keyless = (name: string, order: Strategy['order'], keeps: string, givesUp: string): Strategy => {
  const everywhere = allLanes()
  return {
    ...onAnyCount,
    name,
    order,
    keeps,
    givesUp,
    readerMust: 'sort by a time or number in the record where order matters',
    lanesPerKeyMax: count => count,
    lanesOf: (_, count) => everywhere(count),
  }
}

export const stickyStrategy = (): Strategy =>
  keyless(
    'sticky',
    'per producer and batch',
    'records of one producer within one batch; batches are full, so brokers do the least work',
    'order per key; for the time of a batch, all traffic of a producer on one lane',
  )

export const roundRobinStrategy = (): Strategy =>
  keyless(
    'round-robin',
    'none',
    'nothing; lanes are even from the first records on',
    'order per key, and batch size: each record goes to another lane than the one before',
  )
