/**
 * Reads topics without a group: nothing is joined, nothing is committed, nobody else is disturbed. For looking at
 * records and for audits. The same fetch loop as the consumer's; records are handed over one at a time, those of a
 * partition in log order.
 */
import { LanekeeperError, type Offset } from '../core/model/index.ts'
import { FetchedRecord, type RecordHeader, type RecordVisitor } from '../core/records/index.ts'
import type { BrokerLink, Isolation } from '../ports/broker-link.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Codecs } from '../ports/codecs.ts'
import { asError } from './as-error.ts'
import type { TopicEvent } from './events.ts'
import { FetchCursor } from './fetch-cursor.ts'
import { Fetcher } from './fetcher.ts'
import { Fifo } from './fifo.ts'
import { Leaders } from './leaders.ts'
import { MemoryBudget } from './memory-budget.ts'
import { EARLIEST, LATEST, lookUpOffsets, type OffsetLookup } from './offset-lookup.ts'
import { TopicWatch } from './topic-watch.ts'

/** Key, value and headers are views into the fetched bytes: copy what you keep. */
export interface ReadRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
}

export interface ReadTopicOptions {
  /** Borrowed: stays open. */
  readonly link: BrokerLink
  readonly clock: Clock
  readonly codecs: Codecs
  readonly topics: readonly string[]
  /** Where to begin; with a list, only the partitions in it are read. */
  readonly from:
    | 'earliest'
    | 'latest'
    | readonly { readonly topic: string; readonly partition: number; readonly offset: Offset }[]
  /** `end`: up to where each partition ends at the start of the call. `forever`: until `signal`. */
  readonly until: 'end' | 'forever'
  /**
   * With `forever`: whether partitions that the topics get meanwhile are read too, from their start; noticed within
   * seconds. Default: unless `from` is a list.
   */
  readonly added?: boolean
  /** Default `read_committed`. */
  readonly isolation?: Isolation
  /** The next record waits for the promise, if there is one. */
  readonly onRecord: (record: ReadRecord) => void | Promise<void>
  /** A partition cannot be read on; the others go on. Told at once, because a reading may go on for ever. */
  readonly onStopped?: (error: LanekeeperError) => void
  /** With `forever`: a topic is gone, or there again. One that was created again is read on from its start. */
  readonly onTopic?: (event: TopicEvent) => void
  /** Ends the reading early, without an error. */
  readonly signal?: AbortSignal
}

export interface ReadReport {
  readonly records: number
  /** False: ended by the signal. */
  readonly complete: boolean
}

const MEMORY_BYTES_MAX = 32 * 1024 * 1024
const SLICE_MS = 8
/** How often topics are looked at for partitions that were added; nothing in the answers to fetches tells of them. */
const GROWTH_LOOK_MS = 10_000

/**
 * Rejects with TOPIC_UNKNOWN or PARTITION_UNKNOWN, at the start or when a topic is gone before its end was reached, with
 * FETCH_STOPPED after everything else was read if partitions could not be (each in `problems`), or with whatever
 * `onRecord` throws.
 */
export const readTopic = async (options: ReadTopicOptions): Promise<ReadReport> => {
  const { link, clock, topics } = options
  const leaders = new Leaders(link, clock, topics, () => watch.look())
  const reading = new TopicReading(options, leaders)
  const watch = new TopicWatch({
    clock,
    leaders,
    onMissing: topic => reading.topicMissing(topic),
    onFound: (topic, recreated) => reading.topicFound(topic, recreated),
    onFatal: error => reading.fail(error),
  })
  const onAbort = (): void => leaders.close()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await leaders.refresh()
    if (options.signal?.aborted === true) return { records: 0, complete: false }
    return await reading.run()
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
    watch.close()
    leaders.close()
  }
}

interface Buffered {
  readonly cursor: FetchCursor
  readonly record: FetchedRecord
}

interface Place {
  readonly topic: string
  readonly partition: number
}

/** One partition as it is read, up to but without `end`. */
interface Reading {
  readonly cursor: FetchCursor
  readonly visit: RecordVisitor
  readonly end: Offset
}

class TopicReading {
  readonly #options: ReadTopicOptions
  readonly #leaders: Leaders
  readonly #fetcher: Fetcher
  /** Partitions of which something came, in turns; each gives one batch. */
  readonly #arrived = new Fifo<Reading>()
  /** The batch that is being handed out. */
  readonly #batch = new Fifo<Buffered>()
  /** Partitions that have not reached their end; with `forever`, all that can be read. */
  readonly #open = new Set<FetchCursor>()
  readonly #stopped: LanekeeperError[] = []
  /** Topics whose new partitions are looked up at the moment. */
  readonly #restarting = new Set<string>()
  /** Of each topic the id, and how many partitions it had when they were last gone through. */
  readonly #extents = new Map<string, { readonly id: string | null; readonly partitions: number }>()
  #growthTimer: Timer | null = null
  #ended = false
  #fatal: LanekeeperError | null = null
  #wake: () => void = () => undefined

  constructor(options: ReadTopicOptions, leaders: Leaders) {
    this.#options = options
    this.#leaders = leaders
    this.#fetcher = new Fetcher({
      link: options.link,
      clock: options.clock,
      codecs: options.codecs,
      leaders,
      isolation: options.isolation ?? 'read_committed',
      budget: new MemoryBudget(MEMORY_BYTES_MAX, () => this.#fetcher.wake()),
      onFatal: error => this.fail(error),
    })
  }

  fail(error: unknown): void {
    this.#fatal = asError(error)
    this.#wake()
  }

  topicMissing(topic: string): void {
    if (this.#options.until === 'end') this.fail(topicUnknown(topic, 'does not exist any more.'))
    else this.#options.onTopic?.({ type: 'topic-missing', topic })
  }

  topicFound(topic: string, recreated: boolean): void {
    // of a topic that was created again its cursors tell
    if (!recreated) this.#options.onTopic?.({ type: 'topic-found', topic, recreated })
    this.#fetcher.leadersChanged()
  }

  async run(): Promise<ReadReport> {
    const { signal } = this.#options
    const onAbort = (): void => this.#wake()
    signal?.addEventListener('abort', onAbort, { once: true })
    let records = 0
    try {
      await this.#begin()
      this.#watchGrowth()
      for (;;) {
        records += await this.#handOut()
        if (this.#fatal !== null) throw this.#fatal
        if (this.#isAborted) return { records, complete: false }
        if (this.#isDone) break
        await new Promise<void>(resolve => {
          this.#wake = resolve
          // what came between the last look and this line has woken nobody
          if (this.#hasMore || this.#isDone || this.#isAborted || this.#fatal !== null) resolve()
        })
      }
    } finally {
      this.#ended = true
      this.#growthTimer?.cancel()
      this.#fetcher.close()
      signal?.removeEventListener('abort', onAbort)
    }
    if (this.#stopped.length > 0)
      throw new LanekeeperError('FETCH_STOPPED', this.#stopped.map(each => each.message).join('; '), {
        problems: this.#stopped.map(each => `${each.message}${each.fix === null ? '' : ` ${each.fix}`}`),
      })
    return { records, complete: true }
  }

  get #hasMore(): boolean {
    return this.#batch.length > 0 || this.#arrived.length > 0
  }

  get #isDone(): boolean {
    return this.#open.size === 0 && this.#restarting.size === 0 && !this.#hasMore
  }

  get #isAborted(): boolean {
    return this.#options.signal?.aborted === true
  }

  async #begin(): Promise<void> {
    const { from, until, topics } = this.#options
    const partitions = this.#partitions()
    for (const topic of topics) this.#noteExtent(topic)
    const starts =
      typeof from === 'string'
        ? await this.#offsets(partitions, from === 'earliest' ? EARLIEST : LATEST)
        : from.map(each => each.offset)
    const ends = until === 'end' ? await this.#offsets(partitions, LATEST) : null
    this.#read(partitions, starts, ends)
  }

  /** Where `ends` is null, for ever. */
  #read(
    partitions: readonly Place[],
    starts: readonly (Offset | null | undefined)[],
    ends: readonly (Offset | null)[] | null,
  ): void {
    const cursors = partitions.flatMap(({ topic, partition }, index) => {
      const start = starts[index]
      const end = ends === null ? Infinity : ends[index]
      const topicId = this.#leaders.topicId(topic)
      if (topicId === null || typeof start !== 'number' || typeof end !== 'number' || start >= end) return []
      const cursor: FetchCursor = new FetchCursor(topic, topicId, partition, start, {
        arrived: () => {
          this.#arrived.push(reading)
          this.#wake()
        },
        stopped: error => this.#partitionStopped(cursor, error),
      })
      const visit: RecordVisitor = (...record) => {
        if (record[0] < end) this.#batch.push({ cursor, record: new FetchedRecord(...record) })
      }
      const reading: Reading = { cursor, visit, end }
      this.#open.add(cursor)
      return cursor
    })
    for (const cursor of cursors) this.#fetcher.add(cursor)
  }

  #partitionStopped(cursor: FetchCursor, error: LanekeeperError): void {
    if (error.code === 'TOPIC_RECREATED' && this.#options.until === 'forever') {
      this.#startAnew(cursor.topic).catch((failure: unknown) => this.fail(failure))
      return
    }
    this.#stopped.push(error)
    this.#options.onStopped?.(error)
    this.#close(cursor)
  }

  /** The first partition that finds its topic to be another speaks for all of them. */
  async #startAnew(topic: string): Promise<void> {
    for (const cursor of this.#open) if (cursor.topic === topic) this.#close(cursor)
    this.#restarting.add(topic)
    this.#options.onTopic?.({ type: 'topic-found', topic, recreated: true })
    const partitions = this.#partitions().filter(each => each.topic === topic)
    this.#noteExtent(topic)
    const starts = await this.#offsets(partitions, EARLIEST)
    this.#restarting.delete(topic)
    this.#read(partitions, starts, null)
  }

  #noteExtent(topic: string): void {
    this.#extents.set(topic, {
      id: this.#leaders.topicId(topic),
      partitions: this.#leaders.partitionCount(topic),
    })
  }

  #watchGrowth(): void {
    const { clock, until, from, added = typeof from === 'string' } = this.#options
    if (until !== 'forever' || !added || this.#ended) return
    this.#growthTimer = clock.after(GROWTH_LOOK_MS, () => {
      this.#readAdded()
        .then(() => this.#watchGrowth())
        .catch((failure: unknown) => this.fail(failure))
    })
  }

  /** From their start: what was written before we saw them is as new to the reader as the rest. */
  async #readAdded(): Promise<void> {
    await this.#leaders.refresh()
    const partitions = [...this.#extents].flatMap(([topic, { id, partitions: before }]) =>
      // a topic that was created again begins anew as a whole
      this.#leaders.topicId(topic) !== id
        ? []
        : Array.from({ length: Math.max(0, this.#leaders.partitionCount(topic) - before) }, (_, index) => ({
            topic,
            partition: before + index,
          })),
    )
    for (const { topic } of partitions) this.#noteExtent(topic)
    const starts = await this.#offsets(partitions, EARLIEST)
    if (!this.#ended) this.#read(partitions, starts, null)
  }

  #partitions(): readonly Place[] {
    const { topics, from } = this.#options
    for (const topic of topics)
      if (this.#leaders.partitionCount(topic) === 0) throw topicUnknown(topic, 'does not exist.')
    if (typeof from === 'string')
      return topics.flatMap(topic =>
        Array.from({ length: this.#leaders.partitionCount(topic) }, (_, partition) => ({ topic, partition })),
      )
    for (const { topic, partition } of from)
      if (partition >= this.#leaders.partitionCount(topic))
        throw new LanekeeperError('PARTITION_UNKNOWN', `Topic ${topic} has no partition ${partition}.`)
    return from.map(({ topic, partition }) => ({ topic, partition }))
  }

  #offsets(
    partitions: readonly Place[],
    timestamp: typeof EARLIEST | typeof LATEST,
  ): Promise<(Offset | null)[]> {
    const { link, clock } = this.#options
    const lookup: OffsetLookup = {
      link,
      clock,
      leaders: this.#leaders,
      isolation: this.#options.isolation ?? 'read_committed',
    }
    const questions = partitions.map(each => ({ ...each, timestamp }))
    return lookUpOffsets(lookup, questions, () => !this.#isAborted)
  }

  #close(cursor: FetchCursor): void {
    this.#open.delete(cursor)
    this.#fetcher.remove(cursor)
    this.#wake()
  }

  /** The next record of the batch at hand, or of the next batch of whichever partition has one; undefined: none came. */
  #next(): Buffered | undefined {
    while (this.#batch.length === 0) {
      const reading = this.#arrived.shift()
      if (reading === undefined) return undefined
      const { cursor, visit, end } = reading
      if (!this.#open.has(cursor)) continue
      const more = this.#fetcher.read(cursor, visit)
      if (cursor.handedOut >= end) this.#close(cursor)
      else if (more) this.#arrived.push(reading)
    }
    return this.#batch.shift()
  }

  /** Hands out what came; gives the event loop a turn every few milliseconds, so that an abort gets through. */
  async #handOut(): Promise<number> {
    const { clock, onRecord } = this.#options
    let records = 0
    let sliceEndMs = clock.monotonicMs() + SLICE_MS
    while (!this.#isAborted && this.#fatal === null) {
      const next = this.#next()
      if (next === undefined) break
      records++
      const pending = onRecord(view(next))
      if (pending !== undefined) await pending
      if (clock.monotonicMs() < sliceEndMs) continue
      await new Promise<void>(resolve => clock.soon(resolve))
      sliceEndMs = clock.monotonicMs() + SLICE_MS
    }
    return records
  }
}

const topicUnknown = (topic: string, what: string): LanekeeperError =>
  new LanekeeperError('TOPIC_UNKNOWN', `Topic ${topic} ${what}`)

const view = ({ cursor, record }: Buffered): ReadRecord => ({
  topic: cursor.topic,
  partition: cursor.partition,
  offset: record.offset,
  timestampMs: record.timestampMs,
  get key() {
    return record.key
  },
  get value() {
    return record.value
  },
  get headers() {
    return record.headers
  },
})
