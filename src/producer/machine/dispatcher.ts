/**
 * Who waits for which broker, and the requests that are out.
 *
 * By default one request per broker and channel is out at a time: a broker answers the requests of one connection one by
 * one while `acks=all` waits, so a second would mostly queue there, and meanwhile the next batches fill by themselves.
 * A request is grouped when it is built, by the leaders of that moment. However many are out, a partition is in one of
 * them at most: a slow broker delays its own partitions, and no other's.
 */
import type { BrokerId } from '../../core/model/index.ts'
import type { ProduceChannel } from '../../ports/broker-link.ts'
import type { Codecs } from '../../ports/codecs.ts'
import type { BrokerFigures } from '../figures.ts'
import type { ProducerOptions } from '../options.ts'
import type { Batch } from './batch.ts'
import { BrokerQueue, type OpenRequest } from './broker-queue.ts'
import type { ProducerIdentity } from './identity.ts'
import type { Lane } from './lane.ts'
import type { Ledger } from './ledger.ts'

const CHANNELS: readonly ProduceChannel[] = ['produce-retry', 'produce']
/** Late copies are waited for twice as long each time, up to eight times: a short wait under overload only adds repeats. */
const LATE_DOUBLINGS_MAX = 3
/** So many late answers for a batch, and its partition travels apart. */
export const LATE_ANSWERS_APART = 2
const NO_SEQUENCE = -1

export class Dispatcher {
  private readonly options: ProducerOptions
  private readonly codecs: Codecs
  private readonly ledger: Ledger
  private readonly brokers = new Map<number, BrokerQueue>()
  private readonly requests = new Map<number, OpenRequest>()
  requestsMade = 0

  constructor(options: ProducerOptions, codecs: Codecs, ledger: Ledger) {
    this.options = options
    this.codecs = codecs
    this.ledger = ledger
  }

  /** What went to each broker, by id. */
  brokerFigures(): readonly BrokerFigures[] {
    return [...this.brokers.values()]
      .map(each => ({
        broker: each.id,
        requests: each.requests,
        batches: each.batches,
        bytes: each.bytes,
        retries: each.retries,
        recordsAcknowledged: each.recordsAcknowledged,
        batchesSettled: each.batchesSettled,
        queueMsSum: each.queueMsSum,
        failures: each.failures,
        requestsInFlight: each.inFlight.produce + each.inFlight['produce-retry'],
      }))
      .toSorted((a, b) => a.broker - b.broker)
  }

  get requestsInFlight(): number {
    return this.requests.size
  }

  /** Puts the lane in the line of its leader, which must be known. */
  add(lane: Lane): void {
    let broker = this.brokers.get(lane.leader)
    if (broker === undefined) {
      broker = new BrokerQueue(lane.leader as BrokerId)
      this.brokers.set(lane.leader, broker)
    }
    broker.add(lane)
    if (!lane.late && (lane.flight !== null || lane.full.length > 0)) broker.urgent = true
  }

  /** The request, which is no longer out; null where it had been forgotten. */
  close(number: number): OpenRequest | null {
    const request = this.requests.get(number)
    if (request === undefined) return null
    this.requests.delete(number)
    request.broker.inFlight[request.channel]--
    return request
  }

  /** After this no answer is known any more. */
  abandonAll(): void {
    for (const request of this.requests.values()) {
      this.abandon(request)
      request.broker.inFlight[request.channel]--
    }
    this.requests.clear()
  }

  /**
   * The answer to a request waits for its slowest partition, and a stopped process answers nothing at all. When
   * somebody else leads what an old request carries, waiting for its timeout is waiting for the dead.
   */
  abandonStale(nowMs: number): void {
    for (const request of this.requests.values())
      if (
        this.isStale(request, nowMs) &&
        request.lanes.some(lane => lane.leader >= 0 && lane.leader !== request.broker.id)
      )
        this.abandon(request)
  }

  /** A request is old, or somebody waits for a broker that did not answer last: there may be new leaders. */
  leadersAreDoubtful(nowMs: number): boolean {
    for (const request of this.requests.values()) if (this.isStale(request, nowMs)) return true
    for (const broker of this.brokers.values())
      if (broker.failuresInRow > 0 && CHANNELS.some(channel => broker.next(channel) !== null)) return true
    return false
  }

  private isStale({ sentAtMs }: OpenRequest, nowMs: number): boolean {
    return nowMs - sentAtMs >= this.options.staleRequestMs
  }

  private abandon({ broker, channel }: OpenRequest): void {
    this.ledger.emit({ kind: 'abandon', broker: broker.id, channel })
  }

  wakeAtMs(nowMs: number): number {
    let wake = Number.POSITIVE_INFINITY
    for (const broker of this.brokers.values())
      for (const channel of CHANNELS) wake = Math.min(wake, this.dueMs(broker, channel, nowMs))
    return wake
  }

  sendDue(identity: ProducerIdentity, nowMs: number): void {
    for (const broker of this.brokers.values())
      for (const channel of CHANNELS)
        if (this.dueMs(broker, channel, nowMs) <= nowMs) this.send(broker, channel, identity, nowMs)
  }

  /** When the next request may leave. The whole line leaves as soon as its first or any full batch must. */
  private dueMs(broker: BrokerQueue, channel: ProduceChannel, nowMs: number): number {
    if (broker.inFlight[channel] >= this.options.requestsInFlightMax) return Number.POSITIVE_INFINITY
    const lane = broker.next(channel)
    if (lane === null) return Number.POSITIVE_INFINITY
    const ripe =
      channel === 'produce-retry' || broker.urgent || lane.open === null || lane.flight !== null
        ? nowMs
        : lane.open.createdMs + this.options.lingerMs
    return Math.max(ripe, broker.pausedUntilMs)
  }

  private send(
    broker: BrokerQueue,
    channel: ProduceChannel,
    identity: ProducerIdentity,
    nowMs: number,
  ): void {
    const lanes: Lane[] = []
    const items: { topic: string; partition: number; batch: Uint8Array }[] = []
    const most = channel === 'produce-retry' ? this.options.retryPartitionsMax : Number.POSITIVE_INFINITY
    let bytes = 0
    let lateAnswers = 0
    for (let lane = broker.next(channel); lane !== null && lanes.length < most; lane = broker.next(channel)) {
      const sizeBytes = lane.flight?.bytes?.length ?? lane.first?.sizeBytes ?? 0
      if (lanes.length > 0 && bytes + sizeBytes > this.options.maxRequestBytes) break
      broker.take(channel)
      const batch = takeFlight(lane)
      if (batch === null) continue
      const sealed = this.sealed(batch, lane, identity)
      lane.state = 'requested'
      batch.leaves(broker.id, nowMs)
      lane.triesHere++
      lane.figures.sent(sealed.length, batch.tries)
      if (batch.tries > 1) broker.retries++
      lateAnswers = Math.max(lateAnswers, batch.lateAnswers)
      bytes += sealed.length
      lanes.push(lane)
      items.push({ topic: lane.topic, partition: lane.partition, batch: sealed })
    }
    if (channel === 'produce' && broker.next(channel) === null) broker.urgent = false
    if (lanes.length === 0) return

    const number = ++this.requestsMade
    const request: OpenRequest = { number, broker, channel, lanes, sentAtMs: nowMs }
    broker.inFlight[channel]++
    broker.requests++
    broker.batches += lanes.length
    broker.bytes += bytes
    this.requests.set(number, request)
    this.ledger.batches += lanes.length
    this.ledger.bytes += bytes
    const timeoutMs =
      channel === 'produce'
        ? broker.answerTime.patienceMs(this.options.produceTimeoutMs)
        : this.options.retryProduceTimeoutMs *
          2 ** Math.min(Math.max(0, lateAnswers - LATE_ANSWERS_APART), LATE_DOUBLINGS_MAX)
    this.ledger.emit({
      kind: 'produce',
      request: number,
      broker: broker.id,
      channel,
      body: { acks: this.options.acks, timeoutMs, items },
    })
  }

  /**
   * The lane's flight was found too large. The broker took nothing of it, so that its sequence is still to be had: the same
   * records go again in two batches. Returns what the larger one holds, before compression.
   */
  split(lane: Lane, batch: Batch): number {
    const halves = batch.halves(this.codecs)
    lane.flight = null
    lane.full.unshift(...halves)
    return Math.max(...halves.map(half => half.sizeBytes))
  }

  /** Sequence and bytes are fixed here, when the batch first leaves; every later try gets the same. */
  private sealed(batch: Batch, lane: Lane, identity: ProducerIdentity): Uint8Array {
    if (batch.bytes !== null) return batch.bytes
    const { producerId, producerEpoch } = lane.identity ?? identity
    const { compression } = this.options
    const plainBytes = batch.sizeBytes
    const compressed = compression !== 'none' && lane.compression.next()
    batch.bytes = batch.seal({
      producerId,
      producerEpoch,
      transactional: identity.transactional ?? false,
      baseSequence: this.options.idempotent ? lane.sequence : NO_SEQUENCE,
      codec: compressed ? compression : 'none',
      compress: this.codecs.compress,
      crc32c: this.codecs.crc32c,
    })
    if (compressed) lane.compression.saw(plainBytes, batch.bytes.length)
    return batch.bytes
  }
}

/** The batch to send now: the one in flight, else the oldest. */
const takeFlight = (lane: Lane): Batch | null => {
  if (lane.flight !== null) return lane.flight
  lane.flight = lane.full.shift() ?? lane.open
  if (lane.flight === lane.open) lane.open = null
  lane.triesHere = 0
  if (lane.flight !== null) lane.lastBatchBytes = lane.flight.sizeBytes
  return lane.flight
}
