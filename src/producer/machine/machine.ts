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
 * 4. A broker that failed is asked again only after a look-up that started after the failure still names it; a leader
 *    that moved away from it is asked at once. The epoch never steps back, because look-ups are raced and a stale
 *    broker may win.
 *
 * Method: a state machine. `append` and `advance` are the only ways in, `takeEffects` the only way out; time is an
 * argument and randomness is injected, so a run is a function of its events and can be replayed from a seed. State is
 * changed in place, because a copy per record would cost more than the work.
 *
 * Not done here: requests, timers and promises (driver), connections and their probing (link), transactions.
 */
import { type ErrorCode, KafkaCode, kafkaCodeName } from '../../core/model/index.ts'
import type { MetadataAnswer, ProduceAnswer, ProduceResult } from '../../ports/broker-link.ts'
import type { Codecs } from '../../ports/codecs.ts'
import type { Random } from '../../ports/random.ts'
import { SizeClassMemory } from '../batch-memory.ts'
import type { BrokerFigures, PartitionFigures } from '../figures.ts'
import type { ProducerOptions } from '../options.ts'
import type { OnOutcome, ProducerRecord } from '../outcome.ts'
import { conventionPartitioner, type Partitioner } from '../partitioner.ts'
import type { ProducerStats } from '../stats.ts'
import type { Batch, FlushToken } from './batch.ts'
import type { BrokerQueue } from './broker-queue.ts'
import { errorOf, mayBeAppended, meaningOf } from './codes.ts'
import { Dispatcher, LATE_ANSWERS_APART } from './dispatcher.ts'
import type { Doubt, Finding } from './doubt.ts'
import { Doubts } from './doubts.ts'
import type { ProducerEffect, ProducerEvent, Unfinished } from './events.ts'
import { Identity, NOBODY, type ProducerIdentity } from './identity.ts'
import { Intake } from './intake.ts'
import type { Lane } from './lane.ts'
import { type Failed, failure, Ledger, notWritten, type Settled } from './ledger.ts'
import { Placement, type Retry } from './placement.ts'
import { guestOf, type Topic } from './topic.ts'
import { Topics } from './topics.ts'

const SWEEP_MS = 250
/** Answers that show the new leader are followed at once this often; then leaders move faster than we learn. */
const HINTS_AT_ONCE = 3
/** A caller that ignores "no more now" is refused when it has filled the memory this many times. */
const OVERFILL = 2

export class ProducerMachine {
  private readonly options: ProducerOptions
  private readonly memory: SizeClassMemory

  private readonly topics: Topics
  /** Lanes that hold records. */
  private readonly busy = new Set<Lane>()
  private readonly dispatcher: Dispatcher
  private readonly placement: Placement
  private readonly intake: Intake

  private readonly identity: Identity
  private refusal: Failed | null = null

  private nextSweepMs = 0
  private readonly ledger = new Ledger()
  private readonly doubts = new Doubts(this.ledger)
  private readonly stopped = new Set<Lane>()

  /** Set by `append` when the driver must look at `wakeAtMs` again; the driver clears it. */
  attention = false

  constructor(
    options: ProducerOptions,
    random: Random,
    codecs: Codecs,
    partitioner: Partitioner = conventionPartitioner('java', random),
  ) {
    this.options = options
    this.memory = new SizeClassMemory(options.bufferBytes)
    this.identity = new Identity(options.idempotent)
    this.dispatcher = new Dispatcher(options, codecs, this.ledger)
    this.placement = new Placement(options, random, this.dispatcher, () => {
      this.attention = true
    })
    this.topics = new Topics(this.ledger, (record, onOutcome, outcome) =>
      this.refuseRecord(record, onOutcome, outcome),
    )
    this.intake = new Intake(options, partitioner, random, this.memory, {
      refuse: (record, onOutcome, outcome) => this.refuseRecord(record, onOutcome, outcome),
      begin: lane => {
        this.busy.add(lane)
        if (lane.state === 'idle') this.placement.enqueue(lane)
      },
      hurry: lane => {
        if (lane.state !== 'waiting' || lane.queue === null) return
        lane.queue.urgent = true
        this.attention = true
      },
    })
  }

  get recordsPending(): number {
    return this.ledger.recordsPending
  }

  get bufferedBytes(): number {
    return this.memory.usedBytes + this.topics.guestBytes
  }

  get hasRoom(): boolean {
    return this.bufferedBytes < this.options.bufferBytes
  }

  takeEffects(): readonly ProducerEffect[] {
    return this.ledger.takeEffects()
  }

  // -- records in ----------------------------------------------------------------------------------------------------

  /** Takes a record. It gets its outcome later, or as an effect of this very call where it cannot be sent at all. */
  append(record: ProducerRecord, onOutcome: OnOutcome | null, wallMs: number, nowMs: number): void {
    this.ledger.accept()
    if (this.refusal !== null) {
      this.refuseRecord(record, onOutcome, this.refusal)
      return
    }
    if (this.bufferedBytes >= this.options.bufferBytes * OVERFILL) {
      this.refuseRecord(record, onOutcome, failure('BUFFER_FULL', 'the send buffer is full, twice', true))
      return
    }
    const topic = this.topicNamed(record.topic, nowMs)
    if (topic.lanes === null) this.topics.addGuest(topic, guestOf(record, onOutcome, wallMs))
    else this.intake.place(topic, topic.lanes, record, onOutcome, wallMs, nowMs)
  }

  private topicNamed(name: string, nowMs: number): Topic {
    const known = this.topics.get(name)
    if (known !== undefined) return known
    this.placement.lookups.want()
    this.attention = true
    return this.topics.add(name, nowMs)
  }

  // -- events --------------------------------------------------------------------------------------------------------

  advance(event: ProducerEvent, nowMs: number): void {
    switch (event.kind) {
      case 'tick':
        break
      case 'identified':
        this.identified(event.code, event, nowMs)
        break
      case 'identify-failed':
        if (event.refused) this.refuseAll(failure('AUTHENTICATION_FAILED', event.why, false))
        else this.identifyLater(nowMs)
        break
      case 'looked-up':
        this.lookedUp(event.answer, nowMs)
        break
      case 'look-up-failed':
        this.placement.lookups.done(nowMs, false)
        this.placement.lookups.want()
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
      case 'nearest':
        this.topics.nearestTold(event.topic, event.near)
        break
      case 'flush':
        this.flush(event.token)
        break
      case 'resolved':
        this.resolved(event.doubt, event.finding)
        break
      case 'give-up':
        this.giveUp(event.why)
        break
    }
    this.work(nowMs)
  }

  /** When `tick` is due at the latest; infinity while nothing depends on time. */
  wakeAtMs(nowMs: number): number {
    let wake = this.topics.size > 0 ? this.placement.lookups.dueMs() : Number.POSITIVE_INFINITY
    wake = Math.min(wake, this.identifyDueMs(), this.placement.wakeAtMs())
    if (this.identity.current !== null) wake = Math.min(wake, this.dispatcher.wakeAtMs(nowMs))
    if (this.recordsPending > 0) wake = Math.min(wake, this.nextSweepMs)
    return wake
  }

  /** Everything that time alone brings about. */
  private work(nowMs: number): void {
    if (nowMs >= this.nextSweepMs) this.sweep(nowMs)
    this.placement.resumeDue(nowMs)
    if (this.identifyDueMs() <= nowMs) {
      this.identity.ask()
      this.ledger.emit({ kind: 'identify' })
    }
    if (this.topics.size > 0 && this.placement.lookups.dueMs() <= nowMs) {
      this.placement.lookups.ask(nowMs)
      this.ledger.lookUps++
      this.ledger.emit({ kind: 'look-up', topics: this.topics.names })
    }
    if (this.identity.current !== null) this.dispatcher.sendDue(this.identity.current, nowMs)
  }

  // -- identity ------------------------------------------------------------------------------------------------------

  private identifyDueMs(): number {
    return this.refusal === null && this.topics.size > 0 ? this.identity.dueMs() : Number.POSITIVE_INFINITY
  }

  private identified(code: number, answer: ProducerIdentity, nowMs: number): void {
    const usable = this.identity.answered(code, answer)
    if (usable === null) this.identifyLater(nowMs)
    else if (!usable) this.refuseAll(failure(errorOf(code), `no producer id: ${kafkaCodeName(code)}`, false))
  }

  private identifyLater(nowMs: number): void {
    this.identity.again(nowMs, tries => this.placement.backoffMs(tries))
  }

  // -- leaders -------------------------------------------------------------------------------------------------------

  private topicWanted(name: string, nowMs: number): void {
    const topic = this.topicNamed(name, nowMs)
    if (topic.lanes !== null)
      this.ledger.emit({ kind: 'topic-known', topic: name, partitions: topic.lanes.length })
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
          if (seen !== undefined) this.placement.learnLeader(lane, seen.leader, seen.leaderEpoch)
        }
        if (opened) this.admitGuests(topic, lanes, nowMs)
      } else if (topic.lanes === null) {
        const mayAppear = meaningOf(code) === 'stale-leader' || code === KafkaCode.NONE
        if (mayAppear && nowMs < topic.firstWantedMs + this.options.unknownTopicMs) helped = false
        else this.topics.missing(topic, code, mayAppear)
      }
    }
    const missing = this.topics.awaited().length > 0
    this.placement.lookedUp(helped && !missing, nowMs)
    if (missing) this.placement.lookups.want()
    this.dispatcher.abandonStale(nowMs)
  }

  private admitGuests(topic: Topic, lanes: readonly Lane[], nowMs: number): void {
    this.ledger.emit({ kind: 'topic-known', topic: topic.name, partitions: lanes.length })
    const { guests, flushes } = this.topics.takeGuests(topic)
    for (const { record, onOutcome, wallMs } of guests)
      this.intake.place(topic, lanes, record, onOutcome, wallMs, nowMs)
    for (const token of flushes) {
      for (const lane of lanes) this.intake.flushLane(lane, token)
      this.ledger.tokenDone(token)
    }
  }

  // -- outcomes ------------------------------------------------------------------------------------------------------

  private answered(number: number, { throttleMs, results }: ProduceAnswer, nowMs: number): void {
    const request = this.dispatcher.close(number)
    if (request === null) return
    request.broker.failuresInRow = 0
    if (throttleMs > 0) request.broker.pausedUntilMs = nowMs + throttleMs
    const { lanes, broker, channel, sentAtMs } = request
    let heldUp = false
    for (let index = 0; index < lanes.length; index++) {
      const result = results[index] ?? LEFT_OUT
      heldUp ||= meaningOf(result.code) === 'late-copies'
      this.judge(broker, lanes[index] as Lane, result, nowMs)
    }
    if (channel === 'produce' && !heldUp) broker.answerTime.add(nowMs - sentAtMs)
  }

  private unanswered(number: number, nowMs: number): void {
    const request = this.dispatcher.close(number)
    if (request === null) return
    const { broker, lanes } = request
    broker.failures++
    broker.pausedUntilMs = nowMs + this.placement.backoffMs(++broker.failuresInRow)
    this.ledger.countAnswer(LEFT_OUT.code)
    for (const lane of lanes) {
      if (lane.flight === null) continue
      lane.flight.uncertain = true
      lane.late = true
      const movedAway = lane.leader >= 0 && lane.leader !== broker.id
      this.retry(lane, lane.flight, movedAway ? 'at-once' : 'look-up', nowMs)
    }
  }

  private judge(broker: BrokerQueue, lane: Lane, result: ProduceResult, nowMs: number): void {
    const batch = lane.flight
    if (batch === null) return
    this.ledger.countAnswer(result.code)
    batch.lastCode = result.code
    switch (meaningOf(result.code)) {
      case 'appended':
        broker.acknowledged(batch)
        this.acknowledge(lane, batch, result, nowMs)
        break
      case 'stale-leader':
        this.staleLeader(lane, batch, result, nowMs)
        break
      case 'late-copies':
        batch.lateAnswers++
        batch.uncertain ||= mayBeAppended(result.code)
        // once may be the short wait of a fresh batch and a follower that is busy: it need not stand behind the dead
        lane.late = batch.lateAnswers >= LATE_ANSWERS_APART
        // the broker has waited for them already; to wait on top would only come later than the copies
        this.retry(lane, batch, result.code === KafkaCode.REQUEST_TIMED_OUT ? 'soon' : 'same-leader', nowMs)
        break
      case 'too-large':
      case 'refused': {
        // what may be in the log already would not be told there by its halves
        if (meaningOf(result.code) === 'too-large' && batch.count > 1 && !batch.uncertain) {
          this.topics.tooLarge(lane.topic, this.dispatcher.split(lane, batch))
          this.continueLane(lane)
          break
        }
        const why = result.message ?? kafkaCodeName(result.code)
        this.giveUpFlight(lane, batch, errorOf(result.code), `${lane.topic}-${lane.partition}: ${why}`, false)
        break
      }
      case 'fenced': {
        const why = `${lane.topic}-${lane.partition}: ${kafkaCodeName(result.code)}, the broker's sequence is not ours`
        lane.flight = null
        if (batch.uncertain) this.doubt(lane, batch, why, false)
        else this.ledger.settle(batch, failure('DELIVERY_FAILED', why, false))
        this.stop(lane, why)
        break
      }
    }
  }

  private acknowledge(lane: Lane, batch: Batch, result: ProduceResult, nowMs: number): void {
    lane.flight = null
    lane.late = false
    lane.advance(result.baseOffset, batch.count)
    this.ledger.acknowledge(lane, batch, result, nowMs)
    this.continueLane(lane)
  }

  private staleLeader(lane: Lane, batch: Batch, { leader }: ProduceResult, nowMs: number): void {
    if (leader !== null && leader.epoch > lane.leaderEpoch) {
      this.placement.learnLeader(lane, leader.id, leader.epoch)
      this.retry(lane, batch, batch.tries <= HINTS_AT_ONCE ? 'at-once' : 'same-leader', nowMs)
    } else this.retry(lane, batch, 'look-up', nowMs)
  }

  private retry(lane: Lane, batch: Batch, how: Retry, nowMs: number): void {
    this.ledger.retries++
    if (this.isOverdue(batch, nowMs)) {
      this.expire(lane, batch)
      return
    }
    this.placement.retry(lane, how, nowMs)
  }

  private isOverdue(batch: Batch, nowMs: number): boolean {
    return nowMs - batch.createdMs >= this.options.deliveryTimeoutMs
  }

  /** The delivery deadline of the lane's first batch has passed and no answer is awaited. */
  private expire(lane: Lane, batch: Batch): void {
    const last = batch.lastCode === null ? '' : `, last answer ${kafkaCodeName(batch.lastCode)}`
    const tries =
      batch.tries === 0 ? 'never sent' : `sent ${batch.tries === 1 ? 'once' : `${batch.tries} times`}${last}`
    const why = `${lane.topic}-${lane.partition}: not acknowledged within ${this.options.deliveryTimeoutMs} ms, ${tries}`
    this.giveUpFlight(lane, batch, 'DELIVERY_FAILED', why, true)
  }

  /** Ends the lane's first batch. If it may be in the log nothing can follow it; otherwise the next one takes its place. */
  private giveUpFlight(lane: Lane, batch: Batch, code: ErrorCode, why: string, retriable: boolean): void {
    lane.remove(batch)
    if (!batch.uncertain) this.ledger.settle(batch, failure(code, why, retriable))
    else if (this.options.idempotent) {
      this.doubt(lane, batch, why, true)
      this.stop(lane, why)
      return
    } else this.ledger.settle(batch, { kind: 'in-doubt', why })
    this.continueLane(lane)
  }

  private doubt(lane: Lane, batch: Batch, why: string, reopens: boolean): void {
    this.doubts.add(lane, batch, lane.identity ?? this.identity.current ?? NOBODY, why, reopens)
  }

  openDoubts(): readonly Doubt[] {
    return this.doubts.list()
  }

  private resolved(doubt: Doubt, finding: Finding): void {
    const lane = this.doubts.resolve(doubt, finding)
    if (lane !== null) this.stopped.delete(lane)
  }

  /** After its first batch is settled: the next one, or rest. */
  private continueLane(lane: Lane): void {
    this.placement.release(lane)
    if (lane.state === 'idle') this.busy.delete(lane)
  }

  private stop(lane: Lane, why: string): void {
    lane.stopped = why
    this.stopped.add(lane)
    this.emptyLane(lane, () => notWritten(why))
  }

  private refuseRecord(record: ProducerRecord, onOutcome: OnOutcome | null, outcome: Failed): void {
    this.ledger.refuse(record, onOutcome, outcome)
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
    this.topics.refuseUntold(nowMs - this.options.deliveryTimeoutMs)
    if (this.placement.someBackOff || this.dispatcher.leadersAreDoubtful(nowMs)) this.placement.lookups.want()
  }

  /** `token.remaining` reaches 0, and the effect `flushed` appears, when all that was accepted before is settled. */
  private flush(token: FlushToken): void {
    token.remaining++
    for (const lane of this.busy) this.intake.flushLane(lane, token)
    for (const topic of this.topics.awaited())
      if (topic.guests.length > 0) {
        token.remaining++
        topic.guestFlushes.push(token)
      }
    this.ledger.tokenDone(token)
  }

  private giveUp(why: string): void {
    const unfinished: Unfinished[] = []
    for (const lane of this.busy) {
      const { topic, partition, flight } = lane
      if (flight !== null && (lane.state === 'requested' || flight.uncertain)) {
        unfinished.push({ topic, partition, records: flight.count, outcome: 'in-doubt' })
        lane.remove(flight)
        this.doubt(lane, flight, why, false)
      }
      this.emptyLane(lane, batch => {
        unfinished.push({ topic, partition, records: batch.count, outcome: 'failed' })
        return failure('PRODUCER_CLOSED', why, true)
      })
    }
    for (const topic of this.topics.awaited()) {
      const records = topic.guests.length
      if (records > 0) unfinished.push({ topic: topic.name, partition: null, records, outcome: 'failed' })
    }
    this.dispatcher.abandonAll()
    this.refusal = failure('PRODUCER_CLOSED', why, false)
    this.topics.refuseAwaited(this.refusal)
    this.ledger.emit({ kind: 'gave-up', unfinished })
  }

  /** Nothing was ever sent: every record, now and later, fails for the same reason. */
  private refuseAll(outcome: Failed): void {
    this.refusal = outcome
    for (const lane of this.busy) this.emptyLane(lane, () => outcome)
    this.topics.refuseAwaited(outcome)
  }

  /** Settles all that the lane holds, in order, as `outcomeOf` says. */
  private emptyLane(lane: Lane, outcomeOf: (batch: Batch) => Settled): void {
    for (let batch = lane.first; batch !== null; batch = lane.first) {
      lane.remove(batch)
      this.ledger.settle(batch, outcomeOf(batch))
    }
    this.continueLane(lane)
  }

  stats(): ProducerStats {
    const stopped = [...this.stopped].map(({ topic, partition, stopped: why }) => ({
      topic,
      partition,
      why: why ?? '',
    }))
    return this.ledger.stats({
      requests: this.dispatcher.requestsMade,
      requestsInFlight: this.dispatcher.requestsInFlight,
      bufferedBytes: this.bufferedBytes,
      stopped,
    })
  }

  partitionFigures(): readonly PartitionFigures[] {
    return this.topics.lanes().map(lane => lane.snapshot())
  }

  brokerFigures(): readonly BrokerFigures[] {
    return this.dispatcher.brokerFigures()
  }
}

const LEFT_OUT: ProduceResult = { code: -1, baseOffset: -1, appendTimeMs: -1, message: null, leader: null }
