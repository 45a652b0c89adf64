import type { BrokerId, ErrorCode } from '../../core/model/index.ts'
import type {
  MetadataAnswer,
  ProduceAnswer,
  ProduceChannel,
  ProduceRequest,
} from '../../ports/broker-link.ts'
import type { OnOutcome, Outcome, ProducerRecord } from '../outcome.ts'
import type { FlushToken } from './batch.ts'
import type { Doubt, Finding } from './doubt.ts'

/** What the machine is told. Records come through `append`, which is the same without an object per record. */
export type ProducerEvent =
  /** Time has passed. */
  | { readonly kind: 'tick' }
  | {
      readonly kind: 'identified'
      readonly code: number
      readonly producerId: bigint
      readonly producerEpoch: number
      readonly transactional?: boolean
    }
  | { readonly kind: 'identify-failed'; readonly refused: boolean; readonly why: string }
  | { readonly kind: 'looked-up'; readonly answer: MetadataAnswer }
  | { readonly kind: 'look-up-failed' }
  | { readonly kind: 'answered'; readonly request: number; readonly answer: ProduceAnswer }
  | { readonly kind: 'unanswered'; readonly request: number; readonly why: string }
  /** Somebody wants a partition count: the topic is looked up although no record waits for it. */
  | { readonly kind: 'topic-wanted'; readonly topic: string }
  /** Answer to `names-wanted`. */
  | { readonly kind: 'nearest'; readonly topic: string; readonly near: string | null }
  | { readonly kind: 'flush'; readonly token: FlushToken }
  /** Somebody has looked in the log for a batch that is in doubt. */
  | { readonly kind: 'resolved'; readonly doubt: Doubt; readonly finding: Finding }
  /** Everything that is not settled is settled now, as failed or in doubt. */
  | { readonly kind: 'give-up'; readonly why: string }

/** What the machine wants done. It waits for none of it: the result comes back as an event, or does not. */
export type ProducerEffect =
  | { readonly kind: 'identify' }
  | { readonly kind: 'look-up'; readonly topics: readonly string[] }
  | {
      readonly kind: 'produce'
      readonly request: number
      readonly broker: BrokerId
      readonly channel: ProduceChannel
      readonly body: ProduceRequest
    }
  | { readonly kind: 'abandon'; readonly broker: BrokerId; readonly channel: ProduceChannel }
  | {
      readonly kind: 'outcome'
      readonly outcome: Outcome
      readonly record: ProducerRecord
      readonly onOutcome: OnOutcome
    }
  | { readonly kind: 'topic-known'; readonly topic: string; readonly partitions: number }
  /** The nearest name to one that nobody knows; answered in any case. */
  | { readonly kind: 'names-wanted'; readonly topic: string }
  | {
      readonly kind: 'topic-refused'
      readonly topic: string
      readonly code: ErrorCode
      readonly why: string
      readonly near: string | null
    }
  | { readonly kind: 'flushed'; readonly token: FlushToken }
  | { readonly kind: 'gave-up'; readonly unfinished: readonly Unfinished[] }

/** Records that were not acknowledged when the producer had to end. `partition` is null before they had one. */
export interface Unfinished {
  readonly topic: string
  readonly partition: number | null
  readonly records: number
  readonly outcome: 'failed' | 'in-doubt'
}
