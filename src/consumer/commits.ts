/**
 * Commits of processed offsets.
 *
 * The coordinator checks the member and its epoch, and nothing else: a commit for a partition that was given up, or
 * one lower than the last, is accepted and moves the group back. So the rules are ours: only what is owned at the
 * moment of sending, never lower, one request in flight (two could overtake each other), and before the
 * acknowledgement of a revocation, never after.
 *
 * Beside the offset travels what is finished above it (finished-ahead.ts), so that the next owner leaves it out, and
 * what fails (core/model/failing-record.ts), so that whoever watches the group can name it. A cluster that refuses the
 * text gets the offset alone.
 *
 * A commit without an answer may still be carried out, also after those that follow it: its broker was stopped, say,
 * and reads the old connection last. It is repeated with the same or a higher offset, and once more when it can no longer
 * be on the way, so that it never has the last word. A revocation waits for an answer until its deadline and not for
 * that: the epoch moves with the acknowledgement, and what was sent under the old one is refused.
 */
import { failingText, KafkaCode, kafkaCodeName, LanekeeperError, type Offset } from '../core/model/index.ts'
import type { CommitRequest } from '../ports/broker-link.ts'
import { sleep } from '../ports/clock.ts'
import type { CommitCounts, CommitOptions, Committer } from './committer.ts'
import type { CommittedOffset } from './events.ts'
import { finishedText } from './finished-ahead.ts'
import { splitPartitionKey } from './member.ts'
import type { Ownership } from './ownership.ts'
import { settledBy } from './settled-by.ts'

const RETRY_MIN_MS = 20
const RETRY_MAX_MS = 500
/** Longer than a broker works on a commit (`offsets.commit.timeout.ms`, 5 s) that it has read. */
const LATE_COMMIT_MS = 6000
/** `offset.metadata.max.bytes` is 4096 unless its owner changed it. */
const TEXT_CHARS_MAX = 4000
/** All offsets of a request become one batch in the offsets topic, which takes 1 MB by default. */
const REQUEST_TEXT_CHARS_MAX = 256 * 1024

export class Commits implements Committer {
  readonly counts: CommitCounts = { requests: 0, offsets: 0, codes: new Map() }
  readonly #options: CommitOptions
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(options: CommitOptions) {
    this.#options = options
  }

  /** A commit waits or is under way. */
  get busy(): boolean {
    return this.#waiting > 0
  }

  /** One try for everything of `ownerships` that is due; what fails is due again next time. Never rejects. */
  async commitOnce(ownerships: () => Iterable<Ownership>): Promise<void> {
    await this.#inTurn(() => this.#send([...ownerships()].filter(each => this.#isDue(each) && !each.sealed)))
  }

  /**
   * The last commit of partitions that are being given up: tried until it is answered or the deadline (monotonic) has
   * passed. True if nothing is left to commit. Never rejects.
   */
  async commitFinally(ownerships: readonly Ownership[], deadlineMs: number): Promise<boolean> {
    const { clock } = this.#options
    for (const each of ownerships) each.sealed = true
    const due = (): Ownership[] => ownerships.filter(each => each.commitDue)
    const trying = this.#inTurn(async () => {
      for (let pauseMs = RETRY_MIN_MS; ; pauseMs = Math.min(RETRY_MAX_MS, pauseMs * 2)) {
        const again = await this.#send(due())
        if (!again || clock.monotonicMs() + pauseMs >= deadlineMs) return
        await sleep(clock, pauseMs)
      }
    })
    await settledBy(clock, trying, deadlineMs)
    return due().length === 0
  }

  #isDue(ownership: Ownership): boolean {
    const mustConfirm = ownership.mayCommit && this.#options.clock.monotonicMs() >= ownership.confirmFromMs
    return ownership.commitDue || mustConfirm
  }

  async #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#waiting++
    const mine = this.#last.then(run)
    this.#last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      this.#waiting--
    }
  }

  /** True if trying again may help. */
  async #send(ownerships: readonly Ownership[]): Promise<boolean> {
    if (ownerships.length === 0) return false
    const { link, clock, coordinator, group, memberId, instanceId, epoch } = this.#options
    let sentAtMs = Infinity
    let sent: readonly Ownership[] = []
    let offsets: CommitRequest['offsets'] = []
    let told: readonly { readonly finishes: number; readonly tellings: number }[] = []
    let codes: readonly number[]
    try {
      const broker = await coordinator.get()
      // the look-up took time: what was lost meanwhile must not be sent
      sent = ownerships.filter(each => this.#isDue(each))
      if (sent.length === 0) return false
      offsets = offsetsOf(sent, clock.monotonicMs())
      told = sent.map(({ work: { frontier, figures } }) => ({
        finishes: frontier.finishes,
        tellings: figures.tellings,
      }))
      this.counts.requests++
      sentAtMs = clock.monotonicMs()
      codes = await link.commitOffsets(broker, {
        group,
        memberId: memberId(),
        memberEpoch: epoch(),
        instanceId,
        offsets,
      })
    } catch {
      this.#count('LINK_FAILURE')
      coordinator.forget()
      for (const each of sent) each.confirmFromMs = clock.monotonicMs() + LATE_COMMIT_MS
      return true
    }
    let again = false
    const committed: CommittedOffset[] = []
    sent.forEach((each, index) => {
      const code = codes[index] ?? KafkaCode.NONE
      if (code === KafkaCode.NONE) {
        const offset = offsets[index]?.offset ?? each.committed
        each.committed = Math.max(each.committed, offset)
        if (sentAtMs >= each.confirmFromMs) each.confirmFromMs = Infinity
        each.committedFinishes = told[index]?.finishes ?? each.committedFinishes
        each.committedTellings = told[index]?.tellings ?? each.committedTellings
        this.counts.offsets++
        const { topic, key, partition } = each
        committed.push({ topic, topicId: splitPartitionKey(key).topicId, partition, offset })
      } else if (this.#refused(each, code)) again = true
    })
    if (committed.length > 0) this.#options.onCommitted(committed)
    return again
  }

  #refused(ownership: Ownership, code: number): boolean {
    const { coordinator, onDoubt, onRefused } = this.#options
    this.#count(kafkaCodeName(code))
    switch (code) {
      case KafkaCode.COORDINATOR_LOAD_IN_PROGRESS:
      case KafkaCode.COORDINATOR_NOT_AVAILABLE:
      case KafkaCode.NOT_COORDINATOR:
        coordinator.forget()
        return true
      case KafkaCode.REQUEST_TIMED_OUT:
      // classic: between join and sync of a rebalance nobody may commit
      case KafkaCode.REBALANCE_IN_PROGRESS:
        return true
      case KafkaCode.OFFSET_METADATA_TOO_LARGE:
        ownership.remembersFinished = false
        return true
      case KafkaCode.STALE_MEMBER_EPOCH:
      case KafkaCode.ILLEGAL_GENERATION:
        // the epoch moved between our reading it and the coordinator's check; the next answer brings it
        onDoubt()
        return true
      case KafkaCode.UNKNOWN_MEMBER_ID:
      case KafkaCode.GROUP_ID_NOT_FOUND:
      case KafkaCode.FENCED_MEMBER_EPOCH:
      case KafkaCode.FENCED_INSTANCE_ID:
        onDoubt()
        return false
      default:
        onRefused(
          ownership,
          new LanekeeperError(
            'GROUP_REFUSED',
            `${ownership.name}: the commit was refused: ${kafkaCodeName(code)}`,
          ),
        )
        return false
    }
  }

  #count(name: string): void {
    this.counts.codes.set(name, (this.counts.codes.get(name) ?? 0) + 1)
  }
}

/** What to commit now: the frontier, and beside it what fails and what is finished above it, as far as there is room. */
const offsetsOf = (ownerships: readonly Ownership[], nowMs: number): CommitRequest['offsets'] => {
  let charsLeft = REQUEST_TEXT_CHARS_MAX
  return ownerships.map(({ topic, partition, frontier, work, remembersFinished }) => {
    const metadata = remembersFinished ? textOf(frontier, work, nowMs, charsLeft) : ''
    charsLeft -= metadata.length
    return { topic, partition, offset: frontier, metadata }
  })
}

/** The report on a failing record is short, and without it nobody learns why a partition stands: it has room first. */
const textOf = (frontier: Offset, work: Ownership['work'], nowMs: number, charsLeft: number): string => {
  const room = Math.min(TEXT_CHARS_MAX, charsLeft)
  const failing = work.figures.failing(nowMs)
  const report = failing === null ? '' : failingText(frontier, failing)
  if (report.length > room) return ''
  const finished = finishedText(frontier, work.frontier.finishedAhead(), room - report.length - 1)
  return [finished, report].filter(word => word !== '').join(' ')
}
