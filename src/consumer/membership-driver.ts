import type { LanekeeperError } from '../core/model/index.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import type { Coordinator } from './coordinator.ts'
import type { CommonEvent } from './member.ts'
import {
  type GroupMembership,
  type MembershipCallbacks,
  MembershipEffects,
  type MemberView,
} from './membership-effects.ts'

export interface DriverOptions extends MembershipCallbacks {
  readonly clock: Clock
  readonly coordinator: Coordinator
}

/**
 * Drives a member's state machine: every event goes through its pure step, effects are carried out, and one timer wakes
 * it when something is due by time alone. A protocol adds its machine and its requests.
 */
export abstract class MembershipDriver<State extends MemberView, Event, Effect> implements GroupMembership {
  abstract readonly memberId: string
  /** Carries out what is not a request of the protocol. */
  protected readonly effects: MembershipEffects
  readonly #clock: Clock
  #state: State
  #timer: Timer | null = null

  constructor(options: DriverOptions, initial: State) {
    this.#clock = options.clock
    this.#state = initial
    this.effects = new MembershipEffects(options, options.coordinator, {
      drained: partitions => this.on({ type: 'drained', nowMs: this.nowMs, partitions }),
      quiet: () => this.on({ type: 'quiet', nowMs: this.nowMs }),
      failed: error => this.fail(error),
    })
  }

  get ended(): Promise<void> {
    return this.effects.ended
  }

  get state(): State {
    return this.#state
  }

  start(): void {
    this.on({ type: 'start', nowMs: this.nowMs })
  }

  close(deadlineMs: number): void {
    this.on({ type: 'close', nowMs: this.nowMs, deadlineMs })
  }

  doubt(): void {
    this.on({ type: 'doubted', nowMs: this.nowMs })
  }

  /** The coordinator assigns by topic id, and has seen it before us. */
  topicRecreated(): void {
    return
  }

  fail(error: LanekeeperError): void {
    this.on({ type: 'failed', error })
  }

  protected abstract step(state: State, event: Event | CommonEvent): readonly [State, readonly Effect[]]
  /** Monotonic; Infinity: an answer or a drain comes first. */
  protected abstract dueAtMs(state: State): number
  protected abstract run(effect: Effect): void

  protected get nowMs(): number {
    return this.#clock.monotonicMs()
  }

  protected on(event: Event | CommonEvent): void {
    const [state, effects] = this.step(this.#state, event)
    this.#state = state
    for (const effect of effects) this.run(effect)
    this.#timer?.cancel()
    this.#timer = null
    const dueAtMs = this.dueAtMs(this.#state)
    if (dueAtMs === Infinity) return
    this.#timer = this.#clock.after(Math.max(0, dueAtMs - this.nowMs), () =>
      this.on({ type: 'tick', nowMs: this.nowMs }),
    )
  }
}
