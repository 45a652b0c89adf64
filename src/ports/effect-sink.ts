import type { Offset } from '../core/model/index.ts'

/** A record by where it lies. By the topic's id: one that was deleted and created again begins at offset 0 anew. */
export interface RecordPlace {
  /** 32 hex digits. */
  readonly topicId: string
  readonly partition: number
  readonly offset: Offset
}

/** `repeated`: the effect of this record is in the store already, nothing was done. */
export type SinkOutcome = 'applied' | 'repeated'

/**
 * A store that takes the effect of each record exactly once, whoever brings it and how often.
 *
 * The law: the token that says "this record is done" is written in the same transaction as the effect, and only if it
 * is not there yet. So of two that try the same record (a repeat after a crash, a former owner that was stopped in the
 * middle) one succeeds, whatever either believes of its ownership. Order per key follows: a consumer tries a key's
 * records in log order, so each finds its predecessors applied, by itself or by the other.
 *
 * A store with asynchronous transactions returns promises.
 */
export interface EffectSink<Transaction> {
  /**
   * Runs `effect` in a transaction with the record's token. What `effect` throws undoes both and is thrown on; the
   * record may then be tried again.
   */
  once(record: RecordPlace, effect: (transaction: Transaction) => void): SinkOutcome | Promise<SinkOutcome>
  /**
   * The group has committed: records below each offset are done for ever. Their tokens may be replaced by the offset,
   * below which everything counts as repeated. Lower offsets than before change nothing.
   */
  settle(committed: readonly RecordPlace[]): void | Promise<void>
}
