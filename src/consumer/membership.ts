/**
 * Drives the member's state machine of the server-side protocol: turns its effects into requests and calls, and what
 * comes of them into events. All rules are in member.ts; here is only time and the network.
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
  stepMember,
} from './member.ts'
import { type GroupMembership, type MembershipCallbacks, MembershipEffects } from './membership-effects.ts'

export interface MembershipOptions extends MembershipCallbacks {
  readonly link: BrokerLink
  readonly clock: Clock
  readonly coordinator: Coordinator
  readonly settings: MemberSettings
  readonly memberId: string
  readonly topics: readonly string[]
  readonly assignor: HeartbeatRequest['assignor']
}

export class Membership implements GroupMembership {
  readonly #options: MembershipOptions
  readonly #effects: MembershipEffects
  #state: MemberState = newMember
  #timer: Timer | null = null

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#effects = new MembershipEffects(options, options.coordinator, {
      drained: partitions => this.#on({ type: 'drained', nowMs: this.#nowMs, partitions }),
      quiet: () => this.#on({ type: 'quiet', nowMs: this.#nowMs }),
      failed: error => this.fail(error),
    })
  }

  get ended(): Promise<void> {
    return this.#effects.ended
  }

  get state(): MemberState {
    return this.#state
  }

  get memberId(): string {
    return this.#options.memberId
  }

  start(): void {
    this.#on({ type: 'start', nowMs: this.#nowMs })
  }

  close(deadlineMs: number): void {
    this.#on({ type: 'close', nowMs: this.#nowMs, deadlineMs })
  }

  doubt(): void {
    this.#on({ type: 'doubted', nowMs: this.#nowMs })
  }

  fail(error: LanekeeperError): void {
    this.#on({ type: 'failed', error })
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  #on(event: MemberEvent): void {
    const [state, effects] = stepMember(this.#options.settings, this.#state, event)
    this.#state = state
    for (const effect of effects)
      if (effect.type === 'heartbeat') void this.#heartbeat(effect)
      else this.#effects.run(effect)
    this.#setTimer()
  }

  #setTimer(): void {
    const { clock } = this.#options
    this.#timer?.cancel()
    this.#timer = null
    const atMs = this.#state.heartbeatAtMs
    if (atMs === Infinity || this.#state.saying !== null) return
    this.#timer = clock.after(Math.max(0, atMs - this.#nowMs), () =>
      this.#on({ type: 'tick', nowMs: this.#nowMs }),
    )
  }

  /** Never rejects. */
  async #heartbeat({ epoch, owned }: Extract<MemberEffect, { type: 'heartbeat' }>): Promise<void> {
    const { link, coordinator, settings, memberId, topics, assignor, onTrouble } = this.#options
    const request: HeartbeatRequest = {
      group: settings.group,
      memberId,
      memberEpoch: epoch,
      instanceId: settings.instanceId,
      rackId: null,
      rebalanceTimeoutMs: settings.rebalanceTimeoutMs,
      topics,
      assignor,
      owned,
    }
    let event: MemberEvent
    let sentAtMs: number | null = null
    try {
      const broker = await coordinator.get()
      sentAtMs = this.#nowMs
      const answer = await link.groupHeartbeat(broker, request)
      if (answer.code !== 0) onTrouble(answer.message ?? '', answer.code)
      event = { type: 'answered', nowMs: this.#nowMs, sentAtMs, answer }
    } catch (failure) {
      if (!(failure instanceof LinkFailure)) {
        this.fail(asError(failure))
        return
      }
      onTrouble(failure.message, null)
      event = { type: 'unanswered', nowMs: this.#nowMs, sentAtMs }
    }
    this.#on(event)
  }
}
