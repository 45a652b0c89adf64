import { KafkaCode } from '../../core/model/index.ts'

export interface ProducerIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The id belongs to a transactional id: every batch is part of its open transaction. */
  readonly transactional?: boolean
}

/** Codes of InitProducerId that go away by themselves, right after a broker's start for example. */
const ASK_AGAIN: ReadonlySet<number> = new Set([
  KafkaCode.NONE, // with a negative id: no producer id at all
  KafkaCode.REQUEST_TIMED_OUT,
  KafkaCode.BROKER_NOT_AVAILABLE,
  KafkaCode.NETWORK_EXCEPTION,
  KafkaCode.COORDINATOR_LOAD_IN_PROGRESS,
  KafkaCode.COORDINATOR_NOT_AVAILABLE,
  KafkaCode.NOT_COORDINATOR,
  KafkaCode.CONCURRENT_TRANSACTIONS,
])

/** Written into batches of a producer that wants no idempotence: nothing tells a repeat from a new batch. */
export const NOBODY: ProducerIdentity = { producerId: -1n, producerEpoch: -1 }

/**
 * The producer id, by which brokers tell repeats from new batches. Taken once and kept: a new one in mid-stream would
 * let the broker take a repeat for something new.
 */
export class Identity {
  current: ProducerIdentity | null
  private asking = false
  private tries = 0
  private notBeforeMs = 0

  constructor(idempotent = true) {
    this.current = idempotent ? null : NOBODY
  }

  /** When to ask next; infinity while an answer is awaited or an id is there. */
  dueMs(): number {
    return this.current === null && !this.asking ? this.notBeforeMs : Number.POSITIVE_INFINITY
  }

  ask(): void {
    this.asking = true
  }

  /**
   * Takes the answer: true with a usable id, null where asking again may help, false where it never will. A negative
   * id is not usable: a broker accepts batches with -1, and nothing is idempotent then.
   */
  answered(code: number, identity: ProducerIdentity): true | null | false {
    this.asking = false
    if (code !== KafkaCode.NONE || identity.producerId < 0n) return ASK_AGAIN.has(code) ? null : false
    this.current = identity
    return true
  }

  /** `waitMs` is a function of the tries so far. */
  again(nowMs: number, waitMs: (tries: number) => number): void {
    this.asking = false
    this.notBeforeMs = nowMs + waitMs(++this.tries)
  }
}
