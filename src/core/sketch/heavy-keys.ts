import { selectAt } from '../model/index.ts'
import { KeyTable } from './key-table.ts'
import { KeyWords } from './key-words.ts'

/**
 * The heaviest keys of a stream, by records and by bytes at once, in bounded memory and with a bound on every figure.
 *
 * Goal. "Which keys carry this partition, and how sure is that?", for a stream of any length, at a few tens of
 * nanoseconds a record.
 *
 * Method. The summary of Misra and Gries in its batched form, as in Apache DataSketches: keys are counted exactly until
 * the table is full; then the same amount is taken off every counter, and keys that have nothing left go. Here each key
 * has two counters, and each column is cut by its own upper quartile: at most a quarter of the keys keep records, at
 * most a quarter keep bytes, so at least half of the table becomes free and a cut costs each new key a constant.
 *
 * Invariants, for each measure by itself:
 * - counted weight <= true weight <= counted weight + `error`, where `error` is the sum of what was taken off. The same
 *   `error` bounds a key that is not in the table.
 * - `error` <= 4 × total ÷ capacity, because a cut of c takes at least c off a quarter of a full table. On skewed
 *   traffic, where the light keys pay for the cuts, it is far less; the figure reported is what was really cut.
 * - Nothing is cut while the keys fit: then `error` is 0 and every figure exact.
 * - Merging keeps all of this: errors add up (Agarwal et al.).
 *
 * Why not Space-Saving: it needs the least counter at every miss, which for weights as uneven as bytes is a heap and
 * some hundred nanoseconds, and it has one order where we need two.
 *
 * Sources: Misra and Gries (1982); Anderson et al., "A High-Performance Algorithm for Identifying Frequent Items in Data
 * Streams" (2017); Agarwal et al., "Mergeable Summaries" (2012).
 */
export type KeyMeasure = 'records' | 'bytes'

export class HeavyKeys {
  readonly #capacity: number
  readonly #table: KeyTable
  #records: Float64Array
  #bytes: Float64Array
  #recordsError = 0
  #bytesError = 0

  /** Keeps at most `capacity` keys; at least 8. */
  constructor(capacity: number) {
    this.#capacity = Math.max(8, capacity)
    this.#table = new KeyTable(ROOM_AT_FIRST)
    this.#records = new Float64Array(ROOM_AT_FIRST)
    this.#bytes = new Float64Array(ROOM_AT_FIRST)
  }

  /** Keys in the table. */
  get size(): number {
    return this.#table.size
  }

  /** True as long as every key is in the table with its exact weights. */
  get exact(): boolean {
    return this.#recordsError === 0 && this.#bytesError === 0
  }

  /** By how much a counted weight can be too low, for any key. */
  error(measure: KeyMeasure): number {
    return measure === 'records' ? this.#recordsError : this.#bytesError
  }

  /** Adds to a key. Weights are positive and may be fractions. */
  add(key: KeyWords, records: number, weightBytes: number): void {
    const place = this.#table.place(key)
    if (place === this.#table.size - 1 && place >= this.#records.length) this.#grow()
    this.#records[place] = (this.#records[place] as number) + records
    this.#bytes[place] = (this.#bytes[place] as number) + weightBytes
    if (this.#table.size > this.#capacity) this.#cut()
  }

  /** Takes in what `other` counted; afterwards this is as if it had seen both streams, with the sum of the errors. */
  merge(other: HeavyKeys): void {
    const key = new KeyWords()
    for (let place = 0; place < other.size; place++) {
      other.#table.take(place, key)
      this.add(key, other.#records[place] as number, other.#bytes[place] as number)
    }
    this.#recordsError += other.#recordsError
    this.#bytesError += other.#bytesError
  }

  /** Every key in the table, as a view that lasts for the call. */
  forEach(visit: (key: Uint8Array, hash: number, records: number, bytes: number) => void): void {
    for (let place = 0; place < this.size; place++)
      visit(
        this.#table.key(place),
        this.#table.hash(place),
        this.#records[place] as number,
        this.#bytes[place] as number,
      )
  }

  #grow(): void {
    const room = this.#records.length * 2
    const [records, bytes] = [new Float64Array(room), new Float64Array(room)]
    records.set(this.#records)
    bytes.set(this.#bytes)
    this.#records = records
    this.#bytes = bytes
  }

  #cut(): void {
    const size = this.size
    const records = this.#records
    const bytes = this.#bytes
    const recordsCut = upperQuartile(records, size)
    const bytesCut = upperQuartile(bytes, size)
    this.#table.retain(
      place => (records[place] as number) > recordsCut || (bytes[place] as number) > bytesCut,
      (from, to) => {
        records[to] = Math.max(0, (records[from] as number) - recordsCut)
        bytes[to] = Math.max(0, (bytes[from] as number) - bytesCut)
      },
    )
    records.fill(0, this.size, size)
    bytes.fill(0, this.size, size)
    this.#recordsError += recordsCut
    this.#bytesError += bytesCut
  }
}

const ROOM_AT_FIRST = 16

/** The value that three quarters of column[0 … size) do not exceed. */
const upperQuartile = (column: Float64Array, size: number): number =>
  selectAt(column.slice(0, size), Math.floor(size * 0.75))
