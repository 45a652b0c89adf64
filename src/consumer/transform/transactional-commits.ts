/**
 * Commits of a transform: the offsets of what was read and the records written for it become visible together, or not
 * at all.
 *
 * Goal. A record of the output exists for exactly those input records that lie below the committed offsets.
 *
 * Invariants.
 * - A transaction is cut where everything that was started is finished: the frontier then covers exactly the records
 *   whose output is in it. With a record of a key still running above a finished one of another key, one of the two
 *   would be in the output and not below the offset, and a crash would write it again.
 * - Offsets are committed as the member, at its epoch: the coordinator refuses them when the partitions went to others,
 *   and the transaction falls with them.
 * - After anything that failed nothing is committed any more, ever: `spoiled`. Whoever runs the transform starts again
 *   from the committed offsets.
 */
import { LanekeeperError } from '../../core/model/index.ts'
import { asError } from '../as-error.ts'
import type { Barrier, CommitCounts, CommitOptions, Committer } from '../committer.ts'
import { splitPartitionKey } from '../member.ts'
import type { Ownership } from '../ownership.ts'
import { settledBy } from '../settled-by.ts'
import type { Transactions } from './transactions.ts'

export class TransactionalCommits implements Committer {
  readonly counts: CommitCounts = { requests: 0, offsets: 0, codes: new Map() }
  readonly #options: CommitOptions
  readonly #barrier: Barrier
  readonly #transactions: Transactions
  readonly #restMs: number
  readonly #onSpoiled: (error: LanekeeperError) => void
  /** Transactions that were committed. */
  committed = 0
  #spoiled = false
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** `restMs`: how long what was started may take to finish, below the transaction's own time. */
  constructor(
    options: CommitOptions,
    barrier: Barrier,
    transactions: Transactions,
    restMs: number,
    onSpoiled: (error: LanekeeperError) => void,
  ) {
    this.#options = options
    this.#barrier = barrier
    this.#transactions = transactions
    this.#restMs = restMs
    this.#onSpoiled = onSpoiled
  }

  get busy(): boolean {
    return this.#waiting > 0
  }

  /** Nothing of the open transaction may become visible. */
  spoil(error: LanekeeperError): void {
    if (this.#spoiled) return
    this.#spoiled = true
    this.#onSpoiled(error)
  }

  async commitOnce(): Promise<void> {
    await this.#inTurn(() => this.#commit(this.#options.clock.monotonicMs() + this.#restMs))
  }

  /** All partitions share the transaction, so the last commit of some is a commit of all. */
  async commitFinally(ownerships: readonly Ownership[], deadlineMs: number): Promise<boolean> {
    const { clock } = this.#options
    const latestMs = Math.min(deadlineMs, clock.monotonicMs() + this.#restMs)
    await settledBy(
      clock,
      this.#inTurn(() => this.#commit(latestMs)),
      deadlineMs,
    )
    return !ownerships.some(isDue)
  }

  async #inTurn(run: () => Promise<void>): Promise<void> {
    this.#waiting++
    const mine = this.#last.then(run)
    this.#last = mine
    try {
      await mine
    } finally {
      this.#waiting--
    }
  }

  /** Never rejects. */
  async #commit(restUntilMs: number): Promise<void> {
    const { group, memberId, instanceId, epoch, onCommitted } = this.#options
    if (this.#spoiled || !this.#barrier.owned().some(isDue)) return
    try {
      if (!(await this.#barrier.rest(restUntilMs))) {
        this.spoil(this.#restless())
        return
      }
      // read at rest, and once: what is committed is what the transaction holds
      const sent = this.#barrier.owned().filter(isDue)
      const offsets = sent.map(({ topic, partition, frontier: offset }) => ({ topic, partition, offset }))
      if (this.#spoiled || offsets.length === 0) return
      this.counts.requests++
      await this.#transactions.addOffsets({
        group,
        memberId: memberId(),
        memberEpoch: epoch(),
        instanceId,
        offsets,
      })
      await this.#transactions.commit()
      sent.forEach((each, index) => {
        each.committed = offsets[index]?.offset ?? each.committed
      })
      this.committed++
      this.counts.offsets += offsets.length
      this.#transactions.begin()
      onCommitted(
        sent.map(({ key, topic, partition, committed: offset }) => ({
          topic,
          topicId: splitPartitionKey(key).topicId,
          partition,
          offset,
        })),
      )
    } catch (thrown) {
      const error = asError(thrown)
      this.counts.codes.set(error.code, (this.counts.codes.get(error.code) ?? 0) + 1)
      this.spoil(error)
    } finally {
      this.#barrier.goOn()
    }
  }

  #restless(): LanekeeperError {
    const stopped = this.#barrier.owned().find(each => each.stopped !== null)?.stopped
    return (
      stopped ??
      new LanekeeperError(
        'HANDLER_FAILED',
        `Handlers that run did not come to an end within ${this.#restMs} ms, and the transaction cannot be cut.`,
        { fix: 'Raise transactionTimeoutMs above twice the longest handler, its retries included.' },
      )
    )
  }
}

const isDue = (ownership: Ownership): boolean =>
  ownership.live && ownership.cursor !== null && ownership.frontier > ownership.committed
