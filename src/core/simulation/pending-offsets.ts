/**
 * Offsets that were committed inside transactions which are still open. They count when their transaction commits and
 * vanish when it aborts; until then a reader that asks for stable offsets must wait, because the next owner of a
 * partition would otherwise begin where the transaction may turn out to have ended, or not.
 */
import type { Offset } from '../model/index.ts'

export interface PendingOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly metadata?: string
}

export class PendingOffsets {
  /** By group, then by producer id, then by `topic-partition`. */
  readonly #byGroup = new Map<string, Map<bigint, Map<string, PendingOffset>>>()

  add(group: string, producerId: bigint, offset: PendingOffset): void {
    const producers = this.#byGroup.get(group) ?? new Map<bigint, Map<string, PendingOffset>>()
    this.#byGroup.set(group, producers)
    const offsets = producers.get(producerId) ?? new Map<string, PendingOffset>()
    producers.set(producerId, offsets.set(`${offset.topic}-${offset.partition}`, offset))
  }

  has(group: string, topic: string, partition: number): boolean {
    for (const offsets of this.#byGroup.get(group)?.values() ?? [])
      if (offsets.has(`${topic}-${partition}`)) return true
    return false
  }

  /** Takes out what the producer's transaction had for the group. */
  take(group: string, producerId: bigint): readonly PendingOffset[] {
    const producers = this.#byGroup.get(group)
    const offsets = producers?.get(producerId)
    producers?.delete(producerId)
    return offsets === undefined ? [] : [...offsets.values()]
  }
}
