import type { GroupMember, GroupObservation, Observation } from '../model/index.ts'
import { movedByTopic } from './owners.ts'

/**
 * What happened to the members of a group while it was watched. One look shows who is there; only the past shows that
 * a member comes and goes, that two processes throw each other out, that the group never comes to rest.
 *
 * Seen from outside, a member that leaves and one that is evicted look the same, and one that comes and goes between two
 * looks is not seen at all: counts here are "at least".
 */
export interface GroupTurnover {
  readonly watchedSinceMs: number
  readonly seenMs: number
  /** It was missing from a look at which every coordinator answered. */
  readonly gone: boolean
  readonly observed: GroupObservation
  /** The last that was named: while a classic group rebalances it names none. */
  readonly assignor: string | null
  /** Since when Kafka's word for the group's state is what it is. */
  readonly stateSinceMs: number
  /** When each member that is there was first seen. */
  readonly memberSinceMs: ReadonlyMap<string, number>
  /** When a partition last got another owner. */
  readonly movedMs: number
  /** Oldest first. */
  readonly changes: readonly MembershipChange[]
}

/** Between two looks: who came, who went, how many partitions got another owner. */
export interface MembershipChange {
  /** Monotonic, of the later look. */
  readonly atMs: number
  readonly joined: readonly GroupMember[]
  readonly left: readonly GroupMember[]
  readonly moved: number
  /** Set where the group's assignor is another than before. */
  readonly assignor: { readonly from: string; readonly to: string } | null
}

const HISTORY_MS = 3_600_000
/** A group belongs to the broker that leads the partition of this topic which its name hashes to. */
const OFFSETS_TOPIC = '__consumer_offsets'
/** A group that changes with every look for an hour needs no longer list to be known as restless. */
const CHANGES_MAX = 500

/** By group id. A group that is not seen is remembered for an hour: its coordinator may just have moved. */
export const advanceTurnover = (
  before: ReadonlyMap<string, GroupTurnover>,
  observation: Observation,
): ReadonlyMap<string, GroupTurnover> => {
  const { groups, monotonicMs: nowMs } = observation
  if (groups === null) return before
  const next = new Map<string, GroupTurnover>()
  const allTold = areAllTold(observation)
  for (const [groupId, known] of before)
    if (nowMs - known.seenMs <= HISTORY_MS) next.set(groupId, allTold ? { ...known, gone: true } : known)
  for (const group of groups) {
    const known = next.get(group.groupId)
    next.set(group.groupId, known === undefined ? newTurnover(group, nowMs) : seenAgain(known, group, nowMs))
  }
  return next
}

/** Whether a group that is missing is gone: everybody answered, and each part of the offsets topic has a broker that leads it. */
const areAllTold = ({ groupsUntold, snapshot }: Observation): boolean => {
  const alive = new Set(snapshot.brokers.flatMap(({ id, alive: answers }) => (answers ? [id] : [])))
  const parts = snapshot.topics.get(OFFSETS_TOPIC)?.partitions ?? []
  return groupsUntold.length === 0 && parts.every(({ leader }) => leader !== null && alive.has(leader))
}

export const newTurnover = (observed: GroupObservation, nowMs: number): GroupTurnover => ({
  watchedSinceMs: nowMs,
  seenMs: nowMs,
  gone: false,
  observed,
  assignor: observed.assignor,
  stateSinceMs: nowMs,
  memberSinceMs: new Map(observed.members.map(member => [member.memberId, nowMs])),
  movedMs: nowMs,
  changes: [],
})

const seenAgain = (before: GroupTurnover, observed: GroupObservation, nowMs: number): GroupTurnover => {
  const change = changeBetween(before, observed, nowMs)
  const changes = change === null ? before.changes : [...before.changes, change]
  return {
    watchedSinceMs: before.watchedSinceMs,
    seenMs: nowMs,
    gone: false,
    observed,
    assignor: observed.assignor ?? before.assignor,
    stateSinceMs: observed.state === before.observed.state ? before.stateSinceMs : nowMs,
    memberSinceMs: new Map(
      observed.members.map(({ memberId }) => [memberId, before.memberSinceMs.get(memberId) ?? nowMs]),
    ),
    movedMs: change !== null && change.moved > 0 ? nowMs : before.movedMs,
    changes: changes.filter(each => nowMs - each.atMs <= HISTORY_MS).slice(-CHANGES_MAX),
  }
}

/** Null: the same members with the same partitions. */
const changeBetween = (
  { observed: before, assignor: from }: GroupTurnover,
  after: GroupObservation,
  atMs: number,
): MembershipChange | null => {
  const then = new Set(before.members.map(member => member.memberId))
  const now = new Set(after.members.map(member => member.memberId))
  const joined = after.members.filter(member => !then.has(member.memberId))
  const left = before.members.filter(member => !now.has(member.memberId))
  let moved = 0
  for (const count of movedByTopic(before, after).values()) moved += count
  const to = after.assignor
  const assignor = from !== null && to !== null && from !== to ? { from, to } : null
  return joined.length + left.length + moved === 0 && assignor === null
    ? null
    : { atMs, joined, left, moved, assignor }
}
