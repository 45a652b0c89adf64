import { type KeyRun, headState, type PackedKeys, planRun } from '../../core/routing/index.ts'
import { MULTIPLIER } from './murmur2-steps.ts'
import { murmur2Module, reciprocalOf } from './murmur2-module.ts'

/** The part of WebAssembly used here; Node has it, its type package does not declare it. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number }) => WasmMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, (...numbers: number[]) => void>> }
}
interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

const PAGE_BYTES = 65_536
/** Room for a table of words, and for the counts of a million lanes, without growing. */
const PAGES_AT_FIRST = 70

/** Java's partitioner over many keys, in WebAssembly. Not to be shared between threads. */
export interface FastMurmur2 {
  /** Java's partition of each packed key. */
  readonly routePacked: (keys: PackedKeys, count: number, into: Int32Array) => void
  /** Adds the keys of a run to the counts per lane; false where the run is not cut so that this pays. */
  readonly countRun: (run: KeyRun, count: number, into: Float64Array) => boolean
}

/** Null where this machine has no WebAssembly with vectors; the caller then takes the scalar path. */
export const fastMurmur2 = (): FastMurmur2 | null => {
  try {
    const memory = new WebAssembly.Memory({ initial: PAGES_AT_FIRST })
    const module = new WebAssembly.Module(murmur2Module())
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    const { countWords, hashKeys } = exports
    if (countWords === undefined || hashKeys === undefined) return null
    const reserve = (bytes: number): void => {
      const missing = bytes - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
    }
    return {
      routePacked: (keys, count, into) => routePacked(hashKeys, memory, reserve, keys, count, into),
      countRun: (run, count, into) => countRun(countWords, memory, reserve, run, count, into),
    }
  } catch {
    return null
  }
}

type Call = (...numbers: number[]) => void

/** Keys copied into the module at once: they, their offsets and lanes then stay in the processor's cache. */
const BATCH_KEYS = 2048

const routePacked = (
  hashKeys: Call,
  memory: WasmMemory,
  reserve: (bytes: number) => void,
  { bytes, offsets }: PackedKeys,
  count: number,
  into: Int32Array,
): void => {
  const { magic, shift } = reciprocalOf(count)
  const keys = offsets.length - 1
  for (let first = 0; first < keys; first += BATCH_KEYS) {
    const last = Math.min(keys, first + BATCH_KEYS)
    const groups = Math.ceil((last - first) / 4)
    const start = offsets[first] as number
    const size = (offsets[last] as number) - start
    const offsetsAt = groups * 16
    const bytesAt = offsetsAt + groups * 16 + 16
    reserve(bytesAt + size + 16)
    const table = new Uint32Array(memory.buffer, offsetsAt, groups * 4 + 1)
    table.set(offsets.subarray(first, last + 1))
    // a last group that is not full is filled up with empty keys
    table.fill(offsets[last] as number, last - first + 1)
    new Uint8Array(memory.buffer, bytesAt, size).set(bytes.subarray(start, start + size))
    hashKeys(offsetsAt, groups, bytesAt - start, magic, shift, count, 0)
    into.set(new Int32Array(memory.buffer, 0, last - first), first)
  }
}

const WORDS = 10_000

const countRun = (
  countWords: Call,
  memory: WasmMemory,
  reserve: (bytes: number) => void,
  run: KeyRun,
  count: number,
  into: Float64Array,
): boolean => {
  const plan = planRun(run)
  const perHead = plan.words.length * plan.tails.length
  // only whole heads, and only keys that end in a whole word of digits: the rest is for the scalar path
  if (!plan.hasWord || run.from % perHead !== 0 || run.to % perHead !== 0) return false
  const { magic, shift } = reciprocalOf(count)
  const countsAt = WORDS * 4
  reserve(countsAt + count * 4)
  new Int32Array(memory.buffer, 0, WORDS).set(plan.words)
  const counts = new Uint32Array(memory.buffer, countsAt, count).fill(0)
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
