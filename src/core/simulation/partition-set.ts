/** Sets of partitions by topic id, as the group coordinator handles them. Values are never changed in place. */
export type PartitionSet = ReadonlyMap<string, ReadonlySet<number>>

/** A set as it travels in a heartbeat. */
export interface WirePartitions {
  /** 32 hex digits. */
  readonly topicId: string
  readonly partitions: readonly number[]
}

export const noPartitions: PartitionSet = new Map()

export const fromWire = (lists: readonly WirePartitions[]): PartitionSet => {
  const set = new Map<string, Set<number>>()
  for (const { topicId, partitions } of lists) {
    const members = set.get(topicId) ?? new Set()
    for (const partition of partitions) members.add(partition)
    if (members.size > 0) set.set(topicId, members)
  }
  return set
}

export const toWire = (set: PartitionSet): WirePartitions[] =>
  [...set].map(([topicId, members]) => ({ topicId, partitions: [...members].sort((a, b) => a - b) }))

export const sizeOf = (set: PartitionSet): number => {
  let size = 0
  for (const members of set.values()) size += members.size
  return size
}

export const contains = (set: PartitionSet, topicId: string, partition: number): boolean =>
  set.get(topicId)?.has(partition) === true

export const partitionKey = (topicId: string, partition: number): string => `${topicId}:${partition}`

export const keysOf = (set: PartitionSet): string[] =>
  [...set].flatMap(([topicId, members]) => [...members].map(partition => partitionKey(topicId, partition)))

/** The members of `set` that `keep` accepts. */
export const filtered = (
  set: PartitionSet,
  keep: (topicId: string, partition: number) => boolean,
): PartitionSet => {
  const result = new Map<string, Set<number>>()
  for (const [topicId, members] of set) {
    const kept = new Set([...members].filter(partition => keep(topicId, partition)))
    if (kept.size > 0) result.set(topicId, kept)
  }
  return result
}

export const intersection = (left: PartitionSet, right: PartitionSet): PartitionSet =>
  filtered(left, (topicId, partition) => contains(right, topicId, partition))

export const difference = (left: PartitionSet, right: PartitionSet): PartitionSet =>
  filtered(left, (topicId, partition) => !contains(right, topicId, partition))

export const union = (left: PartitionSet, right: PartitionSet): PartitionSet => {
  const result = new Map<string, ReadonlySet<number>>(left)
  for (const [topicId, members] of right) {
    result.set(topicId, new Set([...(result.get(topicId) ?? []), ...members]))
  }
  return result
}

export const isSubset = (part: PartitionSet, whole: PartitionSet): boolean =>
  sizeOf(difference(part, whole)) === 0
