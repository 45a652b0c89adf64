/** Which messages are sent: keys from a generator, or typed ones. Shared by the instruments that send a stream. */
import { labLimits } from '../../../../src/api/lab.ts'
import {
  type KeyChunk,
  type KeyGenerator,
  drawMessages,
  keyText,
  packKeys,
} from '../../../../src/core/routing/index.ts'
import { seededRandom } from '../../../../src/core/simulation/index.ts'
import { decimal, oneOf, type Settings, whole, words } from './settings.ts'

export const populationKinds = ['uniform', 'zipf', 'sequential', 'celebrity', 'viral', 'typed'] as const
export type PopulationKind = (typeof populationKinds)[number]

export const populationLabels: Readonly<Record<PopulationKind, string>> = {
  uniform: 'Uniform',
  zipf: 'Zipf',
  sequential: 'In sequence',
  celebrity: 'One celebrity',
  viral: 'Viral burst',
  typed: 'Typed by you',
}

export interface Population {
  readonly keys: PopulationKind
  readonly messages: number
  /** Keys that there are; not all need be seen. */
  readonly distinct: number
  /** Of the traffic: the celebrity's, or the viral key's at its peak. */
  readonly share: number
  /** Of the Zipf. */
  readonly exponent: number
  readonly seed: number
  /** One message each, in this order. */
  readonly typed: readonly string[]
}

export const MESSAGES_MAX = labLimits.messages
export const DISTINCT_MAX = labLimits.keys
export const TYPED_MAX = 200
export const TYPED_LENGTH_MAX = 60
export const SEED_MAX = 2 ** 31

export const populationSettings: Settings<Population> = {
  keys: oneOf(populationKinds, 'celebrity'),
  messages: whole(1, MESSAGES_MAX, 10_000),
  distinct: whole(2, DISTINCT_MAX, 1000),
  share: decimal(0.000001, 0.999999, 0.2),
  exponent: decimal(0.000001, 5, 1),
  seed: whole(1, SEED_MAX, 1),
  typed: words(['alice', 'bob', 'carol', 'alice', 'dave', 'alice'], TYPED_MAX, TYPED_LENGTH_MAX),
}

/** Null for typed keys. */
export const generatorOf = ({ keys, distinct, share, exponent }: Population): KeyGenerator | null => {
  switch (keys) {
    case 'uniform':
    case 'sequential':
      return { kind: keys, keys: distinct }
    case 'zipf':
      return { kind: keys, keys: distinct, exponent }
    case 'celebrity':
    case 'viral':
      return { kind: keys, keys: distinct, share }
    case 'typed':
      return null
  }
}

export const messagesOf = (population: Population): number =>
  population.keys === 'typed' ? population.typed.length : population.messages

/** The messages in the order of sending, in chunks of at most `size`. */
export const chunksOf = (population: Population, size: number): Iterator<KeyChunk> => {
  const generator = generatorOf(population)
  return generator === null
    ? typedChunks(population.typed, size)
    : drawMessages(generator, population.messages, seededRandom(population.seed), size)
}

function* typedChunks(typed: readonly string[], size: number): Generator<KeyChunk> {
  for (let from = 0; from < typed.length; from += size)
    yield { keys: packKeys(typed.slice(from, from + size)), weights: null, absent: null }
}

/** The key that is expected to be heaviest: named to strategies before anything is sent. */
export const expectedHottest = (population: Population): string => {
  const generator = generatorOf(population)
  if (generator !== null) return keyText(generator, 0)
  const counts = new Map<string, number>()
  for (const key of population.typed) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0]
}

/** The options of `lanekeeper simulate` that send the same messages. */
export const populationFlags = (population: Population): string => {
  const { keys, messages, distinct, share, exponent, seed } = population
  const own =
    keys === 'zipf'
      ? ` --exponent ${exponent}`
      : keys === 'celebrity' || keys === 'viral'
        ? ` --share ${share}`
        : ''
  return `--generate ${keys} --keys ${distinct}${own} --messages ${messages} --seed ${seed}`
}

/** A whole command line; typed keys come in through a pipe, one a line. */
export const simulateCommand = (population: Population, rest: string): string =>
  population.keys === 'typed'
    ? `printf '%s\\n' ${population.typed.map(shellWord).join(' ')} | npx lanekeeper simulate - ${rest}`
    : `npx lanekeeper simulate ${populationFlags(population)} ${rest}`

/** A word as a POSIX shell takes it, whatever stands in it. */
export const shellWord = (word: string): string =>
  /^[\w.:/@%+-]+$/.test(word) && !word.startsWith('-') ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
