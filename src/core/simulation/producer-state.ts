/**
 * What one partition remembers about each idempotent producer, so that a batch that arrives twice is appended once
 * and one that arrives too early is refused.
 *
 * Rules, as in org.apache.kafka.storage.internals.log.ProducerStateManager and ProducerAppendInfo:
 * - the last five batches of a producer are remembered; one of them again is answered with success and the offset it
 *   got the first time;
 * - any other batch must start where the last one ended, or the answer is OUT_OF_ORDER_SEQUENCE_NUMBER; that
 *   includes a repetition older than five batches, which a broker cannot tell from a gap;
 * - a producer that the partition does not know may start anywhere: after retention removed all it wrote, its next
 *   sequence is not 0;
 * - a new epoch starts at sequence 0; an older epoch is refused.
 * Sequence numbers wrap from 2^31-1 to 0.
 *
 * The marker that ends a transaction carries the next epoch: from then on nothing of the old one is taken.
 *
 * What it does not do: forgetting a producer after `producer.id.expiration.ms` (one day).
 */
import { KafkaCode } from '../model/index.ts'

const BATCHES_REMEMBERED = 5

export interface ProducerBatch {
  /** -1: not idempotent; nothing is checked and nothing remembered. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

export type SequenceVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }

interface RememberedBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
}

interface ProducerMemory {
  epoch: number
  readonly batches: RememberedBatch[]
}

const APPEND: SequenceVerdict = { kind: 'append' }

export class ProducerState {
  readonly #producers = new Map<bigint, ProducerMemory>()

  /** Decides; changes nothing. */
  judge(batch: ProducerBatch): SequenceVerdict {
    if (batch.producerId < 0n) return APPEND
    const memory = this.#producers.get(batch.producerId)
    if (memory === undefined) return APPEND
    if (batch.producerEpoch < memory.epoch) {
      return {
        kind: 'refused',
        code: KafkaCode.INVALID_PRODUCER_EPOCH,
        message: `epoch ${batch.producerEpoch} of producer ${batch.producerId} is older than ${memory.epoch}`,
      }
    }
    if (batch.producerEpoch > memory.epoch) {
      return batch.baseSequence === 0 ? APPEND : outOfOrder(batch, 0)
    }
    const last = lastSequence(batch)
    const known = memory.batches.find(
      one => one.firstSequence === batch.baseSequence && one.lastSequence === last,
    )
    if (known !== undefined) return { kind: 'duplicate', baseOffset: known.baseOffset }
    const newest = memory.batches.at(-1)
    const expected = newest === undefined ? 0 : nextSequence(newest.lastSequence)
    return batch.baseSequence === expected ? APPEND : outOfOrder(batch, expected)
  }

  /** A transaction of the producer ended here: batches of earlier epochs are refused from now on. */
  fence(producerId: bigint, producerEpoch: number): void {
    this.#producers.set(producerId, { epoch: producerEpoch, batches: [] })
  }

  /** Call after the batch was appended at `baseOffset`. */
  remember(batch: ProducerBatch, baseOffset: number): void {
    if (batch.producerId < 0n) return
    let memory = this.#producers.get(batch.producerId)
    if (memory === undefined || memory.epoch !== batch.producerEpoch) {
      memory = { epoch: batch.producerEpoch, batches: [] }
      this.#producers.set(batch.producerId, memory)
    }
    memory.batches.push({ firstSequence: batch.baseSequence, lastSequence: lastSequence(batch), baseOffset })
    if (memory.batches.length > BATCHES_REMEMBERED) memory.batches.shift()
  }
}

const nextSequence = (sequence: number): number => (sequence === 0x7fffffff ? 0 : sequence + 1)

/** A plain sum would leave 31 bits at the wrap. */
const lastSequence = (batch: ProducerBatch): number =>
  (batch.baseSequence + batch.recordCount - 1) % 0x80000000

const outOfOrder = (batch: ProducerBatch, expected: number): SequenceVerdict => ({
  kind: 'refused',
  code: KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  message: `sequence ${batch.baseSequence} of producer ${batch.producerId}, expected ${expected}`,
})
