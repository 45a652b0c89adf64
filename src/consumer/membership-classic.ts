/**
 * Drives the state machine of the classic protocol, and assigns for the group where this member is its leader. All rules
 * are in member-classic.ts; here is only time and the network.
 */
import { decodeAssignment, encodeSubscription, type Ownership } from '../core/groups/index.ts'
import { KafkaCode } from '../core/model/index.ts'
import { type BrokerLink, LinkFailure } from '../ports/broker-link.ts'
import type { JoinGroupAnswer, SyncGroupRequest } from '../ports/classic-group.ts'
import type { Timer } from '../ports/clock.ts'
import { asError } from './as-error.ts'
import { assignAsLeader, topicsOf } from './classic-leader.ts'
import type { ClassicAssignor } from './group-options.ts'
import type { Leaders } from './leaders.ts'
import { type PartitionKey, partitionKey, splitPartitionKey } from './member.ts'
import {
  type ClassicEffect,
  type ClassicEvent,
  classicDueAtMs,
  type ClassicSettings,
  type ClassicState,
  type ClassicStep,
  newClassicMember,
  stepClassic,
} from './member-classic.ts'
import { type DriverOptions, MembershipDriver } from './membership-driver.ts'

export interface ClassicMembershipOptions extends DriverOptions {
  readonly link: BrokerLink
  /** Names and ids of the member's own topics. */
  readonly leaders: Leaders
  readonly settings: ClassicSettings
  readonly topics: readonly string[]
  readonly assignors: readonly ClassicAssignor[]
}

/** A leader looks so often whether topics of its group came, went or grew: nobody else tells the group. */
const LOOK_INTERVAL_MS = 10_000

type Effect<Type extends ClassicEffect['type']> = Extract<ClassicEffect, { type: Type }>

export class ClassicMembership extends MembershipDriver<ClassicState, ClassicEvent, ClassicEffect> {
  readonly #options: ClassicMembershipOptions
  #look: Timer | null = null

  constructor(options: ClassicMembershipOptions) {
    super(options, newClassicMember)
    this.#options = options
  }

  get memberId(): string {
    return this.state.memberId
  }

  override topicRecreated(): void {
    this.on({ type: 'outdated', nowMs: this.nowMs })
  }

  protected step(state: ClassicState, event: ClassicEvent): ClassicStep {
    return stepClassic(this.#options.settings, state, event)
  }

  protected dueAtMs(state: ClassicState): number {
    return classicDueAtMs(this.#options.settings, state)
  }

  protected run(effect: ClassicEffect): void {
    if (effect.type === 'join') void this.#ask('join', () => this.#join(effect))
    else if (effect.type === 'sync') void this.#ask('sync', () => this.#sync(effect))
    else if (effect.type === 'heartbeat') void this.#ask('heartbeat', () => this.#heartbeat(effect))
    else if (effect.type === 'leave') void this.#ask('leave', () => this.#leave())
    else {
      if (effect.type === 'end') this.#look?.cancel()
      this.effects.run(effect)
    }
  }

  /** Never rejects. */
  async #ask(
    request: Extract<ClassicEvent, { type: 'unanswered' }>['request'],
    send: () => Promise<ClassicEvent>,
  ): Promise<void> {
    let event: ClassicEvent
    try {
      event = await send()
    } catch (failure) {
      if (!(failure instanceof LinkFailure)) {
        this.fail(asError(failure))
        return
      }
      this.#options.onTrouble(failure.message, null)
      event = { type: 'unanswered', nowMs: this.nowMs, request }
    }
    this.on(event)
  }

  async #join({ memberId, generation, owned }: Effect<'join'>): Promise<ClassicEvent> {
    const { link, coordinator, settings, topics, assignors } = this.#options
    const metadata = encodeSubscription({ topics, owned: this.#byName(owned), generation, rack: null })
    const answer = await link.joinGroup(await coordinator.get(), {
      group: settings.group,
      memberId,
      instanceId: settings.instanceId,
      sessionTimeoutMs: settings.sessionTimeoutMs,
      rebalanceTimeoutMs: settings.rebalanceTimeoutMs,
      protocols: assignors.map(name => ({ name, metadata })),
      reason: generation < 0 ? 'the consumer starts' : 'the group rebalances',
    })
    // every first join is told its member id by an error
    if (answer.code !== KafkaCode.MEMBER_ID_REQUIRED) this.#note(answer.code, 'join')
    return { type: 'joined', nowMs: this.nowMs, answer }
  }

  async #sync({ answer: joined }: Effect<'sync'>): Promise<ClassicEvent> {
    const { link, coordinator, settings, leaders } = this.#options
    const { generation, protocol, memberId } = joined
    const assignments = joined.leader === memberId ? await this.#lead(joined) : []
    const sentAtMs = this.nowMs
    const answer = await link.syncGroup(await coordinator.get(), {
      group: settings.group,
      generation,
      memberId,
      instanceId: settings.instanceId,
      protocol,
      waitMs: settings.rebalanceTimeoutMs,
      assignments,
    })
    this.#note(answer.code, 'sync')
    const assignment = decodeAssignment(answer.assignment)
    // a topic that was created a moment ago has an id that we have not met
    if ([...assignment.keys()].some(name => leaders.topicId(name) === null)) await leaders.refresh()
    const assigned = this.#keys(assignment)
    return { type: 'synced', nowMs: this.nowMs, sentAtMs, generation, code: answer.code, assigned }
  }

  async #heartbeat({ generation }: Effect<'heartbeat'>): Promise<ClassicEvent> {
    const { link, coordinator, settings } = this.#options
    const { memberId } = this.state
    const broker = await coordinator.get()
    const sentAtMs = this.nowMs
    const { group, instanceId } = settings
    const code = await link.heartbeatClassic(broker, { group, generation, memberId, instanceId })
    this.#note(code, 'heartbeat')
    return { type: 'beaten', nowMs: this.nowMs, sentAtMs, generation, code }
  }

  async #leave(): Promise<ClassicEvent> {
    const { link, coordinator, settings } = this.#options
    const { group, instanceId } = settings
    const code = await link.leaveGroup(await coordinator.get(), {
      group,
      memberId: this.state.memberId,
      instanceId,
    })
    return { type: 'left', nowMs: this.nowMs, code }
  }

  /** Assigns for all, and from now on keeps an eye on the topics of all. */
  async #lead(joined: JoinGroupAnswer): Promise<SyncGroupRequest['assignments']> {
    const names = topicsOf(joined)
    const partitions = await this.#partitionCounts(names)
    this.#look?.cancel()
    this.#lookAgain(joined.generation, names, partitions)
    // a static leader that came back: the last assignment stands, and its members were told nothing else
    if (joined.skipAssignment) return []
    const topics = [...partitions].map(([name, count]) => ({ name, partitions: count }))
    return assignAsLeader(joined, topics)
  }

  #lookAgain(generation: number, names: readonly string[], known: ReadonlyMap<string, number>): void {
    this.#look = this.#options.clock.after(LOOK_INTERVAL_MS, () => {
      if (this.state.epoch !== generation) return
      this.#partitionCounts(names).then(
        counts => {
          if (this.state.epoch !== generation) return
          const same =
            counts.size === known.size && [...counts].every(([name, count]) => known.get(name) === count)
          if (same) this.#lookAgain(generation, names, known)
          else this.on({ type: 'outdated', nowMs: this.nowMs })
        },
        () => this.#lookAgain(generation, names, known),
      )
    })
  }

  /** Of the topics that exist. */
  async #partitionCounts(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { topics } = await this.#options.link.metadata(names)
    return new Map(
      topics.flatMap(({ name, code, partitions }) =>
        code === KafkaCode.NONE ? [[name, partitions.length] as const] : [],
      ),
    )
  }

  #note(code: number, request: string): void {
    if (code !== KafkaCode.NONE && code !== KafkaCode.REBALANCE_IN_PROGRESS)
      this.#options.onTrouble(request, code)
  }

  #byName(keys: readonly PartitionKey[]): Ownership {
    const byName = new Map<string, number[]>()
    for (const key of keys) {
      const { topicId, partition } = splitPartitionKey(key)
      const name = this.#options.leaders.topicName(topicId)
      // of a topic that was deleted nothing can be claimed
      if (name !== null) byName.set(name, [...(byName.get(name) ?? []), partition])
    }
    return new Map([...byName].map(([name, partitions]) => [name, Int32Array.from(partitions).sort()]))
  }

  #keys(assignment: Ownership): readonly PartitionKey[] {
    return [...assignment].flatMap(([name, partitions]) => {
      const topicId = this.#options.leaders.topicId(name)
      return topicId === null ? [] : [...partitions].map(partition => partitionKey(topicId, partition))
    })
  }
}
