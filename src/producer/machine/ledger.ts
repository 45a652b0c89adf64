import type { ErrorCode } from '../../core/model/index.ts'
import { LatencyHistogram } from '../../core/sketch/index.ts'
import type { ProduceResult } from '../../ports/broker-link.ts'
import type { OnOutcome, Outcome, ProducerRecord } from '../outcome.ts'
import type { ProducerStats } from '../stats.ts'
import type { Batch, FlushToken } from './batch.ts'
import type { ProducerEffect } from './events.ts'
import type { Lane } from './lane.ts'

export type Failed = Extract<Outcome, { kind: 'failed' }>
export type Settled = Exclude<Outcome, { kind: 'acknowledged' }>

export const failure = (code: ErrorCode, why: string, retriable: boolean): Failed => ({
  kind: 'failed',
  code,
  retriable,
  why,
})

/** For everything behind a batch whose fate is unknown. */
export const notWritten = (why: string): Failed =>
  failure('DELIVERY_FAILED', `not written, the partition stopped earlier: ${why}`, false)

/** Counts that the ledger does not keep itself. */
type Rest = Pick<ProducerStats, 'requests' | 'requestsInFlight' | 'bufferedBytes' | 'stopped'>

/**
 * Who got which outcome, and what was counted. Every accepted record passes through exactly one of `acknowledge`,
 * `settle` and `refuse`; what is accepted and passed none of them is pending. `resolve` only moves what was in doubt
 * to where it belongs: its listeners had their outcome, and hear of the rest where they asked for it.
 */
export class Ledger {
  private effects: ProducerEffect[] = []
  private readonly latency = new LatencyHistogram()
  private readonly answersByCode = new Map<number, number>()
  private accepted = 0
  private acknowledged = 0
  private failed = 0
  private inDoubt = 0
  batches = 0
  bytes = 0
  retries = 0
  lookUps = 0

  get recordsPending(): number {
    return this.accepted - this.acknowledged - this.failed - this.inDoubt
  }

  emit(effect: ProducerEffect): void {
    this.effects.push(effect)
  }

  takeEffects(): readonly ProducerEffect[] {
    const effects = this.effects
    if (effects.length > 0) this.effects = []
    return effects
  }

  accept(): void {
    this.accepted++
  }

  /** A record that never came into a batch. */
  refuse(record: ProducerRecord, onOutcome: OnOutcome | null, outcome: Failed): void {
    this.failed++
    if (onOutcome !== null) this.emit({ kind: 'outcome', outcome, record, onOutcome })
  }

  acknowledge(lane: Lane, batch: Batch, { baseOffset, appendTimeMs }: ProduceResult, nowMs: number): void {
    const { count } = batch
    this.acknowledged += count
    this.latency.add(nowMs - batch.createdMs, count)
    lane.figures.acknowledged(count, batch.firstSentMs - batch.createdMs, nowMs - batch.createdMs)
    if (batch.listeners !== null)
      for (const { index, record, timestampMs, onOutcome } of batch.listeners)
        this.emit({
          kind: 'outcome',
          record,
          onOutcome,
          outcome: {
            kind: 'acknowledged',
            topic: lane.topic,
            partition: lane.partition,
            offset: baseOffset < 0 ? -1 : baseOffset + index,
            timestampMs: appendTimeMs < 0 ? timestampMs : appendTimeMs,
          },
        })
    this.finish(batch)
  }

  settle(batch: Batch, outcome: Settled): void {
    if (outcome.kind === 'in-doubt') this.inDoubt += batch.count
    else this.failed += batch.count
    for (const { record, onOutcome } of batch.listeners ?? [])
      this.emit({ kind: 'outcome', outcome, record, onOutcome })
    this.finish(batch)
  }

  /** Records that were counted as in doubt are known to be in the log, or not to be. */
  resolve(records: number, inLog: boolean): void {
    this.inDoubt -= records
    if (inLog) this.acknowledged += records
    else this.failed += records
  }

  /** The effect `flushed` appears when the token's last part is done. */
  tokenDone(token: FlushToken): void {
    if (--token.remaining === 0) this.emit({ kind: 'flushed', token })
  }

  countAnswer(code: number): void {
    this.answersByCode.set(code, (this.answersByCode.get(code) ?? 0) + 1)
  }

  stats(rest: Rest): ProducerStats {
    return {
      ...rest,
      recordsAccepted: this.accepted,
      recordsAcknowledged: this.acknowledged,
      recordsFailed: this.failed,
      recordsInDoubt: this.inDoubt,
      recordsPending: this.recordsPending,
      batches: this.batches,
      bytes: this.bytes,
      retries: this.retries,
      lookUps: this.lookUps,
      answersByCode: new Map(this.answersByCode),
      latency: this.latency.figures(),
    }
  }

  private finish(batch: Batch): void {
    batch.release()
    if (batch.flushes !== null) for (const token of batch.flushes) this.tokenDone(token)
  }
}
