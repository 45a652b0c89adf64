/**
 * Which member should own which partition: Kafka's two server-side assignors, as the simulated coordinator calls them.
 * They are those of `core/groups`; here the coordinator's sets, which know topics by id only, become their input.
 *
 * What it does not do: static members' instance ids, by which `range` would sort before member ids.
 */
import { type AssignorName as GroupAssignor, assignPartitions } from '../groups/index.ts'
import type { PartitionSet } from './partition-set.ts'

export interface Subscriber {
  readonly memberId: string
  readonly topicIds: ReadonlySet<string>
  /** What the last target gave it. */
  readonly current: PartitionSet
}

export type AssignorName = 'uniform' | 'range'

const groupAssignors: Readonly<Record<AssignorName, GroupAssignor>> = {
  uniform: 'serverUniform',
  range: 'serverRange',
}

/** Target of every subscriber. `counts`: partitions of each topic by id. */
export const assign = (
  assignor: AssignorName,
  subscribers: readonly Subscriber[],
  counts: ReadonlyMap<string, number>,
): Map<string, PartitionSet> => {
  const members = subscribers.map(({ memberId, topicIds, current }) => ({
    id: memberId,
    topics: [...topicIds],
    instanceId: null,
    rack: null,
    owned: new Map(
      [...current].map(([topicId, partitions]) => [topicId, Int32Array.from(partitions).sort()] as const),
    ),
    generation: 0,
  }))
  const topics = [...counts].map(([topicId, partitions]) => ({
    name: topicId,
    partitions,
    id: /^[0-9a-f]{32}$/.test(topicId) ? topicId : null,
    racks: null,
  }))
  const assignment = assignPartitions(groupAssignors[assignor], members, topics)
  return new Map(
    [...assignment].map(([memberId, ownership]) => [
      memberId,
      new Map([...ownership].map(([topicId, partitions]) => [topicId, new Set(partitions)])),
    ]),
  )
}
