import { type KeyRun, headState, type PackedKeys, planRun } from '../../core/routing/index.ts'
import { KeyRoom } from './key-room.ts'
import { MULTIPLIER } from './murmur2-steps.ts'
import { type Murmur2Code, murmur2Code } from './murmur2-code.ts'
import { reciprocalOf } from './murmur2-module.ts'

/** Java's partitioner over many keys, in WebAssembly. Not to be shared between threads. */
export interface FastMurmur2 {
  /** Java's partition of each packed key, copied in part by part. */
  readonly routePacked: (keys: PackedKeys, count: number, into: Int32Array) => void
  /** Room to pack keys into, so that nothing is copied. */
  readonly room: (keysMax: number, bytesMax: number) => KeyRoom
  /** Adds the keys of a run to the counts per lane; false where the run is not cut so that this pays. */
  readonly countRun: (run: KeyRun, count: number, into: Float64Array) => boolean
}

/** Keys copied in at once: they, their offsets and lanes then stay in the processor's cache. */
const COPIED_KEYS = 2048
const COPIED_BYTES = 128 * 1024

/** Null where this machine has no WebAssembly with vectors; the caller then takes the scalar path. */
export const fastMurmur2 = (): FastMurmur2 | null => {
  try {
    const codeWith = murmur2Code()
    const copies = new KeyRoom(codeWith, COPIED_KEYS, COPIED_BYTES)
    let counting: Murmur2Code | null = null
    return {
      routePacked: (keys, count, into) => copies.routeCopied(keys, count, into),
      room: (keysMax, bytesMax) => new KeyRoom(codeWith, keysMax, bytesMax),
      countRun: (run, count, into) => {
        const bytes = WORDS * 4 + count * 4
        if (counting === null || counting.buffer.byteLength < bytes) counting = codeWith(bytes)
        return countRun(counting, run, count, into)
      },
    }
  } catch {
    return null
  }
}

const WORDS = 10_000

const countRun = (
  { buffer, countWords }: Murmur2Code,
  run: KeyRun,
  count: number,
  into: Float64Array,
): boolean => {
  const plan = planRun(run)
  const perHead = plan.words.length * plan.tails.length
  // only whole heads, and only keys that end in a whole word of digits: the rest is for the scalar path
  if (!plan.hasWord || run.from % perHead !== 0 || run.to % perHead !== 0) return false
  if (count === 1) {
    // no hash decides here, and one has no reciprocal
    into[0] = (into[0] as number) + run.to - run.from
    return true
  }
  const { magic, shift } = reciprocalOf(count)
  const countsAt = WORDS * 4
  new Int32Array(buffer, 0, WORDS).set(plan.words)
  const counts = new Uint32Array(buffer, countsAt, count).fill(0)
  const headDigits = run.width - Math.round(Math.log10(perHead))
  for (let head = run.from / perHead; head < run.to / perHead; head++) {
    const digits = headDigits === 0 ? '' : String(head).padStart(headDigits, '0')
    const state = Math.imul(headState(run.prefix, plan, digits), MULTIPLIER)
    for (const tail of plan.tails)
      countWords(0, WORDS, state ^ tail, plan.hasTail ? 1 : 0, magic, shift, count, countsAt)
  }
  for (let lane = 0; lane < count; lane++) into[lane] = (into[lane] as number) + (counts[lane] as number)
  return true
}
