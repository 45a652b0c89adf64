import type { GroupMember, GroupTopic, Ownership } from './group.ts'

/**
 * What of its owned partitions a member may keep: of topics that it subscribes to, and that exist. Arrays are shared
 * with the input where nothing has to go.
 */
export const subscribedOwnership = (member: GroupMember, topics: readonly GroupTopic[]): Ownership => {
  const { owned } = member
  if (owned === null || owned.size === 0) return new Map()
  const result = new Map<string, Int32Array>()
  for (const { name, partitions } of topics) {
    const list = owned.get(name)
    if (list === undefined || list.length === 0 || !member.topics.includes(name)) continue
    const allExist = (list.at(-1) as number) < partitions
    const existing = allExist ? list : list.filter(partition => partition < partitions)
    if (existing.length > 0) result.set(name, existing)
  }
  return result
}

/** Both ownerships as one; they have no partition in common. */
export const mergeOwnerships = (left: Ownership, right: Ownership): Ownership => {
  const merged = new Map(left)
  for (const [topic, added] of right) {
    const before = merged.get(topic)
    if (before === undefined) merged.set(topic, added)
    else {
      const both = new Int32Array(before.length + added.length)
      both.set(before)
      both.set(added, before.length)
      merged.set(topic, both.sort())
    }
  }
  return merged
}
