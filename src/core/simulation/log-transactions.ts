/**
 * What one partition knows of transactions: which are open, which were aborted, and up to where everything is decided.
 *
 * The last stable offset is where the first undecided record lies. A transaction counts as decided when its marker is
 * replicated, not when it is written: before that its fate could still be lost with the leader.
 * Source: org.apache.kafka.storage.internals.log.ProducerStateManager, TransactionIndex.
 */
import type { Offset } from '../model/index.ts'

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: Offset
}

interface EndedTransaction extends AbortedTransaction {
  readonly markerOffset: Offset
}

export class LogTransactions {
  readonly #open = new Map<bigint, { readonly firstOffset: Offset; readonly producerEpoch: number }>()
  /** Ended, with a marker that may not be replicated yet. */
  #ended: EndedTransaction[] = []
  readonly #aborted: EndedTransaction[] = []

  /** Of this very epoch: the transaction before it may be decided and not yet marked here. */
  isOpen(producerId: bigint, producerEpoch: number): boolean {
    return this.#open.get(producerId)?.producerEpoch === producerEpoch
  }

  /** A batch of a transaction was appended. */
  wrote(producerId: bigint, producerEpoch: number, baseOffset: Offset): void {
    if (!this.#open.has(producerId)) this.#open.set(producerId, { firstOffset: baseOffset, producerEpoch })
  }

  /** The marker was appended. */
  ended(producerId: bigint, markerOffset: Offset, decision: 'commit' | 'abort'): void {
    const open = this.#open.get(producerId)
    if (open === undefined) return
    this.#open.delete(producerId)
    const transaction = { producerId, firstOffset: open.firstOffset, markerOffset }
    this.#ended.push(transaction)
    if (decision === 'abort') this.#aborted.push(transaction)
  }

  lastStableOffset(highWatermark: Offset): Offset {
    this.#ended = this.#ended.filter(each => each.markerOffset >= highWatermark)
    let stable = highWatermark
    for (const { firstOffset } of this.#open.values()) stable = Math.min(stable, firstOffset)
    for (const { firstOffset } of this.#ended) stable = Math.min(stable, firstOffset)
    return stable
  }

  /** Aborted transactions with records in [`from`, `to`), in no order, as a broker names them. */
  abortedIn(from: Offset, to: Offset): readonly AbortedTransaction[] {
    return this.#aborted
      .filter(each => each.firstOffset < to && each.markerOffset >= from)
      .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
  }
}
