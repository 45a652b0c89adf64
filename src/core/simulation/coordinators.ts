/**
 * Which broker coordinates which group, and which transactional id. In Kafka that is the leader of the partition of
 * `__consumer_offsets` or `__transaction_state` that the name hashes to; here there are as many slots, each led by one
 * broker, and both kinds share them.
 *
 * A slot that lost its broker stays with the successor when the broker is back, until preferred leaders are elected.
 * That matters: a broker that wakes up from a pause still has old commits in its sockets, and if it were coordinator
 * again at once, it would put committed offsets back.
 *
 * What it does not do: time to load a group's state, so that code 14 is never answered.
 */
import type { BrokerId, BrokerInfo } from '../model/index.ts'

/** `offsets.topic.num.partitions`. */
const SLOTS = 50

export class Coordinators {
  #bySlot: readonly (BrokerId | null)[]

  constructor(brokers: readonly BrokerInfo[]) {
    this.#bySlot = Array.from({ length: SLOTS }, (_, slot) => preferred(slot, brokers))
  }

  /** Null: no broker that could is alive. */
  of(name: string): BrokerId | null {
    return this.#bySlot[slotOf(name)] ?? null
  }

  /** Slots of brokers that are gone move on; the others stay where they are. */
  follow(brokers: readonly BrokerInfo[]): void {
    const alive = new Set(brokers.filter(broker => broker.alive).map(broker => broker.id))
    this.#bySlot = this.#bySlot.map((current, slot) =>
      current !== null && alive.has(current) ? current : preferred(slot, brokers),
    )
  }

  electPreferred(brokers: readonly BrokerInfo[]): void {
    this.#bySlot = this.#bySlot.map((_, slot) => preferred(slot, brokers))
  }
}

/** The slot's own broker, or the next one that is alive. */
const preferred = (slot: number, brokers: readonly BrokerInfo[]): BrokerId | null => {
  for (let step = 0; step < brokers.length; step++) {
    const broker = brokers[(slot + step) % brokers.length]
    if (broker?.alive === true) return broker.id
  }
  return null
}

/** As Java hashes a text, because Kafka does. */
const slotOf = (name: string): number => {
  let hash = 0
  for (let index = 0; index < name.length; index++) hash = (Math.imul(hash, 31) + name.charCodeAt(index)) | 0
  return (hash & 0x7fffffff) % SLOTS
}
