/**
 * A member of a classic consumer group as a state machine: `(state, event) → [state, effects]`. Its partitions, lease and
 * drain are those of member.ts, whose words for them it uses; how it comes by partitions is the older protocol's.
 *
 *     join ─→ sync ─→ heartbeats … "a rebalance has begun" ─→ join …
 *
 * All members join; the coordinator waits for them, at most for the rebalance timeout; one of them, the leader, assigns;
 * each fetches its part by sync.
 *
 * Two ways through a rebalance, by the assignors that this member offers:
 * - eager (`range`): before it joins it gives up everything, because the leader may give anything to anybody.
 * - cooperative (`cooperative-sticky`): it joins with what it holds and goes on working. The leader leaves out what is
 *   to move; whoever had that gives it up after the sync, and joins once more so that it finds its new owner.
 *   Sequence that breaks otherwise: with `range` among the offers the group may agree on it, and its leader gives a
 *   partition to another member while this one still works on it. So one eager offer makes the member eager.
 *
 * Invariants.
 * - The lease ends at 0.9 × session timeout after the send time of the last answered heartbeat or sync. "A rebalance has
 *   begun" is an answer: the coordinator counts the member in.
 * - From the last answer that knew of no rebalance until the next sync the member is on notice: without it at the
 *   rebalance timeout, the group goes on without it and gives everything away. Lease and drain end at 0.9 of that.
 * - A join that claimed partitions which were given up meanwhile is followed by another, or they would lie idle.
 * - After a loss nothing is joined before the own handlers are quiet.
 *
 * What it does not do: assign (classic-leader.ts), requests and timers (membership-classic.ts), keep a member id beyond
 * UNKNOWN_MEMBER_ID. A static member does not leave on close: its partitions wait for the session, that is its use.
 * Source: org.apache.kafka.clients.consumer.internals.ConsumerCoordinator and AbstractCoordinator, KIP-345, KIP-394,
 * KIP-429; org.apache.kafka.coordinator.group.GroupMetadataManager for the codes.
 */
import { KafkaCode, type LanekeeperError } from '../core/model/index.ts'
import type { JoinGroupAnswer } from '../ports/classic-group.ts'
import { backoffMs, type CommonEvent, type MemberPhase, type PartitionKey, SAFE_SHARE } from './member.ts'
import { explainLoss } from './member-loss.ts'
import { refusalError } from './member-refusals.ts'
import type { HoldingEffect, MemberView } from './membership-effects.ts'

export interface ClassicSettings {
  readonly group: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly instanceId: string | null
  /** Whether one of the offered assignors needs everything given up before a join. */
  readonly eager: boolean
}

export interface ClassicState extends MemberView {
  /** Given by the coordinator; empty before, and after it said that it does not know it. */
  readonly memberId: string
  /** What the last join said we hold. */
  readonly claimed: ReadonlySet<PartitionKey>
  /** The slow request under way; one at a time. */
  readonly asking: 'join' | 'sync' | 'leave' | null
  /** Monotonic; when the next join or leave is due. Infinity: none is. */
  readonly askAtMs: number
  readonly beating: boolean
  /** Monotonic; when the next heartbeat is due. */
  readonly heartbeatAtMs: number
  /** Monotonic; send time of the last request whose answer knew of no rebalance. */
  readonly steadyAtMs: number
  readonly failures: number
  readonly closing: boolean
}

export type ClassicEvent =
  | CommonEvent
  | { readonly type: 'joined'; readonly nowMs: number; readonly answer: JoinGroupAnswer }
  | {
      readonly type: 'synced'
      readonly nowMs: number
      readonly sentAtMs: number
      readonly generation: number
      readonly code: number
      readonly assigned: readonly PartitionKey[]
    }
  | {
      readonly type: 'beaten'
      readonly nowMs: number
      readonly sentAtMs: number
      readonly generation: number
      readonly code: number
    }
  | { readonly type: 'left'; readonly nowMs: number; readonly code: number }
  | {
      readonly type: 'unanswered'
      readonly nowMs: number
      readonly request: 'join' | 'sync' | 'heartbeat' | 'leave'
    }
  /** The leader saw topics or partitions come or go; or a topic of ours was created again. */
  | { readonly type: 'outdated'; readonly nowMs: number }

export type ClassicEffect =
  | HoldingEffect
  | {
      readonly type: 'join'
      readonly memberId: string
      readonly generation: number
      readonly owned: readonly PartitionKey[]
    }
  /** The leader assigns before. */
  | { readonly type: 'sync'; readonly answer: JoinGroupAnswer }
  | { readonly type: 'heartbeat'; readonly generation: number }
  | { readonly type: 'leave' }

export type ClassicStep = readonly [ClassicState, readonly ClassicEffect[]]

const LEAVE_ATTEMPTS = 3
const NO_GENERATION = -1
const nothing: ReadonlySet<PartitionKey> = new Set()

export const newClassicMember: ClassicState = {
  phase: 'NEW',
  memberId: '',
  epoch: 0,
  owned: nothing,
  revoking: nothing,
  claimed: nothing,
  leaseUntilMs: -Infinity,
  noticeUntilMs: Infinity,
  asking: null,
  askAtMs: Infinity,
  beating: false,
  heartbeatAtMs: Infinity,
  steadyAtMs: -Infinity,
  failures: 0,
  closing: false,
}

/** One step. Pure; events that no longer matter change nothing. */
export const stepClassic = (
  settings: ClassicSettings,
  state: ClassicState,
  event: ClassicEvent,
): ClassicStep => {
  if (state.phase === 'LEFT' || state.phase === 'FATAL') return [state, []]
  switch (event.type) {
    case 'start':
      return state.phase === 'NEW'
        ? proceed(settings, { ...state, phase: 'JOINING', askAtMs: event.nowMs }, event.nowMs)
        : [state, []]
    case 'tick':
      return proceed(settings, state, event.nowMs)
    case 'doubted':
      return state.epoch === 0
        ? [state, []]
        : proceed(settings, { ...state, heartbeatAtMs: event.nowMs }, event.nowMs)
    case 'joined':
      return joined(settings, { ...state, asking: null }, event)
    case 'synced':
      return synced(settings, { ...state, asking: null }, event)
    case 'beaten':
      return beaten(settings, { ...state, beating: false }, event)
    case 'left':
      return left({ ...state, asking: null }, event)
    case 'unanswered':
      return unanswered(state, event)
    case 'outdated':
      return rejoin(settings, state, event.nowMs, event.nowMs + SAFE_SHARE * settings.rebalanceTimeoutMs)
    case 'failed':
      return ended(state, event.error)
    case 'drained':
      return drained(settings, state, event)
    case 'quiet':
      return quiet(state, event.nowMs)
    case 'close':
      return close(settings, state, event)
  }
}

/** When something is due by time alone (monotonic). Infinity: an answer or a drain comes first. */
export const classicDueAtMs = (settings: ClassicSettings, state: ClassicState): number =>
  Math.min(
    mayAsk(settings, state) ? state.askAtMs : Infinity,
    mayBeat(state) ? state.heartbeatAtMs : Infinity,
  )

/** Eager members join, and all leave, with empty hands. */
const mayAsk = ({ eager }: ClassicSettings, { asking, phase, owned }: ClassicState): boolean =>
  asking === null && (owned.size === 0 || !(eager || phase === 'LEAVING'))

const mayBeat = ({ beating, epoch }: ClassicState): boolean => !beating && epoch > 0

/** Sends what is due: a join, or the leave at last, and a heartbeat beside it. */
const proceed = (settings: ClassicSettings, state: ClassicState, nowMs: number): ClassicStep => {
  const effects: ClassicEffect[] = []
  let next = state
  if (mayAsk(settings, next) && nowMs >= next.askAtMs) {
    if (next.phase !== 'LEAVING') {
      next = { ...next, asking: 'join', askAtMs: Infinity, claimed: next.owned }
      const generation = next.epoch === 0 ? NO_GENERATION : next.epoch
      effects.push({ type: 'join', memberId: next.memberId, generation, owned: [...next.owned] })
    } else {
      // a static member is not taken out: whoever comes next under its instance id gets its partitions
      if (next.memberId === '' || settings.instanceId !== null) return ended(next, null)
      next = { ...next, asking: 'leave', askAtMs: Infinity }
      effects.push({ type: 'leave' })
    }
  }
  if (mayBeat(next) && nowMs >= next.heartbeatAtMs) {
    next = { ...next, beating: true, heartbeatAtMs: Infinity }
    effects.push({ type: 'heartbeat', generation: next.epoch })
  }
  return [next, effects]
}

const joined = (
  settings: ClassicSettings,
  state: ClassicState,
  { answer, nowMs }: Extract<ClassicEvent, { type: 'joined' }>,
): ClassicStep => {
  switch (answer.code) {
    case KafkaCode.NONE: {
      const member = { ...state, memberId: answer.memberId, failures: 0 }
      // lost meanwhile: the place is kept, but nothing is taken before the handlers are quiet
      if (state.phase === 'LOST') return [member, []]
      const next: ClassicState = {
        ...member,
        epoch: answer.generation,
        asking: 'sync',
        heartbeatAtMs: Math.min(state.heartbeatAtMs, nowMs + settings.heartbeatIntervalMs),
      }
      return [next, [{ type: 'sync', answer }]]
    }
    case KafkaCode.MEMBER_ID_REQUIRED:
      return proceed(
        settings,
        { ...state, memberId: answer.memberId, askAtMs: askAgainAt(state, nowMs) },
        nowMs,
      )
    case KafkaCode.UNKNOWN_MEMBER_ID:
      return state.phase === 'LOST'
        ? [{ ...state, memberId: '' }, []]
        : lost(settings, state, answer.code, nowMs)
    case KafkaCode.REBALANCE_IN_PROGRESS:
      return againLater(state, nowMs, [])
    default:
      return isElsewhere(answer.code)
        ? againLater(state, nowMs, [{ type: 'find-coordinator' }])
        : refused(settings, state, answer.code)
  }
}

const synced = (
  settings: ClassicSettings,
  state: ClassicState,
  event: Extract<ClassicEvent, { type: 'synced' }>,
): ClassicStep => {
  const { code, nowMs, generation } = event
  // of a generation that was lost meanwhile
  if (state.phase === 'LOST' || generation !== state.epoch) return proceed(settings, state, nowMs)
  switch (code) {
    case KafkaCode.NONE:
      return assigned(settings, state, event)
    case KafkaCode.REBALANCE_IN_PROGRESS:
      return rejoin(settings, state, nowMs, state.noticeUntilMs)
    case KafkaCode.UNKNOWN_MEMBER_ID:
    case KafkaCode.ILLEGAL_GENERATION:
      return lost(settings, state, code, nowMs)
    default:
      return isElsewhere(code)
        ? againLater(state, nowMs, [{ type: 'find-coordinator' }])
        : refused(settings, state, code)
  }
}

const assigned = (
  settings: ClassicSettings,
  state: ClassicState,
  { nowMs, sentAtMs, assigned: keys }: Extract<ClassicEvent, { type: 'synced' }>,
): ClassicStep => {
  const target = new Set(keys)
  const next: ClassicState = {
    ...state,
    phase: state.phase === 'LEAVING' ? 'LEAVING' : 'STABLE',
    leaseUntilMs: sentAtMs + SAFE_SHARE * settings.sessionTimeoutMs,
    noticeUntilMs: Infinity,
    steadyAtMs: sentAtMs,
    failures: 0,
  }
  const effects: ClassicEffect[] = [{ type: 'lease-renewed' }]
  if (next.phase === 'LEAVING') return withEffects(effects, proceed(settings, next, nowMs))

  const gone = [...next.owned].filter(key => !target.has(key) && !next.revoking.has(key))
  const added = keys.filter(key => !next.owned.has(key))
  const revoking = new Set([...next.revoking, ...gone])
  // nobody waits for these, but they lie idle until we have let go
  if (gone.length > 0)
    effects.push({
      type: 'revoke',
      partitions: gone,
      deadlineMs: nowMs + SAFE_SHARE * settings.rebalanceTimeoutMs,
    })
  if (added.length > 0) effects.push({ type: 'assign', partitions: added })
  const letGoMeanwhile = [...state.claimed].some(key => !target.has(key) && !state.owned.has(key))
  return withEffects(
    effects,
    proceed(
      settings,
      {
        ...next,
        phase: revoking.size > 0 ? 'REVOKING' : 'STABLE',
        owned: new Set([...next.owned, ...added]),
        revoking,
        askAtMs: letGoMeanwhile ? nowMs : next.askAtMs,
      },
      nowMs,
    ),
  )
}

const beaten = (
  settings: ClassicSettings,
  state: ClassicState,
  { code, nowMs, sentAtMs, generation }: Extract<ClassicEvent, { type: 'beaten' }>,
): ClassicStep => {
  if (state.phase === 'LOST' || state.epoch === 0) return [state, []]
  const nextAtMs = Math.min(state.heartbeatAtMs, sentAtMs + settings.heartbeatIntervalMs)
  // a newer generation came while it was under way: what it says is of the past
  if (generation !== state.epoch) return proceed(settings, { ...state, heartbeatAtMs: nextAtMs }, nowMs)
  const heard: ClassicState = {
    ...state,
    heartbeatAtMs: nextAtMs,
    leaseUntilMs: Math.max(state.leaseUntilMs, sentAtMs + SAFE_SHARE * settings.sessionTimeoutMs),
  }
  switch (code) {
    case KafkaCode.NONE:
      return [
        // during a join or sync "no rebalance" is of the one before
        { ...heard, steadyAtMs: state.asking === null ? sentAtMs : state.steadyAtMs },
        [{ type: 'lease-renewed' }],
      ]
    case KafkaCode.REBALANCE_IN_PROGRESS: {
      const deadlineMs = state.steadyAtMs + SAFE_SHARE * settings.rebalanceTimeoutMs
      return withEffects([{ type: 'lease-renewed' }], rejoin(settings, heard, nowMs, deadlineMs))
    }
    case KafkaCode.ILLEGAL_GENERATION:
      // a join is about to be answered with the next generation
      if (state.asking === 'join') return [{ ...state, heartbeatAtMs: nextAtMs }, []]
      return lost(settings, state, code, nowMs)
    case KafkaCode.UNKNOWN_MEMBER_ID:
      return lost(settings, state, code, nowMs)
    default:
      if (!isElsewhere(code)) return refused(settings, state, code)
      return [
        { ...state, failures: state.failures + 1, heartbeatAtMs: nowMs + backoffMs(state.failures + 1) },
        [{ type: 'find-coordinator' }],
      ]
  }
}

/** A rebalance has begun, or is wanted. Eager members let go of everything first. */
const rejoin = (
  settings: ClassicSettings,
  state: ClassicState,
  nowMs: number,
  deadlineMs: number,
): ClassicStep => {
  const noticeUntilMs = Math.min(state.noticeUntilMs, deadlineMs)
  if (state.closing || state.phase === 'LOST' || state.epoch === 0 || state.asking !== null)
    return [{ ...state, noticeUntilMs }, []]
  const due = { ...state, noticeUntilMs, askAtMs: nowMs }
  const partitions = [...state.owned].filter(key => !state.revoking.has(key))
  if (!settings.eager || partitions.length === 0) return proceed(settings, due, nowMs)
  const next: ClassicState = { ...due, phase: 'REVOKING', revoking: state.owned }
  return [next, [{ type: 'revoke', partitions, deadlineMs: noticeUntilMs }]]
}

const drained = (
  settings: ClassicSettings,
  state: ClassicState,
  { partitions, nowMs }: Extract<ClassicEvent, { type: 'drained' }>,
): ClassicStep => {
  const done = partitions.filter(key => state.revoking.has(key))
  if (done.length === 0) return [state, []]
  const owned = new Set([...state.owned].filter(key => !done.includes(key)))
  const revoking = new Set([...state.revoking].filter(key => !done.includes(key)))
  const phase: MemberPhase = state.phase === 'REVOKING' && revoking.size === 0 ? 'STABLE' : state.phase
  // a join under way still claims them: `assigned` finds that out
  const askAtMs = state.asking === null ? nowMs : state.askAtMs
  const next = {
    ...state,
    phase,
    owned,
    revoking,
    askAtMs,
    failures: phase === 'LEAVING' ? 0 : state.failures,
  }
  return withEffects([{ type: 'release', partitions: done }], proceed(settings, next, nowMs))
}

const unanswered = (
  state: ClassicState,
  { request, nowMs }: Extract<ClassicEvent, { type: 'unanswered' }>,
): ClassicStep => {
  const find: ClassicEffect = { type: 'find-coordinator' }
  const failures = state.failures + 1
  if (request === 'heartbeat')
    return [{ ...state, beating: false, failures, heartbeatAtMs: nowMs + backoffMs(failures) }, [find]]
  if (request === 'leave' && failures >= LEAVE_ATTEMPTS)
    return withEffects([find], ended({ ...state, asking: null }, null))
  // after a lost join or sync a member joins again: the coordinator answers it with what it has
  return againLater({ ...state, asking: null }, nowMs, [find])
}

const againLater = (state: ClassicState, nowMs: number, effects: readonly ClassicEffect[]): ClassicStep => {
  const failures = state.failures + 1
  if (state.phase === 'LOST') return [{ ...state, failures }, effects]
  return [{ ...state, failures, askAtMs: nowMs + backoffMs(failures) }, effects]
}

/** After a loss the join waits for `quiet`. */
const askAgainAt = (state: ClassicState, nowMs: number): number => (state.phase === 'LOST' ? Infinity : nowMs)

const lost = (settings: ClassicSettings, state: ClassicState, code: number, nowMs: number): ClassicStep => {
  const { sessionTimeoutMs, rebalanceTimeoutMs } = settings
  const reason = explainLoss(code, {
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    heardAtMs: state.leaseUntilMs - SAFE_SHARE * sessionTimeoutMs,
    awaitedSinceMs: state.noticeUntilMs - SAFE_SHARE * rebalanceTimeoutMs,
    nowMs,
  })
  const next: ClassicState = {
    ...newClassicMember,
    phase: 'LOST',
    memberId: code === KafkaCode.UNKNOWN_MEMBER_ID ? '' : state.memberId,
    asking: state.asking,
    beating: state.beating,
    failures: state.failures + 1,
    closing: state.closing,
  }
  return [next, [{ type: 'drop', partitions: [...state.owned], reason }]]
}

const quiet = (state: ClassicState, nowMs: number): ClassicStep => {
  if (state.phase !== 'LOST') return [state, []]
  if (state.closing) return ended(state, null)
  return [{ ...state, phase: 'JOINING', askAtMs: nowMs + backoffMs(state.failures) }, []]
}

const close = (
  settings: ClassicSettings,
  state: ClassicState,
  { nowMs, deadlineMs }: Extract<ClassicEvent, { type: 'close' }>,
): ClassicStep => {
  if (state.closing) return [state, []]
  const closing = { ...state, closing: true }
  if (state.phase === 'NEW') return ended(closing, null)
  // handlers of lost partitions still run: `quiet` ends it
  if (state.phase === 'LOST') return [closing, []]
  const partitions = [...state.owned].filter(key => !state.revoking.has(key))
  const next: ClassicState = {
    ...closing,
    phase: 'LEAVING',
    revoking: state.owned,
    failures: 0,
    askAtMs: nowMs,
  }
  if (state.owned.size === 0) return proceed(settings, next, nowMs)
  if (partitions.length === 0) return [next, []]
  const inTimeMs = Math.min(deadlineMs, nowMs + SAFE_SHARE * settings.rebalanceTimeoutMs, state.noticeUntilMs)
  return [next, [{ type: 'revoke', partitions, deadlineMs: inTimeMs }]]
}

const left = (state: ClassicState, { code, nowMs }: Extract<ClassicEvent, { type: 'left' }>): ClassicStep =>
  isElsewhere(code) && state.failures + 1 < LEAVE_ATTEMPTS
    ? againLater(state, nowMs, [{ type: 'find-coordinator' }])
    : ended(state, null)

const refused = (settings: ClassicSettings, state: ClassicState, code: number): ClassicStep =>
  ended(state, refusalError(settings.group, code, null))

const ended = (state: ClassicState, error: LanekeeperError | null): ClassicStep => {
  const next: ClassicState = {
    ...newClassicMember,
    memberId: state.memberId,
    closing: state.closing,
    phase: error === null ? 'LEFT' : 'FATAL',
  }
  const end: ClassicEffect = { type: 'end', error }
  if (error === null) return [next, [end]]
  return [next, [{ type: 'drop', partitions: [...state.owned], reason: error.message }, end]]
}

const isElsewhere = (code: number): boolean =>
  code === KafkaCode.COORDINATOR_LOAD_IN_PROGRESS ||
  code === KafkaCode.COORDINATOR_NOT_AVAILABLE ||
  code === KafkaCode.NOT_COORDINATOR

const withEffects = (first: readonly ClassicEffect[], [state, effects]: ClassicStep): ClassicStep => [
  state,
  [...first, ...effects],
]
