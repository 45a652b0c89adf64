import { KEY_WINDOW_MS } from '../../core/sketch/index.ts'

/**
 * Sizes of the records seen lately, by partition: their mean on disk, and how lumpy they are.
 *
 * One sample may hold a single record, and its size is then no mean of anything. So samples of a whole window are added up:
 * in the slice in progress and the one before it, each half a window long.
 */
export class RecordSizes {
  readonly #places = new Map<string, { sinceMs: number; now: Slice; before: Slice }>()

  /** A record as it was sampled. */
  add(place: string, sizeBytes: number, nowMs: number): void {
    const { now } = this.#at(place, nowMs)
    now.records++
    now.bytes += sizeBytes
    now.squares += sizeBytes * sizeBytes
  }

  /** Bytes that `records` of them took in the log, compressed and with what their batches add. */
  addPiece(place: string, records: number, diskBytes: number, nowMs: number): void {
    const { now } = this.#at(place, nowMs)
    now.diskRecords += records
    now.diskBytes += diskBytes
  }

  expire(nowMs: number): void {
    for (const [place, { sinceMs }] of this.#places)
      if (nowMs - sinceMs > KEY_WINDOW_MS) this.#places.delete(place)
  }

  /** Bytes of a record on disk; NaN when none was seen. */
  meanOnDisk(place: string): number {
    const known = this.#places.get(place)
    if (known === undefined) return Number.NaN
    return (known.now.diskBytes + known.before.diskBytes) / (known.now.diskRecords + known.before.diskRecords)
  }

  /**
   * n Σb² ÷ (Σb)²: how many times larger than the mean the record is that a byte lies in. 1 where all are equally large, n
   * where one record holds everything. NaN below `RECORDS_MIN`.
   */
  lumpiness(place: string): number {
    const known = this.#places.get(place)
    if (known === undefined) return Number.NaN
    const records = known.now.records + known.before.records
    const bytes = known.now.bytes + known.before.bytes
    return records < RECORDS_MIN
      ? Number.NaN
      : (records * (known.now.squares + known.before.squares)) / bytes ** 2
  }

  #at(place: string, nowMs: number): { readonly now: Slice } {
    let known = this.#places.get(place)
    if (known === undefined) {
      known = { sinceMs: nowMs, now: newSlice(), before: newSlice() }
      this.#places.set(place, known)
    }
    if (nowMs - known.sinceMs >= KEY_WINDOW_MS / 2) {
      known.before = nowMs - known.sinceMs < KEY_WINDOW_MS ? known.now : newSlice()
      known.now = newSlice()
      known.sinceMs = nowMs
    }
    return known
  }
}

/** Fewer say nothing about what is ordinary for them. */
const RECORDS_MIN = 20

interface Slice {
  records: number
  bytes: number
  squares: number
  diskRecords: number
  diskBytes: number
}

const newSlice = (): Slice => ({ records: 0, bytes: 0, squares: 0, diskRecords: 0, diskBytes: 0 })
