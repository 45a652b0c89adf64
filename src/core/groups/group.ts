/**
 * What an assignor is given and what it gives back. All values are read-only: an assignor makes new maps and may share
 * unchanged arrays with its input.
 */

/** Partitions of topics by topic name; indices ascending, without duplicates. */
export type Ownership = ReadonlyMap<string, Int32Array>

/** What each member of the group owns. Every member has an entry; an idle one an empty map. */
export type Assignment = ReadonlyMap<string, Ownership>

/** A member as it joins a rebalance. */
export interface GroupMember {
  readonly id: string
  /** Subscribed topics without duplicates; may name topics that do not exist. */
  readonly topics: readonly string[]
  /** `group.instance.id` of a static member. */
  readonly instanceId: string | null
  /** `client.rack`. */
  readonly rack: string | null
  /** What it held before: claims of a client, or the target that the server keeps for it. Null: it is new. */
  readonly owned: Ownership | null
  /** Generation in which it came by that; higher is newer. -1 with `owned: null`. */
  readonly generation: number
}

/** A topic that exists. */
export interface GroupTopic {
  readonly name: string
  readonly partitions: number
  /** 32 hex digits; null where nobody knows it. Decides in which order the server's uniform assignor goes. */
  readonly id: string | null
  /** Racks of the replicas of each partition; null: brokers have no racks. */
  readonly racks: readonly (readonly string[])[] | null
}

export const noOwnership: Ownership = new Map()

/** How many partitions an ownership holds. */
export const ownershipSize = (ownership: Ownership): number => {
  let size = 0
  for (const partitions of ownership.values()) size += partitions.length
  return size
}

/**
 * How a plan of assignment is collected: one list of partitions per member and topic, in any order. `done` sorts them
 * and drops empty lists.
 */
export interface AssignmentDraft {
  readonly give: (memberId: string, topic: string, partition: number) => void
  readonly done: () => Assignment
}

export const draftAssignment = (members: readonly GroupMember[]): AssignmentDraft => {
  const lists = new Map<string, Map<string, number[]>>(members.map(({ id }) => [id, new Map()]))
  return {
    give: (memberId, topic, partition) => {
      const topics = lists.get(memberId) as Map<string, number[]>
      const list = topics.get(topic)
      if (list === undefined) topics.set(topic, [partition])
      else list.push(partition)
    },
    done: () =>
      new Map(
        [...lists].map(([memberId, topics]) => [
          memberId,
          new Map([...topics].map(([topic, list]) => [topic, Int32Array.from(list).sort()])),
        ]),
      ),
  }
}

/**
 * Static members first, by instance id, then the others by member id: the order of both range assignors and of
 * round-robin. It lets a restarted static member, which has a new member id, take its old place.
 */
export const inInstanceOrder = (members: readonly GroupMember[]): readonly GroupMember[] =>
  members.toSorted((a, b) => {
    if (a.instanceId !== null && b.instanceId !== null) return compareText(a.instanceId, b.instanceId)
    if (a.instanceId !== null) return -1
    if (b.instanceId !== null) return 1
    return compareText(a.id, b.id)
  })

/** By UTF-16 code units, as Java's `String.compareTo`. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Topics with partitions that somebody subscribes to, by name. */
export const subscribedTopics = (
  members: readonly GroupMember[],
  topics: readonly GroupTopic[],
): readonly GroupTopic[] => {
  const names = new Set<string>()
  for (const subscription of new Set(members.map(member => member.topics)))
    for (const name of subscription) names.add(name)
  return topics
    .filter(topic => topic.partitions > 0 && names.has(topic.name))
    .toSorted((a, b) => compareText(a.name, b.name))
}

/** Whether all members name the same topics. Cheap where they share one list. */
export const equalSubscriptions = (members: readonly GroupMember[]): boolean => {
  const first = members[0]?.topics ?? []
  const names = new Set(first)
  return members.every(
    ({ topics }) =>
      topics === first || (topics.length === names.size && topics.every(each => names.has(each))),
  )
}
