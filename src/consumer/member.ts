/**
 * A member of a server-side consumer group (KIP-848) as a state machine: `(state, event) → [state, effects]`.
 *
 *     NEW → JOINING → STABLE ⇄ REVOKING      any → LEAVING → LEFT      any → FATAL
 *               ↑        LOST ← any (fenced, unknown, group gone)
 *
 * Goal. To hold partitions exactly as long as the coordinator says so, and to give them up only when nothing of ours
 * touches them any more.
 *
 * Method. Every heartbeat is complete (topics, timeout, owned partitions), so every answer carries the whole
 * assignment and the machine compares levels instead of following edges: a lost answer costs nothing. A short
 * heartbeat after a lost answer is fenced.
 *
 * Invariants.
 * - The epoch is that of the last good answer; whoever commits reads it here at the moment of sending.
 * - The lease ends at 0.9 × session timeout after the SEND time of the last answered heartbeat. The coordinator's clock
 *   starts later than ours, so ours ends first, and no handler starts while another member may already own the key.
 * - A partition under revocation stays in the owned list until it is drained and committed. The next heartbeat without
 *   it is the acknowledgement. Until that is answered the member is on notice: at the rebalance timeout the coordinator
 *   removes it and gives EVERYTHING away, so drain and lease both end at 0.9 of it. It counts from the first heartbeat
 *   that the coordinator may have answered with the revocation. Sequence that breaks otherwise: a heartbeat arrives, the
 *   coordinator takes a partition and starts its clock, the answer is lost; the next heartbeat, seconds later, brings
 *   the news, and a deadline counted from it lies behind the coordinator's.
 * - After a loss nothing is joined before the own handlers are quiet; else the process overtakes itself.
 *
 * The end of the lease alone is no loss. While the coordinator is away it gives nothing to others either, so handlers
 * pause, and go on when the next answer is good; if the session did run out there, that answer says so.
 *
 * What it does not do: no timers, no requests, no names of topics. The driver (membership.ts) runs the effects.
 * Source: KIP-848, org.apache.kafka.coordinator.group.GroupMetadataManager, and the codes met on real brokers.
 */
import { KafkaCode, type LanekeeperError } from '../core/model/index.ts'
import type { HeartbeatAnswer, TopicPartitions } from '../ports/broker-link.ts'
import { explainLoss } from './member-loss.ts'
import { refusalError } from './member-refusals.ts'

/** `topicId:partition`. By id, not by name: a topic that was deleted and created again is another topic. */
export type PartitionKey = string

export interface MemberSettings {
  readonly group: string
  /** `consumer.session.timeout.ms` of the group. */
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly instanceId: string | null
}

export type MemberPhase = 'NEW' | 'JOINING' | 'STABLE' | 'REVOKING' | 'LOST' | 'LEAVING' | 'LEFT' | 'FATAL'

export interface MemberState {
  readonly phase: MemberPhase
  /** 0 before the first good answer and after a loss. */
  readonly epoch: number
  /** What the next heartbeat says we hold, partitions under revocation included. */
  readonly owned: ReadonlySet<PartitionKey>
  readonly revoking: ReadonlySet<PartitionKey>
  /** What the last answered heartbeat claimed and its answer did not grant: the coordinator waits for these. */
  readonly taken: ReadonlySet<PartitionKey>
  /** Last assignment the coordinator sent. */
  readonly target: ReadonlySet<PartitionKey>
  /** Monotonic; by the session. */
  readonly leaseUntilMs: number
  /** Monotonic; by the rebalance timeout, while partitions are `taken`. Infinity: nothing is demanded of us. */
  readonly noticeUntilMs: number
  /** When the first heartbeat since the last answer was sent; the coordinator may have acted on it. Infinity: none. */
  readonly unansweredSinceMs: number
  /** Monotonic; when the next heartbeat is due. Infinity: not before something else happens. */
  readonly heartbeatAtMs: number
  /** What the heartbeat that is under way says we hold; null: none is. */
  readonly saying: ReadonlySet<PartitionKey> | null
  /** Failures in a row, for the back-off. */
  readonly failures: number
  /** The coordinator still counts us in (code 110): leave before joining, or the join is refused for a session. */
  readonly mustLeaveFirst: boolean
  /** A close was asked for. */
  readonly closing: boolean
}

/** What happens to a member whatever its protocol. */
export type CommonEvent =
  | { readonly type: 'start'; readonly nowMs: number }
  | { readonly type: 'tick'; readonly nowMs: number }
  /** Nothing will be answered any more: wrong credentials, a defect. */
  | { readonly type: 'failed'; readonly error: LanekeeperError }
  /** Revoked partitions are at rest and committed, or their deadline has passed. */
  | { readonly type: 'drained'; readonly nowMs: number; readonly partitions: readonly PartitionKey[] }
  /** No handler of a lost partition runs any more. */
  | { readonly type: 'quiet'; readonly nowMs: number }
  /** Another request was told that this member is gone or outdated: ask now instead of at the next interval. */
  | { readonly type: 'doubted'; readonly nowMs: number }
  | { readonly type: 'close'; readonly nowMs: number; readonly deadlineMs: number }

export type MemberEvent =
  | CommonEvent
  | {
      readonly type: 'answered'
      readonly nowMs: number
      readonly sentAtMs: number
      readonly answer: HeartbeatAnswer
    }
  /** `sentAtMs` null: it never left, because nobody knew where to. */
  | { readonly type: 'unanswered'; readonly nowMs: number; readonly sentAtMs: number | null }

export type MemberEffect =
  | { readonly type: 'heartbeat'; readonly epoch: number; readonly owned: readonly TopicPartitions[] }
  | { readonly type: 'find-coordinator' }
  | { readonly type: 'assign'; readonly partitions: readonly PartitionKey[] }
  | { readonly type: 'revoke'; readonly partitions: readonly PartitionKey[]; readonly deadlineMs: number }
  /** The partitions are no longer ours, from this moment. */
  | { readonly type: 'release'; readonly partitions: readonly PartitionKey[] }
  /** They are somebody else's already: stop everything, commit nothing. Answer with `quiet`. */
  | { readonly type: 'drop'; readonly partitions: readonly PartitionKey[]; readonly reason: string }
  | { readonly type: 'lease-renewed' }
  | { readonly type: 'end'; readonly error: LanekeeperError | null }

export type MemberStep = readonly [MemberState, readonly MemberEffect[]]

/** Part of the session, and of the rebalance timeout, that we use: the rest covers clocks and scheduling. */
export const SAFE_SHARE = 0.9
const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 1000
/** A crashed static member holds its instance id until its session ends: ask now and then. */
const UNRELEASED_RETRY_MS = 1000
const LEAVE_ATTEMPTS = 3
const LEAVE = -1
const LEAVE_FOR_RESTART = -2

const nothing: ReadonlySet<PartitionKey> = new Set()

export const newMember: MemberState = {
  phase: 'NEW',
  epoch: 0,
  owned: nothing,
  revoking: nothing,
  taken: nothing,
  target: nothing,
  leaseUntilMs: -Infinity,
  noticeUntilMs: Infinity,
  unansweredSinceMs: Infinity,
  heartbeatAtMs: Infinity,
  saying: null,
  failures: 0,
  mustLeaveFirst: false,
  closing: false,
}

/** One step. Pure; events that no longer matter change nothing. */
export const stepMember = (settings: MemberSettings, state: MemberState, event: MemberEvent): MemberStep => {
  if (state.phase === 'LEFT' || state.phase === 'FATAL') return [state, []]
  switch (event.type) {
    case 'start':
      return state.phase === 'NEW'
        ? beat(settings, { ...state, phase: 'JOINING', heartbeatAtMs: event.nowMs }, event.nowMs)
        : [state, []]
    case 'tick':
      return beat(settings, state, event.nowMs)
    case 'doubted':
      return state.epoch === 0
        ? [state, []]
        : beat(settings, { ...state, heartbeatAtMs: event.nowMs }, event.nowMs)
    case 'answered':
      return answered(settings, state, event)
    case 'unanswered':
      return unanswered(
        { ...state, unansweredSinceMs: Math.min(state.unansweredSinceMs, event.sentAtMs ?? Infinity) },
        event.nowMs,
      )
    case 'failed':
      return ended(state, event.error)
    case 'drained':
      return drained(settings, state, event)
    case 'quiet':
      return quiet(settings, state, event.nowMs)
    case 'close':
      return close(settings, state, event)
  }
}

/** Whether handlers may start at `nowMs`. */
export const holdsLease = (
  state: Pick<MemberState, 'leaseUntilMs' | 'noticeUntilMs'>,
  nowMs: number,
): boolean => nowMs < state.leaseUntilMs && nowMs < state.noticeUntilMs

/** Sends the heartbeat that is due, one at a time. */
const beat = (settings: MemberSettings, state: MemberState, nowMs: number): MemberStep => {
  if (state.saying !== null || nowMs < state.heartbeatAtMs) return [state, []]
  const leaving = state.mustLeaveFirst || (state.phase === 'LEAVING' && state.owned.size === 0)
  const epoch = !leaving
    ? state.epoch
    : settings.instanceId !== null && !state.mustLeaveFirst
      ? LEAVE_FOR_RESTART
      : LEAVE
  // empty in a join and in a leave, as the protocol demands: a loss and a drain have emptied it
  const owned = groupByTopic(state.owned)
  return [{ ...state, saying: state.owned, heartbeatAtMs: Infinity }, [{ type: 'heartbeat', epoch, owned }]]
}

const answered = (
  settings: MemberSettings,
  before: MemberState,
  event: Extract<MemberEvent, { type: 'answered' }>,
): MemberStep => {
  const { answer, nowMs } = event
  const said = before.saying ?? nothing
  const state = { ...before, saying: null }
  if (state.mustLeaveFirst) return left(state, nowMs)
  if (state.phase === 'LEAVING' && state.owned.size === 0) return leaving(settings, state, event)
  switch (answer.code) {
    case KafkaCode.NONE:
      return accepted(settings, state, event, said)
    case KafkaCode.COORDINATOR_LOAD_IN_PROGRESS:
    case KafkaCode.COORDINATOR_NOT_AVAILABLE:
    case KafkaCode.NOT_COORDINATOR:
      return unanswered(state, nowMs)
    case KafkaCode.UNKNOWN_MEMBER_ID:
    case KafkaCode.GROUP_ID_NOT_FOUND:
    case KafkaCode.FENCED_MEMBER_EPOCH:
      return lost(settings, state, answer.code, nowMs)
    case KafkaCode.UNRELEASED_INSTANCE_ID:
      return [{ ...state, heartbeatAtMs: nowMs + UNRELEASED_RETRY_MS }, []]
    default:
      return ended(state, refusalError(settings.group, answer.code, answer.message))
  }
}

const accepted = (
  settings: MemberSettings,
  state: MemberState,
  { answer, sentAtMs }: Extract<MemberEvent, { type: 'answered' }>,
  said: ReadonlySet<PartitionKey>,
): MemberStep => {
  const target = answer.assignment === null ? state.target : keysOf(answer.assignment)
  const gone = [...state.owned].filter(key => !target.has(key) && !state.revoking.has(key))
  const taken = [...said].filter(key => !target.has(key))
  const renewed: MemberState = {
    ...state,
    phase: state.phase === 'JOINING' ? 'STABLE' : state.phase,
    epoch: answer.memberEpoch,
    leaseUntilMs: sentAtMs + SAFE_SHARE * settings.sessionTimeoutMs,
    // something drained while this heartbeat was under way: its acknowledgement is due at once
    heartbeatAtMs: Math.min(state.heartbeatAtMs, sentAtMs + answer.intervalMs),
    failures: 0,
    target,
    unansweredSinceMs: Infinity,
    taken: new Set(taken),
    noticeUntilMs: noticeUntilMs(settings, state, taken, sentAtMs),
  }
  const effects: MemberEffect[] = [{ type: 'lease-renewed' }]
  if (renewed.phase === 'LEAVING') return [renewed, effects]

  const revoking = new Set([...renewed.revoking, ...gone])
  if (gone.length > 0) effects.push({ type: 'revoke', partitions: gone, deadlineMs: renewed.noticeUntilMs })
  if (revoking.size > 0) return [{ ...renewed, phase: 'REVOKING', revoking }, effects]

  const added = [...renewed.target].filter(key => !renewed.owned.has(key))
  if (added.length === 0) return [renewed, effects]
  effects.push({ type: 'assign', partitions: added })
  // tell the coordinator at once that they have arrived, so that its view and everybody's display is current
  return [{ ...renewed, owned: new Set(renewed.target), heartbeatAtMs: sentAtMs }, effects]
}

/** Kept for as long as anything that it was given for is claimed; a heartbeat without that is the receipt. */
const noticeUntilMs = (
  { rebalanceTimeoutMs }: MemberSettings,
  { taken: before, noticeUntilMs: current, unansweredSinceMs }: MemberState,
  taken: readonly PartitionKey[],
  sentAtMs: number,
): number => {
  if (taken.length === 0) return Infinity
  if (taken.some(key => before.has(key))) return current
  return Math.min(unansweredSinceMs, sentAtMs) + SAFE_SHARE * rebalanceTimeoutMs
}

const unanswered = (before: MemberState, nowMs: number): MemberStep => {
  const state = { ...before, saying: null }
  const failures = state.failures + 1
  const find: MemberEffect = { type: 'find-coordinator' }
  const onlyLeaveIsLeft = state.closing && state.owned.size === 0
  if (onlyLeaveIsLeft && failures >= LEAVE_ATTEMPTS)
    return [{ ...state, phase: 'LEFT', heartbeatAtMs: Infinity }, [find, { type: 'end', error: null }]]
  return [{ ...state, failures, heartbeatAtMs: nowMs + backoffMs(failures) }, [find]]
}

const drained = (
  settings: MemberSettings,
  state: MemberState,
  { partitions, nowMs }: Extract<MemberEvent, { type: 'drained' }>,
): MemberStep => {
  const done = partitions.filter(key => state.revoking.has(key))
  if (done.length === 0) return [state, []]
  const owned = new Set([...state.owned].filter(key => !done.includes(key)))
  const revoking = new Set([...state.revoking].filter(key => !done.includes(key)))
  const phase = state.phase === 'REVOKING' && revoking.size === 0 ? 'STABLE' : state.phase
  const failures = phase === 'LEAVING' && owned.size === 0 ? 0 : state.failures
  const [next, effects] = beat(
    settings,
    { ...state, phase, owned, revoking, failures, heartbeatAtMs: nowMs },
    nowMs,
  )
  return [next, [{ type: 'release', partitions: done }, ...effects]]
}

const lost = (settings: MemberSettings, state: MemberState, code: number, nowMs: number): MemberStep => {
  const next: MemberState = {
    ...state,
    phase: 'LOST',
    epoch: 0,
    owned: nothing,
    revoking: nothing,
    taken: nothing,
    target: nothing,
    leaseUntilMs: -Infinity,
    noticeUntilMs: Infinity,
    unansweredSinceMs: Infinity,
    heartbeatAtMs: Infinity,
    failures: state.failures + 1,
    mustLeaveFirst: code === KafkaCode.FENCED_MEMBER_EPOCH,
  }
  const { sessionTimeoutMs, rebalanceTimeoutMs } = settings
  const reason = explainLoss(code, {
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    heardAtMs: state.leaseUntilMs - SAFE_SHARE * sessionTimeoutMs,
    awaitedSinceMs: state.noticeUntilMs - SAFE_SHARE * rebalanceTimeoutMs,
    nowMs,
  })
  return [next, [{ type: 'drop', partitions: [...state.owned], reason }]]
}

const quiet = (settings: MemberSettings, state: MemberState, nowMs: number): MemberStep => {
  if (state.phase !== 'LOST') return [state, []]
  if (state.closing && !state.mustLeaveFirst)
    return [{ ...state, phase: 'LEFT' }, [{ type: 'end', error: null }]]
  if (state.mustLeaveFirst) return beat(settings, { ...state, heartbeatAtMs: nowMs }, nowMs)
  return [{ ...state, phase: 'JOINING', heartbeatAtMs: nowMs + backoffMs(state.failures) }, []]
}

/** Whatever the answer to the leave was, the join comes next: at worst it is refused, and asked again. */
const left = (state: MemberState, nowMs: number): MemberStep =>
  state.closing
    ? [{ ...state, phase: 'LEFT', mustLeaveFirst: false }, [{ type: 'end', error: null }]]
    : [
        {
          ...state,
          phase: 'JOINING',
          mustLeaveFirst: false,
          heartbeatAtMs: nowMs + backoffMs(state.failures),
        },
        [],
      ]

const close = (
  settings: MemberSettings,
  state: MemberState,
  { nowMs, deadlineMs }: Extract<MemberEvent, { type: 'close' }>,
): MemberStep => {
  if (state.closing) return [state, []]
  const closing = { ...state, closing: true }
  if (state.phase === 'NEW') return [{ ...closing, phase: 'LEFT' }, [{ type: 'end', error: null }]]
  // handlers of lost partitions still run: `quiet` ends it
  if (state.phase === 'LOST') return [closing, []]
  const partitions = [...state.owned].filter(key => !state.revoking.has(key))
  const next: MemberState = { ...closing, phase: 'LEAVING', revoking: state.owned }
  // a join that was sent may have been heard: take it back too
  if (state.owned.size === 0) return beat(settings, { ...next, failures: 0, heartbeatAtMs: nowMs }, nowMs)
  if (partitions.length === 0) return [next, []]
  const inTimeMs = Math.min(deadlineMs, nowMs + SAFE_SHARE * settings.rebalanceTimeoutMs)
  return [next, [{ type: 'revoke', partitions, deadlineMs: inTimeMs }]]
}

/** The answer to a heartbeat that was sent while leaving; only one that was sent with the leave epoch ends it. */
const leaving = (
  settings: MemberSettings,
  state: MemberState,
  { answer, nowMs }: Extract<MemberEvent, { type: 'answered' }>,
): MemberStep => {
  if (answer.code === KafkaCode.NONE && answer.memberEpoch >= 0)
    return beat(settings, { ...state, epoch: answer.memberEpoch, heartbeatAtMs: nowMs }, nowMs)
  const moved =
    answer.code === KafkaCode.NOT_COORDINATOR ||
    answer.code === KafkaCode.COORDINATOR_NOT_AVAILABLE ||
    answer.code === KafkaCode.COORDINATOR_LOAD_IN_PROGRESS
  if (moved) return unanswered(state, nowMs)
  return [{ ...state, phase: 'LEFT', heartbeatAtMs: Infinity }, [{ type: 'end', error: null }]]
}

const ended = (state: MemberState, error: LanekeeperError): MemberStep => {
  const next: MemberState = {
    ...state,
    phase: 'FATAL',
    epoch: 0,
    owned: nothing,
    revoking: nothing,
    leaseUntilMs: -Infinity,
    heartbeatAtMs: Infinity,
  }
  return [
    next,
    [
      { type: 'drop', partitions: [...state.owned], reason: error.message },
      { type: 'end', error },
    ],
  ]
}

export const backoffMs = (failures: number): number =>
  Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.max(0, failures - 1))

export const partitionKey = (topicId: string, partition: number): PartitionKey => `${topicId}:${partition}`

export const splitPartitionKey = (
  key: PartitionKey,
): { readonly topicId: string; readonly partition: number } => {
  const at = key.lastIndexOf(':')
  return { topicId: key.slice(0, at), partition: Number(key.slice(at + 1)) }
}

const keysOf = (assignment: readonly TopicPartitions[]): ReadonlySet<PartitionKey> =>
  new Set(assignment.flatMap(each => each.partitions.map(partition => partitionKey(each.topicId, partition))))

const groupByTopic = (keys: ReadonlySet<PartitionKey>): TopicPartitions[] => {
  const byTopic = new Map<string, number[]>()
  for (const key of keys) {
    const { topicId, partition } = splitPartitionKey(key)
    const partitions = byTopic.get(topicId)
    if (partitions === undefined) byTopic.set(topicId, [partition])
    else partitions.push(partition)
  }
  return [...byTopic].map(([topicId, partitions]) => ({ topicId, partitions }))
}
