/**
 * What becomes of a record whose handler failed: tried again, or put aside by the policy that the user chose.
 *
 * - `stop`: its partition stands, by name; the others go on. Nothing is passed over.
 * - `park-key`: records of its key wait behind it; other keys of the partition go on, as far as the window lets them
 *   run ahead of it. Then, or when too many keys are parked, the partition stands.
 * - `dead-letter`: it is written to another topic with where it came from and why, and counts as done once that write
 *   is acknowledged. A write that fails is tried for ever: until it succeeds nothing is committed past the record.
 *   The next record of the key is processed, so the key's order has a gap that `lanekeeper dlq replay` knows about.
 */
import { LanekeeperError } from '../core/model/index.ts'
import type { Random } from '../ports/random.ts'

export interface RetryOptions {
  /** How often a record is tried in all. Default 10: with the other defaults about half a minute. */
  readonly attempts?: number
  /** Wait before the second attempt, doubled for each further one. Default 100. */
  readonly backoffMs?: number
  /** The longest wait. Default 10,000: outlasts a restart of what the handler talks to within a few tries. */
  readonly backoffMsMax?: number
  /** Each wait is drawn from ± this share, so that many consumers do not come back at once. Default 0.2. */
  readonly jitter?: number
  /** Whether trying again can help. Default: yes, except where `decode` failed. */
  readonly retryable?: (error: unknown) => boolean
}

export type FailurePolicy =
  | { readonly policy: 'stop' }
  /** `keysMax`: more than so many keys of a partition are never parked at once. Default 16. */
  | { readonly policy: 'park-key'; readonly keysMax?: number }
  | { readonly policy: 'dead-letter'; readonly topic: string }

export type Verdict =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'park-key' }
  | { readonly kind: 'dead-letter' }

export type RetrySettings = Required<RetryOptions>

const PARKED_KEYS_MAX = 16

export const defaultRetry: RetrySettings = {
  attempts: 10,
  backoffMs: 100,
  backoffMsMax: 10_000,
  jitter: 0.2,
  retryable: () => true,
}

/** Wait before the attempt that follows `failedAttempts`. `drawn` in [0, 1). */
export const backoffMs = (
  { backoffMs: first, backoffMsMax, jitter }: RetrySettings,
  failedAttempts: number,
  drawn: number,
): number => Math.min(backoffMsMax, first * 2 ** (failedAttempts - 1)) * (1 + jitter * (2 * drawn - 1))

/**
 * What cannot be decoded will not be the next time either, whatever the caller's rule says of errors it knows. A rule
 * that fails itself says nothing about the record: the policy decides.
 */
const isRetryable = ({ retryable }: RetrySettings, error: unknown): boolean => {
  if (error instanceof LanekeeperError && error.code === 'RECORD_UNDECODABLE') return false
  try {
    return retryable(error)
  } catch {
    return false
  }
}

/**
 * The verdict on a record after its failure number `failedAttempts`. `parkedKeys`: how many keys of its partition are
 * parked already.
 */
export const judgeFailure = (
  settings: { readonly retry: RetrySettings; readonly onFailure: FailurePolicy },
  random: Random,
  error: unknown,
  failedAttempts: number,
  parkedKeys: number,
): Verdict => {
  const { retry, onFailure } = settings
  if (failedAttempts < retry.attempts && isRetryable(retry, error))
    return { kind: 'retry', delayMs: backoffMs(retry, failedAttempts, random.next()) }
  if (onFailure.policy === 'park-key' && parkedKeys >= (onFailure.keysMax ?? PARKED_KEYS_MAX))
    return { kind: 'stop' }
  return { kind: onFailure.policy }
}
