/**
 * The life of a transactional producer as a state machine: `(state, event) → [state, effects]`.
 *
 *     new → registering → ready ⇄ open → committing → ready       any → ended
 *                                   └──→ aborting ───→ ready
 *
 * Goal. Readers of committed records see each transaction whole or not at all, once, whatever dies in between; and
 * whoever asked for a commit learns that it happened, that it did not, or that this cannot be known here.
 *
 * Invariants.
 * 1. A commit is asked for only when every record and every offset of the transaction is acknowledged. A record that
 *    failed or is in doubt dooms the transaction: from then on it can only be aborted, and `commit` does that.
 * 2. A request to a coordinator is repeated, the same bytes of it, until it is answered or its time is over. That is safe
 *    because an epoch serves one transaction: a late repeat meets a higher epoch and is refused.
 * 3. What stays unanswered ends the instance. So does being fenced: registering again in order to get past it would
 *    shut out the successor. Whoever starts anew under the same id gets the last word of the cluster first: its
 *    registration completes what was decided and aborts what was not.
 * 4. "Fenced" after a commit that went unanswered says nothing about that commit: it may have been carried out before
 *    the fence. Only then the outcome is in doubt; a commit that was never sent has not happened.
 *
 * Not done here: records on their way (producer.ts, one for each transaction), requests and timers (transactional.ts).
 * Source: KIP-98, KIP-447, KIP-890; org.apache.kafka.clients.producer.internals.TransactionManager.
 */
import { kafkaCodeName, type LanekeeperError } from '../../core/model/index.ts'
import type {
  Identity,
  TransactionEffect,
  TransactionEvent,
  TransactionPhase,
  TransactionRequest,
  TransactionSettings,
} from './events.ts'
import { aborted, fenced, groupFenced, inDoubt, misuse, refusal, unreachable } from './errors.ts'
import { verdictOf } from './verdicts.ts'

/** A request that is being asked until it is answered. */
interface Asking {
  readonly request: TransactionRequest
  readonly deadlineMs: number
  readonly tries: number
  /** Infinity while an answer is awaited. */
  readonly nextTryMs: number
  /** Some try ended without an answer: it may have been carried out. */
  readonly uncertain: boolean
}

export interface TransactionState {
  readonly phase: TransactionPhase
  /** Of the open or the next transaction; null before registration. */
  readonly identity: Identity | null
  /** Something of the open transaction was sent, so the cluster may know of it. */
  readonly begun: boolean
  /** Why the open transaction must not commit. */
  readonly doom: LanekeeperError | null
  readonly asking: Asking | null
  /** Why nothing is possible any more. */
  readonly end: LanekeeperError | null
}

export type TransactionStep = readonly [TransactionState, readonly TransactionEffect[]]

export const newTransactions: TransactionState = {
  phase: 'new',
  identity: null,
  begun: false,
  doom: null,
  asking: null,
  end: null,
}

/** One step. Pure. A call that does not fit the phase is settled with TRANSACTION_STATE and changes nothing. */
export const stepTransaction = (
  settings: TransactionSettings,
  state: TransactionState,
  event: TransactionEvent,
): TransactionStep => {
  switch (event.type) {
    case 'register':
      return state.phase === 'new'
        ? ask(settings, { ...state, phase: 'registering' }, { kind: 'register' }, event.nowMs)
        : misused(settings, state, 'init')
    case 'begin':
      return state.phase === 'ready'
        ? [{ ...state, phase: 'open', begun: false, doom: null }, settled(null)]
        : misused(settings, state, 'begin')
    case 'sent':
      return [{ ...state, begun: state.begun || state.phase === 'open' }, []]
    case 'doomed':
      return state.phase === 'open' || state.phase === 'committing'
        ? [{ ...state, doom: state.doom ?? event.error }, []]
        : [state, []]
    case 'offsets':
      return offsets(settings, state, event)
    case 'commit':
      return state.phase === 'open'
        ? [{ ...state, phase: 'committing' }, [{ type: 'flush' }]]
        : misused(settings, state, 'commit')
    case 'flushed':
      return flushed(settings, state, event.nowMs)
    case 'abort':
      return state.phase === 'open'
        ? // asked for, so it is no failure of anything
          abort(settings, { ...state, doom: null }, event.nowMs)
        : misused(settings, state, 'abort')
    case 'answered':
      return answered(settings, state, event)
    case 'unanswered':
      return again(settings, state, event.nowMs, {
        uncertain: true,
        why: event.why,
        effects: [{ type: 'find-coordinator' }],
      })
    case 'failed':
      return ended(state, event.error)
    case 'tick':
      return tick(state, event.nowMs)
  }
}

/** When `tick` is due; infinity while nothing depends on time. */
export const wakeAtMs = (state: TransactionState): number => state.asking?.nextTryMs ?? Infinity

const settled = (error: LanekeeperError | null): readonly TransactionEffect[] => [{ type: 'settled', error }]

const ask = (
  settings: TransactionSettings,
  state: TransactionState,
  request: TransactionRequest,
  nowMs: number,
): TransactionStep => [
  {
    ...state,
    asking: {
      request,
      deadlineMs: nowMs + settings.giveUpMs,
      tries: 1,
      nextTryMs: Infinity,
      uncertain: false,
    },
  },
  [{ type: 'ask', request }],
]

const offsets = (
  settings: TransactionSettings,
  state: TransactionState,
  event: Extract<TransactionEvent, { type: 'offsets' }>,
): TransactionStep => {
  const { identity, doom } = state
  if (state.phase !== 'open' || state.asking !== null || identity === null)
    return misused(settings, state, 'addOffsets')
  if (doom !== null) return [state, settled(aborted(settings, doom))]
  return ask(
    settings,
    { ...state, begun: true },
    { kind: 'offsets', identity, offsets: event.offsets },
    event.nowMs,
  )
}

const flushed = (settings: TransactionSettings, state: TransactionState, nowMs: number): TransactionStep => {
  if (state.phase !== 'committing' || state.asking !== null || state.identity === null) return [state, []]
  if (state.doom !== null) return abort(settings, state, nowMs)
  if (!state.begun) return [{ ...state, phase: 'ready' }, settled(null)]
  return ask(settings, state, { kind: 'end', identity: state.identity, decision: 'commit' }, nowMs)
}

const abort = (settings: TransactionSettings, state: TransactionState, nowMs: number): TransactionStep => {
  const { identity, begun } = state
  const aborting: TransactionState = { ...state, phase: 'aborting', asking: null }
  if (!begun || identity === null) return finishAbort(settings, aborting, identity, [{ type: 'discard' }])
  const [next, effects] = ask(settings, aborting, { kind: 'end', identity, decision: 'abort' }, nowMs)
  return [next, [{ type: 'discard' }, ...effects]]
}

/** Aborted because it was asked for: fine. Aborted instead of committed: the one who asked for the commit is told. */
const finishAbort = (
  settings: TransactionSettings,
  state: TransactionState,
  identity: Identity | null,
  effects: readonly TransactionEffect[] = [],
): TransactionStep => [
  { ...state, phase: 'ready', identity, begun: false, doom: null, asking: null },
  [...effects, ...settled(state.doom === null ? null : aborted(settings, state.doom))],
]

const answered = (
  settings: TransactionSettings,
  state: TransactionState,
  event: Extract<TransactionEvent, { type: 'answered' }>,
): TransactionStep => {
  const { asking } = state
  if (asking === null || state.phase === 'ended') return [state, []]
  const { code, nowMs } = event
  const what = `${kafkaCodeName(code)}${event.message === null ? '' : `: ${event.message}`}`
  switch (verdictOf(code)) {
    case 'done':
      return done(settings, state, asking, event)
    case 'again':
      return again(settings, state, nowMs, { uncertain: asking.uncertain, why: what, effects: [] })
    case 'moved':
      return again(settings, state, nowMs, {
        uncertain: asking.uncertain,
        why: what,
        effects: [{ type: 'find-coordinator' }],
      })
    case 'group-fenced':
      return spoiled(settings, state, asking, nowMs, groupFenced(asking.request, what))
    case 'abort':
      return spoiled(settings, state, asking, nowMs, refusal(settings, asking.request, code, what))
    case 'fenced':
      return ended(state, isCommitInDoubt(asking) ? inDoubt(settings, what) : fenced(settings, what))
    case 'refused': {
      const error = refusal(settings, asking.request, code, what)
      if (asking.request.kind === 'offsets') return spoiled(settings, state, asking, nowMs, error)
      return ended(state, isCommitInDoubt(asking) ? inDoubt(settings, what) : error)
    }
  }
}

const done = (
  settings: TransactionSettings,
  state: TransactionState,
  { request }: Asking,
  { identity, nowMs }: Extract<TransactionEvent, { type: 'answered' }>,
): TransactionStep => {
  if (request.kind === 'offsets') return [{ ...state, asking: null }, settled(null)]
  // a broker that just started may answer without an id: not an answer
  if (identity === null || identity.producerId < 0n)
    return again(settings, state, nowMs, { uncertain: false, why: 'no producer id', effects: [] })
  if (request.kind === 'end' && request.decision === 'abort') return finishAbort(settings, state, identity)
  return [{ ...state, phase: 'ready', identity, begun: false, asking: null }, settled(null)]
}

/** The request will not be carried out, and the transaction must not commit. */
const spoiled = (
  settings: TransactionSettings,
  state: TransactionState,
  { request }: Asking,
  nowMs: number,
  error: LanekeeperError,
): TransactionStep => {
  if (request.kind === 'offsets') return [{ ...state, asking: null, doom: error }, settled(error)]
  if (request.kind === 'end' && request.decision === 'commit')
    return abort(settings, { ...state, doom: error }, nowMs)
  return ended(state, error)
}

const again = (
  settings: TransactionSettings,
  state: TransactionState,
  nowMs: number,
  {
    uncertain,
    why,
    effects,
  }: { readonly uncertain: boolean; readonly why: string; readonly effects: readonly TransactionEffect[] },
): TransactionStep => {
  const { asking } = state
  if (asking === null || state.phase === 'ended') return [state, effects]
  const nextTryMs = nowMs + settings.backoffMs(asking.tries)
  const tried: Asking = { ...asking, tries: asking.tries + 1, nextTryMs, uncertain }
  if (nextTryMs < asking.deadlineMs) return [{ ...state, asking: tried }, effects]
  const error = isCommitInDoubt(tried) ? inDoubt(settings, why) : unreachable(settings, asking.request, why)
  // offsets that were not stored are no reason to give the instance up: the abort finds out what it is worth
  if (asking.request.kind === 'offsets')
    return [{ ...state, asking: null, doom: error }, [...effects, ...settled(error)]]
  const [next, end] = ended(state, error)
  return [next, [...effects, ...end]]
}

const tick = (state: TransactionState, nowMs: number): TransactionStep => {
  const { asking } = state
  if (asking === null || nowMs < asking.nextTryMs) return [state, []]
  return [
    { ...state, asking: { ...asking, nextTryMs: Infinity } },
    [{ type: 'ask', request: asking.request }],
  ]
}

const ended = (state: TransactionState, error: LanekeeperError): TransactionStep => {
  if (state.phase === 'ended') return [state, []]
  const waiting = state.asking !== null || state.phase === 'committing'
  return [
    { ...state, phase: 'ended', asking: null, end: error },
    [{ type: 'discard' }, ...(waiting ? settled(error) : [])],
  ]
}

const misused = (settings: TransactionSettings, state: TransactionState, call: string): TransactionStep => [
  state,
  settled(state.end ?? misuse(settings, state.phase, call)),
]

/** A commit that may have been carried out although nobody said so. */
const isCommitInDoubt = ({ request, uncertain }: Asking): boolean =>
  uncertain && request.kind === 'end' && request.decision === 'commit'
