/**
 * Memory of columns, lent and given back.
 *
 * Goal: that watching 200,000 partitions each second takes no new memory. A column of a large topic lies outside of the
 * engine's heap, and the engine answers eight megabytes of new ones by marking all that the program keeps: with a dozen
 * megabytes a look that is every second, and costs more than the look.
 *
 * Invariant: nobody ever reads the figures of another look in a column of his own. The one who lent a column and gives it
 * back says that nobody needs it any more; should somebody hold on to it after all, he finds it empty, as of a topic
 * without partitions, and never with other figures in it. For memory is lent anew in another object, and leaves the old one
 * (`ArrayBuffer.prototype.transfer`, which copies nothing).
 *
 * Method: free memory by its size. What one turn, which is one look, did not need is not kept for the next: topics go, and
 * groups get other partitions. Short columns are left to the engine, for which they are no burden.
 */
export interface Columns {
  /** So many figures, of which none is known: NaN. */
  figures(length: number): Float64Array<ArrayBuffer>
  /** So many zeros, in memory of whole 32-bit words. */
  flags(length: number): Uint8Array<ArrayBuffer>
  /** Nobody needs this column any more. One that was not lent here, or was given back already, is left as it is. */
  giveBack(column: Float64Array | Uint8Array): void
}

/** New memory for each; nothing is taken back. */
export const newColumns: Columns = {
  figures: length => new Float64Array(length).fill(Number.NaN),
  flags: length => new Uint8Array(new ArrayBuffer(wholeWords(length)), 0, length),
  giveBack: () => undefined,
}

/** Of fewer bytes it costs as much to lend a column as to make one. */
const LENT_BYTES_MIN = 4_096

export class ColumnPool implements Columns {
  readonly #lent = new WeakSet<ArrayBufferLike>()
  readonly #shelves = new Map<number, Shelf>()
  readonly #lentBytesMin: number

  constructor(lentBytesMin = LENT_BYTES_MIN) {
    this.#lentBytesMin = lentBytesMin
  }

  figures(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#lend(length * Float64Array.BYTES_PER_ELEMENT)).fill(Number.NaN)
  }

  flags(length: number): Uint8Array<ArrayBuffer> {
    const memory = this.#lend(wholeWords(length))
    return new Uint8Array(memory).fill(0).subarray(0, length)
  }

  giveBack({ buffer }: Float64Array | Uint8Array): void {
    if (!this.#lent.delete(buffer)) return
    const memory = (buffer as ArrayBuffer).transfer()
    this.#shelf(memory.byteLength).free.push(memory)
  }

  /** What is ready to be lent. */
  get freeBytes(): number {
    let bytes = 0
    for (const [each, { free }] of this.#shelves) bytes += each * free.length
    return bytes
  }

  /** A look is over. */
  turn(): void {
    for (const [bytes, shelf] of this.#shelves) {
      shelf.free.splice(shelf.needed)
      if (shelf.needed === 0) this.#shelves.delete(bytes)
      shelf.needed = 0
    }
  }

  /** With whatever was in it. */
  #lend(bytes: number): ArrayBuffer {
    if (bytes < this.#lentBytesMin) return new ArrayBuffer(bytes)
    const shelf = this.#shelf(bytes)
    shelf.needed++
    const memory = shelf.free.pop() ?? new ArrayBuffer(bytes)
    this.#lent.add(memory)
    return memory
  }

  #shelf(bytes: number): Shelf {
    const known = this.#shelves.get(bytes)
    if (known !== undefined) return known
    const shelf = { free: [], needed: 0 }
    this.#shelves.set(bytes, shelf)
    return shelf
  }
}

/** Memory of one size. */
interface Shelf {
  readonly free: ArrayBuffer[]
  /** How much of it this turn asked for. */
  needed: number
}

const wholeWords = (bytes: number): number => (bytes + 3) & ~3
