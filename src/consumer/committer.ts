import type { CommitCounts, CommitOptions } from './commits.ts'
import type { Ownership } from './ownership.ts'

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
