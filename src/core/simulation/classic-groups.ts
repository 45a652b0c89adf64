/**
 * Groups of the classic protocol as their coordinator keeps them: joins are collected until everybody has come or the
 * rebalance timeout is over, one member assigns, the others fetch their part.
 *
 *     Empty → PreparingRebalance → CompletingRebalance → Stable → PreparingRebalance …
 *
 * The coordinator knows nothing of partitions: what it passes on are opaque bytes, and two members may well believe in
 * the same partition if the leader or a straggler does wrong. That is what members are tested against.
 *
 * What it does not do: conversion to and from server-side groups, `group.initial.rebalance.delay.ms` (a first rebalance
 * waits for nobody), the limit of pending members, pending syncs (a member that joined and does not sync is only
 * missed by its session). Source: org.apache.kafka.coordinator.group.GroupMetadataManager and classic.ClassicGroup.
 */
import { KafkaCode } from '../model/index.ts'
import type { Agenda, Appointment } from './agenda.ts'

export interface ClassicJoin {
  readonly group: string
  readonly memberId: string
  readonly instanceId: string | null
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[]
}

export interface ClassicJoined {
  readonly code: number
  readonly generation: number
  readonly memberId: string
  readonly leader: string
  readonly protocol: string
  readonly skipAssignment: boolean
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly metadata: Uint8Array
  }[]
}

export interface ClassicIdentity {
  readonly group: string
  readonly memberId: string
  readonly generation: number
  readonly instanceId: string | null
}

export interface ClassicSync extends ClassicIdentity {
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
}

export interface ClassicSynced {
  readonly code: number
  readonly assignment: Uint8Array
}

interface Member {
  id: string
  readonly instanceId: string | null
  protocols: ClassicJoin['protocols']
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  session: Appointment | null
  /** It waits for the others. */
  joining: ((answer: ClassicJoined) => void) | null
  /** It waits for the leader. */
  syncing: ((answer: ClassicSynced) => void) | null
  assignment: Uint8Array
}

export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

interface Group {
  readonly name: string
  state: ClassicGroupState
  generation: number
  leader: string
  protocol: string
  /** Ids that were given and have not joined yet. */
  readonly promised: Set<string>
  readonly members: Map<string, Member>
  deadline: Appointment | null
  servedBy: number | null
}

const nobody = new Uint8Array()
const NO_GENERATION = -1

export class ClassicGroups {
  readonly #agenda: Agenda
  /** Which broker serves the group now and is awake; null: none. */
  readonly #servedBy: (group: string) => number | null
  readonly #groups = new Map<string, Group>()
  #ids = 0

  constructor(agenda: Agenda, servedBy: (group: string) => number | null) {
    this.#agenda = agenda
    this.#servedBy = servedBy
  }

  has(group: string): boolean {
    return this.#groups.has(group)
  }

  join(request: ClassicJoin, clientId: string, reply: (answer: ClassicJoined) => void): void {
    const group = this.#groups.get(request.group) ?? this.#create(request.group)
    const refuse = (code: number, memberId = request.memberId): void =>
      reply({
        code,
        generation: NO_GENERATION,
        memberId,
        leader: '',
        protocol: '',
        skipAssignment: false,
        members: [],
      })
    if (agreed([...group.members.values(), request]) === null && group.members.size > 0)
      return refuse(KafkaCode.INCONSISTENT_GROUP_PROTOCOL)
    if (request.memberId === '') {
      const id = `${request.instanceId ?? clientId}-${++this.#ids}`
      if (request.instanceId !== null) return this.#joinStatic(group, request, id, reply)
      group.promised.add(id)
      return refuse(KafkaCode.MEMBER_ID_REQUIRED, id)
    }
    const code = this.#identityProblem(group, request)
    if (code !== 0 && !group.promised.delete(request.memberId)) return refuse(code)
    this.#enter(
      group,
      group.members.get(request.memberId) ?? this.#add(group, request.memberId, request),
      request,
      reply,
    )
  }

  sync(request: ClassicSync, reply: (answer: ClassicSynced) => void): void {
    const refuse = (code: number): void => reply({ code, assignment: nobody })
    const found = this.#memberOf(request)
    if (typeof found === 'number') return refuse(found)
    const { group, member } = found
    this.#startSession(group, member)
    if (group.state === 'PreparingRebalance') return refuse(KafkaCode.REBALANCE_IN_PROGRESS)
    if (group.state === 'Stable') return reply({ code: 0, assignment: member.assignment })
    member.syncing = reply
    if (member.id !== group.leader) return
    for (const each of group.members.values())
      each.assignment = request.assignments.find(({ memberId }) => memberId === each.id)?.assignment ?? nobody
    group.state = 'Stable'
    for (const each of group.members.values()) {
      this.#startSession(group, each)
      each.syncing?.({ code: 0, assignment: each.assignment })
      each.syncing = null
    }
  }

  heartbeat(request: ClassicIdentity): number {
    const found = this.#memberOf(request)
    if (typeof found === 'number') return found
    this.#startSession(found.group, found.member)
    return found.group.state === 'PreparingRebalance' ? KafkaCode.REBALANCE_IN_PROGRESS : 0
  }

  leave({ group: name, memberId, instanceId }: Omit<ClassicIdentity, 'generation'>): number {
    const group = this.#groups.get(name)
    if (group === undefined) return KafkaCode.UNKNOWN_MEMBER_ID
    if (group.promised.delete(memberId)) return 0
    const code = this.#identityProblem(group, { memberId, instanceId })
    if (code !== 0) return code
    this.#remove(group, memberId)
    return 0
  }

  /** Whether offsets may be committed under this membership: the code, or null where the group is not a classic one. */
  commitProblem(name: string, memberId: string, generation: number): number | null {
    const group = this.#groups.get(name)
    if (group === undefined) return null
    if (generation < 0 && group.members.size === 0) return 0
    if (!group.members.has(memberId)) return KafkaCode.UNKNOWN_MEMBER_ID
    if (generation !== group.generation) return KafkaCode.ILLEGAL_GENERATION
    return group.state === 'CompletingRebalance' ? KafkaCode.REBALANCE_IN_PROGRESS : 0
  }

  #create(name: string): Group {
    const group: Group = {
      name,
      state: 'Empty',
      generation: 0,
      leader: '',
      protocol: '',
      promised: new Set(),
      members: new Map(),
      deadline: null,
      servedBy: this.#servedBy(name),
    }
    this.#groups.set(name, group)
    return group
  }

  #memberOf(request: ClassicIdentity): { readonly group: Group; readonly member: Member } | number {
    const group = this.#groups.get(request.group)
    if (group === undefined) return KafkaCode.UNKNOWN_MEMBER_ID
    const code = this.#identityProblem(group, request)
    if (code !== 0) return code
    const member = group.members.get(request.memberId) as Member
    return request.generation === group.generation ? { group, member } : KafkaCode.ILLEGAL_GENERATION
  }

  #identityProblem(
    group: Group,
    { memberId, instanceId }: { readonly memberId: string; readonly instanceId: string | null },
  ): number {
    if (instanceId !== null) {
      const holder = [...group.members.values()].find(member => member.instanceId === instanceId)
      if (holder !== undefined && holder.id !== memberId) return KafkaCode.FENCED_INSTANCE_ID
    }
    return group.members.has(memberId) ? 0 : KafkaCode.UNKNOWN_MEMBER_ID
  }

  #add(group: Group, id: string, request: ClassicJoin): Member {
    const member: Member = {
      id,
      instanceId: request.instanceId,
      protocols: request.protocols,
      sessionTimeoutMs: request.sessionTimeoutMs,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      session: null,
      joining: null,
      syncing: null,
      assignment: nobody,
    }
    group.members.set(id, member)
    if (group.state !== 'PreparingRebalance') this.#prepare(group)
    return member
  }

  /** A static member that comes again takes its old place under a new id; whoever had it is fenced from now on. */
  #joinStatic(group: Group, request: ClassicJoin, id: string, reply: (answer: ClassicJoined) => void): void {
    const holder = [...group.members.values()].find(member => member.instanceId === request.instanceId)
    if (holder === undefined) return this.#enter(group, this.#add(group, id, request), request, reply)
    const wasLeader = group.leader === holder.id
    group.members.delete(holder.id)
    holder.id = id
    group.members.set(id, holder)
    if (wasLeader) group.leader = id
    if (group.state !== 'Stable' || !same(holder.protocols, request.protocols))
      return this.#enter(group, holder, request, reply)
    this.#startSession(group, holder)
    reply(this.#answerFor(group, holder, wasLeader))
  }

  #enter(group: Group, member: Member, request: ClassicJoin, reply: (answer: ClassicJoined) => void): void {
    const unchanged = same(member.protocols, request.protocols)
    member.protocols = request.protocols
    member.sessionTimeoutMs = request.sessionTimeoutMs
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    const asBefore =
      group.state === 'CompletingRebalance'
        ? unchanged
        : group.state === 'Stable' && unchanged && member.id !== group.leader
    if (asBefore) {
      this.#startSession(group, member)
      return reply(this.#answerFor(group, member, false))
    }
    if (group.state !== 'PreparingRebalance') this.#prepare(group)
    // who waits here is heard: its session stands still
    member.session?.cancel()
    member.joining = reply
    this.#completeIfAllJoined(group)
  }

  #prepare(group: Group): void {
    for (const member of group.members.values()) {
      member.syncing?.({ code: KafkaCode.REBALANCE_IN_PROGRESS, assignment: nobody })
      member.syncing = null
    }
    group.state = 'PreparingRebalance'
    const waitMs = Math.max(...[...group.members.values()].map(member => member.rebalanceTimeoutMs))
    group.deadline?.cancel()
    group.deadline = this.#agenda.after(waitMs, () => this.#complete(group))
  }

  #completeIfAllJoined(group: Group): void {
    if (group.state !== 'PreparingRebalance') return
    if ([...group.members.values()].every(member => member.joining !== null)) this.#complete(group)
  }

  #complete(group: Group): void {
    group.deadline?.cancel()
    for (const member of group.members.values())
      if (member.joining === null && member.instanceId === null) this.#forget(group, member)
    const members = [...group.members.values()]
    const [first] = members
    if (first === undefined) {
      group.state = 'Empty'
      return
    }
    group.generation++
    group.state = 'CompletingRebalance'
    group.protocol = agreed(members) ?? ''
    if (!group.members.has(group.leader)) group.leader = first.id
    for (const member of members) {
      this.#startSession(group, member)
      member.joining?.(this.#answerFor(group, member, false))
      member.joining = null
    }
  }

  #answerFor(group: Group, member: Member, skipAssignment: boolean): ClassicJoined {
    const metadataOf = ({ protocols }: Member): Uint8Array =>
      protocols.find(({ name }) => name === group.protocol)?.metadata ?? nobody
    return {
      code: 0,
      generation: group.generation,
      memberId: member.id,
      leader: group.leader,
      protocol: group.protocol,
      skipAssignment,
      members:
        member.id !== group.leader
          ? []
          : [...group.members.values()].map(each => ({
              memberId: each.id,
              instanceId: each.instanceId,
              metadata: metadataOf(each),
            })),
    }
  }

  #startSession(group: Group, member: Member): void {
    member.session?.cancel()
    member.session = this.#agenda.after(member.sessionTimeoutMs, () => {
      const now = this.#servedBy(group.name)
      // a coordinator that is stopped or has just taken over heard no heartbeat: nobody may lose a session for that
      if (now === null || now !== group.servedBy) {
        group.servedBy = now ?? group.servedBy
        this.#startSession(group, member)
      } else if (member.joining === null) this.#remove(group, member.id)
    })
  }

  #remove(group: Group, memberId: string): void {
    const member = group.members.get(memberId)
    if (member === undefined) return
    this.#forget(group, member)
    if (group.members.size === 0) {
      group.deadline?.cancel()
      group.state = 'Empty'
    } else if (group.state === 'PreparingRebalance') this.#completeIfAllJoined(group)
    else this.#prepare(group)
  }

  #forget(group: Group, member: Member): void {
    member.session?.cancel()
    member.syncing?.({ code: KafkaCode.UNKNOWN_MEMBER_ID, assignment: nobody })
    group.members.delete(member.id)
  }
}

/** Of the protocols that all know, the one that most prefer. Null: none is known to all. */
const agreed = (members: readonly Pick<Member, 'protocols'>[]): string | null => {
  const common = (members[0]?.protocols ?? [])
    .map(({ name }) => name)
    .filter(name => members.every(({ protocols }) => protocols.some(each => each.name === name)))
  const votes = new Map<string, number>()
  for (const { protocols } of members) {
    const vote = protocols.find(({ name }) => common.includes(name))?.name
    if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1)
  }
  return [...votes].toSorted(([, left], [, right]) => right - left)[0]?.[0] ?? null
}

const same = (left: ClassicJoin['protocols'], right: ClassicJoin['protocols']): boolean =>
  left.length === right.length &&
  left.every(({ name, metadata }, index) => {
    const other = right[index]
    return (
      other?.name === name &&
      other.metadata.length === metadata.length &&
      other.metadata.every((byte, at) => byte === metadata[at])
    )
  })
