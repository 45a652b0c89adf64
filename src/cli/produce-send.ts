import { formatCount, formatDuration, formatRate } from '../core/model/index.ts'
import { sleep } from '../ports/clock.ts'
import type { OnOutcome } from '../producer/outcome.ts'
import type { Producer } from '../producer/producer.ts'
import type { ProducerStats } from '../producer/stats.ts'
import type { NumberedRecord } from './produce-outcomes.ts'
import type { RecordSource } from './produce-source.ts'
import { startProgress } from './progress.ts'
import type { World } from './world.ts'

/** How much is sent before the event loop gets its turn: answers, timers and Ctrl-C must not wait for a large file. */
const SLICE_RECORDS = 2_000
/** A pace that a burst may exceed by so much after it fell behind, and a timer is not worth setting below. */
const PACE_MS = 20
const LOOK_MS = 250
/** How often progress is told; each time is a line of its own where stderr is no terminal. */
const PROGRESS_TERMINAL_MS = 250
const PROGRESS_PLAIN_MS = 5_000

/** What sends, and what it says of its progress. */
export type Sender = Pick<Producer, 'send' | 'drained'> & {
  stats(): Pick<ProducerStats, 'recordsAcknowledged' | 'latency'>
}

/** Who is told what became of each record. */
export interface OutcomeTaker {
  readonly take: OnOutcome
  /** Why nothing more should be sent; null while all is well. */
  readonly failure: unknown
}

/** Sends until the source ends, the user interrupts, or outcomes cannot be told. Returns what was thrown, or null. */
export const sendAll = async (
  { clock, io }: World,
  producer: Sender,
  source: RecordSource,
  target: { readonly topic: string; readonly partition: number | null; readonly rate: number | null },
  outcomes: OutcomeTaker,
): Promise<unknown> => {
  const { topic, partition, rate } = target
  const progress = startProgress(io, clock)
  const progressMs = io.stderr.isTTY ? PROGRESS_TERMINAL_MS : PROGRESS_PLAIN_MS
  const pace = rate === null ? null : new Pace(rate, source.rateAt, clock.monotonicMs())
  const startedMs = clock.monotonicMs()
  let toldMs = startedMs
  let sequence = 0
  try {
    for await (const { key, value } of source.records) {
      if (io.interrupted.aborted || outcomes.failure !== null) break
      sequence++
      const record: NumberedRecord =
        partition === null ? { topic, key, value, sequence } : { topic, key, value, sequence, partition }
      if (!producer.send(record, outcomes.take)) await untilRoom(producer, io.interrupted)
      const nowMs = clock.monotonicMs()
      if (nowMs - toldMs >= progressMs) {
        toldMs = nowMs
        const { recordsAcknowledged, latency } = producer.stats()
        progress.stage(
          `${formatCount(recordsAcknowledged)} acknowledged, ` +
            `${formatRate(recordsAcknowledged / ((nowMs - startedMs) / 1000))}, ` +
            `p50 ${formatDuration(latency.p50Ms)}, p99 ${formatDuration(latency.p99Ms)}`,
        )
      }
      if (sequence % SLICE_RECORDS === 0) await new Promise<void>(done => clock.soon(done))
      pace?.spendOne()
      for (let waitMs = pace?.waitMs(nowMs) ?? 0; waitMs > 0; waitMs = pace?.waitMs(clock.monotonicMs()) ?? 0)
        await sleep(clock, waitMs, io.interrupted)
    }
    return null
  } catch (thrown) {
    // the interrupt ends standard input, too, which may be silent for hours
    return io.interrupted.aborted ? null : thrown
  } finally {
    progress.end()
  }
}

/** Brokers that stand still must not hold up an interrupt. */
const untilRoom = (producer: Sender, interrupted: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const goOn = (): void => {
      interrupted.removeEventListener('abort', goOn)
      resolve()
    }
    interrupted.addEventListener('abort', goOn, { once: true })
    void producer.drained().then(goOn)
  })

/** Earns records with time, at the rate of the moment, and spends one a record. */
class Pace {
  readonly #rate: number
  readonly #rateAt: (atMs: number) => number
  readonly #startedMs: number
  #lastMs: number
  #credit = 0

  constructor(rate: number, rateAt: (atMs: number) => number, nowMs: number) {
    this.#rate = rate
    this.#rateAt = rateAt
    this.#startedMs = nowMs
    this.#lastMs = nowMs
  }

  spendOne(): void {
    this.#credit--
  }

  /** How long to wait before the next record, at the most a while, since a shape changes the rate; 0: send on. */
  waitMs(nowMs: number): number {
    const perMs = (this.#rate * this.#rateAt(nowMs - this.#startedMs)) / 1000
    // at most a second's worth is caught up with: who stood still must not hit brokers with all of it at once
    this.#credit = Math.min(this.#credit + (nowMs - this.#lastMs) * perMs, Math.max(0, perMs * 1000))
    this.#lastMs = nowMs
    if (this.#credit >= 0) return 0
    return perMs === 0 ? PACE_MS : Math.min(LOOK_MS, Math.max(PACE_MS, -this.#credit / perMs))
  }
}
