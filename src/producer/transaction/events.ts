/** What the transaction's state machine is told, what it asks for, and the words of both. */
import type { LanekeeperError, Offset } from '../../core/model/index.ts'

export interface TransactionSettings {
  readonly transactionalId: string
  /** How long a request is repeated before the instance gives up. */
  readonly giveUpMs: number
  /** Pause before try `tries` + 1. */
  readonly backoffMs: (tries: number) => number
}

export type TransactionPhase = 'new' | 'registering' | 'ready' | 'open' | 'committing' | 'aborting' | 'ended'

/** The group that the records came from, and who speaks for it: the coordinator lets nobody else commit. */
export interface GroupMember {
  readonly group: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
}

export interface GroupOffsets extends GroupMember {
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: Offset }[]
}

export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export type TransactionRequest =
  | { readonly kind: 'register' }
  | { readonly kind: 'offsets'; readonly identity: Identity; readonly offsets: GroupOffsets }
  | { readonly kind: 'end'; readonly identity: Identity; readonly decision: 'commit' | 'abort' }

export type TransactionEvent =
  | { readonly type: 'register'; readonly nowMs: number }
  | { readonly type: 'begin' }
  /** A record of the open transaction is on its way. */
  | { readonly type: 'sent' }
  /** A record of the open transaction did not arrive, or may not have. */
  | { readonly type: 'doomed'; readonly error: LanekeeperError }
  | { readonly type: 'offsets'; readonly offsets: GroupOffsets; readonly nowMs: number }
  | { readonly type: 'commit' }
  /** Every record of the open transaction has its outcome. */
  | { readonly type: 'flushed'; readonly nowMs: number }
  | { readonly type: 'abort'; readonly nowMs: number }
  | {
      readonly type: 'answered'
      readonly nowMs: number
      readonly code: number
      readonly message: string | null
      /** With code 0 of a registration or an end. */
      readonly identity: Identity | null
    }
  | { readonly type: 'unanswered'; readonly nowMs: number; readonly why: string }
  /** Nothing will be answered any more: wrong credentials. */
  | { readonly type: 'failed'; readonly error: LanekeeperError }
  | { readonly type: 'tick'; readonly nowMs: number }

export type TransactionEffect =
  | { readonly type: 'ask'; readonly request: TransactionRequest }
  | { readonly type: 'find-coordinator' }
  /** Send what lingers; answer with `flushed`. */
  | { readonly type: 'flush' }
  /** Nothing more of the open transaction is to be sent. */
  | { readonly type: 'discard' }
  /** What the caller waits for is over. */
  | { readonly type: 'settled'; readonly error: LanekeeperError | null }
