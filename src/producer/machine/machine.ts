/**
 * The producer's decisions, without its deeds.
 *
 * Goal: every accepted record reaches exactly one outcome, and what is acknowledged is in the log once, in the order
 * of its partition, through lost and late answers, leader moves and broker deaths.
 *
 * Invariants:
 * 1. A partition has at most one batch out. Its sequence and bytes are fixed when it first leaves, and every try sends
 *    exactly those until the broker says that it has them. With two out, the second may be appended where the first
 *    was lost, and the order is gone.
 * 2. A partition's sequence moves only by an acknowledged batch. A batch that may be in the log and is given up stops
 *    its partition for good: whatever came next would take the same sequence, and the broker would drop it as a
 *    repeat, or append it behind a hole.
 * 3. Each request is grouped by the leaders of the moment it is built, also for batches that waited.
 * 4. After a failure the leader comes from a look-up that started after it, or from a hint with a higher leader epoch;
 *    the epoch never steps back, because look-ups are raced and a stale broker may win.
 *
 * Method: a state machine. `append` and `advance` are the only ways in, `takeEffects` the only way out; time is an
 * argument and randomness is injected, so a run is a function of its events and can be replayed from a seed. State is
 * changed in place, because a copy per record would cost more than the work.
 *
 * Not done here: requests, timers and promises (driver), connections and their probing (link), transactions.
 */
import {
  type BrokerId,
  type ErrorCode,
  KafkaCode,
  kafkaCodeName,
  utf8BytesMax,
  writeUtf8,
} from '../../core/model/index.ts'
import { conventions } from '../../core/routing/index.ts'
import type { MetadataAnswer, ProduceAnswer, ProduceResult } from '../../ports/broker-link.ts'
import type { Codecs } from '../../ports/codecs.ts'
import type { Random } from '../../ports/random.ts'
import { SizeClassMemory } from '../batch-memory.ts'
import type { ProducerOptions } from '../options.ts'
import type { OnOutcome, Outcome, ProducerRecord } from '../outcome.ts'
import { LatencyHistogram, type ProducerStats } from '../stats.ts'
import { Batch, type FlushToken } from './batch.ts'
import { BrokerQueue, type OpenRequest, type ProduceChannel } from './broker-queue.ts'
import { errorOf, mayBeAppended, meaningOf } from './codes.ts'
import type { ProducerEffect, ProducerEvent, Unfinished } from './events.ts'
import type { Lane } from './lane.ts'
import { LookupPacer } from './lookup-pacer.ts'
import { Topic } from './topic.ts'

type Failed = Extract<Outcome, { kind: 'failed' }>
type Settled = Exclude<Outcome, { kind: 'acknowledged' }>

const routing = conventions.java
const SWEEP_MS = 250
const CHANNELS: readonly ProduceChannel[] = ['produce-retry', 'produce']
/** Room for lengths, times and header framing of one record; only decides when a batch counts as full. */
const RECORD_OVERHEAD = 40
/** Answers that show the new leader are followed at once this often; then leaders move faster than we learn. */
const HINTS_AT_ONCE = 3
/** Doublings after which waiting longer no longer helps. */
const DOUBLINGS_MAX = 6
const LATE_DOUBLINGS_MAX = 3
/** A caller that ignores "no more now" is refused when it has filled the memory this many times. */
const OVERFILL = 2

/** Codes of InitProducerId that go away by themselves, right after a broker's start for example. */
const IDENTIFY_AGAIN: ReadonlySet<number> = new Set([
  KafkaCode.NONE, // with a negative id: not a producer id
  KafkaCode.REQUEST_TIMED_OUT,
  KafkaCode.BROKER_NOT_AVAILABLE,
  KafkaCode.NETWORK_EXCEPTION,
  KafkaCode.COORDINATOR_LOAD_IN_PROGRESS,
  KafkaCode.COORDINATOR_NOT_AVAILABLE,
  KafkaCode.NOT_COORDINATOR,
  KafkaCode.CONCURRENT_TRANSACTIONS,
])

export class ProducerMachine {
  private readonly options: ProducerOptions
  private readonly random: Random
  private readonly codecs: Pick<Codecs, 'compress' | 'crc32c'>
  private readonly memory = new SizeClassMemory()

  private readonly topics = new Map<string, Topic>()
  private readonly brokers = new Map<number, BrokerQueue>()
  private readonly requests = new Map<number, OpenRequest>()
  /** Lanes that hold records. */
  private readonly busy = new Set<Lane>()
  private readonly backingOff = new Set<Lane>()
  private readonly unplaced = new Set<Lane>()
  private readonly lookups: LookupPacer

  private identity: { readonly producerId: bigint; readonly producerEpoch: number } | null = null
  private identifying = false
  private identifyNotBeforeMs = 0
  private identifyTries = 0
  private refusal: Failed | null = null

  private effects: ProducerEffect[] = []
  private nextSweepMs = 0
  private requestsMade = 0
  private guestBytes = 0
  private keyScratch: Uint8Array = new Uint8Array(1024)
  private valueScratch: Uint8Array = new Uint8Array(4096)

  private readonly latency = new LatencyHistogram()
  private readonly answersByCode = new Map<number, number>()
  private readonly stopped: { topic: string; partition: number; why: string }[] = []
  private accepted = 0
  private acknowledged = 0
  private failed = 0
  private inDoubt = 0
  private batches = 0
  private bytes = 0
  private retries = 0
  private lookUps = 0

  /** Set by `append` when the driver must look at `wakeAtMs` again; the driver clears it. */
  attention = false

  constructor(options: ProducerOptions, random: Random, codecs: Pick<Codecs, 'compress' | 'crc32c'>) {
    this.options = options
    this.random = random
    this.codecs = codecs
    this.lookups = new LookupPacer(options.backoffMs, options.backoffMsMax)
  }

  get recordsPending(): number {
    return this.accepted - this.acknowledged - this.failed - this.inDoubt
  }

  get bufferedBytes(): number {
    return this.memory.usedBytes + this.guestBytes
  }

  get hasRoom(): boolean {
    return this.bufferedBytes < this.options.bufferBytes
  }

  takeEffects(): readonly ProducerEffect[] {
    const effects = this.effects
    if (effects.length > 0) this.effects = []
    return effects
  }

  // -- records in ----------------------------------------------------------------------------------------------------

  /** Takes a record. It gets its outcome later, or as an effect of this very call where it cannot be sent at all. */
  append(record: ProducerRecord, onOutcome: OnOutcome | null, wallMs: number, nowMs: number): void {
    this.accepted++
    if (this.refusal !== null) {
      this.refuseRecord(record, onOutcome, this.refusal)
      return
    }
    if (this.bufferedBytes >= this.options.bufferBytes * OVERFILL) {
      this.refuseRecord(record, onOutcome, failure('BUFFER_FULL', 'the send buffer is full, twice', true))
      return
    }
    const topic = this.topicNamed(record.topic, nowMs)
    if (topic.lanes === null) this.waitForTopic(topic, record, onOutcome, wallMs)
    else this.place(topic, topic.lanes, record, onOutcome, wallMs, nowMs)
  }

  private topicNamed(name: string, nowMs: number): Topic {
    let topic = this.topics.get(name)
    if (topic === undefined) {
      topic = new Topic(name, nowMs)
      this.topics.set(name, topic)
      this.lookups.want()
      this.attention = true
    }
    return topic
  }

  private waitForTopic(
    topic: Topic,
    record: ProducerRecord,
    onOutcome: OnOutcome | null,
    wallMs: number,
  ): void {
    const bytes = lengthOf(record.key) + lengthOf(record.value) + RECORD_OVERHEAD
    topic.guests.push({ record, onOutcome, wallMs })
    topic.guestBytes += bytes
    this.guestBytes += bytes
  }

  private place(
    topic: Topic,
    lanes: readonly Lane[],
    record: ProducerRecord,
    onOutcome: OnOutcome | null,
    wallMs: number,
    nowMs: number,
  ): void {
    let key: Uint8Array | null
    let keyLength: number
    if (typeof record.key === 'string') {
      if (utf8BytesMax(record.key.length) > this.keyScratch.length)
        this.keyScratch = new Uint8Array(utf8BytesMax(record.key.length))
      key = this.keyScratch
      keyLength = writeUtf8(record.key, key, 0, routing.loneSurrogate)
    } else {
      key = record.key
      keyLength = key === null ? -1 : key.length
    }
    let value: Uint8Array | null
    let valueLength: number
    if (typeof record.value === 'string') {
      if (utf8BytesMax(record.value.length) > this.valueScratch.length)
        this.valueScratch = new Uint8Array(utf8BytesMax(record.value.length))
      value = this.valueScratch
      valueLength = writeUtf8(record.value, value, 0)
    } else {
      value = record.value
      valueLength = value === null ? -1 : value.length
    }

    const { headers } = record
    let needBytes = RECORD_OVERHEAD + Math.max(0, keyLength) + Math.max(0, valueLength)
    if (headers !== undefined)
      for (const header of headers)
        needBytes += 10 + utf8BytesMax(header.key.length) + (header.value?.length ?? 0)
    if (needBytes > this.options.maxRequestBytes) {
      const why = `a record of ${needBytes} bytes is above maxRequestBytes ${this.options.maxRequestBytes}`
      this.refuseRecord(record, onOutcome, failure('RECORD_TOO_LARGE', why, false))
      return
    }

    const lane =
      record.partition !== undefined
        ? lanes[record.partition]
        : key === null
          ? topic.stickyLane(lanes, this.random)
          : lanes[routing.partitionOf(key, keyLength, lanes.length)]
    if (lane === undefined) {
      const why = `${topic.name} has no partition ${record.partition}, it has ${lanes.length}`
      this.refuseRecord(record, onOutcome, failure('PARTITION_UNKNOWN', why, false))
      return
    }
    if (lane.stopped !== null) {
      this.refuseRecord(record, onOutcome, notWritten(lane.stopped))
      return
    }

    const batch = this.openBatch(lane, needBytes, nowMs)
    const timestampMs = record.timestampMs ?? wallMs
    if (onOutcome !== null) {
      batch.listeners ??= []
      batch.listeners.push({ index: batch.builder.count, record, timestampMs, onOutcome })
    }
    batch.builder.append(timestampMs, key, value, headers, keyLength, valueLength)
  }

  private openBatch(lane: Lane, needBytes: number, nowMs: number): Batch {
    if (lane.open !== null) {
      if (lane.open.builder.sizeBytes + needBytes <= this.options.batchBytes) return lane.open
      this.closeOpenBatch(lane)
    }
    const batch = new Batch(this.memory, nowMs)
    lane.open = batch
    this.busy.add(lane)
    if (lane.state === 'idle') this.enqueue(lane)
    return batch
  }

  private closeOpenBatch(lane: Lane): void {
    if (lane.open === null) return
    lane.full.push(lane.open)
    lane.open = null
    if (lane.state !== 'waiting' || lane.queue === null) return
    lane.queue.urgent = true
    this.attention = true
  }

  // -- events --------------------------------------------------------------------------------------------------------

  advance(event: ProducerEvent, nowMs: number): void {
    switch (event.kind) {
      case 'tick':
        break
      case 'identified':
        this.identified(event.code, event.producerId, event.producerEpoch, nowMs)
        break
      case 'identify-failed':
        if (event.refused) this.refuseAll(failure('AUTHENTICATION_FAILED', event.why, false))
        else this.identifyLater(nowMs)
        break
      case 'looked-up':
        this.lookedUp(event.answer, nowMs)
        break
      case 'look-up-failed':
        this.lookups.done(nowMs, false)
        this.lookups.want()
        break
      case 'answered':
        this.answered(event.request, event.answer, nowMs)
        break
      case 'unanswered':
        this.unanswered(event.request, nowMs)
        break
      case 'topic-wanted':
        this.topicWanted(event.topic, nowMs)
        break
      case 'flush':
        this.flush(event.token)
        break
      case 'give-up':
        this.giveUp(event.why)
        break
    }
    this.work(nowMs)
  }

  /** When `tick` is due at the latest; infinity while nothing depends on time. */
  wakeAtMs(nowMs: number): number {
    let wake = this.topics.size > 0 ? this.lookups.dueMs() : Number.POSITIVE_INFINITY
    if (this.mayIdentify()) wake = Math.min(wake, this.identifyNotBeforeMs)
    for (const lane of this.backingOff) wake = Math.min(wake, lane.resumeAtMs)
    if (this.identity !== null)
      for (const broker of this.brokers.values())
        for (const channel of CHANNELS) wake = Math.min(wake, this.dueMs(broker, channel, nowMs))
    if (this.recordsPending > 0) wake = Math.min(wake, this.nextSweepMs)
    return wake
  }

  /** Everything that time alone brings about. */
  private work(nowMs: number): void {
    if (nowMs >= this.nextSweepMs) this.sweep(nowMs)
    for (const lane of this.backingOff)
      if (lane.resumeAtMs <= nowMs) {
        this.backingOff.delete(lane)
        if (lane.thenLookUp) this.unplace(lane)
        else this.enqueue(lane)
      }
    if (this.mayIdentify() && this.identifyNotBeforeMs <= nowMs) {
      this.identifying = true
      this.effects.push({ kind: 'identify' })
    }
    if (this.topics.size > 0 && this.lookups.dueMs() <= nowMs) {
      this.lookups.ask(nowMs)
      this.lookUps++
      this.effects.push({ kind: 'look-up', topics: [...this.topics.keys()] })
    }
    if (this.identity === null) return
    for (const broker of this.brokers.values())
      for (const channel of CHANNELS)
        if (this.dueMs(broker, channel, nowMs) <= nowMs) this.sendRequest(broker, channel, nowMs)
  }

  // -- identity ------------------------------------------------------------------------------------------------------

  private mayIdentify(): boolean {
    return this.identity === null && !this.identifying && this.refusal === null && this.topics.size > 0
  }

  private identified(code: number, producerId: bigint, producerEpoch: number, nowMs: number): void {
    if (code === KafkaCode.NONE && producerId >= 0n) {
      this.identity = { producerId, producerEpoch }
      this.identifying = false
      return
    }
    // an id of -1 would be accepted with every batch, and nothing would be idempotent
    if (IDENTIFY_AGAIN.has(code)) this.identifyLater(nowMs)
    else this.refuseAll(failure(errorOf(code), `no producer id: ${kafkaCodeName(code)}`, false))
  }

  private identifyLater(nowMs: number): void {
    this.identifying = false
    this.identifyNotBeforeMs = nowMs + this.backoffMs(++this.identifyTries)
  }

  // -- leaders -------------------------------------------------------------------------------------------------------

  private topicWanted(name: string, nowMs: number): void {
    const topic = this.topicNamed(name, nowMs)
    if (topic.lanes !== null)
      this.effects.push({ kind: 'topic-known', topic: name, partitions: topic.lanes.length })
  }

  private lookedUp(answer: MetadataAnswer, nowMs: number): void {
    let helped = true
    for (const { name, code, topicId, partitions } of answer.topics) {
      const topic = this.topics.get(name)
      if (topic === undefined) continue
      if (code === KafkaCode.NONE && partitions.length > 0) {
        const opened = topic.lanes === null
        const lanes = topic.lanes ?? topic.open(topicId, partitions.length)
        if (topic.topicId !== topicId) {
          // deleted and created anew: epochs count from the start again
          topic.topicId = topicId
          for (const lane of lanes) lane.leaderEpoch = -1
        }
        for (const lane of lanes) {
          const seen = partitions[lane.partition]
          if (seen !== undefined) this.learnLeader(lane, seen.leader, seen.leaderEpoch)
        }
        if (opened) this.admitGuests(topic, lanes, nowMs)
      } else if (topic.lanes === null) {
        const mayAppear = meaningOf(code) === 'stale-leader' || code === KafkaCode.NONE
        if (mayAppear && nowMs < topic.firstWantedMs + this.options.unknownTopicMs) helped = false
        else this.refuseTopic(topic, errorOf(code), `topic ${name}: ${kafkaCodeName(code)}`, mayAppear)
      }
    }
    const missing = [...this.topics.values()].some(topic => topic.lanes === null)
    helped &&= !missing
    for (const lane of this.unplaced) if (lane.leader < 0) helped = false
    const number = this.lookups.done(nowMs, helped)
    if (missing) this.lookups.want()
    for (const lane of this.unplaced) {
      if (lane.lookupNeeded > number) this.lookups.want()
      else if (lane.leader < 0) lane.lookupNeeded = this.lookups.want()
      else {
        this.unplaced.delete(lane)
        this.enqueue(lane)
      }
    }
    this.abandonStaleRequests(nowMs)
  }

  /** A leader is believed only with an epoch at least as high as the one known. */
  private learnLeader(lane: Lane, leader: number, leaderEpoch: number): void {
    if (leaderEpoch < lane.leaderEpoch) return
    const moved = leader !== lane.leader
    lane.leader = leader
    lane.leaderEpoch = leaderEpoch
    if (moved && lane.state === 'waiting') this.enqueue(lane)
  }

  private admitGuests(topic: Topic, lanes: readonly Lane[], nowMs: number): void {
    this.effects.push({ kind: 'topic-known', topic: topic.name, partitions: lanes.length })
    const { guests, guestFlushes } = topic
    this.guestBytes -= topic.guestBytes
    topic.guests = []
    topic.guestBytes = 0
    topic.guestFlushes = []
    for (const { record, onOutcome, wallMs } of guests)
      this.place(topic, lanes, record, onOutcome, wallMs, nowMs)
    for (const token of guestFlushes) {
      for (const lane of lanes) this.flushLane(lane, token)
      this.tokenDone(token)
    }
  }

  private refuseTopic(topic: Topic, code: ErrorCode, why: string, retriable: boolean): void {
    this.topics.delete(topic.name)
    this.guestBytes -= topic.guestBytes
    this.effects.push({ kind: 'topic-refused', topic: topic.name, code, why })
    const outcome = failure(code, why, retriable)
    for (const { record, onOutcome } of topic.guests) this.refuseRecord(record, onOutcome, outcome)
    for (const token of topic.guestFlushes) this.tokenDone(token)
  }

  /**
   * The answer to a request waits for its slowest partition, and a stopped process answers nothing at all. When
   * somebody else leads what an old request carries, waiting for its timeout is waiting for the dead.
   */
  private abandonStaleRequests(nowMs: number): void {
    for (const { broker, channel, lanes, sentAtMs } of this.requests.values()) {
      if (nowMs - sentAtMs < this.options.staleRequestMs) continue
      if (lanes.some(lane => lane.leader >= 0 && lane.leader !== broker.id))
        this.effects.push({ kind: 'abandon', broker: broker.id, channel })
    }
  }

  // -- sending -------------------------------------------------------------------------------------------------------

  private broker(id: number): BrokerQueue {
    let broker = this.brokers.get(id)
    if (broker === undefined) {
      broker = new BrokerQueue(id as BrokerId)
      this.brokers.set(id, broker)
    }
    return broker
  }

  private enqueue(lane: Lane): void {
    if (lane.leader < 0) {
      this.unplace(lane)
      return
    }
    const broker = this.broker(lane.leader)
    broker.add(lane)
    if (!lane.late && (lane.flight !== null || lane.full.length > 0)) broker.urgent = true
    this.attention = true
  }

  private unplace(lane: Lane): void {
    lane.state = 'unplaced'
    lane.lookupNeeded = this.lookups.want()
    this.unplaced.add(lane)
    this.attention = true
  }

  /** When the next request of this channel may leave. A whole queue leaves as soon as its first or any full batch must. */
  private dueMs(broker: BrokerQueue, channel: ProduceChannel, nowMs: number): number {
    if (broker.out[channel] !== null) return Number.POSITIVE_INFINITY
    const lane = broker.next(channel)
    if (lane === null) return Number.POSITIVE_INFINITY
    const ripe =
      channel === 'produce-retry' || broker.urgent || lane.open === null || lane.flight !== null
        ? nowMs
        : lane.open.createdMs + this.options.lingerMs
    return Math.max(ripe, broker.pausedUntilMs)
  }

  private sendRequest(broker: BrokerQueue, channel: ProduceChannel, nowMs: number): void {
    const lanes: Lane[] = []
    const items: { topic: string; partition: number; batch: Uint8Array }[] = []
    const most = channel === 'produce-retry' ? this.options.retryPartitionsMax : Number.POSITIVE_INFINITY
    let bytes = 0
    let lateAnswers = 0
    for (let lane = broker.next(channel); lane !== null && lanes.length < most; lane = broker.next(channel)) {
      const size = lane.flight?.bytes?.length ?? lane.first?.builder.sizeBytes ?? 0
      if (lanes.length > 0 && bytes + size > this.options.maxRequestBytes) break
      broker.take(channel)
      const batch = this.takeFlight(lane)
      if (batch === null) continue
      lane.state = 'requested'
      batch.tries++
      lateAnswers = Math.max(lateAnswers, batch.lateAnswers)
      bytes += (batch.bytes as Uint8Array).length
      lanes.push(lane)
      items.push({ topic: lane.topic, partition: lane.partition, batch: batch.bytes as Uint8Array })
    }
    if (channel === 'produce' && broker.next(channel) === null) broker.urgent = false
    if (lanes.length === 0) return

    const number = ++this.requestsMade
    const request: OpenRequest = { number, broker, channel, lanes, sentAtMs: nowMs }
    broker.out[channel] = request
    this.requests.set(number, request)
    this.batches += lanes.length
    this.bytes += bytes
    const timeoutMs =
      channel === 'produce'
        ? this.options.produceTimeoutMs
        : this.options.retryProduceTimeoutMs * 2 ** Math.min(Math.max(0, lateAnswers - 1), LATE_DOUBLINGS_MAX)
    this.effects.push({
      kind: 'produce',
      request: number,
      broker: broker.id,
      channel,
      body: { acks: -1, timeoutMs, items },
    })
  }

  /** The batch to send now. Its sequence and bytes are fixed here, once. */
  private takeFlight(lane: Lane): Batch | null {
    const { identity } = this
    if (identity === null) return null
    if (lane.flight === null) {
      lane.flight = lane.full.shift() ?? lane.open
      if (lane.flight === lane.open) lane.open = null
    }
    const batch = lane.flight
    if (batch !== null)
      batch.bytes ??= batch.builder.seal({
        ...identity,
        baseSequence: lane.sequence,
        codec: this.options.compression,
        compress: this.codecs.compress,
        crc32c: this.codecs.crc32c,
      })
    return batch
  }

  // -- outcomes ------------------------------------------------------------------------------------------------------

  private answered(number: number, { throttleMs, results }: ProduceAnswer, nowMs: number): void {
    const request = this.closeRequest(number)
    if (request === null) return
    request.broker.failuresInRow = 0
    if (throttleMs > 0) request.broker.pausedUntilMs = nowMs + throttleMs
    for (const [index, lane] of request.lanes.entries()) this.judge(lane, results[index] ?? LEFT_OUT, nowMs)
  }

  private unanswered(number: number, nowMs: number): void {
    const request = this.closeRequest(number)
    if (request === null) return
    const { broker, lanes } = request
    broker.pausedUntilMs = nowMs + this.backoffMs(++broker.failuresInRow)
    this.count(LEFT_OUT.code)
    for (const lane of lanes) {
      if (lane.flight === null) continue
      lane.flight.uncertain = true
      lane.late = true
      this.retry(lane, lane.flight, 'look-up', nowMs)
    }
  }

  private closeRequest(number: number): OpenRequest | null {
    const request = this.requests.get(number)
    if (request === undefined) return null
    this.requests.delete(number)
    request.broker.out[request.channel] = null
    return request
  }

  private judge(lane: Lane, result: ProduceResult, nowMs: number): void {
    const batch = lane.flight
    if (batch === null) return
    this.count(result.code)
    switch (meaningOf(result.code)) {
      case 'appended':
        this.acknowledge(lane, batch, result, nowMs)
        break
      case 'stale-leader':
        this.staleLeader(lane, batch, result, nowMs)
        break
      case 'late-copies':
        batch.lateAnswers++
        batch.uncertain ||= mayBeAppended(result.code)
        lane.late = true
        this.retry(lane, batch, 'same-leader', nowMs)
        break
      case 'refused': {
        const why = result.message ?? kafkaCodeName(result.code)
        this.giveUpFlight(lane, batch, errorOf(result.code), `${lane.topic}-${lane.partition}: ${why}`, false)
        break
      }
      case 'fenced': {
        const why = `${lane.topic}-${lane.partition}: ${kafkaCodeName(result.code)}, the broker's sequence is not ours`
        lane.flight = null
        this.settle(
          batch,
          batch.uncertain ? { kind: 'in-doubt', why } : failure('DELIVERY_FAILED', why, false),
        )
        this.stop(lane, why)
        break
      }
    }
  }

  private acknowledge(
    lane: Lane,
    batch: Batch,
    { baseOffset, appendTimeMs }: ProduceResult,
    nowMs: number,
  ): void {
    const { count } = batch.builder
    lane.flight = null
    lane.late = false
    lane.sequence = (lane.sequence + count) & 0x7fffffff
    this.acknowledged += count
    this.latency.add(nowMs - batch.createdMs, count)
    for (const { index, record, timestampMs, onOutcome } of batch.listeners ?? [])
      this.effects.push({
        kind: 'outcome',
        record,
        onOutcome,
        outcome: {
          kind: 'acknowledged',
          topic: lane.topic,
          partition: lane.partition,
          offset: baseOffset < 0 ? -1 : baseOffset + index,
          timestampMs: appendTimeMs < 0 ? timestampMs : appendTimeMs,
        },
      })
    this.finish(batch)
    this.continueLane(lane)
  }

  private staleLeader(lane: Lane, batch: Batch, { leader }: ProduceResult, nowMs: number): void {
    if (leader !== null && leader.epoch > lane.leaderEpoch) {
      this.learnLeader(lane, leader.id, leader.epoch)
      this.retry(lane, batch, batch.tries <= HINTS_AT_ONCE ? 'at-once' : 'same-leader', nowMs)
    } else this.retry(lane, batch, 'look-up', nowMs)
  }

  private retry(lane: Lane, batch: Batch, how: 'at-once' | 'same-leader' | 'look-up', nowMs: number): void {
    this.retries++
    if (this.isOverdue(batch, nowMs)) {
      this.expire(lane, batch)
      return
    }
    if (how === 'at-once') this.enqueue(lane)
    else if (how === 'look-up' && batch.tries <= 1) this.unplace(lane)
    else {
      lane.state = 'backing-off'
      lane.resumeAtMs = nowMs + this.backoffMs(batch.tries)
      lane.thenLookUp = how === 'look-up'
      this.backingOff.add(lane)
    }
  }

  private backoffMs(tries: number): number {
    const { backoffMs, backoffMsMax } = this.options
    const doubled = backoffMs * 2 ** Math.min(Math.max(0, tries - 1), DOUBLINGS_MAX)
    return Math.min(backoffMsMax, doubled) * (0.8 + 0.4 * this.random.next())
  }

  private isOverdue(batch: Batch, nowMs: number): boolean {
    return nowMs - batch.createdMs >= this.options.deliveryTimeoutMs
  }

  /** The delivery deadline of the lane's first batch has passed and no answer is awaited. */
  private expire(lane: Lane, batch: Batch): void {
    const tries = batch.tries === 0 ? 'never sent' : `sent ${batch.tries} times`
    const why = `${lane.topic}-${lane.partition}: not acknowledged within ${this.options.deliveryTimeoutMs} ms, ${tries}`
    this.giveUpFlight(lane, batch, 'DELIVERY_FAILED', why, true)
  }

  /** Ends the lane's first batch. If it may be in the log nothing can follow it; otherwise the next one takes its place. */
  private giveUpFlight(lane: Lane, batch: Batch, code: ErrorCode, why: string, retriable: boolean): void {
    this.removeFirst(lane, batch)
    if (batch.uncertain) {
      this.settle(batch, { kind: 'in-doubt', why })
      this.stop(lane, why)
    } else {
      this.settle(batch, failure(code, why, retriable))
      this.continueLane(lane)
    }
  }

  private removeFirst(lane: Lane, batch: Batch): void {
    if (lane.flight === batch) lane.flight = null
    else if (lane.open === batch) lane.open = null
    else lane.full.shift()
  }

  /** After its first batch is settled: the next one, or rest. */
  private continueLane(lane: Lane): void {
    this.backingOff.delete(lane)
    this.unplaced.delete(lane)
    if (lane.first !== null) this.enqueue(lane)
    else {
      lane.state = 'idle'
      this.busy.delete(lane)
    }
  }

  private stop(lane: Lane, why: string): void {
    lane.stopped = why
    this.stopped.push({ topic: lane.topic, partition: lane.partition, why })
    for (let batch = lane.first; batch !== null; batch = lane.first) {
      this.removeFirst(lane, batch)
      this.settle(batch, notWritten(why))
    }
    this.continueLane(lane)
  }

  private settle(batch: Batch, outcome: Settled): void {
    if (outcome.kind === 'in-doubt') this.inDoubt += batch.builder.count
    else this.failed += batch.builder.count
    for (const { record, onOutcome } of batch.listeners ?? [])
      this.effects.push({ kind: 'outcome', outcome, record, onOutcome })
    this.finish(batch)
  }

  private finish(batch: Batch): void {
    batch.builder.release()
    for (const token of batch.flushes ?? []) this.tokenDone(token)
  }

  private refuseRecord(record: ProducerRecord, onOutcome: OnOutcome | null, outcome: Failed): void {
    this.failed++
    if (onOutcome === null) return
    this.effects.push({ kind: 'outcome', outcome, record, onOutcome })
    this.attention = true
  }

  // -- deadlines, flush and end --------------------------------------------------------------------------------------

  private sweep(nowMs: number): void {
    this.nextSweepMs = nowMs + SWEEP_MS
    for (const lane of this.busy)
      for (
        let batch = lane.first;
        batch !== null && lane.state !== 'requested' && this.isOverdue(batch, nowMs);
        batch = lane.first
      )
        this.expire(lane, batch)
    for (const topic of this.topics.values())
      if (topic.lanes === null && nowMs - topic.firstWantedMs >= this.options.deliveryTimeoutMs)
        this.refuseTopic(
          topic,
          'CLUSTER_UNREACHABLE',
          `topic ${topic.name}: no broker told its partitions`,
          true,
        )
    for (const request of this.requests.values())
      if (nowMs - request.sentAtMs >= this.options.staleRequestMs) this.lookups.want()
    for (const broker of this.brokers.values())
      if (broker.failuresInRow > 0 && CHANNELS.some(channel => broker.next(channel) !== null))
        this.lookups.want()
  }

  /** `token.remaining` reaches 0, and the effect `flushed` appears, when all that was accepted before is settled. */
  private flush(token: FlushToken): void {
    token.remaining++
    for (const lane of this.busy) this.flushLane(lane, token)
    for (const topic of this.topics.values())
      if (topic.guests.length > 0) {
        token.remaining++
        topic.guestFlushes.push(token)
      }
    this.tokenDone(token)
  }

  private flushLane(lane: Lane, token: FlushToken): void {
    this.closeOpenBatch(lane)
    for (const batch of lane.flight === null ? lane.full : [lane.flight, ...lane.full]) {
      token.remaining++
      batch.flushes ??= []
      batch.flushes.push(token)
    }
  }

  private tokenDone(token: FlushToken): void {
    if (--token.remaining === 0) this.effects.push({ kind: 'flushed', token })
  }

  private giveUp(why: string): void {
    const unfinished: Unfinished[] = []
    const told = (lane: Lane, batch: Batch, outcome: Settled): void => {
      unfinished.push({
        topic: lane.topic,
        partition: lane.partition,
        records: batch.builder.count,
        outcome: outcome.kind,
      })
      this.settle(batch, outcome)
    }
    for (const { broker, channel } of this.requests.values())
      this.effects.push({ kind: 'abandon', broker: broker.id, channel })
    for (const lane of this.busy) {
      const { flight } = lane
      const waited = lane.state === 'requested'
      for (let batch = lane.first; batch !== null; batch = lane.first) {
        this.removeFirst(lane, batch)
        const doubtful = batch === flight && (waited || batch.uncertain)
        told(lane, batch, doubtful ? { kind: 'in-doubt', why } : failure('PRODUCER_CLOSED', why, true))
      }
      this.continueLane(lane)
    }
    for (const topic of this.topics.values())
      if (topic.guests.length > 0) {
        unfinished.push({
          topic: topic.name,
          partition: null,
          records: topic.guests.length,
          outcome: 'failed',
        })
        this.refuseTopic(topic, 'PRODUCER_CLOSED', why, true)
      }
    this.requests.clear()
    this.refusal = failure('PRODUCER_CLOSED', why, false)
    this.effects.push({ kind: 'gave-up', unfinished })
  }

  /** Nothing was ever sent: every record, now and later, fails for the same reason. */
  private refuseAll(outcome: Failed): void {
    this.refusal = outcome
    this.identifying = false
    for (const lane of this.busy) {
      for (let batch = lane.first; batch !== null; batch = lane.first) {
        this.removeFirst(lane, batch)
        this.settle(batch, outcome)
      }
      this.continueLane(lane)
    }
    for (const topic of this.topics.values())
      if (topic.lanes === null) this.refuseTopic(topic, outcome.code, outcome.why, false)
  }

  private count(code: number): void {
    this.answersByCode.set(code, (this.answersByCode.get(code) ?? 0) + 1)
  }

  stats(): ProducerStats {
    return {
      recordsAccepted: this.accepted,
      recordsAcknowledged: this.acknowledged,
      recordsFailed: this.failed,
      recordsInDoubt: this.inDoubt,
      recordsPending: this.recordsPending,
      batches: this.batches,
      bytes: this.bytes,
      requests: this.requestsMade,
      requestsInFlight: this.requests.size,
      retries: this.retries,
      lookUps: this.lookUps,
      bufferedBytes: this.bufferedBytes,
      answersByCode: new Map(this.answersByCode),
      latency: this.latency.figures(),
      stopped: [...this.stopped],
    }
  }
}

const LEFT_OUT: ProduceResult = { code: -1, baseOffset: -1, appendTimeMs: -1, message: null, leader: null }

const failure = (code: ErrorCode, why: string, retriable: boolean): Failed => ({
  kind: 'failed',
  code,
  retriable,
  why,
})

const notWritten = (why: string): Failed =>
  failure('DELIVERY_FAILED', `not written, the partition stopped earlier: ${why}`, false)

const lengthOf = (part: Uint8Array | string | null): number => part?.length ?? 0
