/**
 * The memory that records of all partitions take together until they are finished: as fetched bytes, then in lanes.
 * Whoever was told that it is spent hears of it once half of it is free again: told at the first free byte, a reader
 * would fetch for each record anew.
 */
export class MemoryBudget {
  readonly #bytesMax: number
  readonly #onRoom: () => void
  #usedBytes = 0
  #isAwaited = false

  constructor(bytesMax: number, onRoom: () => void) {
    this.#bytesMax = bytesMax
    this.#onRoom = onRoom
  }

  /** A yes is followed by `onRoom`. */
  get isSpent(): boolean {
    if (this.#usedBytes < this.#bytesMax) return false
    this.#isAwaited = true
    return true
  }

  take(bytes: number): void {
    this.#usedBytes += bytes
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes
    if (!this.#isAwaited || this.#usedBytes > this.#bytesMax / 2) return
    this.#isAwaited = false
    this.#onRoom()
  }
}
