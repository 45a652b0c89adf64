import { type GroupTopic, noOwnership, type Ownership } from './group.ts'

/**
 * What of its owned partitions a member may keep: of topics that it subscribes to, and that exist. Arrays, and the map
 * itself, are shared with the input where nothing has to go.
 * @param subscribed the existing topics that the member subscribes to, by name.
 */
export const subscribedOwnership = (
  owned: Ownership | null,
  subscribed: ReadonlyMap<string, GroupTopic>,
): Ownership => {
  if (owned === null) return noOwnership
  if ([...owned].every(([name, list]) => isWhollyIn(list, subscribed.get(name)))) return owned
  const result = new Map<string, Int32Array>()
  for (const [name, list] of owned) {
    const count = subscribed.get(name)?.partitions ?? 0
    const existing = list.filter(partition => partition < count)
    if (existing.length > 0) result.set(name, existing)
  }
  return result
}

const isWhollyIn = (list: Int32Array, topic: GroupTopic | undefined): boolean =>
  topic !== undefined && list.length > 0 && (list.at(-1) as number) < topic.partitions

/** Entry by entry, which takes two thirds of the time that the constructor takes to copy a map. */
const copyOf = (owned: Ownership): Map<string, Int32Array> => {
  const copy = new Map<string, Int32Array>()
  for (const [topic, list] of owned) copy.set(topic, list)
  return copy
}

/** Both ownerships as one; they have no partition in common. */
export const mergeOwnerships = (left: Ownership, right: Ownership): Ownership => {
  const merged = copyOf(left)
  for (const [topic, added] of right) {
    const before = merged.get(topic)
    merged.set(topic, before === undefined ? added : mergeAscending(before, added))
  }
  return merged
}

const mergeAscending = (left: Int32Array, right: Int32Array): Int32Array => {
  const merged = new Int32Array(left.length + right.length)
  let fromLeft = 0
  for (let fromRight = 0; fromRight < right.length; fromRight++) {
    const next = right[fromRight] as number
    while (fromLeft < left.length && (left[fromLeft] as number) < next)
      merged[fromLeft + fromRight] = left[fromLeft++] as number
    merged[fromLeft + fromRight] = next
  }
  merged.set(left.subarray(fromLeft), fromLeft + right.length)
  return merged
}

/** What is left of `owned` without `lost`, which is part of it. */
export const withoutThese = (owned: Ownership, lost: Ownership): Ownership => {
  const left = copyOf(owned)
  for (const [topic, gone] of lost) {
    const rest = withoutAscending(owned.get(topic) as Int32Array, gone)
    if (rest.length === 0) left.delete(topic)
    else left.set(topic, rest)
  }
  return left
}

const withoutAscending = (list: Int32Array, gone: Int32Array): Int32Array => {
  let next = 0
  return list.filter(partition => {
    const isGone = partition === gone[next]
    if (isGone) next++
    return !isGone
  })
}
