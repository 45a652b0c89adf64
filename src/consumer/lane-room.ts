/**
 * How much waits in lanes, and whether more may come. Whoever was told that there is no room hears of it once half of
 * it is free again: announced at the first free record, a reader would fetch for each record anew.
 */
import type { LaneItem, LaneWork } from './lane-work.ts'

export interface RoomLimits {
  /** Above any of these a partition, or the whole, reports no room. */
  readonly partitionRecordsMax: number
  readonly partitionBytesMax: number
  readonly recordsMax: number
  readonly bytesMax: number
}

export class LaneRoom<Item extends LaneItem> {
  readonly #limits: RoomLimits
  readonly #onRoom: () => void
  #queuedBytes = 0
  #wantsRoom = false
  /** Records in lanes, waiting or running, over all partitions. */
  queuedRecords = 0

  constructor(limits: RoomLimits, onRoom: () => void) {
    this.#limits = limits
    this.#onRoom = onRoom
  }

  take(work: LaneWork<Item>, item: Item): void {
    this.queuedRecords++
    this.#queuedBytes += item.bytes
    work.queuedRecords++
    work.queuedBytes += item.bytes
  }

  give(work: LaneWork<Item>, item: Item): void {
    this.queuedRecords--
    this.#queuedBytes -= item.bytes
    work.queuedRecords--
    work.queuedBytes -= item.bytes
  }

  /** Whether `work` holds as much as it may. A yes is followed by `onRoom` once there is room again. */
  isFull(work: LaneWork<Item>): boolean {
    const { partitionRecordsMax, partitionBytesMax } = this.#limits
    if (work.frontier.span < partitionRecordsMax && work.queuedBytes < partitionBytesMax) return false
    work.wantsRoom = true
    return true
  }

  /** The same for all partitions together. */
  get isFullInTotal(): boolean {
    const { recordsMax, bytesMax } = this.#limits
    if (this.queuedRecords < recordsMax && this.#queuedBytes < bytesMax) return false
    this.#wantsRoom = true
    return true
  }

  /** After anything that may have made room. */
  announce(work: LaneWork<Item>): void {
    const { partitionRecordsMax, partitionBytesMax, recordsMax, bytesMax } = this.#limits
    if (
      work.wantsRoom &&
      work.frontier.span <= partitionRecordsMax / 2 &&
      work.queuedBytes <= partitionBytesMax / 2
    ) {
      work.wantsRoom = false
      this.#onRoom()
    }
    if (this.#wantsRoom && this.queuedRecords <= recordsMax / 2 && this.#queuedBytes <= bytesMax / 2) {
      this.#wantsRoom = false
      this.#onRoom()
    }
  }
}
