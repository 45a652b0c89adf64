import type { BatchMemory } from '../core/records/index.ts'

const SMALLEST_BYTES = 512

/**
 * Buffers in size classes of 512 B × 2^n, reused. Powers of two, so that a batch of 256 KiB takes 256 KiB.
 *
 * A partition with two records must not hold the buffer of a full batch: 1,000 partitions with 64 KiB each fill the
 * whole default memory, and a client that does so falls from 193k to 9k records/s. So batches start small, grow class
 * by class, and the limit counts capacity, which is what the process really holds.
 *
 * Each buffer has an array of its own. Cut from shared ones they are a little faster to write, but an array lives as long as
 * any piece of it: with batches of changing sizes the process then held eight times what is counted here.
 */
export class SizeClassMemory implements BatchMemory {
  /** By size: what waits for its next use. */
  private readonly free = new Map<number, Uint8Array[]>()
  private readonly heldBytesMax: number
  private kept = 0
  private used = 0

  /**
   * `heldBytesMax`: of buffers that are out and those that wait for their next use, together. Those that wait make room
   * for those that are wanted, so that nobody ever waits for them. Less than the whole memory of a producer would be thrift
   * at the wrong place: at full speed the rest is thrown away and allocated anew with every batch.
   */
  constructor(heldBytesMax: number) {
    this.heldBytesMax = heldBytesMax
  }

  /** Bytes of all buffers that are out. */
  get usedBytes(): number {
    return this.used
  }

  /** The same, and of those that wait for their next use. */
  get heldBytes(): number {
    return this.used + this.kept
  }

  take(leastBytes: number): Uint8Array {
    let sizeBytes = SMALLEST_BYTES
    while (sizeBytes < leastBytes) sizeBytes *= 2
    this.used += sizeBytes
    const kept = this.free.get(sizeBytes)?.pop()
    if (kept === undefined) {
      this.makeRoom()
      return new Uint8Array(sizeBytes)
    }
    this.kept -= sizeBytes
    return kept
  }

  give(buffer: Uint8Array): void {
    this.used -= buffer.length
    if (this.heldBytes + buffer.length > this.heldBytesMax) return
    this.kept += buffer.length
    const kept = this.free.get(buffer.length)
    if (kept === undefined) this.free.set(buffer.length, [buffer])
    else kept.push(buffer)
  }

  /** Lets buffers go that wait, each of the size of which most waits: what is left comes to be what is wanted. */
  private makeRoom(): void {
    while (this.kept > 0 && this.heldBytes > this.heldBytesMax) {
      let mostBytes = 0
      let most: Uint8Array[] | undefined
      for (const [sizeBytes, kept] of this.free)
        if (sizeBytes * kept.length > mostBytes) {
          mostBytes = sizeBytes * kept.length
          most = kept
        }
      this.kept -= most?.pop()?.length ?? 0
    }
  }
}
