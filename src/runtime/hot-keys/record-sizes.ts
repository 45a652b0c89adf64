import type { RecordSizesSeen } from '../../core/health/index.ts'

/**
 * Sizes of the records seen lately, by partition: their mean on disk, and how lumpy they are.
 *
 * One sample may hold a single record, and its size is then no mean of anything. So samples of the time that rates are over are added up:
 * in the slice in progress and the one before it, each half a window long.
 */
export class RecordSizes {
  readonly #topics = new Map<string, Map<number, Slices>>()

  /** A record as it was sampled. */
  add(topic: string, partition: number, sizeBytes: number, nowMs: number): void {
    const now = this.#now(topic, partition, nowMs)
    now.records++
    now.bytes += sizeBytes
    now.squares += sizeBytes * sizeBytes
  }

  /** Bytes that `records` of them took in the log, compressed and with what their batches add. */
  addPiece(topic: string, partition: number, records: number, diskBytes: number, nowMs: number): void {
    const now = this.#now(topic, partition, nowMs)
    now.diskRecords += records
    now.diskBytes += diskBytes
  }

  expire(nowMs: number): void {
    for (const [topic, partitions] of this.#topics) {
      for (const [partition, { sinceMs }] of partitions)
        if (nowMs - sinceMs > WINDOW_MS) partitions.delete(partition)
      if (partitions.size === 0) this.#topics.delete(topic)
    }
  }

  /** Bytes of a record on disk by partition, NaN where none was seen; null where nothing of the topic was. */
  meansOnDisk(topic: string): ((partition: number) => number) | null {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined) return null
    return partition => {
      const known = partitions.get(partition)
      if (known === undefined) return Number.NaN
      const { now, before } = known
      return (now.diskBytes + before.diskBytes) / (now.diskRecords + before.diskRecords)
    }
  }

  /**
   * Lumpiness is n Σb² ÷ (Σb)²: 1 where all are equally large, n where one of n holds everything. Null below `RECORDS_MIN`
   * here, or in all other partitions of the topic together.
   */
  seen(topic: string, partition: number): RecordSizesSeen | null {
    const partitions = this.#topics.get(topic)
    const own = partitions?.get(partition)
    if (partitions === undefined || own === undefined) return null
    const records = own.now.records + own.before.records
    const bytes = own.now.bytes + own.before.bytes
    const squares = own.now.squares + own.before.squares
    if (records < RECORDS_MIN) return null
    let othersRecords = -records
    let othersBytes = -bytes
    for (const { now, before } of partitions.values()) {
      othersRecords += now.records + before.records
      othersBytes += now.bytes + before.bytes
    }
    if (othersRecords < RECORDS_MIN) return null
    return {
      meanBytes: bytes / records,
      othersMeanBytes: othersBytes / othersRecords,
      lumpiness: (records * squares) / bytes ** 2,
    }
  }

  #now(topic: string, partition: number, nowMs: number): Slice {
    const partitions = this.#topics.get(topic) ?? new Map<number, Slices>()
    this.#topics.set(topic, partitions)
    let known = partitions.get(partition)
    if (known === undefined) {
      known = { sinceMs: nowMs, now: newSlice(), before: newSlice() }
      partitions.set(partition, known)
    }
    if (nowMs - known.sinceMs >= WINDOW_MS / 2) {
      known.before = nowMs - known.sinceMs < WINDOW_MS ? known.now : newSlice()
      known.now = newSlice()
      known.sinceMs = nowMs
    }
    return known.now
  }
}

/** As long as rates are over: what weighs now is what came within them. */
const WINDOW_MS = 30_000

/** Fewer say nothing about what is ordinary for them. */
const RECORDS_MIN = 20

interface Slices {
  sinceMs: number
  now: Slice
  before: Slice
}

interface Slice {
  records: number
  bytes: number
  squares: number
  diskRecords: number
  diskBytes: number
}

const newSlice = (): Slice => ({ records: 0, bytes: 0, squares: 0, diskRecords: 0, diskBytes: 0 })
