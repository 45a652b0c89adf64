/**
 * The fetch loop.
 *
 * Goal. To read every partition from a position of our own, to the end of its log and on, through leader moves and
 * lost brokers, without skipping a record, reading one twice, or letting one partition starve or stop another.
 *
 * Method. Cursors queue at the leader of their partition; each leader has one request in flight, so that answers of
 * one leader come in order. No fetch session: a session lives in a broker's memory and dies with it, a position of our
 * own does not. When a leader moved, its cursors are held back for a moment, leaders are looked up, and the cursors
 * change queues. What came waits as bytes until whoever reads the partition asks for the next batch; a partition that
 * has enough waiting is left out of requests.
 *
 * Invariants.
 * - An answer counts only if its cursor is still active and stands where the request asked. During a move two leaders
 *   may answer for one position.
 * - The position moves over everything that came, control batches and filtered records included. It is taken from bytes
 *   that nothing vouches for yet, so a refusal counts only once all that came before is read: the checksum speaks first.
 * - What cannot be read (offset gone, log diverged, corrupt batch) stops that partition with an error that names it and
 *   the choices, and no other. Nothing is skipped or reset silently.
 *
 * Pace. A broker pays for each partition named in a request, whatever the answer holds. While answers are small, a
 * request is sent not earlier than the number of its partitions ÷ PARTITIONS_PER_MS after the one before: a thousand
 * quiet partitions cost a delay of some 40 ms instead of a core.
 *
 * Not done: fetching from followers (racks). Source: KIP-951 (leader hints), KIP-320 (epoch checks), KIP-74 (limits).
 */
import { type BrokerId, KafkaCode, kafkaCodeName, LanekeeperError } from '../core/model/index.ts'
import { BatchFault, BatchReader, headersEnd, type RecordVisitor } from '../core/records/index.ts'
import {
  type BrokerLink,
  type FetchAnswer,
  type FetchedPartition,
  type Isolation,
  LinkFailure,
} from '../ports/broker-link.ts'
import type { Clock } from '../ports/clock.ts'
import type { Codecs } from '../ports/codecs.ts'
import type { FetchCursor } from './fetch-cursor.ts'
import type { Leaders } from './leaders.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { EARLIEST, LATEST } from './offset-lookup.ts'

const MAX_WAIT_MS = 500
/** Beside a partition that is held back the broker must not sit on the request: its room may come any moment. */
const MAX_WAIT_BESIDE_HELD_MS = 50
const RETRY_PAUSE_MS = 50
const LINK_FAILURE_PAUSE_MS = 100
/**
 * A fetch of many partitions is dear for the leader: it looks at each of them when the request comes, and, while it
 * waits for data, at all of them again for every batch that arrives in any. So many partitions are asked at a pace, and
 * while data flows without waiting; only a quiet leader is asked to hold the request until there is something.
 */
const PARTITIONS_PER_MS = 4
const PACE_MAX_MS = 40
const MANY_PARTITIONS = 32
/** An answer above this is a backlog: nobody waits. */
const SMALL_ANSWER_BYTES = 64 * 1024
const ANSWER_BYTES_MAX = 8 * 1024 * 1024
const PARTITION_BYTES_MAX = 1024 * 1024
/** So much of a partition waits while the next is asked for; with more it is left out. */
const BACKLOG_BYTES = 512 * 1024
const INFLATED_BYTES_MAX = 64 * 1024 * 1024

/** The leader moved or is moving: look it up and ask again. 78: a new leader does not know its end yet. */
const MOVED: ReadonlySet<number> = new Set([
  -1,
  KafkaCode.UNKNOWN_TOPIC_OR_PARTITION,
  KafkaCode.LEADER_NOT_AVAILABLE,
  KafkaCode.NOT_LEADER_OR_FOLLOWER,
  KafkaCode.REQUEST_TIMED_OUT,
  KafkaCode.REPLICA_NOT_AVAILABLE,
  KafkaCode.NETWORK_EXCEPTION,
  KafkaCode.KAFKA_STORAGE_ERROR,
  KafkaCode.FENCED_LEADER_EPOCH,
  KafkaCode.UNKNOWN_LEADER_EPOCH,
  KafkaCode.OFFSET_NOT_AVAILABLE,
  KafkaCode.UNKNOWN_TOPIC_ID,
  KafkaCode.INCONSISTENT_TOPIC_ID,
])

const maxWaitMs = (partitions: number, held: boolean, flowing: boolean): number => {
  if (flowing && partitions >= MANY_PARTITIONS) return 0
  return held ? MAX_WAIT_BESIDE_HELD_MS : MAX_WAIT_MS
}

export interface FetcherOptions {
  readonly link: BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly leaders: Leaders
  readonly isolation: Isolation
  /** Of everything that waits to be read; may be shared with what becomes of it. To `wake` when there is room. */
  readonly budget: MemoryBudget
  /** Nothing can be read any more (credentials, a defect). */
  readonly onFatal: (error: unknown) => void
}

export interface FetchCounts {
  fetches: number
  bytes: number
  /** Answers per Kafka code by name, and `LINK_FAILURE`. */
  readonly codes: Map<string, number>
}

/** The cursors of one leader. Those that were served go to the end, or the size limit would starve the rest. */
interface LeaderQueue {
  cursors: FetchCursor[]
  busy: boolean
  scheduled: boolean
  notBeforeMs: number
  /** The last answer brought records: the next will too, without waiting at the leader. */
  flowing: boolean
}

export class Fetcher {
  readonly counts: FetchCounts = { fetches: 0, bytes: 0, codes: new Map() }
  readonly #options: FetcherOptions
  readonly #queues = new Map<BrokerId, LeaderQueue>()
  /** Cursors whose partition has no leader that we know. */
  readonly #homeless = new Set<FetchCursor>()
  #relocating = false
  #closed = false

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  add(cursor: FetchCursor): void {
    this.#place(cursor)
  }

  /** Nothing of this cursor is handed out after the call. */
  remove(cursor: FetchCursor): void {
    cursor.active = false
    this.#takeOut(cursor)
    while (cursor.backlog.length > 0) this.#dropOldest(cursor)
  }

  /**
   * Hands the records of the next batch that waits to `visit`, those below the position asked for and those of aborted
   * transactions left out. False when nothing waits. A batch that cannot be read stops the partition.
   */
  read(cursor: FetchCursor, visit: RecordVisitor): boolean {
    for (let next = cursor.backlog.peek(); next !== undefined; next = cursor.backlog.peek()) {
      try {
        const found = next.reader.next(visit)
        cursor.handedOut = Math.max(cursor.handedOut, next.reader.nextOffset)
        if (found) return true
      } catch (failure) {
        if (!(failure instanceof BatchFault)) throw failure
        this.#corrupt(cursor, failure)
        return false
      }
      this.#dropOldest(cursor)
    }
    return false
  }

  #dropOldest(cursor: FetchCursor): void {
    const { sizeBytes = 0 } = cursor.backlog.shift() ?? {}
    const before = cursor.backlogBytes
    cursor.backlogBytes -= sizeBytes
    this.#options.budget.give(sizeBytes)
    if (before >= BACKLOG_BYTES && cursor.backlogBytes < BACKLOG_BYTES && cursor.leader !== null)
      this.#schedule(cursor.leader)
  }

  /** There is room where there was none. */
  wake(): void {
    for (const broker of this.#queues.keys()) this.#schedule(broker)
  }

  close(): void {
    this.#closed = true
  }

  #place(cursor: FetchCursor): void {
    const { leaders } = this.#options
    if (!cursor.active) return
    this.#takeOut(cursor)
    const topicId = leaders.topicId(cursor.topic)
    if (topicId !== null && topicId !== cursor.topicId) {
      this.#stop(
        cursor,
        `the topic was deleted and created again; offset ${cursor.position} belonged to the old one`,
        'Begin with the new topic at its start.',
        { code: 'TOPIC_RECREATED' },
      )
      return
    }
    // nobody has it: asking brokers for it has no sense before `leadersChanged`
    if (leaders.isMissing(cursor.topic)) {
      this.#homeless.add(cursor)
      return
    }
    const { broker, epoch } = leaders.leader(cursor.topic, cursor.partition)
    cursor.leaderEpoch = epoch
    if (broker === null) {
      this.#homeless.add(cursor)
      this.#relocate()
      return
    }
    cursor.leader = broker
    let queue = this.#queues.get(broker)
    if (queue === undefined) {
      queue = { cursors: [], busy: false, scheduled: false, notBeforeMs: 0, flowing: false }
      this.#queues.set(broker, queue)
    }
    queue.cursors.push(cursor)
    this.#schedule(broker)
  }

  #takeOut(cursor: FetchCursor): void {
    this.#homeless.delete(cursor)
    if (cursor.leader === null) return
    const queue = this.#queues.get(cursor.leader)
    if (queue !== undefined) queue.cursors = queue.cursors.filter(each => each !== cursor)
    cursor.leader = null
  }

  /** Looks leaders up, soon and once for all who ask meanwhile, and moves those cursors whose leader changed. */
  #relocate(): void {
    if (this.#relocating || this.#closed) return
    this.#relocating = true
    const { clock, leaders, onFatal } = this.#options
    clock.after(RETRY_PAUSE_MS, () => {
      leaders.refresh().then(() => {
        this.#relocating = false
        this.leadersChanged()
      }, onFatal)
    })
  }

  /** Moves the cursors whose leader, or whose topic, is not what it was. */
  leadersChanged(): void {
    if (this.#closed) return
    const { leaders } = this.#options
    const all = [...this.#homeless, ...[...this.#queues.values()].flatMap(queue => queue.cursors)]
    for (const cursor of all) {
      const { broker, epoch } = leaders.leader(cursor.topic, cursor.partition)
      const sameTopic = leaders.topicId(cursor.topic) === cursor.topicId
      const missing = leaders.isMissing(cursor.topic)
      if (
        missing ||
        broker === null ||
        broker !== cursor.leader ||
        epoch !== cursor.leaderEpoch ||
        !sameTopic
      )
        this.#place(cursor)
    }
    this.wake()
  }

  #schedule(broker: BrokerId): void {
    const queue = this.#queues.get(broker)
    if (queue === undefined || queue.busy || queue.scheduled || this.#closed) return
    queue.scheduled = true
    const { clock } = this.#options
    const run = (): void => {
      queue.scheduled = false
      if (!queue.busy && !this.#closed) void this.#fetch(broker, queue)
    }
    const waitMs = queue.notBeforeMs - clock.monotonicMs()
    if (waitMs > 0) clock.after(waitMs, run)
    else clock.soon(run)
  }

  /** One request to one leader. Never rejects. */
  async #fetch(broker: BrokerId, queue: LeaderQueue): Promise<void> {
    const { clock } = this.#options
    const { asked, held, laterMs } = this.#choose(queue)
    if (laterMs < Infinity) clock.after(laterMs, () => this.#schedule(broker))
    if (asked.length === 0) return

    queue.busy = true
    const sentAtMs = clock.monotonicMs()
    const positions = asked.map(cursor => cursor.position)
    this.counts.fetches++
    const answer = await this.#request(broker, asked, maxWaitMs(asked.length, held, queue.flowing))
    if (this.#closed) return
    if (answer === null) this.#lookUpAgain(asked)
    else {
      const bytes = this.#take(answer, queue, asked, positions)
      queue.flowing = bytes > 0
      const paceMs = bytes < SMALL_ANSWER_BYTES ? Math.min(PACE_MAX_MS, asked.length / PARTITIONS_PER_MS) : 0
      queue.notBeforeMs = Math.max(clock.monotonicMs() + answer.throttleMs, sentAtMs + paceMs)
    }
    queue.busy = false
    this.#schedule(broker)
  }

  /** Null: no answer, and nothing is known but that this leader may be gone. */
  async #request(
    broker: BrokerId,
    asked: readonly FetchCursor[],
    maxWaitMs: number,
  ): Promise<FetchAnswer | null> {
    const { link, isolation, onFatal } = this.#options
    try {
      return await link.fetch(broker, 'fetch', {
        maxWaitMs,
        minBytes: 1,
        maxBytes: ANSWER_BYTES_MAX,
        isolation,
        partitions: asked.map(cursor => ({
          topic: cursor.topic,
          topicId: cursor.topicId,
          partition: cursor.partition,
          leaderEpoch: cursor.leaderEpoch,
          offset: cursor.position,
          lastFetchedEpoch: cursor.lastEpoch,
          maxBytes: PARTITION_BYTES_MAX,
        })),
      })
    } catch (failure) {
      if (failure instanceof LinkFailure) this.#count('LINK_FAILURE')
      else onFatal(failure)
      return null
    }
  }

  #lookUpAgain(cursors: readonly FetchCursor[]): void {
    const untilMs = this.#options.clock.monotonicMs() + LINK_FAILURE_PAUSE_MS
    for (const cursor of cursors) cursor.notBeforeMs = untilMs
    this.#relocate()
  }

  #choose(queue: LeaderQueue): { asked: FetchCursor[]; held: boolean; laterMs: number } {
    const { clock, budget } = this.#options
    const asked: FetchCursor[] = []
    if (budget.isSpent) return { asked, held: true, laterMs: Infinity }
    const nowMs = clock.monotonicMs()
    let held = false
    let laterMs = Infinity
    for (const cursor of queue.cursors) {
      if (cursor.backlogBytes >= BACKLOG_BYTES) held = true
      else if (cursor.notBeforeMs > nowMs) laterMs = Math.min(laterMs, cursor.notBeforeMs - nowMs)
      else asked.push(cursor)
    }
    return { asked, held, laterMs }
  }

  /** Returns the bytes of records received. */
  #take(
    answer: FetchAnswer,
    queue: LeaderQueue,
    asked: readonly FetchCursor[],
    positions: readonly number[],
  ): number {
    const index = new Map<string, Map<number, number>>()
    asked.forEach((cursor, at) => {
      let partitions = index.get(cursor.topicId)
      if (partitions === undefined) index.set(cursor.topicId, (partitions = new Map<number, number>()))
      partitions.set(cursor.partition, at)
    })
    if (answer.code !== KafkaCode.NONE) {
      this.#count(kafkaCodeName(answer.code))
      this.#lookUpAgain(asked)
      return 0
    }
    const served = new Set<FetchCursor>()
    let bytes = 0
    for (const fetched of answer.partitions) {
      const at = index.get(fetched.topicId)?.get(fetched.partition)
      const cursor = at === undefined ? undefined : asked[at]
      if (cursor === undefined || !cursor.active || cursor.position !== positions[at as number]) continue
      bytes += fetched.records?.length ?? 0
      if (this.#takePartition(cursor, fetched)) served.add(cursor)
    }
    this.counts.bytes += bytes
    if (served.size > 0 && served.size < queue.cursors.length)
      queue.cursors = [
        ...queue.cursors.filter(cursor => !served.has(cursor)),
        ...queue.cursors.filter(cursor => served.has(cursor)),
      ]
    return bytes
  }

  /** True if the position moved. */
  #takePartition(cursor: FetchCursor, fetched: FetchedPartition): boolean {
    const { clock, isolation } = this.#options
    const { code, diverging } = fetched
    if (code !== KafkaCode.NONE) this.#count(kafkaCodeName(code))
    if (MOVED.has(code)) this.#moved(cursor, fetched)
    else if ((code !== KafkaCode.NONE || diverging !== null) && cursor.backlog.length > 0)
      cursor.notBeforeMs = clock.monotonicMs() + RETRY_PAUSE_MS
    else if (code !== KafkaCode.NONE) this.#refused(cursor, code)
    else if (diverging !== null) this.#diverged(cursor, fetched, diverging)
    else {
      cursor.end = isolation === 'read_committed' ? fetched.lastStableOffset : fetched.highWatermark
      cursor.logStart = fetched.logStart
      return this.#keep(cursor, fetched)
    }
    return false
  }

  #keep(cursor: FetchCursor, { records, aborted }: FetchedPartition): boolean {
    if (records === null || records.length === 0) return false
    const { codecs, isolation, budget } = this.#options
    const before = cursor.position
    const { nextOffset, lastEpoch } = headersEnd(records, before)
    const reader = new BatchReader(records, {
      from: before,
      isolation,
      aborted,
      crc32c: batch => codecs.crc32c(batch),
      decompress: (codec, packed, maxBytes) => codecs.decompress(codec, packed, maxBytes),
      maxInflatedBytes: INFLATED_BYTES_MAX,
      where: cursor.name,
    })
    cursor.backlog.push({ reader, sizeBytes: records.length })
    cursor.backlogBytes += records.length
    budget.take(records.length)
    cursor.position = nextOffset
    if (lastEpoch >= 0) cursor.lastEpoch = lastEpoch
    cursor.sink.arrived()
    return nextOffset > before
  }

  /** Everything below the bad batch was handed out. */
  #corrupt(cursor: FetchCursor, fault: BatchFault): void {
    cursor.handedOut = Math.max(cursor.handedOut, fault.offset)
    this.#stop(
      cursor,
      fault.message,
      `Read the batch with kafka-dump-log on the leader; go on behind it by resetting the group past offset ${cursor.handedOut}.`,
      { cause: fault },
    )
  }

  #diverged(
    cursor: FetchCursor,
    { highWatermark }: FetchedPartition,
    { epoch, endOffset }: NonNullable<FetchedPartition['diverging']>,
  ): void {
    this.#stop(
      cursor,
      `the log diverged: the leader's log of epoch ${epoch} ends at ${endOffset}, but offset ${cursor.position} was read from it`,
      `Records from ${endOffset} on were read and then lost by the cluster (unclean election). Decide where to go on: ` +
        `reset the group to ${endOffset}, or to the end (${highWatermark}).`,
    )
  }

  #moved(cursor: FetchCursor, { leader }: FetchedPartition): void {
    const { clock, leaders } = this.#options
    if (leader !== null && leaders.learn(cursor.topic, cursor.partition, leader)) {
      this.#place(cursor)
      return
    }
    cursor.notBeforeMs = clock.monotonicMs() + RETRY_PAUSE_MS
    this.#relocate()
  }

  #refused(cursor: FetchCursor, code: number): void {
    if (code === KafkaCode.OFFSET_OUT_OF_RANGE) {
      this.remove(cursor)
      void this.#outOfRange(cursor)
    } else
      this.#stop(
        cursor,
        `the broker refuses to read on at offset ${cursor.position}: ${kafkaCodeName(code)}`,
        code === KafkaCode.TOPIC_AUTHORIZATION_FAILED
          ? `Grant READ on topic ${cursor.topic} to this principal.`
          : 'Look the code up in the log of the leader, repair, and restart the reader.',
      )
  }

  /** The refusal does not say what the log holds; without the choices the error would be of little use. Never rejects. */
  async #outOfRange(cursor: FetchCursor): Promise<void> {
    const { link, leaders, isolation } = this.#options
    const { topic, partition, position } = cursor
    const { broker } = leaders.leader(topic, partition)
    const bounds = await Promise.all(
      [EARLIEST, LATEST].map(async timestamp => {
        if (broker === null) return null
        const [found] = await link.listOffsets(broker, isolation, [{ topic, partition, timestamp }])
        return found?.code === KafkaCode.NONE ? found.offset : null
      }),
    ).catch(() => [null, null])
    const [start, end] = bounds.map(offset => offset ?? 'unknown')
    this.#stop(
      cursor,
      `offset ${position} is out of range; the log holds ${start} to ${end}`,
      `Records in between are gone (retention, or the topic was cut). Decide where to go on: reset the group to ` +
        `${start} (earliest) or ${end} (latest).`,
    )
  }

  #stop(
    cursor: FetchCursor,
    what: string,
    fix: string,
    {
      code = 'FETCH_STOPPED',
      ...cause
    }: { readonly code?: 'FETCH_STOPPED' | 'TOPIC_RECREATED'; readonly cause?: unknown } = {},
  ): void {
    const text = what.startsWith(cursor.name) ? what : `${cursor.name}: ${what}`
    const error = new LanekeeperError(code, text, { fix, ...cause })
    this.remove(cursor)
    cursor.sink.stopped(error)
  }

  #count(name: string): void {
    this.counts.codes.set(name, (this.counts.codes.get(name) ?? 0) + 1)
  }
}
