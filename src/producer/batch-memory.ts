import type { BatchMemory } from '../core/records/index.ts'

const SMALLEST_BYTES = 512
const GROWTH = 4
/** What a class may keep for reuse; more goes back to the garbage collector. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024

/**
 * Buffers in size classes of 512 B × 4^n, reused.
 *
 * A partition with two records must not hold the buffer of a full batch: 1,000 partitions with 64 KiB each fill the
 * whole default memory, and a client that does so falls from 193k to 9k records/s. So batches start small, grow class
 * by class, and the limit counts capacity, which is what the process really holds.
 */
export class SizeClassMemory implements BatchMemory {
  private readonly free = new Map<number, Uint8Array[]>()
  private used = 0

  /** Bytes of all buffers that are out. */
  get usedBytes(): number {
    return this.used
  }

  take(leastBytes: number): Uint8Array {
    let sizeBytes = SMALLEST_BYTES
    while (sizeBytes < leastBytes) sizeBytes *= GROWTH
    this.used += sizeBytes
    return this.free.get(sizeBytes)?.pop() ?? new Uint8Array(sizeBytes)
  }

  give(buffer: Uint8Array): void {
    this.used -= buffer.length
    const kept = this.free.get(buffer.length)
    if (kept === undefined) this.free.set(buffer.length, [buffer])
    else if (kept.length * buffer.length < KEPT_BYTES_MAX) kept.push(buffer)
  }
}
