/**
 * Which lanes feed which when a topic goes from N to M partitions, by arithmetic alone.
 *
 * Every convention places a key by a remainder: some number h that the key determines, modulo the count. A key on lane
 * p of N can come to lane c of M when some h has h mod N = p and h mod M = c; by the Chinese remainder theorem such an h
 * exists exactly when p and c agree modulo g = gcd(N, M). So each child has N ÷ g parents and each parent M ÷ g
 * children.
 *
 *  - M a multiple of N (g = N): a **split**. Each child has one parent, lane p becomes p, p + N, p + 2N …; a consumer
 *    that finishes lane p before it starts the children of p keeps the order of every key.
 *  - N a multiple of M: a **merge**, for a new topic (Kafka takes no partitions away).
 *  - otherwise a **shuffle**: each child is fed by several parents, and nothing short of all of them being finished
 *    makes it safe to start one child.
 */
export interface LaneFlow {
  readonly kind: 'same' | 'split' | 'merge' | 'shuffle'
  readonly parentsPerLane: number
  readonly childrenPerLane: number
  /** Lanes of the old topic whose keys can come to lane `child`, ascending. */
  readonly parentsOf: (child: number) => readonly number[]
  /** Lanes of the new topic to which keys of lane `parent` can go, ascending. */
  readonly childrenOf: (parent: number) => readonly number[]
}

export const laneFlow = (from: number, to: number): LaneFlow => {
  const shared = greatestCommonDivisor(from, to)
  const congruent = (lane: number, count: number): readonly number[] =>
    Array.from({ length: count / shared }, (_, index) => (lane % shared) + index * shared)
  return {
    kind: from === to ? 'same' : shared === from ? 'split' : shared === to ? 'merge' : 'shuffle',
    parentsPerLane: from / shared,
    childrenPerLane: to / shared,
    parentsOf: child => congruent(child, from),
    childrenOf: parent => congruent(parent, to),
  }
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b)
