/**
 * Drives the member's state machine of the server-side protocol: turns its effects into requests and calls, and what
 * comes of them into events. All rules are in member.ts; here is only time and the network.
 */
import { type BrokerLink, type HeartbeatRequest, LinkFailure } from '../ports/broker-link.ts'
import { asError } from './as-error.ts'
import {
  type MemberEffect,
  type MemberEvent,
  type MemberSettings,
  type MemberState,
  type MemberStep,
  newMember,
  stepMember,
} from './member.ts'
import { type DriverOptions, MembershipDriver } from './membership-driver.ts'

export interface MembershipOptions extends DriverOptions {
  readonly link: BrokerLink
  readonly settings: MemberSettings
  readonly memberId: string
  readonly topics: readonly string[]
  readonly assignor: HeartbeatRequest['assignor']
}

export class Membership extends MembershipDriver<MemberState, MemberEvent, MemberEffect> {
  readonly #options: MembershipOptions

  constructor(options: MembershipOptions) {
    super(options, newMember)
    this.#options = options
  }

  get memberId(): string {
    return this.#options.memberId
  }

  protected step(state: MemberState, event: MemberEvent): MemberStep {
    return stepMember(this.#options.settings, state, event)
  }

  protected dueAtMs({ saying, heartbeatAtMs }: MemberState): number {
    return saying === null ? heartbeatAtMs : Infinity
  }

  protected run(effect: MemberEffect): void {
    if (effect.type === 'heartbeat') void this.#heartbeat(effect)
    else this.effects.run(effect)
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
      sentAtMs = this.nowMs
      const answer = await link.groupHeartbeat(broker, request)
      if (answer.code !== 0) onTrouble(answer.message ?? '', answer.code)
      event = { type: 'answered', nowMs: this.nowMs, sentAtMs, answer }
    } catch (failure) {
      if (!(failure instanceof LinkFailure)) {
        this.fail(asError(failure))
        return
      }
      onTrouble(failure.message, null)
      event = { type: 'unanswered', nowMs: this.nowMs, sentAtMs }
    }
    this.on(event)
  }
}
