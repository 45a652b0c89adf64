/**
 * May a dead letter be written back to its topic?
 *
 * Goal. A replayed record comes to stand at the end of its partition. If later records of its key were processed
 * meanwhile, the old value would be applied after the newer one: a cancelled order is open again. So a letter may go
 * back only if nothing of its key that came after it was processed; of several letters of one key, only those behind
 * the last processed record, in their own order.
 *
 * Method. The source partition is read from the first letter's offset to its end. Each record of a letter's key is
 * there for one of three reasons: it is a dead letter itself (not processed: does not count), it is the replay of a
 * letter (it counts at the place of that letter, and the letter is done), or it was, or will be, processed. A letter is
 * in order if it stands behind everything that counts. A replay that failed again is a new letter at the place of the
 * old one.
 *
 * Nothing is kept anywhere: replays carry the name of their letter in a header, so a second run, or one after a crash
 * in the middle, finds what is done by reading the log.
 *
 * What it does not do: look into other partitions (a topic whose partition count was raised since has its newer records
 * of the key elsewhere), or know records that retention has removed; the latter is refused, since nobody can tell.
 * A record without a key has no order and can always go back.
 */
import type { Offset } from '../core/model/index.ts'
import type { RecordHeader } from '../core/records/index.ts'
import { type DeadLetterOrigin, REPLAY_HEADER } from './dead-letter.ts'

export interface LetterPlace {
  /** Of the dead-letter topic. */
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
}

export interface Letter extends LetterPlace {
  readonly origin: DeadLetterOrigin
  readonly key: Uint8Array | null
  readonly headers: readonly RecordHeader[]
}

export interface SourceRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly key: Uint8Array | null
  readonly headers: readonly RecordHeader[]
}

export type ReplayVerdict =
  | { readonly kind: 'in-order' }
  | { readonly kind: 'replayed' }
  | { readonly kind: 'refused'; readonly reason: string }

/** The value of a replay's header: which letter it came from. */
export const letterName = (place: LetterPlace): string => placeName(place)

const decoder = new TextDecoder()

export const replayOf = (headers: readonly RecordHeader[]): string | null => {
  const value = headers.findLast(({ key }) => key === REPLAY_HEADER)?.value
  return value === undefined || value === null ? null : decoder.decode(value)
}

export class ReplayOrder {
  readonly #letters: readonly Letter[]
  readonly #byName: ReadonlyMap<string, Letter>
  /** Places in source partitions that hold a dead letter: not processed. */
  readonly #dead: ReadonlySet<string>
  readonly #replayed = new Set<string>()
  /** Per partition and key, the highest place that was processed. */
  readonly #passed = new Map<string, Offset>()
  /** Per partition, where the log begins. */
  readonly #logStarts: ReadonlyMap<string, Offset>

  /** `letters`: all of the dead-letter topic. `logStarts`: by `topic-partition` of the sources. */
  constructor(letters: readonly Letter[], logStarts: ReadonlyMap<string, Offset>) {
    this.#letters = letters
    this.#byName = new Map(letters.map(letter => [letterName(letter), letter]))
    this.#dead = new Set(letters.map(({ origin }) => placeName(origin)))
    this.#logStarts = logStarts
  }

  /** Told every record of the source partitions from the first letter on, in log order. */
  see(record: SourceRecord): void {
    const name = replayOf(record.headers)
    const letter = name === null ? undefined : this.#byName.get(name)
    if (letter !== undefined) this.#replayed.add(placeName(letter.origin))
    if (record.key === null || this.#dead.has(placeName(record))) return
    const place = letter === undefined ? record.offset : this.placeOf(letter)
    const key = keyName(record)
    this.#passed.set(key, Math.max(place, this.#passed.get(key) ?? -1))
  }

  verdict(letter: Letter): ReplayVerdict {
    const { origin, key } = letter
    if (this.#replayed.has(placeName(origin))) return { kind: 'replayed' }
    if (key === null) return { kind: 'in-order' }
    const source = `${origin.topic}-${origin.partition}`
    const logStart = this.#logStarts.get(source)
    if (logStart === undefined) return { kind: 'refused', reason: `${source} does not exist any more` }
    if (logStart > origin.offset + 1)
      return {
        kind: 'refused',
        reason: `the log of ${source} begins at ${logStart}: whether later records of the key were processed cannot be told`,
      }
    const passed = this.#passed.get(keyName({ ...origin, key })) ?? -1
    return passed > this.placeOf(letter)
      ? {
          kind: 'refused',
          reason: `a later record of its key, offset ${passed} of ${source}, was not dead-lettered`,
        }
      : { kind: 'in-order' }
  }

  /** Where the letter stands in the order of its key: where its first ancestor stood. */
  placeOf(letter: Letter): Offset {
    let current = letter
    // each step leads to an older letter; the bound is against headers that somebody forged into a ring
    for (let steps = 0; steps < this.#letters.length; steps++) {
      const name = replayOf(current.headers)
      const ancestor = name === null ? undefined : this.#byName.get(name)
      if (ancestor === undefined) break
      current = ancestor
    }
    return current.origin.offset
  }
}

const placeName = ({ topic, partition, offset }: LetterPlace): string => `${topic}-${partition}@${offset}`

const keyName = ({ topic, partition, key }: Pick<SourceRecord, 'topic' | 'partition' | 'key'>): string => {
  let text = `${topic}-${partition}/`
  for (const byte of key ?? []) text += String.fromCharCode(byte)
  return text
}
