import { type ErrorCode, kafkaCodeName } from '../../core/model/index.ts'
import type { OnOutcome, ProducerRecord } from '../outcome.ts'
import { errorOf } from './codes.ts'
import type { Lane } from './lane.ts'
import { type Failed, failure, type Ledger } from './ledger.ts'
import { type Guest, Topic } from './topic.ts'

/**
 * The topics that records were sent to: those whose partitions are known, and those that are still waited for, each with
 * the records that wait for it (its guests). A topic that cannot be had takes its guests' outcomes with it.
 */
export class Topics {
  private readonly byName = new Map<string, Topic>()
  /** Asked for last: records of one topic come in rows, and comparing is cheaper than looking up. */
  private last: Topic | undefined
  private readonly ledger: Ledger
  private readonly refuseRecord: (
    record: ProducerRecord,
    onOutcome: OnOutcome | null,
    outcome: Failed,
  ) => void
  /** Bytes of all guests. */
  guestBytes = 0

  constructor(ledger: Ledger, refuseRecord: Topics['refuseRecord']) {
    this.ledger = ledger
    this.refuseRecord = refuseRecord
  }

  get size(): number {
    return this.byName.size
  }

  get names(): readonly string[] {
    return [...this.byName.keys()]
  }

  get(name: string): Topic | undefined {
    if (this.last?.name !== name) this.last = this.byName.get(name)
    return this.last
  }

  add(name: string, nowMs: number): Topic {
    const topic = new Topic(name, nowMs)
    this.byName.set(name, topic)
    return topic
  }

  /** Topics whose partitions are not known. */
  awaited(): readonly Topic[] {
    return [...this.byName.values()].filter(({ lanes }) => lanes === null)
  }

  lanes(): readonly Lane[] {
    return [...this.byName.values()].flatMap(({ lanes }) => lanes ?? [])
  }

  /** A batch was too large for the topic; a smaller one of `sizeBytes` may not be. */
  tooLarge(name: string, sizeBytes: number): void {
    const topic = this.byName.get(name)
    if (topic !== undefined) topic.batchBytesMax = Math.min(topic.batchBytesMax, sizeBytes)
  }

  addGuest(topic: Topic, guest: Guest): void {
    this.guestBytes += topic.addGuest(guest)
  }

  takeGuests(topic: Topic): ReturnType<Topic['takeGuests']> {
    this.guestBytes -= topic.guestBytes
    return topic.takeGuests()
  }

  /** The cluster says that there is no such topic. A name that nobody knows was probably meant to be another one. */
  missing(topic: Topic, code: number, retriable: boolean): void {
    const error = errorOf(code)
    const why = `topic ${topic.name}: ${kafkaCodeName(code)}`
    if (error !== 'TOPIC_UNKNOWN') this.refuse(topic, error, why, retriable)
    else if (topic.missing === null) {
      topic.missing = { why, retriable }
      this.ledger.emit({ kind: 'names-wanted', topic: topic.name })
    }
  }

  /** `near`: the name that is most alike among those that exist; null: none is, or they could not be had. */
  nearestTold(name: string, near: string | null): void {
    const topic = this.byName.get(name)
    // it may have appeared meanwhile
    if (topic === undefined || topic.missing === null || topic.lanes !== null) return
    this.refuse(topic, 'TOPIC_UNKNOWN', topic.missing.why, topic.missing.retriable, near)
  }

  /** Those that were wanted by then, and whose partitions no broker has told. */
  refuseUntold(wantedByMs: number): void {
    for (const topic of this.awaited())
      if (topic.firstWantedMs <= wantedByMs)
        this.refuse(topic, 'CLUSTER_UNREACHABLE', `no broker told the partitions of ${topic.name}`, true)
  }

  /** All that are awaited, for the reason that everything is refused for. */
  refuseAwaited({ code, why, retriable }: Failed): void {
    for (const topic of this.awaited()) this.refuse(topic, code, why, retriable)
  }

  refuse(topic: Topic, code: ErrorCode, why: string, retriable: boolean, near: string | null = null): void {
    this.byName.delete(topic.name)
    this.last = undefined
    this.ledger.emit({ kind: 'topic-refused', topic: topic.name, code, why, near })
    const outcome = failure(code, near === null ? why : `${why}; did you mean "${near}"?`, retriable)
    const { guests, flushes } = this.takeGuests(topic)
    for (const { record, onOutcome } of guests) this.refuseRecord(record, onOutcome, outcome)
    for (const token of flushes) this.ledger.tokenDone(token)
  }
}
