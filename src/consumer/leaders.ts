/**
 * Who leads which partition, as far as we know.
 *
 * A broker that was away answers metadata requests from its memory. Taking its answer would send us back to a leader
 * that was deposed, which sends us here again: so an answer with a lower leader epoch than the known one is ignored.
 * An equal epoch is taken, because a leader that vanished (-1) comes back under the same epoch.
 */
import { type BrokerId, brokerId, KafkaCode, LanekeeperError } from '../core/model/index.ts'
import type { BrokerLink } from '../ports/broker-link.ts'
import { type Clock, sleep } from '../ports/clock.ts'

export interface Leader {
  /** Null: the partition has none at present. */
  readonly broker: BrokerId | null
  readonly epoch: number
}

interface Topic {
  readonly name: string
  readonly id: string
  /** Partitions when this process saw the topic first. */
  readonly partitionsAtFirst: number
  readonly leaders: Leader[]
}

const REFRESH_PAUSE_MS = 100
/** Between questions for a topic that was assigned and that the cluster does not name: it is new, or gone. */
const UNNAMED_PAUSE_MS = 500
/** A broker hears of a new topic a moment after the controller: only who is not known for so long is said to be missing. */
const MISSING_AFTER_MS = 3000

export class Leaders {
  readonly #link: BrokerLink
  readonly #clock: Clock
  readonly #names: readonly string[]
  readonly #byName = new Map<string, Topic>()
  readonly #nameById = new Map<string, string>()
  readonly #onAnswered: () => void
  /** Topics that the last answer did not know: since when (monotonic), and whether that is long enough. */
  readonly #absent = new Map<string, { readonly sinceMs: number; readonly missing: boolean }>()
  #refreshing: Promise<void> | null = null
  #closed = false

  /** `onAnswered`: after each answer of the cluster. */
  constructor(link: BrokerLink, clock: Clock, topics: readonly string[], onAnswered = (): void => undefined) {
    this.#link = link
    this.#clock = clock
    this.#names = topics
    this.#onAnswered = onAnswered
  }

  get topics(): readonly string[] {
    return this.#names
  }

  /** Some topic is not known to the cluster, be it for a moment. */
  get someAbsent(): boolean {
    return this.#absent.size > 0
  }

  /** The cluster says that there is no such topic, and has said nothing else for a while. */
  isMissing(topic: string): boolean {
    return this.#absent.get(topic)?.missing === true
  }

  /** Asks the cluster until it answers. Callers that come while it asks share the answer. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#askUntilAnswered().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  /**
   * Asks the cluster until each of these ids has its name, or `stillWanted` says no, or after `close`. Not without a
   * pause: a group goes on handing out a topic that was deleted until its coordinator hears of it.
   */
  async untilNamed(topicIds: readonly string[], stillWanted: () => boolean): Promise<void> {
    const isNamed = (): boolean => topicIds.every(id => this.#nameById.has(id))
    while (!isNamed()) {
      await this.refresh()
      if (this.#closed || isNamed() || !stillWanted()) return
      await sleep(this.#clock, UNNAMED_PAUSE_MS)
    }
  }

  /** Ends a refresh that still waits for an answer. */
  close(): void {
    this.#closed = true
  }

  topicId(topic: string): string | null {
    return this.#byName.get(topic)?.id ?? null
  }

  topicName(topicId: string): string | null {
    return this.#nameById.get(topicId) ?? null
  }

  /** 0 for a topic that does not exist (yet). */
  partitionCount(topic: string): number {
    return this.#byName.get(topic)?.leaders.length ?? 0
  }

  /** Whether the partition was added after this process saw the topic first. */
  isNewPartition(topic: string, partition: number): boolean {
    const known = this.#byName.get(topic)
    return known !== undefined && partition >= known.partitionsAtFirst
  }

  leader(topic: string, partition: number): Leader {
    return this.#byName.get(topic)?.leaders[partition] ?? { broker: null, epoch: -1 }
  }

  /** A broker's hint who leads now. False if it is no news. */
  learn(topic: string, partition: number, hint: { readonly id: BrokerId; readonly epoch: number }): boolean {
    const known = this.#byName.get(topic)
    if (known === undefined || hint.epoch <= (known.leaders[partition]?.epoch ?? -1)) return false
    known.leaders[partition] = { broker: hint.id, epoch: hint.epoch }
    return true
  }

  async #askUntilAnswered(): Promise<void> {
    while (!this.#closed) {
      try {
        const answer = await this.#link.metadata(this.#names)
        for (const topic of answer.topics) this.#take(topic)
        break
      } catch (failure) {
        // wrong credentials do not become right by asking again, and may lock the account
        if (failure instanceof LanekeeperError) throw failure
        await sleep(this.#clock, REFRESH_PAUSE_MS)
      }
    }
    if (!this.#closed) this.#onAnswered()
  }

  #take(answer: Awaited<ReturnType<BrokerLink['metadata']>>['topics'][number]): void {
    this.#noteAbsence(answer.name, answer.code === KafkaCode.UNKNOWN_TOPIC_OR_PARTITION)
    if (answer.partitions.length === 0) return
    const before = this.#byName.get(answer.name)
    const known = before?.id === answer.topicId ? before : null
    const leaders = known?.leaders ?? []
    answer.partitions.forEach(({ leader, leaderEpoch }, partition) => {
      if (leaderEpoch < (leaders[partition]?.epoch ?? -1)) return
      leaders[partition] = { broker: leader < 0 ? null : brokerId(leader), epoch: leaderEpoch }
    })
    if (known !== null) return
    this.#byName.set(answer.name, {
      name: answer.name,
      id: answer.topicId,
      // partitions of a topic that was created again under our eyes are new, all of them
      partitionsAtFirst: before === undefined ? leaders.length : 0,
      leaders,
    })
    this.#nameById.set(answer.topicId, answer.name)
  }

  #noteAbsence(topic: string, absent: boolean): void {
    if (!absent) {
      this.#absent.delete(topic)
      return
    }
    const nowMs = this.#clock.monotonicMs()
    const sinceMs = this.#absent.get(topic)?.sinceMs ?? nowMs
    this.#absent.set(topic, { sinceMs, missing: nowMs - sinceMs >= MISSING_AFTER_MS })
  }
}
