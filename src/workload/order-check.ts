import type { Offset } from '../core/model/index.ts'

/**
 * Judges, record by record, whether what a reader processed keeps each key's order. It knows only what stands in the
 * records (`run`, `seq`), where they stood (partition, offset), and never asks the producer.
 *
 * For one key, with the last record it saw at offset o, run r, sequence s, a new record is
 * - *redelivered* when its offset is not beyond o: the reader repeats, the log does not. Allowed (at least once);
 * - *next* when it is (r, s+1), or the first of a later run;
 * - *duplicated* when it is (r, s) again at a higher offset: the log holds it twice;
 * - *reordered* when its run or sequence is lower at a higher offset: order is broken;
 * - after a *gap* when its sequence skips some: those are missing, until they turn up (then they count as reordered).
 *
 * The first record of a key proves nothing: a group may start in the middle of a log. A later run may also start
 * above 1: its first records of that key may have been lost with a producer that was killed, which that producer's
 * own report must say.
 */
export interface OrderCounts {
  readonly checked: number
  readonly keys: number
  readonly redelivered: number
  readonly duplicated: number
  readonly reordered: number
  readonly missing: number
  /** Records whose value is not a stamped JSON: foreign, not judged. */
  readonly foreign: number
  /** The first few violations, in words. */
  readonly examples: readonly string[]
}

const EXAMPLES_MAX = 5

interface KeyState {
  run: number
  seq: number
  offset: Offset
}

export interface CheckedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

export class OrderCheck {
  /** By topic, then by key: order holds within one topic, and one key may be in several. */
  readonly #topics = new Map<string, Map<string, KeyState>>()
  readonly #examples: string[] = []
  readonly #decoder = new TextDecoder()
  #checked = 0
  #redelivered = 0
  #duplicated = 0
  #reordered = 0
  #missing = 0
  #foreign = 0

  check(record: CheckedRecord): void {
    const stamp = record.value === null ? null : readStamp(this.#decoder.decode(record.value))
    if (stamp === null || record.key === null) {
      this.#foreign++
      return
    }
    this.#checked++
    const key = this.#decoder.decode(record.key)
    const keys = this.#keysOf(record.topic)
    const last = keys.get(key)
    if (last === undefined) {
      keys.set(key, { run: stamp.run, seq: stamp.seq, offset: record.offset })
      return
    }
    if (record.offset <= last.offset) {
      this.#redelivered++
      return
    }
    if (stamp.run === last.run && stamp.seq > last.seq + 1) {
      this.#missing += stamp.seq - last.seq - 1
      this.#note(record, key, `follows ${last.seq} directly: ${stamp.seq - last.seq - 1} missing`, stamp.seq)
    } else if (stamp.run === last.run && stamp.seq === last.seq) {
      this.#duplicated++
      this.#note(record, key, `already stands at offset ${last.offset}`, stamp.seq)
    } else if (stamp.run < last.run || (stamp.run === last.run && stamp.seq < last.seq)) {
      this.#reordered++
      this.#note(record, key, `comes after ${last.seq}`, stamp.seq)
      last.offset = record.offset
      return
    }
    last.run = stamp.run
    last.seq = stamp.seq
    last.offset = record.offset
  }

  counts(): OrderCounts {
    return {
      checked: this.#checked,
      keys: [...this.#topics.values()].reduce((sum, keys) => sum + keys.size, 0),
      redelivered: this.#redelivered,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      missing: this.#missing,
      foreign: this.#foreign,
      examples: [...this.#examples],
    }
  }

  #keysOf(topic: string): Map<string, KeyState> {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    const keys = new Map<string, KeyState>()
    this.#topics.set(topic, keys)
    return keys
  }

  #note(record: CheckedRecord, key: string, what: string, seq: number): void {
    if (this.#examples.length < EXAMPLES_MAX)
      this.#examples.push(
        `${record.topic}-${record.partition} offset ${record.offset}: ${key} sequence ${seq} ${what}`,
      )
  }
}

/** Cheaper than JSON.parse, and enough: our writer puts the stamp first. */
const readStamp = (value: string): { run: number; seq: number } | null => {
  const match = /^\{"run":(\d+),"seq":(\d+),/.exec(value)
  return match === null ? null : { run: Number(match[1]), seq: Number(match[2]) }
}
