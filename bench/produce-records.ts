/**
 * The records of bench/produce.ts: made once, written to a file that every contestant reads, and known well enough that
 * each one that comes back can be compared byte by byte.
 *
 * A record is KEY_BYTES of key ("user-00000042") and VALUE_BYTES of value: number of the key, number of the record
 * within its key, and bytes that no codec makes smaller, so that a contestant which compresses gains nothing by it.
 */
import { writeFileSync } from 'node:fs'
import { seededRandom } from '../src/core/simulation/index.ts'

export const KEY_BYTES = 13
export const VALUE_BYTES = 100
export const RECORD_BYTES = KEY_BYTES + VALUE_BYTES
export const KEYS = 10_000

/** The keys come in a scrambled order: 7919 is prime to their number. */
const STRIDE = 7919
const HEAD_BYTES = 8
const NOISE_BYTES = 1 << 16

const noise = (() => {
  const random = seededRandom(42)
  return Uint8Array.from({ length: NOISE_BYTES }, () => Math.floor(random.next() * 256))
})()

const noiseOf = (key: number, sequence: number): Uint8Array => {
  const at = (key * 131 + sequence * 4099) % (NOISE_BYTES - VALUE_BYTES)
  return noise.subarray(at, at + VALUE_BYTES - HEAD_BYTES)
}

/** @returns where the records lie, one behind the other */
export const writeRecords = (path: string, records: number): string => {
  const bytes = Buffer.alloc(records * RECORD_BYTES)
  for (let index = 0; index < records; index++) {
    const key = (index * STRIDE) % KEYS
    const sequence = Math.floor(index / KEYS)
    const at = index * RECORD_BYTES
    bytes.write(keyText(key), at, 'latin1')
    bytes.writeUInt32BE(key, at + KEY_BYTES)
    bytes.writeUInt32BE(sequence, at + KEY_BYTES + 4)
    bytes.set(noiseOf(key, sequence), at + KEY_BYTES + HEAD_BYTES)
  }
  writeFileSync(path, bytes)
  return path
}

export const keyText = (key: number): string => `user-${String(key).padStart(KEY_BYTES - 5, '0')}`

/** Follows the records of one round as they are read back, and throws at the first that is not what was sent. */
export class RecordCheck {
  readonly #next = new Uint32Array(KEYS)
  readonly #partitionOf: (key: string) => number
  count = 0

  /** `partitionOf`: where the client's convention puts a key. */
  constructor(partitionOf: (key: string) => number) {
    this.#partitionOf = partitionOf
  }

  see(partition: number, key: Uint8Array | null, value: Uint8Array | null): void {
    const text = key === null ? '' : Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
    if (value === null || value.length !== VALUE_BYTES)
      throw new Error(`${text}: a value of ${value?.length} bytes`)
    const view = Buffer.from(value.buffer, value.byteOffset, value.length)
    const [number, sequence] = [view.readUInt32BE(0), view.readUInt32BE(4)]
    if (number >= KEYS || text !== keyText(number))
      throw new Error(`key "${text}" over a value of key ${number}`)
    const expected = this.#next[number] as number
    if (sequence !== expected) throw new Error(`${text}: record ${sequence} where ${expected} was next`)
    this.#next[number] = expected + 1
    // where a key is, is decided once; that it stays there is what its order rests on
    const place = this.#places.get(number) ?? this.#partitionOf(text)
    this.#places.set(number, place)
    if (partition !== place) throw new Error(`${text} lies in partition ${partition}, not in ${place}`)
    if (view.compare(noiseOf(number, sequence), 0, VALUE_BYTES - HEAD_BYTES, HEAD_BYTES) !== 0)
      throw new Error(`${text}: the bytes of record ${sequence} are not those that were sent`)
    this.count++
  }

  readonly #places = new Map<number, number>()
}
