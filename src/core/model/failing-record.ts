/**
 * What a consumer says of a record that it cannot get past, as a word in the text beside its committed offset.
 *
 * Goal. Whoever watches a group sees offsets that stand still; only the consumer knows which record it is, how often it
 * was tried and with which error. Kafka keeps a text beside each committed offset, written and read with it, so the
 * report reaches every watcher without a channel of its own.
 *
 * Method. `failing:r.0.1.8.7.SyntaxError` says: the record 0 above the committed offset (a batch of 1) is tried again
 * (r), failed 8 times so far, for 7 s, last with SyntaxError. Numbers in base 36. Names of errors, never their
 * messages: those often quote the input.
 *
 * What it does not do: count to the last attempt. A commit for each of them would cost the coordinator more than the
 * figure is worth, so it is told at the second, fourth, eighth … failure: `attempts` and `failingMs` are lower bounds.
 */
import type { Offset } from './offset.ts'

export interface FailingRecord {
  /** Of the record, or of the first one of the batch. */
  readonly offset: Offset
  /** More than 1: a batch that is handled as a whole. */
  readonly records: number
  readonly state: FailingState
  /** Failed attempts, at least. */
  readonly attempts: number
  /** From the first failure on, at least. */
  readonly failingMs: number
  /** Code or name of the last error. */
  readonly error: string
}

/**
 * `retrying`: tried again. `parked`: its key waits, other keys go on. `stopped`: its partition stands. `letter-refused`:
 * its dead letter cannot be written, and that is what is tried again.
 */
export type FailingState = keyof typeof letters

const letters = { retrying: 'r', parked: 'p', stopped: 's', 'letter-refused': 'd' } as const
const states = new Map(Object.entries(letters).map(([state, letter]) => [letter, state as FailingState]))

const RADIX = 36
const ERROR_CHARS_MAX = 40
const WORD = 'failing:'
const pattern = /^failing:([rpsd])\.([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)\.([\w$.-]+)$/

/** One word, for the text beside the committed offset `committed`. */
export const failingText = (committed: Offset, failing: FailingRecord): string => {
  const { offset, records, state, attempts, failingMs, error } = failing
  const numbers = [offset - committed, records, attempts, Math.floor(failingMs / 1000)]
  const name = error.replaceAll(/[^\w$.-]/g, '_').slice(0, ERROR_CHARS_MAX) || 'unknown'
  return `${WORD}${[letters[state], ...numbers.map(number => number.toString(RADIX)), name].join('.')}`
}

/** What the text beside a committed offset says, as its last word; null where it says nothing of the kind. */
export const failingFrom = (committed: Offset, text: string): FailingRecord | null => {
  const found = pattern.exec(text.slice(text.lastIndexOf(' ') + 1))
  if (found === null) return null
  const [, letter, ...rest] = found
  const [above, records, attempts, seconds] = rest.map(number => Number.parseInt(number, RADIX))
  const state = states.get(letter as (typeof letters)[FailingState])
  const offset = committed + (above ?? Number.NaN)
  const failingMs = (seconds ?? Number.NaN) * 1000
  if (state === undefined || ![offset, records, attempts, failingMs].every(Number.isSafeInteger)) return null
  return {
    offset,
    records: records ?? 1,
    state,
    attempts: attempts ?? 0,
    failingMs,
    error: (rest[4] ?? '').slice(0, ERROR_CHARS_MAX),
  }
}
