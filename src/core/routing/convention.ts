/**
 * A convention is what a family of clients does to put a keyed record on a partition. Clients that disagree send one
 * key to two partitions, and the order of that key is gone; so each convention has its own name, and mistakes that
 * live in the field keep theirs.
 *
 * A new convention is a new file with one value of this type and one line in `conventions.ts`.
 */
export interface Convention {
  /** Whose records land where this convention says. */
  readonly clients: string
  /**
   * What the clients' text serializer writes for half of a surrogate pair. Text to bytes is part of the convention:
   * the bytes decide the partition. For all other text every client writes UTF-8.
   */
  readonly loneSurrogate: number
  /** Partition of the first `length` bytes of `key` among `count`; 0 ≤ result < count. */
  readonly partitionOf: (key: Uint8Array, length: number, count: number) => number
  /** The same for ASCII text without making bytes; null where the text is not ASCII. */
  readonly partitionOfAscii: (text: string, count: number) => number | null
}
