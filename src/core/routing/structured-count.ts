import type { KeyRun } from './generate-keys.ts'
import type { ReductionName } from './reduce.ts'
import { reductions } from './reduce.ts'

/**
 * How many keys of a run fall on each lane, for a billion keys in seconds.
 *
 * Goal. "What if every one of my users writes?" is a question about keys that differ in their last digits only.
 * Hashing each from its first byte repeats the same work; murmur2 works in words of four bytes from left to right, so
 * all keys that share their first words share the state behind them.
 *
 * Method. A key is cut at its words. The last whole word that holds digits only, and the bytes after it, vary fastest:
 * they are tabulated once (the mixed word for each of its digits, the tail for each of its). Everything before is
 * hashed once for each value it takes, which is once for every `word values × tail values` keys. Identical to hashing
 * each key, which the test shows.
 *
 * Source of the hash: murmur2.ts. What this does not do: other hashes, keys with weights.
 */
export type StructuredCount = (
  run: KeyRun,
  count: number,
  reduction: ReductionName,
  into: Float64Array,
) => void

/** The same for whole populations, outside of this thread: on as many cores as there are. */
export interface CountJob {
  readonly runs: readonly KeyRun[]
  readonly count: number
  readonly reduction: ReductionName
  /** Keys per lane are added here. */
  readonly into: Float64Array
  /** Told now and then how many more keys are done. */
  readonly onCounted: (keys: number) => void
  /** Asked now and then; true ends the work early, and `into` is then incomplete. */
  readonly cancelled: () => boolean
}

const SEED = 0x9747b28c | 0
const MULTIPLIER = 0x5bd1e995

const mixed = (word: number): number => {
  const product = Math.imul(word, MULTIPLIER)
  return Math.imul(product ^ (product >>> 24), MULTIPLIER)
}

/** A run cut for counting: what is shared, and the tables of what varies. */
export interface RunPlan {
  readonly length: number
  /** Bytes before the fast word: hashed once for each value. */
  readonly headLength: number
  /** Mixed word for each value of the fast word; one entry of no meaning where there is none. */
  readonly words: Int32Array
  /** XOR of the tail bytes for each value of the tail. */
  readonly tails: Int32Array
  readonly hasWord: boolean
  readonly hasTail: boolean
}

export const planRun = ({ prefix, width }: KeyRun): RunPlan => {
  const length = prefix.length + width
  const tailLength = length % 4
  const tailStart = length - tailLength
  const digitsInTail = Math.min(tailLength, width)
  const hasWord = width >= digitsInTail + 4
  const bytesAt = (value: number, size: number, digits: number, start: number): number => {
    let packed = 0
    let rest = value
    for (let index = size - 1; index >= 0; index--) {
      const isDigit = index >= size - digits
      const byte = isDigit ? 0x30 + (rest % 10) : prefix.charCodeAt(start + index)
      if (isDigit) rest = Math.floor(rest / 10)
      packed |= byte << (8 * index)
    }
    return packed
  }
  return {
    length,
    headLength: hasWord ? tailStart - 4 : tailStart,
    hasWord,
    hasTail: tailLength > 0,
    words: Int32Array.from({ length: hasWord ? 10_000 : 1 }, (_, value) =>
      hasWord ? mixed(bytesAt(value, 4, 4, tailStart - 4)) : 0,
    ),
    tails: Int32Array.from({ length: 10 ** digitsInTail }, (_, value) =>
      bytesAt(value, tailLength, digitsInTail, tailStart),
    ),
  }
}

/** State of the hash behind the shared head. */
export const headState = (prefix: string, plan: RunPlan, headDigits: string): number => {
  const head = prefix + headDigits
  let hash = SEED ^ plan.length
  for (let at = 0; at + 3 < plan.headLength; at += 4)
    hash =
      Math.imul(hash, MULTIPLIER) ^
      mixed(
        head.charCodeAt(at) |
          (head.charCodeAt(at + 1) << 8) |
          (head.charCodeAt(at + 2) << 16) |
          (head.charCodeAt(at + 3) << 24),
      )
  return hash
}

export const countStructured: StructuredCount = (run, count, reduction, into) => {
  const plan = planRun(run)
  const { words, tails, hasWord, hasTail } = plan
  const laneOf = reductions[reduction]
  const perHead = words.length * tails.length
  const digits = (value: number): string => {
    const size = run.width - Math.round(Math.log10(perHead))
    return size <= 0 ? '' : String(value).padStart(size, '0')
  }
  for (let head = Math.floor(run.from / perHead); head * perHead < run.to; head++) {
    const state = headState(run.prefix, plan, digits(head))
    const stateTimes = Math.imul(state, MULTIPLIER)
    const base = head * perHead
    // a whole head needs no bounds; only the first and the last of a run are cut
    const from = Math.max(0, run.from - base)
    const to = Math.min(perHead, run.to - base)
    for (let word = Math.floor(from / tails.length); word * tails.length < to; word++) {
      const behindWord = hasWord ? stateTimes ^ (words[word] as number) : state
      const first = Math.max(0, from - word * tails.length)
      const last = Math.min(tails.length, to - word * tails.length)
      for (let tail = first; tail < last; tail++) {
        let hash = hasTail ? Math.imul(behindWord ^ (tails[tail] as number), MULTIPLIER) : behindWord
        hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
        const lane = laneOf(hash ^ (hash >>> 15), count)
        into[lane] = (into[lane] as number) + 1
      }
    }
  }
}
