/**
 * The ordered consumer: a member of a group that processes each record once its predecessors of the same key are done,
 * and commits after processing. At least once: a crash repeats what was not committed, a graceful hand-over nothing.
 *
 * Start reading at `member.ts` (what is ours, and until when), then `lanes.ts` (order), `frontier.ts` and `commits.ts`
 * (what is done), `fetcher.ts` (where records come from). This file joins them and holds one `Ownership` for each
 * partition.
 */
import { kafkaCodeName, LanekeeperError, type Offset } from '../core/model/index.ts'
import { type BrokerLink, LinkFailure } from '../ports/broker-link.ts'
import { type Clock, sleep, type Timer } from '../ports/clock.ts'
import type { Codecs } from '../ports/codecs.ts'
import { asError } from './as-error.ts'
import { Commits } from './commits.ts'
import { Coordinator } from './coordinator.ts'
import { Delivery, type DeliveryScope } from './delivery.ts'
import type { CloseReport, ConsumerEvent, ConsumerStats } from './events.ts'
import { FetchCursor } from './fetch-cursor.ts'
import { Fetcher } from './fetcher.ts'
import type { LaneWork } from './lane-work.ts'
import { Lanes } from './lanes.ts'
import { LatencySketch } from './latency.ts'
import { Leaders } from './leaders.ts'
import { holdsLease, type PartitionKey, splitPartitionKey } from './member.ts'
import { Membership } from './membership.ts'
import { Ownership } from './ownership.ts'
import { findPositions } from './positions.ts'
import { settledBy } from './settled-by.ts'
import { type ConsumerOptions, type ConsumerSettings, settingsFrom } from './settings.ts'
import { statsOf } from './stats.ts'

export type { ConsumedRecord } from './delivery.ts'
export type { CloseReport, ConsumerEvent, ConsumerStats, PartitionStats } from './events.ts'
export type { ConsumerOptions } from './settings.ts'

export interface Consumer {
  /**
   * Joins the group and processes until `close`, then resolves. Rejects with the `LanekeeperError` that ended it
   * (GROUP_REFUSED, NOT_AUTHORIZED, CLUSTER_TOO_OLD, AUTHENTICATION_FAILED). To be called once.
   */
  run(): Promise<void>
  /** Finishes what was started, commits, leaves. `deadlineMs`: how long that may take, counted from the call. */
  close(options: { readonly deadlineMs: number }): Promise<CloseReport>
  stats(): ConsumerStats
}

export interface ConsumerParts {
  /** For this consumer alone. It is not closed by it. */
  readonly link: BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly options: ConsumerOptions
}

/** Throws USAGE if the options cannot work. Nothing is sent before `run`. */
export const createConsumer = (parts: ConsumerParts): Consumer =>
  new OrderedConsumer(parts, settingsFrom(parts.options))

/** Enough to keep handlers busy between two fetch answers; bounds memory to some hundred MB. */
const PARTITION_RECORDS_MAX = 4_096
const PARTITION_BYTES_MAX = 8 * 1024 * 1024
const RECORDS_MAX = 200_000
const BYTES_MAX = 128 * 1024 * 1024
const SESSION_LOOKUP_PAUSE_MS = 200
/** Part of a deadline that handlers get; the rest is for the last commit. */
const DRAIN_SHARE = 0.8

class OrderedConsumer implements Consumer {
  readonly #link: BrokerLink
  readonly #clock: Clock
  readonly #settings: ConsumerSettings
  readonly #leaders: Leaders
  readonly #coordinator: Coordinator
  readonly #fetcher: Fetcher
  readonly #lanes: Lanes<Delivery>
  readonly #commits: Commits
  readonly #latency = new LatencySketch()
  readonly #owned = new Map<PartitionKey, Ownership>()
  readonly #groupCodes = new Map<string, number>()
  #membership: Membership | null = null
  #commitTimer: Timer | null = null
  #closing: Promise<CloseReport> | null = null
  #drainedInTime = true
  #records = 0
  #handlerFailures = 0
  #rebalances = 0

  constructor({ link, clock, codecs }: ConsumerParts, settings: ConsumerSettings) {
    this.#link = link
    this.#clock = clock
    this.#settings = settings
    const { group, memberId, instanceId, isolation, topics } = settings
    this.#leaders = new Leaders(link, clock, topics)
    this.#coordinator = new Coordinator(link, group)
    this.#lanes = new Lanes<Delivery>({
      clock,
      ordering: settings.ordering,
      concurrency: settings.concurrency,
      windowRecords: settings.windowRecords,
      attemptsMax: settings.attemptsMax,
      partitionRecordsMax: PARTITION_RECORDS_MAX,
      partitionBytesMax: PARTITION_BYTES_MAX,
      recordsMax: RECORDS_MAX,
      bytesMax: BYTES_MAX,
      mayStart: nowMs => this.#holdsLease(nowMs),
      run: record => settings.handler(record),
      onDone: record => {
        this.#records++
        this.#latency.add(clock.wallMs() - record.timestampMs)
      },
      onFailed: (work, record, error, retryInMs) => this.#handlerFailed(work, record, error, retryInMs),
      onRoom: () => this.#fetcher.wake(),
    })
    this.#fetcher = new Fetcher({
      link,
      clock,
      codecs,
      leaders: this.#leaders,
      isolation,
      isFullInTotal: () => this.#lanes.isFullInTotal,
      onFatal: error => this.#membership?.fail(asError(error)),
    })
    this.#commits = new Commits({
      link,
      clock,
      coordinator: this.#coordinator,
      group,
      memberId,
      instanceId,
      epoch: () => this.#membership?.state.epoch ?? 0,
      onDoubt: () => this.#membership?.doubt(),
      onRefused: (ownership, error) =>
        this.#tell({ type: 'commit-refused', partition: ownership.name, error }),
    })
  }

  async run(): Promise<void> {
    try {
      await this.#leaders.refresh()
      const sessionTimeoutMs = await this.#sessionTimeoutMs()
      if (sessionTimeoutMs === null) return
      this.#membership = this.#newMembership(sessionTimeoutMs)
      this.#membership.start()
      this.#scheduleCommit()
      await this.#membership.ended
    } finally {
      this.#commitTimer?.cancel()
      this.#fetcher.close()
      this.#leaders.close()
    }
  }

  close({ deadlineMs }: { readonly deadlineMs: number }): Promise<CloseReport> {
    this.#closing ??= this.#close(deadlineMs)
    return this.#closing
  }

  stats(): ConsumerStats {
    return statsOf({
      state: this.#membership?.state ?? null,
      memberId: this.#settings.memberId,
      recordsProcessed: this.#records,
      handlerFailures: this.#handlerFailures,
      rebalances: this.#rebalances,
      fetches: this.#fetcher.counts,
      commits: this.#commits.counts,
      groupCodes: this.#groupCodes,
      latency: this.#latency.summary(),
      owned: [...this.#owned.values()],
    })
  }

  async #close(withinMs: number): Promise<CloseReport> {
    const startedAtMs = this.#clock.monotonicMs()
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

  #newMembership(sessionTimeoutMs: number): Membership {
    const { group, topics, memberId, instanceId, rebalanceTimeoutMs } = this.#settings
    return new Membership({
      link: this.#link,
      clock: this.#clock,
      coordinator: this.#coordinator,
      settings: { group, sessionTimeoutMs, rebalanceTimeoutMs, instanceId },
      memberId,
      topics,
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
        for (const key of keys) this.#release(key)
        return this.#lanes.quiet()
      },
      onLeaseRenewed: () => this.#lanes.resume(),
      onTrouble: (text, code) => {
        const name = code === null ? 'LINK_FAILURE' : kafkaCodeName(code)
        this.#groupCodes.set(name, (this.#groupCodes.get(name) ?? 0) + 1)
        this.#tell({ type: 'group-trouble', text: `${name}: ${text}` })
      },
    })
  }

  /** The lease depends on it, so nothing starts without it. Null: closed before it was known. */
  async #sessionTimeoutMs(): Promise<number | null> {
    while (this.#closing === null) {
      try {
        const sessionTimeoutMs = await this.#link.groupSessionTimeoutMs(this.#settings.group)
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
    while (keys.some(key => this.#leaders.topicName(splitPartitionKey(key).topicId) === null)) {
      await this.#leaders.refresh()
      if (!keys.some(key => this.#isStillOurs(key))) return
    }
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
        await this.#lanes.quiet(each.name)
        await this.#begin([each])
      }),
    ])
  }

  #begin(ownerships: readonly Ownership[]): Promise<void> {
    const { group, memberId, isolation, fromWhenNothingCommitted } = this.#settings
    return findPositions(
      {
        link: this.#link,
        clock: this.#clock,
        leaders: this.#leaders,
        isolation,
        coordinator: this.#coordinator,
        group,
        memberId,
        epoch: () => this.#membership?.state.epoch ?? 0,
        onDoubt: () => this.#membership?.doubt(),
        fromWhenNothingCommitted,
      },
      ownerships,
      (ownership, offset) => this.#read(ownership, offset),
    )
  }

  #read(ownership: Ownership, offset: Offset): void {
    const { key, topic, partition, work } = ownership
    // a revocation that came while the position was looked up has nothing to drain and must not get anything
    if (this.#membership?.state.revoking.has(key) === true) return
    const scope: DeliveryScope = { topic, partition, work, mayAct: each => this.#mayAct(each) }
    const { topicId } = splitPartitionKey(key)
    ownership.begunAt = offset
    ownership.cursor = new FetchCursor(topic, topicId, partition, offset, {
      full: () => this.#lanes.isFull(work),
      take: record => this.#lanes.add(work, new Delivery(scope, record)),
      advanced: () => undefined,
      stopped: error => this.#stopped(ownership, error),
    })
    this.#fetcher.add(ownership.cursor)
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
    const committed = await this.#commits.commitFinally(ownerships, deadlineMs)
    const inTime = committed && drained.every(Boolean)
    if (!inTime) this.#drainedInTime = false
    this.#tell({ type: 'revoked', partitions: ownerships.map(each => each.name), inTime })
  }

  #release(key: PartitionKey): void {
    const ownership = this.#owned.get(key)
    if (ownership === undefined) return
    this.#owned.delete(key)
    if (ownership.cursor !== null) this.#fetcher.remove(ownership.cursor)
    this.#lanes.drop(ownership.work)
  }

  #handlerFailed(work: LaneWork<Delivery>, record: Delivery, error: unknown, retryInMs: number | null): void {
    this.#handlerFailures++
    const { offset, attempts } = record
    this.#tell({ type: 'handler-failed', partition: work.name, offset, attempts, retryInMs, error })
    const ownership = [...this.#owned.values()].find(each => each.work === work)
    if (retryInMs !== null || ownership === undefined || ownership.stopped !== null) return
    if (ownership.cursor !== null) this.#fetcher.remove(ownership.cursor)
    const reason = error instanceof Error ? error.message : String(error)
    this.#stopped(
      ownership,
      new LanekeeperError(
        'HANDLER_FAILED',
        `${work.name} stands at offset ${offset}: its handler failed ${attempts} times, last with: ${reason}`,
        {
          fix: 'Repair the handler and restart, or reset the group past the record if it may be left out.',
          cause: error,
        },
      ),
    )
  }

  #stopped(ownership: Ownership, error: LanekeeperError): void {
    ownership.stopped = error
    this.#tell({ type: 'partition-stopped', partition: ownership.name, error })
  }

  #scheduleCommit(): void {
    this.#commitTimer = this.#clock.after(this.#settings.commitIntervalMs, () => {
      if (!this.#commits.busy) void this.#commits.commitOnce(() => this.#owned.values())
      this.#scheduleCommit()
    })
  }

  #holdsLease(nowMs: number): boolean {
    return this.#membership !== null && holdsLease(this.#membership.state, nowMs)
  }

  #mayAct(work: LaneWork<Delivery>): boolean {
    const nowMs = this.#clock.monotonicMs()
    return work.live && nowMs < work.deadlineMs && this.#holdsLease(nowMs)
  }

  #isStillOurs(key: PartitionKey): boolean {
    const state = this.#membership?.state
    return state !== undefined && state.owned.has(key) && !state.revoking.has(key)
  }

  #names(keys: readonly PartitionKey[]): string[] {
    return keys.flatMap(key => this.#owned.get(key)?.name ?? [])
  }

  #tell(event: ConsumerEvent): void {
    this.#settings.onEvent(event)
  }
}
