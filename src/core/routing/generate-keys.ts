import type { KeyChunk } from './key-chunk.ts'
import type { PackedKeys } from './packed-keys.ts'

/**
 * Key populations to think with, each known by a few numbers. Nothing is drawn: key i and its weight follow from i, so
 * the same population is the same in the terminal, on the page and in a test.
 *
 *  - uniform: all keys equally active
 *  - zipf: the r-th key has weight 1 ÷ r^exponent (people, words, cities: exponent about 1)
 *  - sequential: uniform, with bare numbers 1, 2, 3 … as keys, as a database issues them
 *  - celebrity: the first key has `share` of the traffic, the others share the rest evenly
 *  - viral: all keys equally active, until the first one catches fire: its share of the traffic jumps to `share` in
 *    window 6 of 24 and halves every two windows, on top of everybody else's traffic
 */
export type KeyGenerator =
  | { readonly kind: 'uniform' | 'sequential'; readonly keys: number }
  | { readonly kind: 'zipf'; readonly keys: number; readonly exponent: number }
  | { readonly kind: 'celebrity' | 'viral'; readonly keys: number; readonly share: number }

/** Keys with consecutive numbers: `prefix`, then the number in exactly `width` digits, for numbers in [from, to). */
export interface KeyRun {
  readonly prefix: string
  readonly width: number
  readonly from: number
  readonly to: number
}

const PREFIX = 'user-'
const WIDTH_MIN = 7

/** The keys of a generator as runs, in order. Bare numbers have a run for each number of digits. */
export const keyRuns = ({ kind, keys }: KeyGenerator): readonly KeyRun[] => {
  if (kind !== 'sequential') return [{ prefix: PREFIX, width: widthOf(keys), from: 0, to: keys }]
  const runs: KeyRun[] = []
  for (let width = 1, from = 1; from <= keys; width++, from *= 10)
    runs.push({ prefix: '', width, from, to: Math.min(keys + 1, from * 10) })
  return runs
}

/** The key at `index` as text. */
export const keyText = ({ kind, keys }: KeyGenerator, index: number): string =>
  kind === 'sequential' ? String(index + 1) : `${PREFIX}${String(index).padStart(widthOf(keys), '0')}`

const widthOf = (keys: number): number => Math.max(WIDTH_MIN, String(keys - 1).length)

/** Weight of key `index` (0 is the heaviest), scaled so that the mean weight is 1. */
export const weightOf = (generator: KeyGenerator): ((index: number) => number) => {
  const { kind, keys } = generator
  switch (kind) {
    case 'uniform':
    case 'sequential':
      return () => 1
    case 'zipf': {
      const scale = keys / zetaOf(keys, generator.exponent)
      return index => scale * (index + 1) ** -generator.exponent
    }
    case 'celebrity':
      return index => (index === 0 ? keys * generator.share : (keys * (1 - generator.share)) / (keys - 1))
    case 'viral': {
      const shares = viralShares(generator.share)
      const extra = shares.reduce((sum, share) => sum + share / (1 - share), 0) / shares.length
      return index => (index === 0 ? 1 + extra * keys : 1) / (1 + extra)
    }
  }
}

export const VIRAL_WINDOWS = 24
const VIRAL_START = 6
const VIRAL_HALF_LIFE = 2

/** Extra share of all traffic that the viral key takes in each window. */
export const viralShares = (peak: number): readonly number[] =>
  Array.from({ length: VIRAL_WINDOWS }, (_, window) =>
    window < VIRAL_START ? 0 : peak * 0.5 ** ((window - VIRAL_START) / VIRAL_HALF_LIFE),
  )

/** The first `max` weights, and the sum of all further ones. */
export const headWeights = (
  generator: KeyGenerator,
  max: number,
): { readonly weights: Float64Array; readonly rest: number } => {
  const weight = weightOf(generator)
  const weights = Float64Array.from({ length: Math.min(max, generator.keys) }, (_, index) => weight(index))
  return { weights, rest: Math.max(0, generator.keys - weights.reduce((sum, each) => sum + each, 0)) }
}

/** The population in chunks of at most `size` keys. */
export function* generateKeys(generator: KeyGenerator, size: number): Generator<KeyChunk> {
  const weight = weightOf(generator)
  const even = generator.kind === 'uniform' || generator.kind === 'sequential'
  let index = 0
  for (const run of keyRuns(generator))
    for (let from = run.from; from < run.to; from += size) {
      const to = Math.min(run.to, from + size)
      const first = index
      index += to - from
      yield {
        keys: writeRun({ ...run, from, to }),
        weights: even ? null : Float64Array.from({ length: to - from }, (_, at) => weight(first + at)),
        absent: null,
      }
    }
}

/** The keys of a run as bytes. */
export const writeRun = ({ prefix, width, from, to }: KeyRun): PackedKeys => {
  const length = prefix.length + width
  const bytes = new Uint8Array((to - from) * length)
  const offsets = new Uint32Array(to - from + 1)
  for (let number = from, at = 0; number < to; number++, at += length) {
    for (let index = 0; index < prefix.length; index++) bytes[at + index] = prefix.charCodeAt(index)
    for (let rest = number, digit = length - 1; digit >= prefix.length; digit--) {
      bytes[at + digit] = 0x30 + (rest % 10)
      rest = Math.floor(rest / 10)
    }
    offsets[number - from + 1] = at + length
  }
  return { bytes, offsets }
}

/** Above this, the sum of r^-s is continued by its integral and the first two terms of Euler–Maclaurin. */
const SUMMED_MAX = 100_000

/** Σ over r = 1 … n of r^-s. */
const zetaOf = (n: number, s: number): number => {
  let sum = 0
  const summed = Math.min(n, SUMMED_MAX)
  for (let rank = summed; rank >= 1; rank--) sum += rank ** -s
  if (n === summed) return sum
  const integral = s === 1 ? Math.log(n / summed) : (n ** (1 - s) - summed ** (1 - s)) / (1 - s)
  return sum + integral + (n ** -s - summed ** -s) / 2
}
