import { compareText, type GroupMember, type GroupTopic, subscribedTopics } from './group.ts'
import { rackOf, racksDecide, racksOfMembers, racksOfPartitions } from './racks.ts'
import { hashOfText, inTableOrder } from './table-order.ts'

/**
 * What both sticky builders work on: members and partitions as numbers, claims settled.
 *
 * Members are numbered in the order of Kafka's hash map, because that order decides who may keep the larger share.
 * Partitions are numbered through all topics, topics by name.
 */
export interface StickyInput {
  readonly members: readonly GroupMember[]
  /** Place of each member when member ids are sorted. */
  readonly placeById: readonly number[]
  readonly topics: readonly GroupTopic[]
  readonly partitionCount: number
  /** Number of the first partition of each topic. */
  readonly firstOf: readonly number[]
  /** Topic of each partition. */
  readonly topicOf: Int32Array
  /** Whether all members subscribe to the same. */
  readonly equal: boolean
  /** What each member says it owns; several may say so of one partition. */
  readonly claims: readonly (readonly number[])[]
  /** Partitions each member may start from; no partition twice. */
  readonly kept: readonly (readonly number[])[]
  /** Claimed by several members of one generation: Kafka believes neither. */
  readonly contested: ReadonlySet<number>
  /** Who had a partition in a generation before the newest, by partition. */
  readonly formerly: ReadonlyMap<number, number>
  readonly racks: StickyRacks
}

export interface StickyRacks {
  /** False: racks decide nothing, `isFar` is always false. */
  readonly decide: boolean
  /** The member has a rack and no replica of the partition is in it. */
  readonly isFar: (member: number, partition: number) => boolean
  /** The member has a rack and a replica of the partition is in it. */
  readonly isNear: (member: number, partition: number) => boolean
  /** How many members are in the racks of the partition's replicas: the fewer, the earlier it should be placed. */
  readonly membersNear: (partition: number) => number
}

export const prepareSticky = (
  groupMembers: readonly GroupMember[],
  groupTopics: readonly GroupTopic[],
): StickyInput => {
  const members = inTableOrder(groupMembers, member => hashOfText(member.id))
  const topics = subscribedTopics(members, groupTopics)
  const firstOf: number[] = []
  let partitionCount = 0
  for (const { partitions } of topics) {
    firstOf.push(partitionCount)
    partitionCount += partitions
  }
  const topicOf = new Int32Array(partitionCount)
  topics.forEach((topic, index) => {
    const first = firstOf[index] as number
    topicOf.fill(index, first, first + topic.partitions)
  })
  const byId = members.map((_, index) => index)
  byId.sort((a, b) => compareText((members[a] as GroupMember).id, (members[b] as GroupMember).id))
  const placeById = members.map(() => 0)
  byId.forEach((member, place) => {
    placeById[member] = place
  })
  const claims = members.map(member => claimsOf(member, topics, firstOf))
  return {
    members,
    placeById,
    topics,
    partitionCount,
    firstOf,
    topicOf,
    equal: subscriptionsLookEqual(members),
    claims,
    ...settleClaims(members, claims, partitionCount),
    formerly: formerOwners(members, claims),
    racks: stickyRacks(members, topics),
  }
}

/**
 * Kafka's own notion, quirk included: the first member with topics sets the pattern, and members without topics that
 * come before it in the hash map are not compared. Such a member may then be given partitions that it never asked for;
 * its client refuses them.
 */
const subscriptionsLookEqual = (members: readonly GroupMember[]): boolean => {
  let pattern: ReadonlySet<string> = new Set()
  for (const { topics } of members) {
    if (pattern.size === 0) pattern = new Set(topics)
    else if (topics.length !== pattern.size || !topics.every(topic => pattern.has(topic))) return false
  }
  return true
}

/** A member's owned partitions as numbers; what no longer exists is left out. */
const claimsOf = (
  member: GroupMember,
  topics: readonly GroupTopic[],
  firstOf: readonly number[],
): readonly number[] => {
  const claims: number[] = []
  topics.forEach(({ name, partitions }, index) => {
    for (const partition of member.owned?.get(name) ?? [])
      if (partition < partitions) claims.push((firstOf[index] as number) + partition)
  })
  return claims
}

/**
 * Two members may claim the same partition: one of them was away while it was given to the other. The newer generation
 * is believed; of two claims of one generation neither is.
 */
const settleClaims = (
  members: readonly GroupMember[],
  claims: readonly (readonly number[])[],
  partitionCount: number,
): Pick<StickyInput, 'kept' | 'contested'> => {
  const kept: Set<number>[] = members.map(() => new Set())
  const contested = new Set<number>()
  const claimant = new Int32Array(partitionCount).fill(-1)
  members.forEach(({ generation }, member) => {
    for (const partition of claims[member] as readonly number[]) {
      const other = claimant[partition] as number
      const otherGeneration =
        other < 0 ? Number.NEGATIVE_INFINITY : (members[other] as GroupMember).generation
      if (generation < otherGeneration) continue
      if (other >= 0) kept[other]?.delete(partition)
      if (generation > otherGeneration) kept[member]?.add(partition)
      else contested.add(partition)
      claimant[partition] = member
    }
  })
  return { kept: kept.map(set => [...set]), contested }
}

const formerOwners = (
  members: readonly GroupMember[],
  claims: readonly (readonly number[])[],
): ReadonlyMap<number, number> => {
  const newest = members.reduce((most, { generation }) => Math.max(most, generation), -1)
  const formerly = new Map<number, number>()
  members.forEach(({ generation }, member) => {
    if (generation === newest) return
    for (const partition of claims[member] as readonly number[]) {
      const known = formerly.get(partition)
      if (known === undefined || generation > (members[known] as GroupMember).generation)
        formerly.set(partition, member)
    }
  })
  return formerly
}

const stickyRacks = (members: readonly GroupMember[], topics: readonly GroupTopic[]): StickyRacks => {
  const memberRacks = racksOfMembers(members)
  if (memberRacks.size === 0)
    return { decide: false, isFar: () => false, isNear: () => false, membersNear: () => 0 }
  const racks = topics.flatMap(racksOfPartitions).map(each => new Set(each))
  const decide = racksDecide(
    memberRacks,
    racks.map(each => [...each]),
  )
  const membersIn = Map.groupBy(members, rackOf)
  const relation = (member: number, partition: number): 'near' | 'far' | 'none' => {
    const rack = rackOf(members[member] as GroupMember)
    if (!decide || rack === null) return 'none'
    return racks[partition]?.has(rack) === true ? 'near' : 'far'
  }
  return {
    decide,
    isFar: (member, partition) => relation(member, partition) === 'far',
    isNear: (member, partition) => relation(member, partition) === 'near',
    membersNear: partition =>
      [...(racks[partition] ?? [])].reduce((sum, rack) => sum + (membersIn.get(rack)?.length ?? 0), 0),
  }
}
