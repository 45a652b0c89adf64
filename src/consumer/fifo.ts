/** First in, first out: a ring, so that taking costs the same however many wait, and an idle queue allocates nothing. */
const CAPACITY_MIN = 4
/** What a burst left behind is given back once the queue is empty. */
const CAPACITY_KEPT = 1024

export class Fifo<Item> {
  #items: (Item | undefined)[] = new Array<Item | undefined>(CAPACITY_MIN)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: Item): void {
    if (this.#length === this.#items.length) this.#resize(this.#length * 2)
    this.#items[(this.#head + this.#length++) & (this.#items.length - 1)] = item
  }

  peek(): Item | undefined {
    return this.#items[this.#head]
  }

  shift(): Item | undefined {
    if (this.#length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    if (--this.#length === 0 && this.#items.length > CAPACITY_KEPT) this.#resize(CAPACITY_MIN)
    return item
  }

  #resize(capacity: number): void {
    const items = new Array<Item | undefined>(capacity)
    for (let index = 0; index < this.#length; index++)
      items[index] = this.#items[(this.#head + index) & (this.#items.length - 1)]
    this.#items = items
    this.#head = 0
  }
}
