import type { RecordSizesSeen } from '../../core/health/index.ts'

/**
 * Sizes of the records seen lately, by partition: their mean on disk, and how lumpy they are.
 *
 * One sample may hold a single record, and its size is then no mean of anything. So samples of the time that rates are over are added up:
 * in the slice in progress and the one before it, each half a window long.
 */
export class RecordSizes {
  readonly #topics = new Map<string, Map<number, Slices>>()
  /** Of topics in `#topics`. A column, since all partitions are asked for with every look, and few were added to since. */
  readonly #meansOnDisk = new Map<string, number[]>()

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
    this.#noteMean(topic, partition)
  }

  expire(nowMs: number): void {
    for (const [topic, partitions] of this.#topics) {
      for (const [partition, { sinceMs }] of partitions)
        if (nowMs - sinceMs > WINDOW_MS) {
          partitions.delete(partition)
          this.#noteMean(topic, partition)
        }
      if (partitions.size > 0) continue
      this.#topics.delete(topic)
      this.#meansOnDisk.delete(topic)
    }
  }

  /** Bytes of a record on disk by partition, NaN where none was seen; null where nothing of the topic was. */
  meansOnDisk(topic: string): ((partition: number) => number) | null {
    const means = this.#meansOnDisk.get(topic)
    return means === undefined ? null : partition => means[partition] ?? Number.NaN
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

  #noteMean(topic: string, partition: number): void {
    let means = this.#meansOnDisk.get(topic)
    if (means === undefined) {
      means = []
      this.#meansOnDisk.set(topic, means)
    }
    while (means.length <= partition) means.push(Number.NaN)
    const known = this.#topics.get(topic)?.get(partition)
    means[partition] =
      known === undefined
        ? Number.NaN
        : (known.now.diskBytes + known.before.diskBytes) / (known.now.diskRecords + known.before.diskRecords)
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
      this.#noteMean(topic, partition)
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
