/**
 * The ordered consumer: a member of a group that processes each record once its predecessors of the same key are done,
 * and commits after processing. At least once: a crash repeats what was not committed, a graceful hand-over nothing.
 *
 * Start reading at `member.ts` (what is ours, and until when), then `lanes.ts` (order), `frontier.ts` and `commits.ts`
 * (what is done), `fetcher.ts` (where records come from). This file joins them and holds one `Ownership` for each
 * partition.
 */
import { kafkaCodeName, LanekeeperError, type Offset } from '../core/model/index.ts'
import type { RecordVisitor } from '../core/records/index.ts'
import { type BrokerLink, LinkFailure } from '../ports/broker-link.ts'
import { type Clock, sleep, type Timer } from '../ports/clock.ts'
import type { Codecs } from '../ports/codecs.ts'
import type { Random } from '../ports/random.ts'
import { asError } from './as-error.ts'
import { batchFeed } from './batch-delivery.ts'
import { Commits } from './commits.ts'
import type { Committer, NewCommitter } from './committer.ts'
import { Coordinator } from './coordinator.ts'
import type { DeadLetterWriter } from './dead-letter.ts'
import { Delivery, type LaneDelivery } from './delivery.ts'
import type { DeliveryScope } from './delivery-scope.ts'
import type { CloseReport, ConsumerEvent, ConsumerStats } from './events.ts'
import { FetchCursor } from './fetch-cursor.ts'
import { Fetcher } from './fetcher.ts'
import type { LaneWork } from './lane-work.ts'
import { Leaders } from './leaders.ts'
import { holdsLease, type PartitionKey, splitPartitionKey } from './member.ts'
import type { GroupMembership, MembershipCallbacks } from './membership-effects.ts'
import { MemoryBudget } from './memory-budget.ts'
import { openMembership } from './open-membership.ts'
import { Ownership } from './ownership.ts'
import { findPositions } from './positions.ts'
import { Processing } from './processing.ts'
import { settledBy } from './settled-by.ts'
import { commitPauseMs, type ConsumerOptions, type ConsumerSettings, settingsFrom } from './settings.ts'
import { statsOf } from './stats.ts'
import { TopicWatch } from './topic-watch.ts'

export type { ConsumedBatch } from './batch-delivery.ts'
export type { ConsumedRecord } from './delivery.ts'
export type { CloseReport, ConsumerEvent, ConsumerStats, PartitionStats } from './events.ts'
export type { RecordFailure } from './figures.ts'
export type { ConsumerOptions } from './settings.ts'

export interface Consumer {
  /**
   * Joins the group and processes until `close`, then resolves. Rejects with the `LanekeeperError` that ended it
   * (GROUP_REFUSED, NOT_AUTHORIZED, CLUSTER_TOO_OLD, AUTHENTICATION_FAILED). To be called once.
   */
  run(): Promise<void>
  /** Finishes what was started, commits, leaves. `deadlineMs`: how long that may take, counted from the call. */
  close(options: { readonly deadlineMs: number }): Promise<CloseReport>
  /** Commits everything that is processed by now; with `commit: 'manual'` nothing else does. True: the coordinator has it. */
  commit(): Promise<boolean>
  stats(): ConsumerStats
}

export interface ConsumerParts<Message = undefined> {
  /** For this consumer alone. It is not closed by it. */
  readonly link: BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  /** For the jitter of retries; without it there is none. */
  readonly random?: Random
  /** For the policy `dead-letter`. It is not closed by the consumer. */
  readonly deadLetters?: DeadLetterWriter
  readonly options: ConsumerOptions<Message>
}

const NO_JITTER: Random = { next: () => 0.5 }

/** Throws USAGE if the options cannot work. Nothing is sent before `run`. */
export const createConsumer = <Message = undefined>(parts: ConsumerParts<Message>): Consumer =>
  createConsumerWith(parts, options => new Commits(options))

/** The same with another way of committing: `transform` does it with the records it writes. */
export const createConsumerWith = <Message = undefined>(
  parts: ConsumerParts<Message>,
  newCommitter: NewCommitter,
): Consumer => {
  const settings = settingsFrom(parts.options)
  if (settings.onFailure.policy === 'dead-letter' && parts.deadLetters === undefined)
    throw new LanekeeperError('USAGE', 'The policy dead-letter needs a writer of dead letters.')
  return new OrderedConsumer(parts, settings, newCommitter)
}

const SESSION_LOOKUP_PAUSE_MS = 200
/** Enough to keep handlers busy between two fetch answers of every broker. */
const MEMORY_BYTES_MAX = 128 * 1024 * 1024
/** Part of a deadline that handlers get; the rest is for the last commit. */
const DRAIN_SHARE = 0.8

class OrderedConsumer implements Consumer {
  readonly #link: BrokerLink
  readonly #clock: Clock
  readonly #settings: ConsumerSettings
  readonly #leaders: Leaders
  readonly #topics: TopicWatch
  readonly #coordinator: Coordinator
  readonly #fetcher: Fetcher
  readonly #processing: Processing
  readonly #commits: Committer
  readonly #owned = new Map<PartitionKey, Ownership>()
  readonly #groupCodes = new Map<string, number>()
  #membership: GroupMembership | null = null
  #commitTimer: Timer | null = null
  #closing: Promise<CloseReport> | null = null
  #drainedInTime = true
  #rebalances = 0

  constructor(parts: Omit<ConsumerParts, 'options'>, settings: ConsumerSettings, newCommitter: NewCommitter) {
    const { link, clock, codecs, random, deadLetters } = parts
    this.#link = link
    this.#clock = clock
    this.#settings = settings
    const { group, groupInstanceId, isolationLevel, topics } = settings
    this.#leaders = new Leaders(link, clock, topics, () => this.#topics.look())
    this.#topics = new TopicWatch({
      clock,
      leaders: this.#leaders,
      onMissing: topic => this.#tell({ type: 'topic-missing', topic }),
      onFound: (topic, recreated) => {
        this.#tell({ type: 'topic-found', topic, recreated })
        this.#fetcher.leadersChanged()
      },
      onFatal: error => this.#membership?.fail(asError(error)),
    })
    this.#coordinator = new Coordinator(link, group)
    const budget = new MemoryBudget(MEMORY_BYTES_MAX, () => this.#fetcher.wake())
    this.#processing = new Processing({
      clock,
      random: random ?? NO_JITTER,
      settings,
      deadLetters: deadLetters ?? null,
      mayStart: nowMs => this.#holdsLease(nowMs),
      budget,
      onStopped: (work, error) => this.#workStopped(work, error),
      tell: event => this.#tell(event),
    })
    this.#fetcher = new Fetcher({
      link,
      clock,
      codecs,
      leaders: this.#leaders,
      isolation: isolationLevel,
      budget,
      onFatal: error => this.#membership?.fail(asError(error)),
    })
    this.#commits = newCommitter(
      {
        link,
        clock,
        coordinator: this.#coordinator,
        group,
        memberId: () => this.#memberId,
        instanceId: groupInstanceId,
        epoch: () => this.#membership?.state.epoch ?? 0,
        onDoubt: () => this.#membership?.doubt(),
        onRefused: (ownership, error) =>
          this.#tell({ type: 'commit-refused', partition: ownership.name, error }),
        onCommitted: offsets => this.#tell({ type: 'committed', offsets }),
      },
      {
        owned: () => [...this.#owned.values()],
        rest: deadlineMs => this.#lanes.hold(this.#works(), deadlineMs),
        goOn: () => this.#lanes.release(this.#works()),
      },
    )
  }

  get #lanes(): Processing['lanes'] {
    return this.#processing.lanes
  }

  async run(): Promise<void> {
    try {
      await this.#leaders.refresh()
      const sessionTimeoutMs = await this.#sessionTimeoutMs()
      if (sessionTimeoutMs === null) return
      this.#membership = openMembership(
        {
          link: this.#link,
          clock: this.#clock,
          coordinator: this.#coordinator,
          leaders: this.#leaders,
          ...this.#membershipCallbacks(),
        },
        this.#settings,
        sessionTimeoutMs,
      )
      this.#membership.start()
      this.#scheduleCommit()
      await this.#membership.ended
    } finally {
      this.#commitTimer?.cancel()
      this.#fetcher.close()
      this.#topics.close()
      this.#leaders.close()
    }
  }

  close({ deadlineMs }: { readonly deadlineMs: number }): Promise<CloseReport> {
    this.#closing ??= this.#close(deadlineMs)
    return this.#closing
  }

  async commit(): Promise<boolean> {
    await this.#commits.commitOnce(() => this.#owned.values())
    return ![...this.#owned.values()].some(each => each.commitDue)
  }

  stats(): ConsumerStats {
    return statsOf({
      state: this.#membership?.state ?? null,
      memberId: this.#memberId,
      records: this.#processing.counts(),
      rebalances: this.#rebalances,
      fetches: this.#fetcher.counts,
      commits: this.#commits.counts,
      groupCodes: this.#groupCodes,
      latency: this.#processing.latency(),
      handlerTime: this.#lanes.handlerTime.figures(),
      owned: [...this.#owned.values()],
      nowMs: this.#clock.monotonicMs(),
    })
  }

  async #close(withinMs: number): Promise<CloseReport> {
    const startedAtMs = this.#clock.monotonicMs()
    this.#topics.close()
    this.#leaders.close()
    const membership = this.#membership
    let left = membership === null
    if (membership !== null) {
      membership.close(startedAtMs + withinMs)
      left = await settledBy(this.#clock, membership.ended, startedAtMs + withinMs)
      if (!left)
        membership.fail(new LanekeeperError('GROUP_FENCED', 'The consumer did not leave the group in time.'))
    }
    const { uncommittedOffsets } = this.stats()
    return {
      clean: left && this.#drainedInTime && uncommittedOffsets === 0,
      left,
      uncommittedOffsets,
      tookMs: this.#clock.monotonicMs() - startedAtMs,
    }
  }

  /** Of the classic protocol the coordinator gives the id; empty until then. */
  get #memberId(): string {
    return this.#membership?.memberId ?? this.#settings.memberId
  }

  #membershipCallbacks(): MembershipCallbacks {
    return {
      onAssign: keys => {
        this.#rebalances++
        this.#assign(keys).catch((error: unknown) => this.#membership?.fail(asError(error)))
      },
      onRevoke: (keys, deadlineMs) => this.#revoke(keys, deadlineMs),
      onRelease: keys => {
        for (const key of keys) this.#release(key)
      },
      onDrop: (keys, reason) => {
        this.#rebalances++
        this.#tell({ type: 'lost', partitions: this.#names(keys), reason })
        const names = this.#names(keys)
        for (const key of keys) this.#release(key)
        return this.#quiet(names)
      },
      onLeaseRenewed: () => this.#lanes.resume(),
      onTrouble: (text, code) => {
        const name = code === null ? 'LINK_FAILURE' : kafkaCodeName(code)
        this.#groupCodes.set(name, (this.#groupCodes.get(name) ?? 0) + 1)
        this.#tell({ type: 'group-trouble', text: `${name}: ${text}` })
      },
    }
  }

  /**
   * Resolves when no handler of these lost partitions runs any more. Rejects with HANDLER_STUCK when one ignores its
   * abort signal for longer than `max.poll.interval.ms`. To go on beside it could run a key twice at once, and to wait
   * for ever would leave a process that looks alive and does nothing: so the consumer ends, and says why.
   */
  async #quiet(names: readonly string[]): Promise<void> {
    const { maxPollIntervalMs } = this.#settings
    const deadlineMs = this.#clock.monotonicMs() + maxPollIntervalMs
    const resting = Promise.all(names.map(name => this.#lanes.quiet(name)))
    if (await settledBy(this.#clock, resting, deadlineMs)) return
    const stuck = names.filter(name => this.#lanes.isRestless(name)).join(', ')
    throw new LanekeeperError(
      'HANDLER_STUCK',
      `Handlers of ${stuck} still run ${maxPollIntervalMs / 1000} s (max.poll.interval.ms) after the partition was lost ` +
        'and their signal was aborted. This consumer cannot go on beside them: a key could run twice at once.',
      {
        fix:
          'End this process, and let handlers end when record.signal is aborted. What they do after asking ' +
          'record.owned() has no effect any more; what they do without asking may overlap with the new owner.',
      },
    )
  }

  /** The lease depends on it, so nothing starts without it. Null: closed before it was known. */
  async #sessionTimeoutMs(): Promise<number | null> {
    const { groupProtocol, group } = this.#settings
    while (this.#closing === null) {
      try {
        const sessionTimeoutMs =
          groupProtocol === 'classic'
            ? this.#settings.sessionTimeoutMs
            : await this.#link.groupSessionTimeoutMs(group)
        return this.#closing === null ? sessionTimeoutMs : null
      } catch (failure) {
        if (!(failure instanceof LinkFailure)) throw failure
        await sleep(this.#clock, SESSION_LOOKUP_PAUSE_MS)
      }
    }
    return null
  }

  async #assign(keys: readonly PartitionKey[]): Promise<void> {
    // a topic that was created a moment ago has an id that we have not met
    const topicIds = keys.map(key => splitPartitionKey(key).topicId)
    const stillWanted = (): boolean => keys.some(key => this.#isStillOurs(key))
    await this.#leaders.untilNamed(topicIds, stillWanted)
    if (!stillWanted()) return
    const added: Ownership[] = []
    for (const key of keys) {
      const { topicId, partition } = splitPartitionKey(key)
      const topic = this.#leaders.topicName(topicId)
      if (topic === null || !this.#isStillOurs(key) || this.#owned.has(key)) continue
      const ownership = new Ownership(key, topic, partition, this.#lanes.open(`${topic}-${partition}`))
      this.#owned.set(key, ownership)
      added.push(ownership)
    }
    this.#tell({ type: 'assigned', partitions: added.map(each => each.name) })
    const restless = added.filter(each => this.#lanes.isRestless(each.name))
    await Promise.all([
      this.#begin(added.filter(each => !restless.includes(each))),
      ...restless.map(async each => {
        await this.#quiet([each.name])
        await this.#begin([each])
      }),
    ])
  }

  #begin(ownerships: readonly Ownership[]): Promise<void> {
    const { group, isolationLevel, autoOffsetReset } = this.#settings
    return findPositions(
      {
        link: this.#link,
        clock: this.#clock,
        leaders: this.#leaders,
        isolation: isolationLevel,
        coordinator: this.#coordinator,
        group,
        memberId: () => this.#memberId,
        epoch: () => this.#membership?.state.epoch ?? 0,
        onDoubt: () => this.#membership?.doubt(),
        fromWhenNothingCommitted: autoOffsetReset,
      },
      ownerships,
      (ownership, offset) => this.#read(ownership, offset),
    )
  }

  #read(ownership: Ownership, offset: Offset): void {
    const { key, topic, partition, work } = ownership
    // a revocation that came while the position was looked up has nothing to drain and must not get anything
    if (this.#membership?.state.revoking.has(key) === true) return
    const { topicId } = splitPartitionKey(key)
    const { name, abort } = work
    const mayAct = (): boolean => this.#mayAct(work)
    const scope: DeliveryScope = { topic, topicId, partition, name, signal: abort.signal, mayAct }
    ownership.begunAt = offset
    const cursor = new FetchCursor(topic, topicId, partition, offset, {
      arrived: () => this.#lanes.offer(work),
      stopped: error => this.#stopped(ownership, error),
    })
    work.feed = this.#feedOf(work, scope, cursor)
    ownership.cursor = cursor
    this.#fetcher.add(cursor)
  }

  #feedOf(work: LaneWork<LaneDelivery>, scope: DeliveryScope, cursor: FetchCursor): () => boolean {
    const { handleBatch, maxPollRecords } = this.#settings
    const read = (visit: RecordVisitor): boolean => this.#fetcher.read(cursor, visit)
    if (handleBatch !== null) {
      const isFinished = (offset: Offset): boolean => work.remembered?.has(offset) === true
      return batchFeed(scope, maxPollRecords, isFinished, read, batch => this.#lanes.add(work, batch))
    }
    const visit: RecordVisitor = (...record) => this.#lanes.add(work, new Delivery(scope, ...record))
    return () => read(visit)
  }

  /** Stop reading, finish what was started, commit. The acknowledgement is the member's. */
  async #revoke(keys: readonly PartitionKey[], deadlineMs: number): Promise<void> {
    this.#rebalances++
    const ownerships = keys.flatMap(key => this.#owned.get(key) ?? [])
    this.#tell({ type: 'revoking', partitions: ownerships.map(each => each.name) })
    for (const { cursor } of ownerships) if (cursor !== null) this.#fetcher.remove(cursor)
    const nowMs = this.#clock.monotonicMs()
    const drainUntilMs = nowMs + DRAIN_SHARE * (deadlineMs - nowMs)
    const drained = await Promise.all(ownerships.map(each => this.#lanes.drain(each.work, drainUntilMs)))
    const names = ownerships.map(each => each.name)
    if (names.length > 0) await settledBy(this.#clock, this.#revokedByHand(names), deadlineMs)
    const committed =
      this.#settings.commit === 'manual' || (await this.#commits.commitFinally(ownerships, deadlineMs))
    const inTime = committed && drained.every(Boolean)
    if (!inTime) this.#drainedInTime = false
    this.#tell({ type: 'revoked', partitions: names, inTime })
    // whoever deleted a topic took its partitions from us without a word
    this.#topics.lookSoon()
  }

  /** Never throws by itself: what the user's function throws comes as a rejection. */
  async #revokedByHand(names: readonly string[]): Promise<void> {
    await this.#settings.onPartitionsRevoked(names)
  }

  #release(key: PartitionKey): void {
    const ownership = this.#owned.get(key)
    if (ownership === undefined) return
    this.#owned.delete(key)
    if (ownership.cursor !== null) this.#fetcher.remove(ownership.cursor)
    this.#lanes.drop(ownership.work)
  }

  #workStopped(work: LaneWork<LaneDelivery>, error: LanekeeperError): void {
    const ownership = [...this.#owned.values()].find(each => each.work === work)
    if (ownership === undefined || ownership.stopped !== null) return
    if (ownership.cursor !== null) this.#fetcher.remove(ownership.cursor)
    this.#stopped(ownership, error)
  }

  #stopped(ownership: Ownership, error: LanekeeperError): void {
    ownership.stopped = error
    if (error.code === 'TOPIC_RECREATED') {
      ownership.outlived = true
      this.#membership?.topicRecreated()
    }
    this.#tell({ type: 'partition-stopped', partition: ownership.name, error })
  }

  #scheduleCommit(): void {
    const pauseMs = commitPauseMs(this.#settings, this.#owned.size)
    if (pauseMs === null) return
    this.#commitTimer = this.#clock.after(pauseMs, () => {
      if (!this.#commits.busy) void this.#commits.commitOnce(() => this.#owned.values())
      this.#scheduleCommit()
    })
  }

  #holdsLease(nowMs: number): boolean {
    return this.#membership !== null && holdsLease(this.#membership.state, nowMs)
  }

  #mayAct(work: LaneWork<LaneDelivery>): boolean {
    const nowMs = this.#clock.monotonicMs()
    return work.live && nowMs < work.deadlineMs && this.#holdsLease(nowMs)
  }

  #works(): readonly LaneWork<LaneDelivery>[] {
    return [...this.#owned.values()].map(each => each.work)
  }

  #isStillOurs(key: PartitionKey): boolean {
    const state = this.#membership?.state
    return state !== undefined && state.owned.has(key) && !state.revoking.has(key)
  }

  #names(keys: readonly PartitionKey[]): string[] {
    return keys.flatMap(key => this.#owned.get(key)?.name ?? [])
  }

  /** A listener that throws must not take the work behind it along; its error surfaces on its own. */
  #tell(event: ConsumerEvent): void {
    try {
      this.#settings.onEvent(event)
    } catch (error) {
      this.#clock.soon(() => {
        throw error
      })
    }
  }
}
