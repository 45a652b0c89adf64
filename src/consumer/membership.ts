/**
 * Drives the member's state machine: turns its effects into requests and calls, and what comes of them into events.
 * All rules are in member.ts; here is only time and the network.
 */
import type { LanekeeperError } from '../core/model/index.ts'
import { type BrokerLink, type HeartbeatRequest, LinkFailure } from '../ports/broker-link.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import { asError } from './as-error.ts'
import type { Coordinator } from './coordinator.ts'
import {
  type MemberEffect,
  type MemberEvent,
  type MemberSettings,
  type MemberState,
  newMember,
  type PartitionKey,
  stepMember,
} from './member.ts'

export interface MembershipOptions {
  readonly link: BrokerLink
  readonly clock: Clock
  readonly coordinator: Coordinator
  readonly settings: MemberSettings
  readonly memberId: string
  readonly topics: readonly string[]
  readonly onAssign: (partitions: readonly PartitionKey[]) => void
  /** Resolves when they are at rest and committed, at the deadline (monotonic) at the latest. */
  readonly onRevoke: (partitions: readonly PartitionKey[], deadlineMs: number) => Promise<void>
  readonly onRelease: (partitions: readonly PartitionKey[]) => void
  /** Resolves when none of their handlers runs any more. */
  readonly onDrop: (partitions: readonly PartitionKey[], reason: string) => Promise<void>
  readonly onLeaseRenewed: () => void
  /** After every answer with an error code, and every failed request. */
  readonly onTrouble: (text: string, code: number | null) => void
}

export class Membership {
  /** Resolves when the member has left the group; rejects with the `LanekeeperError` that ended it. */
  readonly ended: Promise<void>
  readonly #options: MembershipOptions
  readonly #end: { resolve: () => void; reject: (error: LanekeeperError) => void }
  #state: MemberState = newMember
  #timer: Timer | null = null
  /** Losses so far: what was begun before a loss must not answer after it. */
  #losses = 0

  constructor(options: MembershipOptions) {
    this.#options = options
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = { resolve, reject }
  }

  get state(): MemberState {
    return this.#state
  }

  start(): void {
    this.#on({ type: 'start', nowMs: this.#nowMs })
  }

  /** Drains and leaves; `deadlineMs` (monotonic) bounds the drain. */
  close(deadlineMs: number): void {
    this.#on({ type: 'close', nowMs: this.#nowMs, deadlineMs })
  }

  /** Another request was refused for our member id or epoch. */
  doubt(): void {
    this.#on({ type: 'doubted', nowMs: this.#nowMs })
  }

  /** Ends the membership at once, without a leave: nothing can be done any more. */
  fail(error: LanekeeperError): void {
    this.#on({ type: 'failed', error })
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  #on(event: MemberEvent): void {
    const [state, effects] = stepMember(this.#options.settings, this.#state, event)
    this.#state = state
    for (const effect of effects) this.#run(effect)
    this.#setTimer()
  }

  #setTimer(): void {
    const { clock } = this.#options
    this.#timer?.cancel()
    this.#timer = null
    const atMs = this.#state.heartbeatAtMs
    if (atMs === Infinity || this.#state.inFlight) return
    this.#timer = clock.after(Math.max(0, atMs - this.#nowMs), () =>
      this.#on({ type: 'tick', nowMs: this.#nowMs }),
    )
  }

  #run(effect: MemberEffect): void {
    const { coordinator, onAssign, onRevoke, onRelease, onDrop, onLeaseRenewed } = this.#options
    switch (effect.type) {
      case 'heartbeat':
        void this.#heartbeat(effect)
        break
      case 'find-coordinator':
        coordinator.forget()
        break
      case 'assign':
        onAssign(effect.partitions)
        break
      case 'revoke': {
        const { partitions, deadlineMs } = effect
        this.#unlessLost(onRevoke(partitions, deadlineMs), () =>
          this.#on({ type: 'drained', nowMs: this.#nowMs, partitions }),
        )
        break
      }
      case 'release':
        onRelease(effect.partitions)
        break
      case 'drop':
        this.#losses++
        this.#unlessLost(onDrop(effect.partitions, effect.reason), () =>
          this.#on({ type: 'quiet', nowMs: this.#nowMs }),
        )
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
      (failure: unknown) => this.fail(asError(failure)),
    )
  }

  /** Never rejects. */
  async #heartbeat({ epoch, owned }: Extract<MemberEffect, { type: 'heartbeat' }>): Promise<void> {
    const { link, coordinator, settings, memberId, topics, onTrouble } = this.#options
    const request: HeartbeatRequest = {
      group: settings.group,
      memberId,
      memberEpoch: epoch,
      instanceId: settings.instanceId,
      rackId: null,
      rebalanceTimeoutMs: settings.rebalanceTimeoutMs,
      topics,
      assignor: null,
      owned,
    }
    let event: MemberEvent
    try {
      const broker = await coordinator.get()
      const sentAtMs = this.#nowMs
      const answer = await link.groupHeartbeat(broker, request)
      if (answer.code !== 0) onTrouble(answer.message ?? '', answer.code)
      event = { type: 'answered', nowMs: this.#nowMs, sentAtMs, answer }
    } catch (failure) {
      if (!(failure instanceof LinkFailure)) {
        this.fail(asError(failure))
        return
      }
      onTrouble(failure.message, null)
      event = { type: 'unanswered', nowMs: this.#nowMs }
    }
    this.#on(event)
  }
}
