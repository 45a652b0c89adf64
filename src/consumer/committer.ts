import type { LanekeeperError } from '../core/model/index.ts'
import type { BrokerLink } from '../ports/broker-link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Coordinator } from './coordinator.ts'
import type { CommittedOffset } from './events.ts'
import type { Ownership } from './ownership.ts'

export interface CommitOptions {
  readonly link: BrokerLink
  readonly clock: Clock
  readonly coordinator: Coordinator
  readonly group: string
  /** The member's id now; with the classic protocol it may change after a loss. */
  readonly memberId: () => string
  readonly instanceId: string | null
  /** The member's epoch now. */
  readonly epoch: () => number
  /** The coordinator does not know this member, or its epoch: ask it by heartbeat. */
  readonly onDoubt: () => void
  /** An offset was refused for a reason that trying again does not cure. */
  readonly onRefused: (ownership: Ownership, error: LanekeeperError) => void
  readonly onCommitted: (offsets: readonly CommittedOffset[]) => void
}

export interface CommitCounts {
  requests: number
  offsets: number
  readonly codes: Map<string, number>
}

/** Makes known what is processed, so that nobody begins with it again. */
export interface Committer {
  readonly counts: CommitCounts
  /** A commit waits or is under way. */
  readonly busy: boolean
  /** One try for everything of `ownerships` that is due; what fails is due again next time. Never rejects. */
  commitOnce(ownerships: () => Iterable<Ownership>): Promise<void>
  /**
   * The last commit of partitions that are being given up, until the deadline (monotonic). True if nothing is left to
   * commit. Never rejects.
   */
  commitFinally(ownerships: readonly Ownership[], deadlineMs: number): Promise<boolean>
}

/** Brings all partitions of a consumer to rest, for commits that must not cut through anything. */
export interface Barrier {
  /** Every partition owned now. */
  owned(): readonly Ownership[]
  /** Everything that was started finishes, nothing new starts; false if that did not come about by the deadline. */
  rest(deadlineMs: number): Promise<boolean>
  goOn(): void
}

export type NewCommitter = (options: CommitOptions, barrier: Barrier) => Committer
