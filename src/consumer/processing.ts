/**
 * The part of a consumer that processes: lanes, what becomes of records that fail, and the counters that tell what
 * became of every record. It knows nothing of groups; who may act, and until when, it is told.
 */
import { LanekeeperError } from '../core/model/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { deadLetterOf, type DeadLetterWriter } from './dead-letter.ts'
import { BatchDelivery } from './batch-delivery.ts'
import type { LaneDelivery } from './delivery.ts'
import { errorText } from './error-text.ts'
import type { ConsumerEvent, RecordCounts } from './events.ts'
import { backoffMs, judgeFailure, type Verdict } from './failures.ts'
import type { LaneWork } from './lane-work.ts'
import { Lanes } from './lanes.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { LatencySketch, type LatencySummary } from './latency.ts'
import type { ConsumerSettings } from './settings.ts'

/** Of batches: one at work, and one that waits. */
const WINDOW_BATCHES = 2
const PARTITION_BYTES_MAX = 8 * 1024 * 1024

export interface ProcessingOptions {
  readonly clock: Clock
  readonly random: Random
  readonly settings: ConsumerSettings
  /** Needed where the policy is `dead-letter`. */
  readonly deadLetters: DeadLetterWriter | null
  readonly mayStart: (nowMs: number) => boolean
  readonly budget: MemoryBudget
  /** A partition stands at a record and cannot go on in this period of ownership. */
  readonly onStopped: (work: LaneWork<LaneDelivery>, error: LanekeeperError) => void
  readonly tell: (event: ConsumerEvent) => void
}

export class Processing {
  readonly lanes: Lanes<LaneDelivery>
  readonly #options: ProcessingOptions
  readonly #latency = new LatencySketch()
  #handlerFailures = 0
  #deadLetterFailures = 0

  constructor(options: ProcessingOptions) {
    this.#options = options
    const { clock, settings, mayStart, budget } = options
    this.lanes = new Lanes<LaneDelivery>({
      clock,
      budget,
      partitionBytesMax: PARTITION_BYTES_MAX,
      ordering: settings.ordering,
      concurrency: settings.concurrency,
      windowRecords: settings.handleBatch === null ? settings.windowRecords : WINDOW_BATCHES,
      mayStart,
      run: item => (item instanceof BatchDelivery ? settings.handleBatch?.(item) : settings.handler?.(item)),
      divert: record => this.#writeDeadLetter(record),
      judge: (work, record, error) => this.#judge(work, record, error),
      onDone: (record, standsFor) => this.#done(record, standsFor),
      onFailed: (work, record, error, verdict) => this.#failed(work, record, error, verdict),
      onHeld: (work, failed) => this.#held(work, failed),
    })
  }

  counts(): RecordCounts {
    const { added, done, diverted, givenBack } = this.lanes.counts
    return {
      recordsConsumed: added,
      recordsProcessed: done,
      recordsDeadLettered: diverted,
      recordsInFlight: this.lanes.queuedRecords,
      recordsGivenBack: givenBack,
      handlerFailures: this.#handlerFailures,
      deadLetterFailures: this.#deadLetterFailures,
    }
  }

  latency(): LatencySummary | null {
    return this.#latency.summary()
  }

  #done(record: LaneDelivery, standsFor: number): void {
    const { clock, tell } = this.#options
    if (record.condemned === null) {
      if (standsFor > 0)
        this.#latency.add(clock.wallMs() - record.timestampMs, standsFor * record.recordCount)
      return
    }
    const { name, offset, condemned } = record
    tell({ type: 'dead-lettered', partition: name, offset, ...condemned })
  }

  #writeDeadLetter(record: LaneDelivery): Promise<void> {
    const { settings, deadLetters } = this.#options
    const { onFailure, group } = settings
    const noWhere = onFailure.policy !== 'dead-letter' || deadLetters === null
    if (noWhere || record.condemned === null || record instanceof BatchDelivery)
      throw new Error(`${record.name} offset ${record.offset} has nowhere to go`)
    const { error, attempts } = record.condemned
    return deadLetters.write(onFailure.topic, deadLetterOf(record, group, attempts, error))
  }

  #judge(work: LaneWork<LaneDelivery>, record: LaneDelivery, error: unknown): Verdict {
    const { settings, random } = this.#options
    // a dead letter that cannot be written is tried for ever: passing over it would lose the record
    if (record.condemned !== null)
      return { kind: 'retry', delayMs: backoffMs(settings.retry, record.attempts, random.next()) }
    return judgeFailure(settings, random, error, record.attempts, work.parkedKeys.size)
  }

  #failed(work: LaneWork<LaneDelivery>, record: LaneDelivery, error: unknown, verdict: Verdict): void {
    const { clock, tell, onStopped } = this.#options
    const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
    const { offset, attempts, condemned } = record
    const retryInMs = verdict.kind === 'retry' ? verdict.delayMs : null
    if (condemned !== null && retryInMs !== null) {
      this.#deadLetterFailures++
      work.figures.letterRefused(record, attempts, error, now.monotonicMs)
      tell({ type: 'dead-letter-failed', partition: work.name, offset, attempts, retryInMs, error })
      return
    }
    this.#handlerFailures++
    const tried = condemned?.attempts ?? attempts
    work.figures.failed(record, tried, error, verdict.kind, now)
    tell({
      type: 'handler-failed',
      partition: work.name,
      offset,
      attempts: tried,
      retryInMs,
      verdict: verdict.kind,
      error,
    })
    if (verdict.kind === 'stop')
      onStopped(
        work,
        standsAt(
          work.name,
          offset,
          `its handler failed ${times(tried)}, last with: ${errorText(error)}`,
          error,
        ),
      )
  }

  #held(work: LaneWork<LaneDelivery>, failed: LaneDelivery): void {
    const { clock, settings } = this.#options
    const { windowRecords } = settings
    work.figures.held(failed, clock.monotonicMs())
    this.#options.onStopped(
      work,
      standsAt(
        work.name,
        failed.offset,
        `its key is parked, and the ${windowRecords} records of the window after it are used up`,
      ),
    )
  }
}

const standsAt = (name: string, offset: number, why: string, cause?: unknown): LanekeeperError =>
  new LanekeeperError('HANDLER_FAILED', `${name} stands at offset ${offset}: ${why}`, {
    fix:
      'Repair the handler and restart; or let `onFailure` write such records to a dead-letter topic; or reset the ' +
      'group past the record if it may be left out.',
    ...(cause === undefined ? {} : { cause }),
  })

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)
