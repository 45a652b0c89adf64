/**
 * The producer: a thin driver around the machine. It performs effects over the link, reports results back as events,
 * and keeps one timer. Everything that could go wrong in an interesting way is decided in machine/machine.ts.
 */
import { LanekeeperError, nearest } from '../core/model/index.ts'
import { type BrokerLink, LinkFailure } from '../ports/broker-link.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Codecs } from '../ports/codecs.ts'
import type { Random } from '../ports/random.ts'
import type { BrokerFigures, PartitionFigures } from './figures.ts'
import type { FlushToken } from './machine/batch.ts'
import type { ProducerEffect, ProducerEvent, Unfinished } from './machine/events.ts'
import { ProducerMachine } from './machine/machine.ts'
import { observedProduce, type ProduceObserver } from './observer.ts'
import { type ProducerOptions, producerOptions } from './options.ts'
import type { OnOutcome, ProducerRecord } from './outcome.ts'
import type { Partitioner } from './partitioner.ts'
import { RecordTime } from './record-time.ts'
import { type Resolution, settleDoubts } from './settle.ts'
import type { ProducerStats } from './stats.ts'

/** What a producer asks of brokers. */
export type ProducerLink = Pick<
  BrokerLink,
  'metadata' | 'initProducerId' | 'produce' | 'abandon' | 'fetch' | 'listOffsets'
>

export interface ProducerParts {
  /** For this producer alone. It is not closed by it. */
  readonly link: ProducerLink
  readonly clock: Clock
  readonly codecs: Codecs
  /** For jitter and for the choice of partitions without a key. */
  readonly random: Random
  readonly options?: Partial<ProducerOptions>
  /** Where records go that name no partition. By default as Kafka's own client does it. */
  readonly partitioner?: Partitioner
  /** Told of each request, for instruments. */
  readonly observer?: ProduceObserver
}

export interface CloseReport {
  readonly acknowledged: number
  readonly failed: number
  readonly inDoubt: number
  /** What the deadline cut off, by partition. Empty where everything was settled in time. */
  readonly unfinished: readonly Unfinished[]
}

/** Idempotent, `acks=all`, in order per key. One outcome per record, always. */
export interface Producer {
  /**
   * Takes a record. False: taken, but the buffer is full; wait for `drained()`. A caller that goes on regardless is
   * refused record by record (BUFFER_FULL) at twice the buffer. Never throws for what a record is: that is its outcome.
   */
  send(record: ProducerRecord, onOutcome?: OnOutcome): boolean
  /** The same for many; false as soon as the buffer is full after the last of them. */
  sendBatch(records: readonly ProducerRecord[], onOutcome?: OnOutcome): boolean
  /** Resolves when there is room again; at once while there is. */
  drained(): Promise<void>
  /** Sends what lingers, and resolves when everything taken before this call has its outcome. Never rejects. */
  flush(): Promise<void>
  /**
   * Takes no more records, flushes, and after `deadlineMs` gives up what is left: as failed where it was never sent,
   * as in doubt where it was. The report names it. Calling again gives the same report.
   */
  close(options: { readonly deadlineMs: number }): Promise<CloseReport>
  /**
   * Looks in the log for what is in doubt and says what became of it. A partition that stopped over a doubt takes
   * records again once it is decided. What the log cannot decide within `deadlineMs` stays in doubt. Never rejects.
   */
  settle(options: { readonly deadlineMs: number }): Promise<readonly Resolution[]>
  stats(): ProducerStats
  partitionFigures(): readonly PartitionFigures[]
  brokerFigures(): readonly BrokerFigures[]
  /** Number of partitions. Rejects with TOPIC_UNKNOWN (and the nearest name), NOT_AUTHORIZED or CLUSTER_UNREACHABLE. */
  partitionsFor(topic: string): Promise<number>
}

/** Throws USAGE when the options contradict each other. Talks to the cluster from the first record on. */
export const createProducer = (parts: ProducerParts): Producer => new DrivenProducer(parts)

/** Room is announced below this share of the buffer, so that the caller does not stop again after one record. */
const ROOM_AT = 0.75

interface TopicWaiter {
  resolve(partitions: number): void
  reject(error: LanekeeperError): void
}

class DrivenProducer implements Producer {
  private readonly link: ProducerLink
  private readonly clock: Clock
  private readonly time: RecordTime
  private readonly options: ProducerOptions
  private readonly machine: ProducerMachine
  private readonly produce: BrokerLink['produce']
  private timer: Timer | null = null
  private timerAtMs = Number.POSITIVE_INFINITY
  private tickQueued = false
  private roomWaiters: (() => void)[] = []
  private readonly flushWaiters = new Map<FlushToken, () => void>()
  private readonly topicWaiters = new Map<string, TopicWaiter[]>()
  private unfinished: readonly Unfinished[] = []
  private closing: Promise<CloseReport> | null = null
  /** Everything is settled: late answers change nothing, and no timer may keep the process alive. */
  private closed = false

  constructor({ link, clock, codecs, random, options, partitioner, observer }: ProducerParts) {
    this.link = link
    this.clock = clock
    this.time = new RecordTime(clock)
    this.options = producerOptions(options)
    this.machine = new ProducerMachine(this.options, random, codecs, partitioner)
    this.produce = observer === undefined ? link.produce.bind(link) : observedProduce(link, clock, observer)
  }

  send(record: ProducerRecord, onOutcome?: OnOutcome): boolean {
    const { machine, time } = this
    if (this.closing !== null) {
      const why = 'the producer is closed'
      onOutcome?.({ kind: 'failed', code: 'PRODUCER_CLOSED', retriable: false, why }, record)
      return false
    }
    time.pass()
    machine.append(record, onOutcome ?? null, time.wallMs, time.monotonicMs)
    if (machine.attention) this.attend()
    return machine.hasRoom
  }

  sendBatch(records: readonly ProducerRecord[], onOutcome?: OnOutcome): boolean {
    for (const record of records) this.send(record, onOutcome)
    return this.machine.hasRoom && this.closing === null
  }

  drained(): Promise<void> {
    if (this.machine.hasRoom) return Promise.resolve()
    return new Promise(resolve => this.roomWaiters.push(resolve))
  }

  flush(): Promise<void> {
    return new Promise(resolve => {
      const token: FlushToken = { remaining: 0 }
      this.flushWaiters.set(token, resolve)
      this.advance({ kind: 'flush', token })
    })
  }

  close({ deadlineMs }: { readonly deadlineMs: number }): Promise<CloseReport> {
    this.closing ??= this.closeWithin(deadlineMs)
    return this.closing
  }

  settle({ deadlineMs }: { readonly deadlineMs: number }): Promise<readonly Resolution[]> {
    return settleDoubts({
      link: this.link,
      clock: this.clock,
      doubts: this.machine.openDoubts(),
      deadlineMs,
      resolved: (doubt, finding) => this.advance({ kind: 'resolved', doubt, finding }),
    })
  }

  stats(): ProducerStats {
    return this.machine.stats()
  }

  partitionFigures(): readonly PartitionFigures[] {
    return this.machine.partitionFigures()
  }

  brokerFigures(): readonly BrokerFigures[] {
    return this.machine.brokerFigures()
  }

  partitionsFor(topic: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiters = this.topicWaiters.get(topic)
      if (waiters === undefined) this.topicWaiters.set(topic, [{ resolve, reject }])
      else waiters.push({ resolve, reject })
      this.advance({ kind: 'topic-wanted', topic })
    })
  }

  private async closeWithin(deadlineMs: number): Promise<CloseReport> {
    await new Promise<void>(resolve => {
      const deadline = this.clock.after(deadlineMs, resolve)
      void this.flush().then(() => {
        deadline.cancel()
        resolve()
      })
    })
    this.advance({ kind: 'give-up', why: `the producer was closed and ${deadlineMs} ms were not enough` })
    this.timer?.cancel()
    this.timer = null
    this.closed = true
    const { recordsAcknowledged, recordsFailed, recordsInDoubt } = this.machine.stats()
    return {
      acknowledged: recordsAcknowledged,
      failed: recordsFailed,
      inDoubt: recordsInDoubt,
      unfinished: this.unfinished,
    }
  }

  /** After a record that changed what is due: soon and once, so that a burst of records costs one turn. */
  private attend(): void {
    this.machine.attention = false
    if (this.tickQueued) return
    this.tickQueued = true
    this.clock.soon(() => {
      this.tickQueued = false
      const nowMs = this.clock.monotonicMs()
      this.perform(this.machine.takeEffects())
      if (this.machine.wakeAtMs(nowMs) <= nowMs) this.advance({ kind: 'tick' })
      else this.arm(nowMs)
    })
  }

  private advance(event: ProducerEvent): void {
    this.machine.advance(event, this.clock.monotonicMs())
    this.machine.attention = false
    this.perform(this.machine.takeEffects())
    if (this.roomWaiters.length > 0 && this.machine.bufferedBytes < this.options.bufferBytes * ROOM_AT) {
      const waiters = this.roomWaiters
      this.roomWaiters = []
      for (const resolve of waiters) resolve()
    }
    this.arm(this.clock.monotonicMs())
  }

  private arm(nowMs: number): void {
    if (this.closed) return
    const wakeAtMs = this.machine.wakeAtMs(nowMs)
    // an earlier timer stays: it ticks for nothing once, which is cheaper than a new timer per event
    if (this.timer !== null && this.timerAtMs <= wakeAtMs) return
    this.timer?.cancel()
    this.timer = null
    if (wakeAtMs === Number.POSITIVE_INFINITY) return
    this.timerAtMs = wakeAtMs
    this.timer = this.clock.after(Math.max(0, Math.ceil(wakeAtMs - nowMs)), () => {
      this.timer = null
      this.advance({ kind: 'tick' })
    })
  }

  private perform(effects: readonly ProducerEffect[]): void {
    for (const effect of effects) this.performOne(effect)
  }

  private performOne(effect: ProducerEffect): void {
    switch (effect.kind) {
      case 'identify':
        this.link.initProducerId().then(
          answer => this.advance({ kind: 'identified', ...answer }),
          (error: unknown) =>
            this.advance({
              kind: 'identify-failed',
              refused: error instanceof LinkFailure && error.kind === 'authentication',
              why: textOf(error),
            }),
        )
        return
      case 'look-up':
        this.link.metadata(effect.topics).then(
          answer => this.advance({ kind: 'looked-up', answer }),
          () => this.advance({ kind: 'look-up-failed' }),
        )
        return
      case 'produce':
        this.produce(effect.broker, effect.channel, effect.body).then(
          answer => this.advance({ kind: 'answered', request: effect.request, answer }),
          (error: unknown) =>
            this.advance({ kind: 'unanswered', request: effect.request, why: textOf(error) }),
        )
        return
      case 'abandon':
        this.link.abandon(effect.broker, effect.channel)
        return
      case 'outcome':
        this.tell(effect)
        return
      case 'topic-known':
        for (const waiter of this.takeTopicWaiters(effect.topic)) waiter.resolve(effect.partitions)
        return
      case 'topic-refused':
        this.rejectTopicWaiters(effect)
        return
      case 'names-wanted':
        void this.nearestTopic(effect.topic).then(near =>
          this.advance({ kind: 'nearest', topic: effect.topic, near }),
        )
        return
      case 'flushed':
        this.flushWaiters.get(effect.token)?.()
        this.flushWaiters.delete(effect.token)
        return
      case 'gave-up':
        this.unfinished = effect.unfinished
        return
    }
  }

  /** A callback that throws must not take the effects behind it with it; its error surfaces on its own. */
  private tell({ onOutcome, outcome, record }: Extract<ProducerEffect, { kind: 'outcome' }>): void {
    try {
      onOutcome(outcome, record)
    } catch (error) {
      this.clock.soon(() => {
        throw error
      })
    }
  }

  private takeTopicWaiters(topic: string): readonly TopicWaiter[] {
    const waiters = this.topicWaiters.get(topic) ?? []
    this.topicWaiters.delete(topic)
    return waiters
  }

  private rejectTopicWaiters({
    topic,
    code,
    why,
    near,
  }: Extract<ProducerEffect, { kind: 'topic-refused' }>): void {
    const error = new LanekeeperError(code, why, near === null ? {} : { fix: `Did you mean "${near}"?` })
    for (const waiter of this.takeTopicWaiters(topic)) waiter.reject(error)
  }

  /** For a hint in an error; none where the names cannot be had. */
  private async nearestTopic(topic: string): Promise<string | null> {
    try {
      const { topics } = await this.link.metadata(null)
      return nearest(
        topic,
        topics.map(({ name }) => name),
      )
    } catch {
      return null
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
