import { kafkaCodeName } from '../core/model/index.ts'

/** What a member knew when it was told that it is none any more. */
export interface LossCircumstances {
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** Monotonic; when the last answered heartbeat was sent. -Infinity: none was. */
  readonly heardAtMs: number
  /** Monotonic; when the group began to wait for something of this member. Infinity: it did not. */
  readonly awaitedSinceMs: number
  readonly nowMs: number
}

/**
 * Which deadline was missed, and what follows from it. The coordinator itself says only that it does not know the
 * member; which of its clocks ran out can be told from ours.
 */
export const explainLoss = (code: number, circumstances: LossCircumstances): string =>
  `${kafkaCodeName(code)}: ${causeOf(circumstances)} Its partitions go to other members, which repeat what was processed and not committed; this member joins again.`

const causeOf = (circumstances: LossCircumstances): string => {
  const { sessionTimeoutMs, rebalanceTimeoutMs, heardAtMs, awaitedSinceMs, nowMs } = circumstances
  const silentMs = nowMs - heardAtMs
  const awaitedMs = nowMs - awaitedSinceMs
  if (awaitedMs >= rebalanceTimeoutMs)
    return (
      `the group waited ${seconds(awaitedMs)} for partitions of this member, more than max.poll.interval.ms ` +
      `(${seconds(rebalanceTimeoutMs)}): a handler takes longer than that.`
    )
  if (silentMs >= sessionTimeoutMs)
    return (
      `no heartbeat of this member was answered for ${silentMs === Infinity ? 'its whole life' : seconds(silentMs)}, more than the session timeout ` +
      `(${seconds(sessionTimeoutMs)}): the process was stopped or busy, or the coordinator out of reach.`
    )
  return 'the coordinator removed this member, or another process uses its id.'
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
