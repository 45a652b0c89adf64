import type { GroupObservation } from '../model/index.ts'

/** Partitions by topic whose owner is another than before; topics where nothing moved are left out. */
export const movedByTopic = (
  before: GroupObservation,
  after: GroupObservation,
): ReadonlyMap<string, number> => {
  const then = ownersByTopic(before)
  const now = ownersByTopic(after)
  const moved = new Map<string, number>()
  for (const topic of new Set([...then.keys(), ...now.keys()])) {
    const count = movedBetween(then.get(topic) ?? [], now.get(topic) ?? [])
    if (count > 0) moved.set(topic, count)
  }
  return moved
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
