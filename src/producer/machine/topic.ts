import type { Random } from '../../ports/random.ts'
import type { OnOutcome, ProducerRecord } from '../outcome.ts'
import { ANY_PARTITION } from '../partitioner.ts'
import type { Batch, FlushToken } from './batch.ts'
import { Lane } from './lane.ts'
import { RECORD_OVERHEAD_BYTES } from './record-bytes.ts'

/** A record that came before its topic's partition count was known. */
export interface Guest {
  /** A copy: whoever sent it may have reused the bytes by the time that they are placed. */
  readonly record: ProducerRecord
  readonly onOutcome: OnOutcome | null
  readonly wallMs: number
}

/** `onOutcome` still gets the very record that was sent: callers know their records by identity. */
export const guestOf = (sent: ProducerRecord, onOutcome: OnOutcome | null, wallMs: number): Guest => ({
  record: {
    ...sent,
    key: copied(sent.key ?? null),
    value: copied(sent.value),
    // what is no list of headers is refused, with words, where records are placed
    ...(Array.isArray(sent.headers)
      ? { headers: sent.headers.map(header => ({ ...header, value: copied(header.value) })) }
      : {}),
  },
  onOutcome: onOutcome === null ? null : outcome => onOutcome(outcome, sent),
  wallMs,
})

const copied = <Part>(part: Part): Part | Uint8Array =>
  part instanceof Uint8Array ? Uint8Array.from(part) : part

/**
 * A topic as the producer sees it. The partition count is taken once, when the topic is first used, and kept: a count
 * that grew under a running producer would move keys in mid-stream, and their order would be gone without a word.
 */
export class Topic {
  readonly name: string
  readonly firstWantedMs: number
  topicId = ''
  lanes: Lane[] | null = null
  /**
   * Larger batches were refused. It is at least half of what the topic takes (`max.message.bytes`), since what was refused
   * was more than that: one large record among small ones does not make all later batches small.
   */
  batchBytesMax = Number.POSITIVE_INFINITY
  /** The cluster does not know it, for long enough; only the nearest name is still awaited. */
  missing: { readonly why: string; readonly retriable: boolean } | null = null
  guests: Guest[] = []
  guestBytes = 0
  guestFlushes: FlushToken[] = []
  private sticky: Lane | null = null
  private stickyBatch: Batch | null = null

  constructor(name: string, nowMs: number) {
    this.name = name
    this.firstWantedMs = nowMs
  }

  open(topicId: string, partitions: number): readonly Lane[] {
    this.topicId = topicId
    this.lanes = Array.from({ length: partitions }, (_, partition) => new Lane(this.name, partition))
    return this.lanes
  }

  /** Returns the bytes that the guest holds. */
  addGuest(guest: Guest): number {
    const { key, value } = guest.record
    const bytes = (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES
    this.guests.push(guest)
    this.guestBytes += bytes
    return bytes
  }

  takeGuests(): { readonly guests: readonly Guest[]; readonly flushes: readonly FlushToken[] } {
    const { guests, guestFlushes } = this
    this.guests = []
    this.guestBytes = 0
    this.guestFlushes = []
    return { guests, flushes: guestFlushes }
  }

  /** The lane of a partition, or for ANY_PARTITION the sticky one; undefined where it does not exist. */
  laneAt(lanes: readonly Lane[], partition: number, random: Random): Lane | undefined {
    return partition === ANY_PARTITION ? this.stickyLane(lanes, random) : lanes[partition]
  }

  /**
   * Where records go that no key places: one lane until its batch leaves, then another. Spreading each record by
   * itself would make batches of one record, and brokers pay per batch.
   */
  private stickyLane(lanes: readonly Lane[], random: Random): Lane {
    if (
      this.sticky !== null &&
      this.sticky.open !== null &&
      (this.stickyBatch === null || this.stickyBatch === this.sticky.open)
    ) {
      this.stickyBatch = this.sticky.open
      return this.sticky
    }
    const usable = lanes.filter(lane => lane.leader >= 0 && lane.stopped === null)
    const choice = usable.length > 1 ? usable.filter(lane => lane !== this.sticky) : usable
    this.sticky = choice[Math.floor(random.next() * choice.length)] ?? (lanes[0] as Lane)
    this.stickyBatch = null
    return this.sticky
  }
}
