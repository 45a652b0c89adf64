/**
 * Keys of a partition whose records wait behind one that failed for good. The failed record is the first of its key here,
 * what came after it follows in log order; none of them runs again in this period of ownership.
 */
interface Parked {
  readonly key: Uint8Array | null
  readonly slot: number
}

export class ParkedKeys<Item extends Parked> {
  readonly #ordering: 'key' | 'partition' | 'none'
  readonly #items = new Map<string, Item[]>()

  constructor(ordering: 'key' | 'partition' | 'none') {
    this.#ordering = ordering
  }

  get size(): number {
    return this.#items.size
  }

  park(failed: Item): void {
    this.#items.set(this.#nameOf(failed), [failed])
  }

  /** True if the record's key is parked: the record waits with it. */
  join(item: Item): boolean {
    const waiting = this.#items.get(this.#nameOf(item))
    waiting?.push(item)
    return waiting !== undefined
  }

  /** The failed record in this slot; null: none of them is there. */
  failedAt(slot: number): Item | null {
    for (const [failed] of this.#items.values()) if (failed?.slot === slot) return failed
    return null
  }

  /** Everything that waits, given up. */
  takeAll(): readonly Item[] {
    const all = [...this.#items.values()].flat()
    this.#items.clear()
    return all
  }

  /** What must wait for a record: its key; without a key, or without an order, the record alone; or everything. */
  #nameOf({ key, slot }: Item): string {
    if (this.#ordering === 'partition') return ''
    return key === null || this.#ordering === 'none' ? `#${slot}` : `=${latin1(key)}`
  }
}

/** One character for each byte: two different byte keys never become the same text. */
const latin1 = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
