import { Writable } from 'node:stream'
import { LanekeeperError } from '../core/model/index.ts'
import type { OnOutcome, Outcome, ProducerRecord } from '../producer/outcome.ts'
import type { Producer } from '../producer/producer.ts'

/** How many records the stream itself may hold; the producer's buffer behind it is the real one. */
const HIGH_WATER_RECORDS = 1_000

/** A producer as the end of a Node pipeline. A full buffer holds the pipeline up; its end waits for all outcomes. */
export class ProducerWritable extends Writable {
  readonly #producer: Pick<Producer, 'send' | 'flush'>
  readonly #room: () => Promise<void>
  readonly #onOutcome: OnOutcome

  /** `room` resolves when there is room and rejects after a deadline. `onOutcome` null: what is not written destroys. */
  constructor(
    producer: Pick<Producer, 'send' | 'flush'>,
    room: () => Promise<void>,
    onOutcome: OnOutcome | null,
  ) {
    super({ objectMode: true, highWaterMark: HIGH_WATER_RECORDS })
    this.#producer = producer
    this.#room = room
    this.#onOutcome =
      onOutcome ??
      (outcome => {
        const failure = failureOf(outcome)
        if (failure !== null) this.destroy(failure)
      })
  }

  override _write(record: ProducerRecord, _encoding: string, done: (error?: Error) => void): void {
    if (this.#producer.send(record, this.#onOutcome)) done()
    else void settled(this.#room(), done)
  }

  override _final(done: (error?: Error) => void): void {
    void settled(this.#producer.flush(), done)
  }
}

/** Calls a stream's callback when the promise has settled, outside of it: what `done` throws is not ours. */
const settled = async (promise: Promise<void>, done: (error?: Error) => void): Promise<void> => {
  let failure: Error | undefined
  try {
    await promise
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error))
  }
  done(failure)
}

const failureOf = (outcome: Outcome): LanekeeperError | null => {
  switch (outcome.kind) {
    case 'acknowledged':
      return null
    case 'failed':
      return new LanekeeperError(outcome.code, outcome.why)
    case 'in-doubt':
      return new LanekeeperError('DELIVERY_IN_DOUBT', outcome.why)
  }
}
