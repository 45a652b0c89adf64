/**
 * How many consumers a group should have, and why: one decision for each look.
 *
 * Goal: records are processed in time with as few consumers as that takes, through the waves of a day and the burst
 * that nobody expected, without the group swinging; a rebalance is not free.
 *
 * Invariants, property-tested over simulated days:
 *  1. Never more consumers than can have work (one for each partition), whatever the load.
 *  2. Unknown lag means hold: what is not seen is neither quiet nor busy.
 *  3. At most two changes of direction within `reverseAfterMs` (an hour), under any load. A turn downwards needs an hour
 *     without any turn; a turn upwards is never delayed, because late records cost more than idle consumers.
 *  4. With enough partitions, and keys that spread, the group catches up.
 *
 * Method.
 *  - Start with half of the partitions, or with what runs already.
 *  - Up, when records have been late for a while and the backlog does not go away by itself. By how much follows from
 *    what one consumer carries, which is learned in the only moments that show it: when a consumer has more to do than
 *    it can. Until it is known, one rung at a time (counts.ts). Never more than double at once.
 *  - Down, when the highest need of the last `quietMs` is below what runs. While a consumer's limit is unknown, one rung
 *    as a trial; if it was one too many, the limit is known from then on and the trial is not repeated.
 *  - Up and down use different utilisations, so that a load between them moves nothing.
 *  - A partition that stands still is left out of all sums and named. A partition that is late although its consumer
 *    reads nothing else, or that takes more than one consumer carries, is named as the limit: there more do not help.
 *
 * What it does not do: foresee. It knows no calendar; a wave is followed, a minute behind. It does not look at CPU or
 * memory of the consumers. It does not tell a slow key from a slow handler (`groups diagnose` samples keys).
 *
 * The window of needs for going down is that of Kubernetes' horizontal autoscaler (stabilization window).
 */
import { countFor, nextDown, nextUp, startCount } from './counts.ts'
import {
  loadOf,
  type ScaleLimit,
  type ScaleLoad,
  type ScaleObservation,
  type ScalePartition,
} from './load.ts'
import type { ScalePolicy } from './policy.ts'

export type Direction = 'up' | 'down'

export interface ScaleMemory {
  /** What was asked for last. */
  readonly consumers: number
  readonly changedAtMs: number
  /** Direction of the last change; null before the first. */
  readonly direction: Direction | null
  /** When the direction last turned; -Infinity: never. */
  readonly turnedAtMs: number
  /** Since when some record is late that more consumers could help; null: none is. */
  readonly lateSinceMs: number | null
  /** What one consumer carries, NaN while unknown, and when that was last confirmed. */
  readonly capacityPerSecond: number
  readonly capacityAtMs: number
  /** Needs of the last `quietMs` without a gap, oldest first, each higher than all after it. */
  readonly needs: readonly { readonly atMs: number; readonly consumers: number }[]
  /** Since when every look could be judged; null: the last could not. */
  readonly seenSinceMs: number | null
}

/** Why a decision is what it is. Sentences are made of it in `explain.ts`. */
export type ScaleReason =
  | { readonly kind: 'start' | 'running' }
  | { readonly kind: 'nothing-to-read' }
  | { readonly kind: 'above-most'; readonly most: number }
  | { readonly kind: 'unknown'; readonly partitions: readonly ScalePartition[] }
  | { readonly kind: 'settling'; readonly leftMs: number }
  | { readonly kind: 'members-missing'; readonly members: number }
  | { readonly kind: 'limited'; readonly limit: ScaleLimit }
  | { readonly kind: 'at-most'; readonly late: number }
  | { readonly kind: 'late'; readonly late: number; readonly byMs: number }
  | { readonly kind: 'soon-late'; readonly late: number; readonly leftMs: number }
  | { readonly kind: 'catching-up'; readonly readyInMs: number }
  | { readonly kind: 'quiet'; readonly trial: boolean }
  | { readonly kind: 'turned-lately'; readonly lower: number; readonly leftMs: number }
  | { readonly kind: 'in-time' }

export interface ScaleDecision {
  /** How many consumers there should be. */
  readonly consumers: number
  readonly before: number
  readonly reason: ScaleReason
  readonly load: ScaleLoad
  readonly capacityPerSecond: number
}

/** One look further. `memory` null: nothing was decided yet. `policy` from `scalePolicy`. */
export const advanceScale = (
  policy: ScalePolicy,
  memory: ScaleMemory | null,
  observation: ScaleObservation,
): readonly [ScaleDecision, ScaleMemory | null] => {
  if (memory === null) return begin(policy, observation)
  const { nowMs } = observation
  const known = forget(policy, memory, nowMs)
  const load = loadOf(observation, policy, known.capacityPerSecond)
  const seen = load.unknown.length === 0 && observation.partitions.length > 0
  const learned = seen && isSettled(policy, known, observation) ? learn(known, load, nowMs) : known
  const next: ScaleMemory = {
    ...learned,
    lateSinceMs: seen && load.late.length > 0 ? (learned.lateSinceMs ?? nowMs) : null,
    seenSinceMs: seen ? (learned.seenSinceMs ?? nowMs) : null,
    needs: seen ? withNeed(policy, learned, need(policy, learned, load, observation.placesMax), nowMs) : [],
  }
  const [consumers, reason] = decide({ policy, memory: next, observation, load })
  return [
    { consumers, before: memory.consumers, reason, load, capacityPerSecond: next.capacityPerSecond },
    changed(next, consumers, nowMs),
  ]
}

/** Consumers that may run: one for each place, and never more than the owner allows. */
const mostOf = (policy: ScalePolicy, placesMax: number): number =>
  Math.max(1, Math.min(policy.consumersMax ?? Infinity, placesMax))

const begin = (
  policy: ScalePolicy,
  observation: ScaleObservation,
): readonly [ScaleDecision, ScaleMemory | null] => {
  const { members, placesMax, nowMs } = observation
  const load = loadOf(observation, policy, Number.NaN)
  const capacityPerSecond = Number.NaN
  const decision = (consumers: number, reason: ScaleReason): ScaleDecision => ({
    consumers,
    before: members,
    reason,
    load,
    capacityPerSecond,
  })
  if (placesMax === 0) return [decision(members, { kind: 'nothing-to-read' }), null]
  const most = mostOf(policy, placesMax)
  const wanted = members > 0 ? members : startCount(placesMax)
  const consumers = Math.min(most, Math.max(policy.consumersMin, wanted))
  return [
    decision(
      consumers,
      members > most ? { kind: 'above-most', most } : { kind: members > 0 ? 'running' : 'start' },
    ),
    {
      consumers,
      changedAtMs: consumers === members ? -Infinity : nowMs,
      direction: null,
      turnedAtMs: -Infinity,
      lateSinceMs: null,
      capacityPerSecond,
      capacityAtMs: -Infinity,
      needs: [],
      seenSinceMs: null,
    },
  ]
}

interface Situation {
  readonly policy: ScalePolicy
  readonly memory: ScaleMemory
  readonly observation: ScaleObservation
  readonly load: ScaleLoad
}

type Verdict = readonly [consumers: number, reason: ScaleReason]

const decide = (situation: Situation): Verdict => {
  const { policy, memory, observation, load } = situation
  const { consumers } = memory
  if (observation.placesMax === 0) return [consumers, { kind: 'nothing-to-read' }]
  const most = mostOf(policy, observation.placesMax)
  if (consumers > most) return [most, { kind: 'above-most', most }]
  if (load.unknown.length > 0) return [consumers, { kind: 'unknown', partitions: load.unknown }]
  const leftMs = settlesIn(policy, memory, observation)
  if (leftMs > 0) return [consumers, { kind: 'settling', leftMs }]
  if (memory.lateSinceMs !== null) return whenLate(situation, memory.lateSinceMs)
  const [limit] = load.limited
  if (limit !== undefined) return [consumers, { kind: 'limited', limit }]
  return whenInTime(situation)
}

/** A group that does not come to rest for so many settling times is decided about all the same. */
const RESTLESS_TIMES = 5

/**
 * How long a change still settles: until its time is over, and until the members have had their partitions for as long.
 * A process may take a minute to start; before that its pace says nothing about what it can do.
 */
const settlesIn = (policy: ScalePolicy, memory: ScaleMemory, observation: ScaleObservation): number => {
  const sinceMs = observation.nowMs - memory.changedAtMs
  const forRestMs = Math.min(
    policy.settleMs - observation.steadyMs,
    RESTLESS_TIMES * policy.settleMs - sinceMs,
  )
  return Math.max(policy.settleMs - sinceMs, forRestMs)
}

const whenLate = ({ policy, memory, observation, load }: Situation, sinceMs: number): Verdict => {
  const { consumers } = memory
  const { members, placesMax, nowMs } = observation
  // who was asked for and did not come would not come in greater number either
  if (members < consumers) return [consumers, { kind: 'members-missing', members }]
  const leftMs = sinceMs + policy.lateForMs - nowMs
  if (leftMs > 0) return [consumers, { kind: 'soon-late', late: load.late.length, leftMs }]
  const gainPerSecond = load.processedPerSecond - load.arrivingPerSecond
  const readyInMs = gainPerSecond > 0 ? (load.backlogRecords / gainPerSecond) * 1000 : Infinity
  if (readyInMs <= policy.catchUpMs) return [consumers, { kind: 'catching-up', readyInMs }]
  const most = mostOf(policy, placesMax)
  if (consumers >= most) return [consumers, { kind: 'at-most', late: load.late.length }]
  const wanted = Math.max(nextUp(placesMax, consumers), need(policy, memory, load, placesMax))
  return [
    Math.min(most, consumers * 2, wanted),
    { kind: 'late', late: load.late.length, byMs: Math.max(...load.late.map(each => each.lagMs)) },
  ]
}

const whenInTime = ({ policy, memory, observation: { nowMs } }: Situation): Verdict => {
  const { consumers, needs, seenSinceMs } = memory
  const inTime: Verdict = [consumers, { kind: 'in-time' }]
  // before a change has settled the figures are those of another group
  const fromMs = Math.max(seenSinceMs ?? nowMs, memory.changedAtMs + policy.settleMs)
  if (nowMs - fromMs < policy.quietMs) return inTime
  const highest = Math.max(...needs.map(each => each.consumers))
  const lower = Math.max(policy.consumersMin, highest, Math.ceil(consumers / 2))
  if (lower >= consumers) return inTime
  const leftMs = memory.turnedAtMs + policy.reverseAfterMs - nowMs
  if (memory.direction === 'up' && leftMs > 0) return [consumers, { kind: 'turned-lately', lower, leftMs }]
  return [lower, { kind: 'quiet', trial: Number.isNaN(memory.capacityPerSecond) }]
}

/** The fewest consumers for the load of this moment; next to what runs where a consumer's limit is unknown. */
const need = (policy: ScalePolicy, memory: ScaleMemory, load: ScaleLoad, placesMax: number): number => {
  const { consumers, capacityPerSecond } = memory
  const { arrivingPerSecond, backlogRecords } = load
  const late = load.late.length > 0
  if (Number.isNaN(capacityPerSecond)) return late ? consumers : nextDown(placesMax, consumers)
  const perSecond = late
    ? (arrivingPerSecond + (backlogRecords / policy.catchUpMs) * 1000) / policy.utilisationUp
    : arrivingPerSecond / policy.utilisationDown
  const fewest = countFor(placesMax, (capacityPerSecond * placesMax) / perSecond)
  return late ? Math.max(consumers, fewest) : fewest
}

/** Leaves out needs that are older than the window, or below the new one: they can no longer be the highest. */
const withNeed = (
  policy: ScalePolicy,
  { needs }: ScaleMemory,
  consumers: number,
  nowMs: number,
): ScaleMemory['needs'] => [
  ...needs.filter(each => each.atMs >= nowMs - policy.quietMs && each.consumers > consumers),
  { atMs: nowMs, consumers },
]

/** Only then are the rates the work of the members that hold the partitions now. */
const isSettled = (policy: ScalePolicy, memory: ScaleMemory, observation: ScaleObservation): boolean =>
  observation.steadyMs >= policy.settleMs && observation.nowMs >= memory.changedAtMs + policy.settleMs

/** How much of one look counts: commits come in bursts, and a rate over half a minute still swings by a tenth. */
const LEARN_SHARE = 0.2

/** A saturated consumer shows its limit. Any other shows only that the limit is not below what it does. */
const learn = (memory: ScaleMemory, load: ScaleLoad, nowMs: number): ScaleMemory => {
  const before = memory.capacityPerSecond
  const saturated = load.saturatedPerSecond
  if (Number.isNaN(before))
    return Number.isNaN(saturated) ? memory : { ...memory, capacityPerSecond: saturated, capacityAtMs: nowMs }
  const seen = Number.isNaN(saturated) ? Math.max(before, load.busiestPerSecond) : saturated
  return {
    ...memory,
    capacityPerSecond: before + LEARN_SHARE * (seen - before),
    capacityAtMs: Number.isNaN(saturated) ? memory.capacityAtMs : nowMs,
  }
}

const forget = (policy: ScalePolicy, memory: ScaleMemory, nowMs: number): ScaleMemory =>
  nowMs - memory.capacityAtMs > policy.capacityMemoryMs
    ? { ...memory, capacityPerSecond: Number.NaN }
    : memory

const changed = (memory: ScaleMemory, consumers: number, nowMs: number): ScaleMemory => {
  if (consumers === memory.consumers) return memory
  const direction = consumers > memory.consumers ? 'up' : 'down'
  const turned = memory.direction !== null && memory.direction !== direction
  return {
    ...memory,
    consumers,
    changedAtMs: nowMs,
    direction,
    turnedAtMs: turned ? nowMs : memory.turnedAtMs,
    lateSinceMs: null,
    needs: [],
  }
}
