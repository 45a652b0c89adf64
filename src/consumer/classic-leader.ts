import {
  assignPartitions,
  decodeSubscription,
  encodeAssignment,
  type GroupTopic,
} from '../core/groups/index.ts'
import type { JoinGroupAnswer, SyncGroupRequest } from '../ports/classic-group.ts'
import type { ClassicAssignor } from './group-options.ts'

/** Every topic that some member subscribes to: the leader assigns for all, also what it does not read itself. */
export const topicsOf = ({ members }: JoinGroupAnswer): readonly string[] => [
  ...new Set(members.flatMap(({ metadata }) => decodeSubscription(metadata).topics)),
]

/**
 * The leader's part: who gets which partition, by the assignor that the group agreed on, as Java's leader would have it.
 * Racks are left out: who leads does not know where the replicas are.
 */
export const assignAsLeader = (
  { members, protocol }: JoinGroupAnswer,
  topics: readonly Pick<GroupTopic, 'name' | 'partitions'>[],
): SyncGroupRequest['assignments'] => {
  const assignment = assignPartitions(
    protocol as ClassicAssignor,
    members.map(({ memberId, instanceId, metadata }) => {
      const { topics: subscribed, owned, generation } = decodeSubscription(metadata)
      return { id: memberId, instanceId, topics: subscribed, owned, generation, rack: null }
    }),
    topics.map(({ name, partitions }) => ({ name, partitions, id: null, racks: null })),
  )
  return [...assignment].map(([memberId, owned]) => ({ memberId, assignment: encodeAssignment(owned) }))
}
