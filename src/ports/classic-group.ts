/**
 * The classic group protocol, as single requests of a member to its coordinator: members agree among themselves, and
 * one of them, the leader, assigns for all. Laws as in broker-link.ts.
 */
import type { BrokerId } from '../core/model/index.ts'

export interface ClassicGroupLink {
  /**
   * Answered when all members have joined or the rebalance timeout is over, which may take as long as that. It travels
   * on a connection of its own, because a coordinator answers nothing else on it meanwhile.
   */
  joinGroup(coordinator: BrokerId, request: JoinGroupRequest): Promise<JoinGroupAnswer>
  /** Answered when the leader has sent its assignment; on the connection of `joinGroup`. */
  syncGroup(coordinator: BrokerId, request: SyncGroupRequest): Promise<SyncGroupAnswer>
  /** Returns the code. */
  heartbeatClassic(coordinator: BrokerId, request: ClassicMember): Promise<number>
  /** Returns the code. */
  leaveGroup(coordinator: BrokerId, request: Omit<ClassicMember, 'generation'>): Promise<number>
}

export interface ClassicMember {
  readonly group: string
  readonly memberId: string
  readonly generation: number
  readonly instanceId: string | null
}

export interface JoinGroupRequest {
  readonly group: string
  /** Empty on the first join: the coordinator gives one (code 79) and wants to be asked again with it. */
  readonly memberId: string
  readonly instanceId: string | null
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Assignors that the member can use, preferred first, each with what it says to the leader. */
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[]
  /** Why it joins, for the coordinator's log. */
  readonly reason: string
}

export interface JoinGroupAnswer {
  readonly code: number
  readonly generation: number
  readonly memberId: string
  readonly leader: string
  /** The assignor that the group agreed on. */
  readonly protocol: string
  /** The leader is a static member that came back: the last assignment stands. */
  readonly skipAssignment: boolean
  /** For the leader only; empty for the others. */
  readonly members: readonly {
    readonly memberId: string
    readonly instanceId: string | null
    readonly metadata: Uint8Array
  }[]
}

export interface SyncGroupRequest extends ClassicMember {
  /** How long the leader may take. */
  readonly waitMs: number
  readonly protocol: string
  /** From the leader; empty from the others. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
}

export interface SyncGroupAnswer {
  readonly code: number
  readonly assignment: Uint8Array
}
