import type { GroupMember, GroupTopic } from './group.ts'

/**
 * When the client's assignors look at racks at all: some member has a rack, some replica has a rack that a member has
 * too, and not every partition has replicas in all racks. Otherwise racks can decide nothing.
 */
export const racksDecide = (
  memberRacks: ReadonlySet<string>,
  partitionRacks: readonly (readonly string[])[],
): boolean => {
  const replicaRacks = new Set(partitionRacks.flat())
  if (![...memberRacks].some(rack => replicaRacks.has(rack))) return false
  return partitionRacks.some(racks => new Set(racks).size < replicaRacks.size)
}

/** Java treats an empty `client.rack` as none. */
export const rackOf = (member: GroupMember): string | null => (member.rack === '' ? null : member.rack)

export const racksOfMembers = (members: readonly GroupMember[]): ReadonlySet<string> =>
  new Set(members.map(rackOf).filter(rack => rack !== null))

/** Racks of every partition of a topic; empty lists where brokers have none. */
export const racksOfPartitions = (topic: GroupTopic): readonly (readonly string[])[] =>
  Array.from({ length: topic.partitions }, (_, partition) => topic.racks?.[partition] ?? [])
