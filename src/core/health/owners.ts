import type { GroupMember, GroupObservation } from '../model/index.ts'

/** By partition of a topic: index into the members of who has it; -1: nobody. */
export const ownersOf = (members: readonly GroupMember[], topic: string, count: number): Int32Array => {
  const owner = new Int32Array(count).fill(-1)
  members.forEach((member, index) => {
    for (const partition of member.assigned.get(topic) ?? []) if (partition < count) owner[partition] = index
  })
  return owner
}

/** Partitions by topic whose owner is another than before; topics where nothing moved are left out. */
export const movedByTopic = (
  before: GroupObservation,
  after: GroupObservation,
): ReadonlyMap<string, number> => {
  // at rest, which is nearly always, nobody needs to know whose each partition is
  if (holdTheSame(before, after)) return new Map()
  const then = ownersByTopic(before)
  const now = ownersByTopic(after)
  const moved = new Map<string, number>()
  for (const topic of new Set([...then.keys(), ...now.keys()])) {
    const count = movedBetween(then.get(topic) ?? [], now.get(topic) ?? [])
    if (count > 0) moved.set(topic, count)
  }
  return moved
}

/** The same members, in the same order, with the same lists. */
const holdTheSame = (before: GroupObservation, after: GroupObservation): boolean =>
  before.members.length === after.members.length &&
  before.members.every(({ memberId, assigned }, at) => {
    const now = after.members[at]
    return (
      now?.memberId === memberId &&
      now.assigned.size === assigned.size &&
      [...assigned].every(([topic, partitions]) => areEqual(partitions, now.assigned.get(topic)))
    )
  })

const areEqual = (before: readonly number[], now: readonly number[] | undefined): boolean => {
  if (before === now) return true
  if (before.length !== now?.length) return false
  for (let at = 0; at < before.length; at++) if (before[at] !== now[at]) return false
  return true
}

const ownersByTopic = (group: GroupObservation): ReadonlyMap<string, readonly (string | undefined)[]> => {
  const byTopic = new Map<string, (string | undefined)[]>()
  for (const member of group.members) {
    for (const [topic, partitions] of member.assigned) {
      const column = byTopic.get(topic) ?? []
      for (const partition of partitions) column[partition] = member.memberId
      byTopic.set(topic, column)
    }
  }
  return byTopic
}

const movedBetween = (
  before: readonly (string | undefined)[],
  now: readonly (string | undefined)[],
): number => {
  let moved = 0
  for (let p = 0; p < Math.max(before.length, now.length); p++) if (before[p] !== now[p]) moved++
  return moved
}
