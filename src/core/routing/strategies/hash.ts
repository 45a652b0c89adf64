import type { ConventionName } from '../conventions.ts'
import { lanesByHash, onAnyCount, type Strategy } from './strategy.ts'

/** The key decides, as the clients of a convention decide it. */
export const hashStrategy = (convention: ConventionName = 'java'): Strategy => {
  const byHash = lanesByHash(convention)
  return {
    ...onAnyCount,
    name: 'hash',
    order: 'per key',
    keeps: 'all records of a key in the order they were sent, as long as the partition count stays',
    givesUp: 'evenness when a key is heavy: the lane of the heaviest key carries at least its share',
    readerMust: 'nothing',
    lanesPerKeyMax: () => 1,
    lanesOf: ({ key }, count) => byHash(key, count),
  }
}
