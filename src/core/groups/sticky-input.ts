import { compareText, type GroupMember, type GroupTopic, type Ownership, subscribedTopics } from './group.ts'
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
  /** What each member says it owns, ascending; several may say so of one partition. */
  readonly claims: readonly Int32Array[]
  /** Partitions each member may start from, ascending; no partition twice. Shared with `claims` where all is believed. */
  readonly kept: readonly Int32Array[]
  /** The same by partition: the member; -1: nobody. */
  readonly keptBy: Int32Array
  /** Whether each member's map names just what it may start from, and so may be handed back as it is. */
  readonly isWhole: readonly boolean[]
  /** Claimed by several members of one generation: Kafka believes neither. */
  readonly contested: ReadonlySet<number>
  /** Who had a partition in a generation before the newest, by partition. */
  readonly formerly: ReadonlyMap<number, number>
  readonly racks: StickyRacks
}

export interface StickyRacks {
  /** Some member has a rack. */
  readonly present: boolean
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
  const row = topicRow(topics, firstOf)
  const room = new Int32Array(partitionCount)
  const claimed = members.map(({ owned }) => claimsOf(owned, row, room))
  const claims = claimed.map(each => each.claimed)
  const settled = settleClaims(members, claims, partitionCount)
  return {
    members,
    placeById,
    topics,
    partitionCount,
    firstOf,
    topicOf,
    equal: subscriptionsLookEqual(members),
    claims,
    ...settled,
    isWhole: claimed.map(
      (each, member) => each.isWhole && settled.kept[member]?.length === each.claimed.length,
    ),
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
  let known: readonly string[] = []
  for (const { topics } of members) {
    // members that share one list need no comparing
    if (topics === known) continue
    known = topics
    if (pattern.size === 0) pattern = new Set(topics)
    else if (topics.length !== pattern.size || !topics.every(topic => pattern.has(topic))) return false
  }
  return true
}

/** Topics as columns, because every member's claims are looked up in them. */
interface TopicRow {
  readonly names: readonly string[]
  readonly placeOf: ReadonlyMap<string, number>
  /** Number of the first partition of each topic, and of the one after its last. */
  readonly first: Int32Array
  readonly end: Int32Array
}

const topicRow = (topics: readonly GroupTopic[], firstOf: readonly number[]): TopicRow => {
  const names = topics.map(({ name }) => name)
  return {
    names,
    placeOf: new Map(names.map((name, place) => [name, place])),
    first: Int32Array.from(firstOf),
    end: Int32Array.from(topics, ({ partitions }, place) => (firstOf[place] as number) + partitions),
  }
}

/** A member's owned partitions as numbers; what no longer exists is left out. */
const claimsOf = (owned: Ownership | null, row: TopicRow, room: Int32Array): Claims => {
  if (owned === null) return { claimed: NOTHING, isWhole: false }
  const { names, placeOf, first, end } = row
  let size = 0
  let isAscending = true
  let isWhole = true
  // whom partitions were dealt to in turn has each topic, or each second or third: the next one is mostly as far off as
  // the last one was, and to see that it is takes less than to look its name up
  let place = -1
  let step = 1
  for (const [name, list] of owned) {
    const next = names[place + step] === name ? place + step : placeOf.get(name)
    if (next === undefined || list.length === 0) {
      isWhole = false
      continue
    }
    step = next - place
    place = next
    const from = first[place] as number
    const to = end[place] as number
    if (size > 0 && (room[size - 1] as number) > from) isAscending = false
    for (let at = 0; at < list.length; at++) {
      const partition = from + (list[at] as number)
      if (partition < to) room[size++] = partition
      else isWhole = false
    }
  }
  const claimed = room.slice(0, size)
  return { claimed: isAscending ? claimed : claimed.sort(), isWhole }
}

interface Claims {
  readonly claimed: Int32Array
  /** The map named nothing but what exists. */
  readonly isWhole: boolean
}

const NOTHING = new Int32Array(0)

/**
 * Two members may claim the same partition: one of them was away while it was given to the other. The newer generation
 * is believed; of two claims of one generation neither is.
 */
const settleClaims = (
  members: readonly GroupMember[],
  claims: readonly Int32Array[],
  partitionCount: number,
): Pick<StickyInput, 'kept' | 'keptBy' | 'contested'> => {
  const contested = new Set<number>()
  const claimant = new Int32Array(partitionCount).fill(-1)
  /** 1: the claimant is not believed, another one of its generation claims the same. */
  const inDoubt = new Uint8Array(partitionCount)
  let conflicts = 0
  members.forEach(({ generation }, member) => {
    const claimed = claims[member] as Int32Array
    for (let at = 0; at < claimed.length; at++) {
      const partition = claimed[at] as number
      const other = claimant[partition] as number
      if (other >= 0) {
        conflicts++
        const otherGeneration = (members[other] as GroupMember).generation
        if (generation < otherGeneration) continue
        const isTie = generation === otherGeneration
        if (isTie) contested.add(partition)
        inDoubt[partition] = isTie ? 1 : 0
      }
      claimant[partition] = member
    }
  })
  // nearly every group agrees, and then a million partitions need not be gone through again
  if (conflicts === 0) return { kept: claims, keptBy: claimant, contested }
  const keptBy = claimant.map((member, partition) => (inDoubt[partition] === 0 ? member : -1))
  return {
    kept: claims.map((claimed, member) => claimed.filter(partition => keptBy[partition] === member)),
    keptBy,
    contested,
  }
}

const formerOwners = (
  members: readonly GroupMember[],
  claims: readonly Int32Array[],
): ReadonlyMap<number, number> => {
  const newest = members.reduce((most, { generation }) => Math.max(most, generation), -1)
  const formerly = new Map<number, number>()
  members.forEach(({ generation }, member) => {
    if (generation === newest) return
    for (const partition of claims[member] as Int32Array) {
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
    return { present: false, decide: false, isFar: () => false, isNear: () => false, membersNear: () => 0 }
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
    present: true,
    decide,
    isFar: (member, partition) => relation(member, partition) === 'far',
    isNear: (member, partition) => relation(member, partition) === 'near',
    membersNear: partition =>
      [...(racks[partition] ?? [])].reduce((sum, rack) => sum + (membersIn.get(rack)?.length ?? 0), 0),
  }
}
