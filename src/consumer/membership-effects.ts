/**
 * What both protocols have in common: a member is given partitions, must give them up, or has lost them. The two state
 * machines say it in the same words, and this carries it out.
 */
import type { LanekeeperError } from '../core/model/index.ts'
import { asError } from './as-error.ts'
import type { Coordinator } from './coordinator.ts'
import type { MemberEffect, MemberPhase, PartitionKey } from './member.ts'

/** What the rest of the consumer may know of a member, whatever its protocol. */
export interface MemberView {
  readonly phase: MemberPhase
  /** Member epoch, or generation: what commits must carry. 0: no member. */
  readonly epoch: number
  readonly owned: ReadonlySet<PartitionKey>
  readonly revoking: ReadonlySet<PartitionKey>
  readonly leaseUntilMs: number
  readonly noticeUntilMs: number
}

/** A membership as it is driven, whatever its protocol. */
export interface GroupMembership {
  readonly state: MemberView
  /** Empty before the coordinator gave one. */
  readonly memberId: string
  /** Resolves when the member has left the group; rejects with the `LanekeeperError` that ended it. */
  readonly ended: Promise<void>
  start(): void
  /** Drains and leaves; `deadlineMs` (monotonic) bounds the drain. */
  close(deadlineMs: number): void
  /** Another request was refused for our member id or epoch. */
  doubt(): void
  /** A topic was created again under our eyes. Who assigns partitions by name does not see it by itself. */
  topicRecreated(): void
  /** Ends the membership at once, without a leave: nothing can be done any more. */
  fail(error: LanekeeperError): void
}

export interface MembershipCallbacks {
  readonly onAssign: (partitions: readonly PartitionKey[]) => void
  /** Resolves when they are at rest and committed, at the deadline (monotonic) at the latest. */
  readonly onRevoke: (partitions: readonly PartitionKey[], deadlineMs: number) => Promise<void>
  readonly onRelease: (partitions: readonly PartitionKey[]) => void
  /** Resolves when none of their handlers runs any more; rejects when they never will. */
  readonly onDrop: (partitions: readonly PartitionKey[], reason: string) => Promise<void>
  readonly onLeaseRenewed: () => void
  /** After every answer with an error code, and every failed request. */
  readonly onTrouble: (text: string, code: number | null) => void
}

/** Effects about partitions and the end; requests are the driver's own. */
export type HoldingEffect = Exclude<MemberEffect, { readonly type: 'heartbeat' }>

export interface HoldingEvents {
  readonly drained: (partitions: readonly PartitionKey[]) => void
  readonly quiet: () => void
  readonly failed: (error: LanekeeperError) => void
}

export class MembershipEffects {
  readonly ended: Promise<void>
  readonly #callbacks: MembershipCallbacks
  readonly #coordinator: Coordinator
  readonly #events: HoldingEvents
  readonly #end: { resolve: () => void; reject: (error: LanekeeperError) => void }
  /** Losses so far: what was begun before a loss must not answer after it. */
  #losses = 0

  constructor(callbacks: MembershipCallbacks, coordinator: Coordinator, events: HoldingEvents) {
    this.#callbacks = callbacks
    this.#coordinator = coordinator
    this.#events = events
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = { resolve, reject }
  }

  run(effect: HoldingEffect): void {
    const { onAssign, onRevoke, onRelease, onDrop, onLeaseRenewed } = this.#callbacks
    switch (effect.type) {
      case 'find-coordinator':
        this.#coordinator.forget()
        break
      case 'assign':
        onAssign(effect.partitions)
        break
      case 'revoke': {
        const { partitions, deadlineMs } = effect
        this.#unlessLost(onRevoke(partitions, deadlineMs), () => this.#events.drained(partitions))
        break
      }
      case 'release':
        onRelease(effect.partitions)
        break
      case 'drop':
        this.#losses++
        this.#unlessLost(onDrop(effect.partitions, effect.reason), () => this.#events.quiet())
        break
      case 'lease-renewed':
        onLeaseRenewed()
        break
      case 'end':
        if (effect.error === null) this.#end.resolve()
        else this.#end.reject(effect.error)
        break
    }
  }

  #unlessLost(done: Promise<void>, then: () => void): void {
    const losses = this.#losses
    done.then(
      () => {
        if (losses === this.#losses) then()
      },
      (failure: unknown) => this.#events.failed(asError(failure)),
    )
  }
}
