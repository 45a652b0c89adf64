/**
 * What members of a classic group tell each other. The broker passes it on as opaque bytes, in JoinGroup, SyncGroup and
 * DescribeGroups.
 *
 *     subscription:  version [ topic ] user-data [ topic [ partition ] ] generation rack
 *     assignment:    version [ topic [ partition ] ] user-data
 *
 * What is owned came with version 1, the generation with 2, the rack with 3; a reader takes what it knows and leaves
 * the rest. Before version 2 the cooperative assignor put the generation into the user data, and still does, so that
 * an older leader finds it there.
 *
 * Other kinds of groups (Kafka Connect, schema registries) put something else there. What does not read as the
 * consumer protocol is therefore nothing, not an error. Source: org.apache.kafka.clients.consumer.internals
 * .ConsumerProtocol and CooperativeStickyAssignor.
 */
import { readUtf8, utf8Bytes } from '../model/index.ts'
import { compareText, noOwnership, type Ownership } from './group.ts'

export interface Subscription {
  readonly topics: readonly string[]
  /** Null: the member's version cannot say. */
  readonly owned: Ownership | null
  /** In which the owned partitions were given; -1: none. */
  readonly generation: number
  readonly rack: string | null
}

const VERSION = 3
const NO_GENERATION = -1
const NULL_LENGTH = -1

export const encodeSubscription = ({ topics, owned, generation, rack }: Subscription): Uint8Array => {
  const writer = new OldWriter()
  writer.int16(VERSION)
  writer.array(topics.toSorted(compareText), topic => writer.string(topic))
  writer.int32(4)
  writer.int32(generation)
  writer.ownership(owned ?? noOwnership)
  writer.int32(generation)
  writer.nullableString(rack)
  return writer.finish()
}

export const decodeSubscription = (bytes: Uint8Array): Subscription => {
  const reader = new OldReader(bytes)
  let version = 0
  const topics = reader.attempt(() => {
    version = reader.int16()
    return reader.array(() => reader.string())
  }, [])
  const rest = reader.attempt(
    () => {
      const userData = reader.bytes()
      return {
        owned: version >= 1 ? reader.ownership() : null,
        generation: version >= 2 ? reader.int32() : generationIn(userData),
        rack: version >= 3 ? reader.nullableString() : null,
      }
    },
    { owned: null, generation: NO_GENERATION, rack: null },
  )
  return { topics, ...rest }
}

export const encodeAssignment = (assigned: Ownership): Uint8Array => {
  const writer = new OldWriter()
  writer.int16(VERSION)
  writer.ownership(assigned)
  writer.int32(NULL_LENGTH)
  return writer.finish()
}

export const decodeAssignment = (bytes: Uint8Array): Ownership => {
  const reader = new OldReader(bytes)
  return reader.attempt(() => {
    reader.int16()
    return reader.ownership()
  }, noOwnership)
}

const generationIn = (userData: Uint8Array): number =>
  userData.length === 4
    ? new DataView(userData.buffer, userData.byteOffset, userData.length).getInt32(0)
    : NO_GENERATION

/** Kafka's first encoding: fixed lengths in front. A DataView throws RangeError past the end. */
class OldReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  attempt<Value>(read: () => Value, otherwise: Value): Value {
    try {
      return read()
    } catch (error) {
      if (error instanceof RangeError) return otherwise
      throw error
    }
  }

  int16(): number {
    const value = this.#view.getInt16(this.#at)
    this.#at += 2
    return value
  }

  int32(): number {
    const value = this.#view.getInt32(this.#at)
    this.#at += 4
    return value
  }

  string(): string {
    const text = this.nullableString()
    if (text === null) throw new RangeError('a text that is not there')
    return text
  }

  nullableString(): string | null {
    const length = this.int16()
    if (length === NULL_LENGTH) return null
    const from = this.#skip(length)
    return readUtf8(this.#bytes, from, from + length)
  }

  bytes(): Uint8Array {
    const length = this.int32()
    const from = this.#skip(Math.max(0, length))
    return this.#bytes.subarray(from, this.#at)
  }

  array<Item>(readItem: () => Item): Item[] {
    const items: Item[] = []
    for (let left = this.int32(); left > 0; left--) items.push(readItem())
    return items
  }

  ownership(): Ownership {
    return new Map(
      this.array(() => [this.string(), Int32Array.from(this.array(() => this.int32())).sort()] as const),
    )
  }

  #skip(length: number): number {
    const from = this.#at
    if (length < 0 || from + length > this.#bytes.length) throw new RangeError(`a text of ${length} bytes`)
    this.#at += length
    return from
  }
}

class OldWriter {
  readonly #bytes: number[] = []

  int16(value: number): void {
    this.#bytes.push((value >> 8) & 0xff, value & 0xff)
  }

  int32(value: number): void {
    this.int16(value >> 16)
    this.int16(value)
  }

  string(text: string): void {
    const bytes = utf8Bytes(text)
    this.int16(bytes.length)
    for (const byte of bytes) this.#bytes.push(byte)
  }

  nullableString(text: string | null): void {
    if (text === null) this.int16(NULL_LENGTH)
    else this.string(text)
  }

  array<Item>(items: readonly Item[], write: (item: Item) => void): void {
    this.int32(items.length)
    for (const item of items) write(item)
  }

  /** Topics by name, as Java writes them. */
  ownership(owned: Ownership): void {
    const topics = [...owned].toSorted(([left], [right]) => compareText(left, right))
    this.array(topics, ([topic, partitions]) => {
      this.string(topic)
      this.array([...partitions], partition => this.int32(partition))
    })
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}
