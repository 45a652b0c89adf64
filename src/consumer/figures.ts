/**
 * What came of one partition's records in one period of ownership: counts, how long handlers took, what failed last and
 * what fails now. Kept by its `LaneWork`, so a partition that comes back begins at 0.
 */
import { type FailingRecord, type FailingState, type Offset } from '../core/model/index.ts'
import { murmur2 } from '../core/routing/index.ts'
import { type LatencyFigures, LatencyHistogram, maskedKey } from '../core/sketch/index.ts'
import { errorName, errorText } from './error-text.ts'
import type { Verdict } from './failures.ts'

/** A failure with the place of its record. */
export interface RecordFailure {
  readonly offset: Offset
  /** More than 1: a batch that is handled as a whole; `offset` is its first. */
  readonly records: number
  /** Shortened, or its hash; null without one. */
  readonly key: string | null
  /** Failed attempts by then. */
  readonly attempts: number
  /** Code or name of the error. */
  readonly error: string
  /** May quote the record. */
  readonly message: string
  /** What became of the record. */
  readonly verdict: Verdict['kind']
  /** Milliseconds since 1970. */
  readonly atMs: number
}

export interface FailedItem {
  readonly offset: Offset
  readonly recordCount: number
  readonly key: Uint8Array | null
}

interface Failing {
  readonly records: number
  readonly sinceMs: number
  state: FailingState
  attempts: number
  error: string
}

const NO_TIME: LatencyFigures = { p50Ms: Number.NaN, p99Ms: Number.NaN, maxMs: Number.NaN }
const MESSAGE_CHARS_MAX = 200

export class WorkFigures {
  recordsProcessed = 0
  recordsDeadLettered = 0
  handlerFailures = 0
  /** Attempts that followed a failed one. */
  retries = 0
  lastFailure: RecordFailure | null = null
  /** How often something was worth telling a watcher (`failing`): who remembers it can tell whether there is news. */
  tellings = 0
  #handlerTime: LatencyHistogram | null = null
  readonly #failing = new Map<Offset, Failing>()

  /** `standsFor`: how many calls of the handler this one speaks for. */
  handlerTook(ms: number, standsFor: number): void {
    // created on first use: a quiet partition costs nothing
    this.#handlerTime ??= new LatencyHistogram()
    this.#handlerTime.add(ms, standsFor)
  }

  /** Milliseconds; NaN before the first call. */
  handlerTime(): LatencyFigures {
    return this.#handlerTime?.figures() ?? NO_TIME
  }

  /** The handler failed, `attempts` times by now. */
  failed(
    item: FailedItem,
    attempts: number,
    error: unknown,
    verdict: Verdict['kind'],
    now: { readonly monotonicMs: number; readonly wallMs: number },
  ): void {
    const { offset, recordCount: records, key } = item
    this.handlerFailures++
    if (verdict === 'retry') this.retries++
    const name = errorName(error)
    this.lastFailure = {
      offset,
      records,
      key: key === null ? null : maskedKey(key, murmur2(key)),
      attempts,
      error: name,
      message: errorText(error).slice(0, MESSAGE_CHARS_MAX),
      verdict,
      atMs: now.wallMs,
    }
    // on its way to the dead letters nothing is held up yet
    if (verdict !== 'dead-letter') this.#note(item, stateAfter[verdict], attempts, name, now.monotonicMs)
  }

  /** Its dead letter could not be written, `attempts` times by now. */
  letterRefused(item: FailedItem, attempts: number, error: unknown, nowMs: number): void {
    this.#note(item, 'letter-refused', attempts, errorName(error), nowMs)
  }

  /** The partition stands at a record that was parked before. */
  held(item: FailedItem, nowMs: number): void {
    const known = this.#failing.get(item.offset)
    this.#note(item, 'stopped', known?.attempts ?? 1, known?.error ?? 'unknown', nowMs)
  }

  /** A record that had failed is finished. */
  settled(offset: Offset): void {
    this.#failing.delete(offset)
  }

  /** The record that holds the partition up: the one at which it stands, else the lowest that fails; null: none does. */
  failing(nowMs: number): FailingRecord | null {
    let worst: [Offset, Failing] | null = null
    for (const each of this.#failing) if (worst === null || isWorse(each, worst)) worst = each
    if (worst === null) return null
    const [offset, { records, sinceMs, state, attempts, error }] = worst
    return { offset, records, state, attempts, failingMs: Math.max(0, nowMs - sinceMs), error }
  }

  #note(
    { offset, recordCount }: FailedItem,
    state: FailingState,
    attempts: number,
    error: string,
    nowMs: number,
  ): void {
    const known = this.#failing.get(offset)
    if (known?.state !== state ? state !== 'retrying' : isWorthTelling(attempts)) this.tellings++
    this.#failing.set(offset, {
      records: recordCount,
      sinceMs: known?.sinceMs ?? nowMs,
      state,
      attempts,
      error,
    })
  }
}

const stateAfter = { retry: 'retrying', stop: 'stopped', 'park-key': 'parked' } as const

/** The second, fourth, eighth … attempt: each telling is a commit, and a single failure is mostly gone before it. */
const isWorthTelling = (attempts: number): boolean => attempts > 1 && (attempts & (attempts - 1)) === 0

const isWorse = ([offset, { state }]: [Offset, Failing], [than, { state: thanState }]: [Offset, Failing]) =>
  (state === 'stopped') === (thanState === 'stopped') ? offset < than : state === 'stopped'
