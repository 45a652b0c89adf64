/**
 * What classic group members tell each other, embedded in DescribeGroups as opaque bytes. Source:
 * org.apache.kafka.clients.consumer.internals.ConsumerProtocol; the fields read here are the same in all versions.
 *
 *     subscription:  version [ topic ] …
 *     assignment:    version [ topic [ partition ] ] …
 *
 * Other kinds of groups (Kafka Connect, schema registries) put something else there. What does not read as the
 * consumer protocol is therefore nothing, not an error.
 */
export const decodeSubscription = (bytes: Buffer): readonly string[] => {
  const reader = new OldReader(bytes)
  return reader.attempt(() => {
    reader.version()
    return reader.array(() => reader.string())
  }, [])
}

export const decodeAssignment = (bytes: Buffer): ReadonlyMap<string, readonly number[]> => {
  const reader = new OldReader(bytes)
  return reader.attempt(() => {
    reader.version()
    return new Map(reader.array(() => [reader.string(), reader.array(() => reader.int32())] as const))
  }, new Map<string, readonly number[]>())
}

/** Kafka's first encoding: fixed lengths in front. Node's Buffer throws RangeError past the end. */
class OldReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  attempt<Value>(read: () => Value, otherwise: Value): Value {
    try {
      return read()
    } catch (error) {
      if (error instanceof RangeError) return otherwise
      throw error
    }
  }

  version(): number {
    return this.#int16()
  }

  int32(): number {
    const value = this.#bytes.readInt32BE(this.#at)
    this.#at += 4
    return value
  }

  string(): string {
    const length = this.#int16()
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) throw new RangeError(`a text of ${length} bytes`)
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end
    return text
  }

  array<Item>(readItem: () => Item): Item[] {
    const items: Item[] = []
    for (let left = this.int32(); left > 0; left--) items.push(readItem())
    return items
  }

  #int16(): number {
    const value = this.#bytes.readInt16BE(this.#at)
    this.#at += 2
    return value
  }
}
