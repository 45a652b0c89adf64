import type { BrokerId, Offset } from '../../core/model/index.ts'
import type { Listener } from './batch.ts'
import type { ProducerIdentity } from './identity.ts'

/**
 * A batch that was given up although it may be in the log: what it takes to look for it there. Broker and log name a
 * batch by producer id, epoch and sequence, so that it can be told from every other one, whatever its records say.
 */
export interface Doubt {
  readonly topic: string
  readonly partition: number
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly records: number
  /** It can only lie at or behind this offset, where the partition's last acknowledged batch ended; -1: not known. */
  readonly fromOffset: Offset
  /** Every broker that was given it. */
  readonly triedBrokers: readonly BrokerId[]
  readonly listeners: readonly Listener[]
  /** False where a broker disagreed about the sequence: then the partition stays closed whatever the log shows. */
  readonly reopens: boolean
  readonly why: string
}

/** What the log says about a doubt. */
export type Finding =
  | { readonly kind: 'in-log'; readonly baseOffset: Offset; readonly appendTimeMs: number }
  /**
   * It is not in the log, and nobody leads who was given it. `identity` is a producer id that was never used, for what
   * the partition takes next: should the old batch turn up after all, no broker may mistake one for the other, as it
   * would if both had the same id and sequence. Null: none could be had, and the partition stays closed.
   */
  | { readonly kind: 'absent'; readonly why: string; readonly identity: ProducerIdentity | null }
  | { readonly kind: 'undecided'; readonly why: string }
