/**
 * The group coordinator: membership by heartbeats (KIP-848), the target of every member, committed offsets.
 *
 * How a group moves: whoever joins, leaves, is thrown out or subscribes otherwise raises the group epoch; the next
 * heartbeat of anyone makes a target for that epoch; each member then walks to it in its own heartbeats
 * (group-member.ts). Epochs are how an old owner is known: offsets are read under the member's current epoch only, and
 * committed under an older one only for partitions that the member has held since then.
 * Source: org.apache.kafka.coordinator.group.GroupMetadataManager, OffsetMetadataManager; codes as seen on a broker
 * by the contract suite.
 *
 * Members of the classic protocol are kept in classic-groups.ts, their committed offsets here.
 *
 * What it does not do: conversion between the two protocols, regular-expression subscriptions, expiry of offsets,
 * `group.consumer.max.size`, loss of state when the coordinator dies (in Kafka it is a replicated log; here it is simply
 * kept). A new coordinator starts all sessions anew, as Kafka's does.
 */
import { type ClusterSnapshot, KafkaCode, NO_OFFSET, type Offset } from '../model/index.ts'
import type { Agenda } from './agenda.ts'
import type { ClassicGroups } from './classic-groups.ts'
import { type AssignorName, assign } from './group-assignors.ts'
import {
  type GroupHeartbeat,
  type GroupHeartbeatAnswer,
  JOIN,
  LEAVE_FOR_RESTART,
  type OffsetCommit,
  type OffsetFetch,
  type OffsetFetchAnswer,
  type TransactionalCommit,
  refusal,
  requestProblem,
  unknownMember,
} from './group-messages.ts'
import { freshMember, type GroupMemberState, holds, reconcile } from './group-member.ts'
import { PendingOffsets } from './pending-offsets.ts'
import {
  contains,
  fromWire,
  isSubset,
  noPartitions,
  partitionKey,
  type PartitionSet,
  toWire,
} from './partition-set.ts'

export interface GroupSettings {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
}

/** A group as an observer sees it. */
export interface GroupView {
  readonly groupId: string
  readonly state: 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'
  readonly assignor: AssignorName
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly clientId: string
    readonly subscribed: readonly string[]
    /** By topic id. */
    readonly assigned: PartitionSet
  }[]
  /** By topic name, then partition. */
  readonly committed: ReadonlyMap<string, ReadonlyMap<number, Offset>>
  /** What was committed beside them. */
  readonly texts: ReadonlyMap<string, ReadonlyMap<number, string>>
}

interface Group {
  readonly groupId: string
  epoch: number
  targetEpoch: number
  target: Map<string, PartitionSet>
  /** Which topics, with how many partitions, the epoch was raised for; a change raises it again. */
  topicsSeen: string
  servedBy: number | null
  readonly members: Map<string, GroupMemberState>
  readonly committed: Map<string, Map<number, Offset>>
  /** What was said beside each committed offset. */
  readonly texts: Map<string, Map<number, string>>
}

export class GroupCoordinator {
  readonly #agenda: Agenda
  readonly #settings: GroupSettings
  readonly #snapshot: () => ClusterSnapshot
  /** Which broker serves the group now and whether it is awake; null: none does. */
  readonly #servedBy: (group: string) => number | null
  readonly #classic: ClassicGroups
  readonly #groups = new Map<string, Group>()
  readonly #pending = new PendingOffsets()

  constructor(
    agenda: Agenda,
    settings: GroupSettings,
    snapshot: () => ClusterSnapshot,
    servedBy: (group: string) => number | null,
    classic: ClassicGroups,
  ) {
    this.#agenda = agenda
    this.#settings = settings
    this.#snapshot = snapshot
    this.#servedBy = servedBy
    this.#classic = classic
  }

  heartbeat(request: GroupHeartbeat, clientId: string): GroupHeartbeatAnswer {
    const problem = requestProblem(request)
    if (problem !== null) return problem
    if (request.memberEpoch < JOIN) return this.#leave(request)
    const group =
      this.#groups.get(request.group) ?? (request.memberEpoch === JOIN ? this.#create(request.group) : null)
    if (group === null) return refusal(KafkaCode.GROUP_ID_NOT_FOUND, `Group ${request.group} not found.`)
    const found = this.#memberFor(group, request, clientId)
    if ('code' in found) return found

    this.#takeSubscription(group, found, request)
    this.#renewTarget(group)
    const before = found.state
    reconcile(
      found,
      group.target.get(found.memberId) ?? noPartitions,
      group.targetEpoch,
      request.memberEpoch === JOIN ? noPartitions : fromWire(request.owned),
      (topicId, partition) => isFree(group, found, topicId, partition),
    )
    this.#renewTimers(group, found, before)
    return {
      code: 0,
      message: null,
      memberEpoch: found.epoch,
      intervalMs: this.#settings.heartbeatIntervalMs,
      assignment: toWire(found.assigned),
    }
  }

  /** Codes in the order of `offsets`. */
  commit(request: OffsetCommit): readonly number[] {
    const code = this.#commitRefusal(request)
    if (code !== 0) return request.offsets.map(() => code)
    const group = this.#groups.get(request.group) ?? this.#create(request.group)
    return request.offsets.map(each => {
      if (!this.#exists(each)) return KafkaCode.UNKNOWN_TOPIC_OR_PARTITION
      store(group, each)
      return 0
    })
  }

  /** The same, to count when the transaction commits. `enter` puts the group into it. */
  commitInTransaction(request: TransactionalCommit, enter: () => number): readonly number[] {
    const asMember = this.#commitRefusal(request)
    // old clients know no stale epochs, and Kafka answers all in their words
    const refused = asMember === KafkaCode.STALE_MEMBER_EPOCH ? KafkaCode.ILLEGAL_GENERATION : asMember
    const code = refused === 0 ? enter() : refused
    if (code !== 0) return request.offsets.map(() => code)
    if (!this.#groups.has(request.group)) this.#create(request.group)
    return request.offsets.map(each => {
      if (!this.#exists(each)) return KafkaCode.UNKNOWN_TOPIC_OR_PARTITION
      this.#pending.add(request.group, request.producerId, each)
      return 0
    })
  }

  /** The transaction of `producerId` has ended. */
  endTransaction(groupId: string, producerId: bigint, decision: 'commit' | 'abort'): void {
    const offsets = this.#pending.take(groupId, producerId)
    const group = this.#groups.get(groupId)
    if (group !== undefined && decision === 'commit') for (const each of offsets) store(group, each)
  }

  fetchOffsets(request: OffsetFetch): OffsetFetchAnswer {
    const group = this.#groups.get(request.group)
    // of a classic group anybody may read
    const code = this.#classic.has(request.group) ? 0 : fetchRefusal(group, request)
    if (code !== 0) return { code, offsets: [] }
    return {
      code,
      offsets: request.topics.flatMap(({ topic, partitions }) =>
        partitions.map(partition => {
          const unstable = request.requireStable && this.#pending.has(request.group, topic, partition)
          return {
            topic,
            partition,
            code: unstable ? KafkaCode.UNSTABLE_OFFSET_COMMIT : 0,
            offset: unstable ? NO_OFFSET : (group?.committed.get(topic)?.get(partition) ?? NO_OFFSET),
            metadata: unstable ? '' : (group?.texts.get(topic)?.get(partition) ?? ''),
          }
        }),
      ),
    }
  }

  /** A deleted topic takes its committed offsets with it. */
  forgetTopic(topic: string): void {
    for (const { committed, texts } of this.#groups.values()) {
      committed.delete(topic)
      texts.delete(topic)
    }
  }

  /** All groups, or those named that exist. */
  view(names?: readonly string[]): readonly GroupView[] {
    const wanted = names === undefined ? null : new Set(names)
    return [...this.#groups.values()]
      .filter(group => wanted === null || wanted.has(group.groupId))
      .map(group => ({
        groupId: group.groupId,
        state: stateOf(group),
        assignor: assignorOf(group),
        members: [...group.members.values()].map(member => ({
          memberId: member.memberId,
          instanceId: member.instanceId,
          clientId: member.clientId,
          subscribed: member.topics,
          assigned: member.assigned,
        })),
        committed: group.committed,
        texts: group.texts,
      }))
  }

  #create(groupId: string): Group {
    const group: Group = {
      groupId,
      epoch: 0,
      targetEpoch: 0,
      target: new Map(),
      topicsSeen: '',
      servedBy: this.#servedBy(groupId),
      members: new Map(),
      committed: new Map(),
      texts: new Map(),
    }
    this.#groups.set(groupId, group)
    return group
  }

  #memberFor(
    group: Group,
    request: GroupHeartbeat,
    clientId: string,
  ): GroupMemberState | GroupHeartbeatAnswer {
    if (request.instanceId !== null)
      return this.#staticMemberFor(group, request, request.instanceId, clientId)
    const member = group.members.get(request.memberId)
    if (member === undefined) {
      if (request.memberEpoch !== JOIN) return unknownMember(request.memberId)
      return this.#add(group, freshMember(request.memberId, null, clientId))
    }
    return epochRefusal(member, request) ?? member
  }

  #staticMemberFor(
    group: Group,
    request: GroupHeartbeat,
    instanceId: string,
    clientId: string,
  ): GroupMemberState | GroupHeartbeatAnswer {
    const holder = [...group.members.values()].find(member => member.instanceId === instanceId)
    if (holder === undefined) {
      if (request.memberEpoch !== JOIN)
        return refusal(KafkaCode.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`)
      return this.#add(group, freshMember(request.memberId, instanceId, clientId))
    }
    if (request.memberEpoch === JOIN) {
      if (holder.epoch !== LEAVE_FOR_RESTART)
        return refusal(
          KafkaCode.UNRELEASED_INSTANCE_ID,
          `Static member ${request.memberId} with instance id ${instanceId} cannot join the group because the ` +
            'instance id is owned by another member.',
        )
      return this.#takeOver(group, holder, request.memberId)
    }
    if (holder.memberId !== request.memberId)
      return refusal(KafkaCode.FENCED_INSTANCE_ID, `Instance id ${instanceId} belongs to another member.`)
    return epochRefusal(holder, request) ?? holder
  }

  #add(group: Group, member: GroupMemberState): GroupMemberState {
    group.members.set(member.memberId, member)
    return member
  }

  /** The successor of a static member that left for a restart: its partitions, under a new member id. */
  #takeOver(group: Group, holder: GroupMemberState, memberId: string): GroupMemberState {
    const target = group.target.get(holder.memberId)
    group.members.delete(holder.memberId)
    group.target.delete(holder.memberId)
    holder.memberId = memberId
    holder.epoch = 0
    holder.previousEpoch = 0
    group.members.set(memberId, holder)
    if (target !== undefined) group.target.set(memberId, target)
    return holder
  }

  #leave(request: GroupHeartbeat): GroupHeartbeatAnswer {
    const group = this.#groups.get(request.group)
    if (group === undefined) return refusal(KafkaCode.GROUP_ID_NOT_FOUND, `Group ${request.group} not found.`)
    const member = group.members.get(request.memberId)
    if (member === undefined) return unknownMember(request.memberId)
    if (request.memberEpoch === LEAVE_FOR_RESTART) {
      // its partitions wait for the successor until the session, started anew here, ends
      member.epoch = LEAVE_FOR_RESTART
      this.#startSession(group, member)
      member.rebalance?.cancel()
    } else {
      this.#remove(group, member)
    }
    return { code: 0, message: null, memberEpoch: request.memberEpoch, intervalMs: 0, assignment: null }
  }

  #remove(group: Group, member: GroupMemberState): void {
    member.session?.cancel()
    member.rebalance?.cancel()
    group.members.delete(member.memberId)
    group.target.delete(member.memberId)
    group.epoch++
  }

  #takeSubscription(group: Group, member: GroupMemberState, request: GroupHeartbeat): void {
    const sameTopics =
      member.topics.length === request.topics.length &&
      member.topics.every(topic => request.topics.includes(topic))
    const sameAssignor = member.assignor === request.assignor
    if (request.rebalanceTimeoutMs > 0) member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    if (!sameTopics) member.topics = [...request.topics]
    if (!sameAssignor) member.assignor = request.assignor as AssignorName | null
    const isNew = member.epoch === 0 && !group.target.has(member.memberId)
    const seen = this.#topicsOf(group)
    if (isNew || !sameTopics || !sameAssignor || seen !== group.topicsSeen) group.epoch++
    group.topicsSeen = seen
  }

  #topicsOf(group: Group): string {
    const names = new Set([...group.members.values()].flatMap(member => member.topics))
    return [...names]
      .sort()
      .map(name => {
        const info = this.#snapshot().topics.get(name)
        return info === undefined ? `${name}=none` : `${info.topicId}=${info.partitions.length}`
      })
      .join(' ')
  }

  #renewTarget(group: Group): void {
    if (group.epoch === group.targetEpoch) return
    const { topics } = this.#snapshot()
    const counts = new Map<string, number>()
    const subscribers = [...group.members.values()].map(member => {
      const infos = member.topics.flatMap(name => topics.get(name) ?? [])
      for (const info of infos) counts.set(info.topicId, info.partitions.length)
      return {
        memberId: member.memberId,
        topicIds: new Set(infos.map(info => info.topicId)),
        current: group.target.get(member.memberId) ?? noPartitions,
      }
    })
    group.target = assign(assignorOf(group), subscribers, counts)
    group.targetEpoch = group.epoch
  }

  #renewTimers(group: Group, member: GroupMemberState, before: GroupMemberState['state']): void {
    this.#startSession(group, member)
    if (member.state !== 'unrevoked') {
      member.rebalance?.cancel()
      member.rebalance = null
    } else if (before !== 'unrevoked') {
      member.rebalance = this.#agenda.after(member.rebalanceTimeoutMs, () => this.#remove(group, member))
    }
  }

  #startSession(group: Group, member: GroupMemberState): void {
    member.session?.cancel()
    member.session = this.#agenda.after(this.#settings.sessionTimeoutMs, () => {
      const now = this.#servedBy(group.groupId)
      // a coordinator that is stopped or has just taken over heard no heartbeat: nobody may lose a session for that
      if (now === null || now !== group.servedBy) {
        group.servedBy = now ?? group.servedBy
        this.#startSession(group, member)
      } else {
        this.#remove(group, member)
      }
    })
  }

  #exists({ topic, partition }: { readonly topic: string; readonly partition: number }): boolean {
    return partition < (this.#snapshot().topics.get(topic)?.partitions.length ?? 0)
  }

  #commitRefusal(request: OffsetCommit): number {
    const classic = this.#classic.commitProblem(request.group, request.memberId, request.memberEpoch)
    if (classic !== null) return classic
    const group = this.#groups.get(request.group)
    if (group === undefined) return request.memberEpoch < 0 ? 0 : KafkaCode.GROUP_ID_NOT_FOUND
    // an administrator may set offsets of a group that nobody is in
    if (request.memberEpoch < 0 && group.members.size === 0) return 0
    const member = group.members.get(request.memberId)
    if (member === undefined) return KafkaCode.UNKNOWN_MEMBER_ID
    if (request.memberEpoch === member.epoch) return 0
    // Kafka 4.3 (KIP-1251): a commit that a rebalance overtook still counts, if nobody else held the partitions since
    const heldSinceThen = request.offsets.every(({ topic, partition }) => {
      const topicId = this.#snapshot().topics.get(topic)?.topicId ?? ''
      const since = member.heldSince.get(partitionKey(topicId, partition))
      return since !== undefined && since <= request.memberEpoch
    })
    return request.memberEpoch < member.epoch && heldSinceThen ? 0 : KafkaCode.STALE_MEMBER_EPOCH
  }
}

const store = (
  group: Group,
  { topic, partition, offset, metadata }: OffsetCommit['offsets'][number],
): void => {
  const offsets = group.committed.get(topic) ?? new Map<number, Offset>()
  group.committed.set(topic, offsets.set(partition, offset))
  const texts = group.texts.get(topic) ?? new Map<number, string>()
  group.texts.set(topic, texts.set(partition, metadata ?? ''))
}

/**
 * A member whose last answer was lost comes with its previous epoch; it is let in as long as it claims nothing that
 * is not its own.
 */
const epochRefusal = (member: GroupMemberState, request: GroupHeartbeat): GroupHeartbeatAnswer | null => {
  const received = request.memberEpoch
  const lostAnswer =
    received < member.epoch &&
    received === member.previousEpoch &&
    isSubset(fromWire(request.owned), member.assigned)
  if (received === member.epoch || lostAnswer) return null
  return refusal(
    KafkaCode.FENCED_MEMBER_EPOCH,
    `The consumer group member has epoch ${received} but ${member.epoch} is current; it must rejoin.`,
  )
}

const isFree = (group: Group, asker: GroupMemberState, topicId: string, partition: number): boolean => {
  for (const member of group.members.values()) {
    if (member !== asker && contains(holds(member), topicId, partition)) return false
  }
  return true
}

const stateOf = (group: Group): GroupView['state'] => {
  if (group.members.size === 0) return 'Empty'
  if (group.epoch > group.targetEpoch) return 'Assigning'
  const settled = [...group.members.values()].every(
    member => member.state === 'stable' && member.epoch === group.targetEpoch,
  )
  return settled ? 'Stable' : 'Reconciling'
}

/** The assignor most members ask for; the server's default is `uniform`. */
const assignorOf = (group: Group): AssignorName => {
  let ranges = 0
  let uniforms = 0
  for (const member of group.members.values()) {
    if (member.assignor === 'range') ranges++
    if (member.assignor === 'uniform') uniforms++
  }
  return ranges > uniforms ? 'range' : 'uniform'
}

const fetchRefusal = (group: Group | undefined, request: OffsetFetch): number => {
  // of a group that is not, nothing is committed; Kafka says so even to those who claim to be its members
  if (group === undefined || request.memberEpoch < 0) return 0
  const member = group.members.get(request.memberId)
  if (member === undefined) return KafkaCode.UNKNOWN_MEMBER_ID
  return request.memberEpoch === member.epoch ? 0 : KafkaCode.STALE_MEMBER_EPOCH
}
