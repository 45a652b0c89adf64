import { partitionCount } from '../../model/index.ts'
import type { ConventionName } from '../conventions.ts'
import { lanesByHash, type Strategy } from './strategy.ts'

/**
 * Lanes reserved for a label: a priority, a region. A labelled record is hashed over its label's lanes; any other over
 * the rest, or over all of them.
 *
 * `otherwise` matters and has no default that suits everyone: over `all`, unlabelled traffic also lands on the
 * priority lane and the promise of that lane is gone; over the `rest`, the reserved lanes idle while labels are quiet.
 * Without a key a labelled record takes the label's lanes in turn.
 */
export interface ReservedLanes {
  readonly label: string
  readonly first: number
  readonly last: number
}

export const reservedStrategy = (
  reserved: readonly ReservedLanes[],
  otherwise: 'rest' | 'all',
  convention: ConventionName = 'java',
): Strategy => {
  const byHash = lanesByHash(convention)
  const lanesByLabel = new Map<string, readonly number[]>()
  for (const { label, first, last } of reserved)
    lanesByLabel.set(
      label,
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    )
  const taken = new Set([...lanesByLabel.values()].flat())
  const highest = Math.max(-1, ...taken)
  let rest: readonly number[] = []
  let restOf = -1
  const restLanes = (count: number): readonly number[] => {
    if (restOf !== count) {
      rest = Array.from({ length: count }, (_, lane) => lane).filter(lane => !taken.has(lane))
      restOf = count
    }
    return rest
  }
  return {
    name: 'reserved',
    order: 'per key',
    keeps: 'all records of a key in order, as long as the key keeps its label',
    givesUp: 'evenness between labels: each label has the lanes it was given, whatever its traffic',
    readerMust: 'nothing; a consumer can be given the lanes of one label',
    lanesPerKeyMax: () => 1,
    lanesIn: count => count,
    noteOn: count =>
      `Reserved lanes: ${taken.size} of ${count}; other records are hashed over ${otherwise === 'all' ? `all ${count}, reserved ones too` : `the remaining ${count - taken.size}`}.`,
    misfit: count => {
      if (highest >= count)
        return `lane ${highest} is reserved, and a topic of ${count} has lanes 0 to ${count - 1}`
      if (otherwise === 'rest' && taken.size >= count)
        return `all ${count} lanes are reserved, and none is left for other records`
      return null
    },
    lanesOf: ({ key, label }, count) => {
      const lanes = label === undefined ? undefined : lanesByLabel.get(label)
      const among = lanes ?? (otherwise === 'all' ? null : restLanes(count))
      if (among === null) return byHash(key, count)
      return byHash(key, partitionCount(among.length)).map(index => among[index] as number)
    },
  }
}
