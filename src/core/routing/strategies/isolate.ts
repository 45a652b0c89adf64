import { type PartitionCount, partitionCount } from '../../model/index.ts'
import type { ConventionName } from '../conventions.ts'
import { lanesByHash, onAnyCount, type Strategy } from './strategy.ts'

/**
 * Known hot keys get a lane each, added behind the others. All other keys are hashed over the lanes that were there
 * before, so none of them moves: the effect on their placement is none, and the lanes they left behind get lighter.
 * That is why lanes are added and not taken; taking lane 0 away from the hash would move nearly every key.
 *
 * For a tenant the same is better done with a topic of its own: quota, retention and readers are then its own, too.
 */
export const isolateStrategy = (
  hotKeys: readonly Uint8Array[],
  convention: ConventionName = 'java',
): Strategy => {
  const byHash = lanesByHash(convention)
  const laneBehind = new Map(hotKeys.map((key, index) => [identity(key), index]))
  return {
    ...onAnyCount,
    name: `isolate:${laneBehind.size}`,
    order: 'per key',
    keeps: 'all records of a key in order, hot or not; no other key moves',
    givesUp: 'a lane for each hot key, and the same list in every producer',
    readerMust: 'nothing; a consumer of an isolated lane has that one key',
    lanesPerKeyMax: () => 1,
    lanesIn: count => count + laneBehind.size,
    noteOn: count =>
      `${laneBehind.size === 1 ? 'One lane is' : `${laneBehind.size} lanes are`} added behind the ${count}; effect on the placement of all other keys: none.`,
    lanesOf: ({ key }, count: PartitionCount) => {
      const index = key === null ? undefined : laneBehind.get(identity(key))
      return index === undefined ? byHash(key, partitionCount(count)) : [count + index]
    },
  }
}

const identity = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
