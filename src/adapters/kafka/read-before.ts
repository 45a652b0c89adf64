import type { WireReader } from './wire-bytes.ts'

/**
 * Parts of an answer that is asked for again and again and mostly says the same: a part whose bytes are those of the
 * answer before is not read again, and its value is the very object of then. Comparing bytes is all that rest costs; and
 * whoever works something out of such a value sees by its identity that it still holds.
 *
 * A value must be a function of its bytes alone, and its encoding must tell where it ends, as all of Kafka's do.
 */
export class ReadBefore<Value> {
  #before = new Map<string, { readonly bytes: Buffer; readonly value: Value }>()
  #now = new Map<string, { readonly bytes: Buffer; readonly value: Value }>()

  /** An answer begins. What the last one did not have is forgotten, and with it its bytes. */
  begin(): void {
    this.#before = this.#now
    this.#now = new Map()
  }

  /** The part called `name` that began at `from`; `read` reads it from there to its end. */
  part(reader: WireReader, from: number, name: string, read: (reader: WireReader) => Value): Value {
    const before = this.#before.get(name)
    reader.returnTo(from)
    const value = before !== undefined && reader.skipIf(before.bytes) ? before.value : read(reader)
    // the new bytes, also where they are the same: so the answer before is free to go
    this.#now.set(name, { bytes: reader.since(from), value })
    return value
  }
}
