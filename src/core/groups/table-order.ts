/**
 * The order in which Java's hash tables hand out their keys.
 *
 * Several of Kafka's assignors walk a `HashMap` of members or a `HashSet` of partitions, and who keeps the larger share
 * depends on who comes first. That order is not random: a key lies in slot `spread(hashCode) mod slots`, slots are
 * walked upwards, and keys of one slot stand in the order in which they were put in (a table that doubles keeps that
 * order within each half). So it can be reproduced from hash codes, number of slots and order of insertion.
 *
 * What it does not do: slots with eight keys and more, which Java turns into trees in tables of 64 slots and more. No
 * such slot occurs by chance.
 * Sources: JDK 17 `java.util.HashMap`, `java.util.HashSet`, `String.hashCode`; Kafka's `Uuid` and `TopicPartition`.
 */

/** `String.hashCode`: 31-polynomial over UTF-16 code units. */
export const hashOfText = (text: string): number => {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0
  return hash
}

/** `Uuid.hashCode` of a topic id in 32 hex digits: its four words, exclusive-or. */
export const hashOfTopicId = (id: string): number => {
  let hash = 0
  for (let at = 0; at < 32; at += 8) hash ^= Number.parseInt(id.slice(at, at + 8), 16)
  return hash
}

/** `TopicPartition.hashCode`. */
export const hashOfPartition = (hashOfTopic: number, partition: number): number =>
  (Math.imul(31, 31 + partition) + hashOfTopic) | 0

const SLOTS_MIN = 16
const LOAD_MAX = 0.75

/** Slots of a table that began empty and took `size` keys one by one. */
export const slotsWhenGrown = (size: number): number => {
  let slots = SLOTS_MIN
  while (size > slots * LOAD_MAX) slots *= 2
  return slots
}

/** Slots of a `HashSet` made as a copy of a collection of `size` keys: sized before the first key arrives. */
export const slotsWhenCopied = (size: number): number => {
  const wanted = Math.max(Math.trunc(size / LOAD_MAX) + 1, SLOTS_MIN)
  let slots = SLOTS_MIN
  while (slots < wanted) slots *= 2
  return slots
}

const slotOf = (hash: number, slots: number): number => (hash ^ (hash >>> 16)) & (slots - 1)

/** `keys`, given in order of insertion, as the table hands them out. */
export const inTableOrder = <Key>(
  keys: readonly Key[],
  hash: (key: Key) => number,
  slots = slotsWhenGrown(keys.length),
): readonly Key[] =>
  keys
    .map(key => ({ key, slot: slotOf(hash(key), slots) }))
    .toSorted((a, b) => a.slot - b.slot)
    .map(({ key }) => key)

/**
 * The same for small numbers, which are their own hash codes, given ascending: sorted by slot in two passes over the
 * slots, because groups of a million partitions come by here. Where each has a slot of its own they come back as given.
 */
export const numbersInTableOrder = (numbers: Int32Array, slots: number): Int32Array => {
  if ((numbers.at(-1) ?? 0) < Math.min(slots, 0x10000)) return numbers
  const placeOf = new Int32Array(slots + 1)
  for (let index = 0; index < numbers.length; index++) {
    const after = slotOf(numbers[index] as number, slots) + 1
    placeOf[after] = (placeOf[after] as number) + 1
  }
  for (let slot = 0; slot < slots; slot++)
    placeOf[slot + 1] = (placeOf[slot + 1] as number) + (placeOf[slot] as number)
  const ordered = new Int32Array(numbers.length)
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number
    const slot = slotOf(number, slots)
    const place = placeOf[slot] as number
    ordered[place] = number
    placeOf[slot] = place + 1
  }
  return ordered
}

/**
 * First key of a `HashSet` that grew from empty. Its slots never become fewer, so what was in it once still decides the
 * order of what is left.
 */
export class FirstInTable {
  readonly #hash: (key: number) => number
  readonly #keys = new Set<number>()
  #slots = SLOTS_MIN

  constructor(hash: (key: number) => number) {
    this.#hash = hash
  }

  get size(): number {
    return this.#keys.size
  }

  add(key: number): void {
    this.#keys.add(key)
    this.#slots = Math.max(this.#slots, slotsWhenGrown(this.#keys.size))
  }

  delete(key: number): void {
    this.#keys.delete(key)
  }

  /** -1 when empty. */
  first(): number {
    let best = -1
    let bestSlot = Number.POSITIVE_INFINITY
    for (const key of this.#keys) {
      const slot = slotOf(this.#hash(key), this.#slots)
      if (slot < bestSlot) {
        best = key
        bestSlot = slot
      }
    }
    return best
  }
}
