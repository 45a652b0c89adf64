/**
 * Faults from a seed: what breaks when, decided before the run, so that the same seed breaks the same things.
 *
 * Two kinds. A `FaultPlan` is a list of events for whole brokers and leaderships, with their times. `NetworkFaults`
 * are probabilities per request, drawn as requests come.
 *
 * Rule of the plan: at most one broker is away at a time and each is in sync again before the next goes, so that a topic
 * with three replicas and `min.insync.replicas` 2 always gets on. A run that must lose more is written by hand.
 *
 * What it does not do: faults of disks and of the controller's quorum, a network that is slow for some brokers only.
 */
import type { BrokerId } from '../model/index.ts'
import { between, chance, integerBelow, pick } from './random.ts'

export type FaultEvent = { readonly atMs: number } & (
  | { readonly kind: 'kill' | 'stop' | 'start' | 'pause' | 'resume'; readonly broker: BrokerId }
  | {
      /** Leaders are moved to other replicas, of that many partitions. */
      readonly kind: 'move-leaders'
      readonly partitions: number
    }
  | { readonly kind: 'elect-preferred' }
)

export type FaultPlan = readonly FaultEvent[]

/** Probability per request. */
export interface NetworkFaults {
  /** The connection breaks before the broker reads the request. */
  readonly requestLost: number
  /** The broker does what was asked; the connection breaks before its answer. */
  readonly answerLost: number
  /** The answer is late, by up to `lateMs`: beyond the caller's timeout it counts as lost. */
  readonly answerLate: number
  /**
   * The connection breaks, and up to `lateMs` later the broker still does what was asked. It overtakes nothing, but
   * everything sent on a new connection overtakes it. Produce requests only: of these a broker can tell a copy.
   */
  readonly produceLate: number
  readonly lateMs: number
}

export const noNetworkFaults: NetworkFaults = {
  requestLost: 0,
  answerLost: 0,
  answerLate: 0,
  produceLate: 0,
  lateMs: 0,
}

export type NetworkFault =
  | { readonly kind: 'request-lost' | 'answer-lost' }
  | { readonly kind: 'answer-late' | 'request-late'; readonly delayMs: number }

/** At most one fault for one request; null: none. */
export const drawNetworkFault = (
  random: { next(): number },
  faults: NetworkFaults,
  isProduce: boolean,
): NetworkFault | null => {
  if (chance(random, faults.requestLost)) return { kind: 'request-lost' }
  if (chance(random, faults.answerLost)) return { kind: 'answer-lost' }
  if (chance(random, faults.answerLate))
    return { kind: 'answer-late', delayMs: between(random, 0, faults.lateMs) }
  if (isProduce && chance(random, faults.produceLate))
    return { kind: 'request-late', delayMs: between(random, 0, faults.lateMs) }
  return null
}

export interface FaultPlanOptions {
  readonly brokers: readonly BrokerId[]
  readonly fromMs: number
  /** No event is later; every broker that went is back and in sync by then. */
  readonly untilMs: number
  /** Mean quiet time between two events. */
  readonly quietMs: number
  /** Longest absence of a broker. */
  readonly awayMs: number
  /** From the start of a process, or its waking up, to being in sync again. */
  readonly recoveryMs: number
}

export const drawFaultPlan = (random: { next(): number }, options: FaultPlanOptions): FaultPlan => {
  const plan: FaultEvent[] = []
  let nowMs = options.fromMs
  for (;;) {
    nowMs += between(random, options.quietMs / 2, options.quietMs * 1.5)
    const backMs = nowMs + between(random, options.awayMs / 10, options.awayMs)
    if (backMs + options.recoveryMs > options.untilMs) return plan
    const broker = pick(random, options.brokers)
    if (broker === undefined) return plan
    switch (integerBelow(random, 5)) {
      case 0:
        plan.push({ atMs: nowMs, kind: 'kill', broker }, { atMs: backMs, kind: 'start', broker })
        nowMs = backMs + options.recoveryMs
        break
      case 1:
        plan.push({ atMs: nowMs, kind: 'stop', broker }, { atMs: backMs, kind: 'start', broker })
        nowMs = backMs + options.recoveryMs
        break
      case 2:
        plan.push({ atMs: nowMs, kind: 'pause', broker }, { atMs: backMs, kind: 'resume', broker })
        nowMs = backMs + options.recoveryMs
        break
      case 3:
        plan.push({ atMs: nowMs, kind: 'move-leaders', partitions: 1 + integerBelow(random, 8) })
        break
      default:
        plan.push({ atMs: nowMs, kind: 'elect-preferred' })
    }
  }
}
