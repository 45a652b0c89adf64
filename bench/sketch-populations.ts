/**
 * Whether the sketch keeps its bounds on real key populations: every key compared with its exact weight.
 *
 * A file is `key,weight` (each key comes in ten rounds of shuffled order, a tenth of its weight at a time, which is
 * harder than heaviest first), or events one a row with the key in the second column (as they came). Files may be
 * gzipped.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { seededRandom } from '../src/core/simulation/index.ts'
import { HeavyKeys, KeyWords } from '../src/core/sketch/index.ts'

export interface PopulationCheck {
  readonly file: string
  readonly capacity: number
  readonly keys: number
  /** Stated for the weights, and promised by the capacity, as parts of the total. */
  readonly errorShare: number
  readonly promisedShare: number
  /** Keys above the stated error, and how many of them the table holds. */
  readonly above: number
  readonly found: number
  readonly violations: number
}

const CAPACITIES = [64, 512] as const
const ROUNDS = 10

/** Checks each population in the folder with each capacity. */
export const checkPopulations = (folder: string): readonly PopulationCheck[] =>
  readdirSync(folder)
    .filter(name => /\.csv(\.gz)?$/.test(name))
    .flatMap(file => {
      const events = eventsOf(join(folder, file))
      const exact = new Map<string, number>()
      for (const { key, weight } of events) exact.set(key, (exact.get(key) ?? 0) + weight)
      return CAPACITIES.map(capacity => checkOne(file, capacity, events, exact))
    })

interface Event {
  readonly key: string
  readonly weight: number
}

const eventsOf = (path: string): readonly Event[] => {
  const stored = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(stored) : stored).toString('utf8')
  const [head = '', ...rows] = text.trimEnd().split('\n')
  if (head !== 'key,weight') return rows.map(row => ({ key: row.split(',')[1] ?? '', weight: 1 }))
  const weighed = rows.map(row => {
    const comma = row.lastIndexOf(',')
    return { key: row.slice(0, comma), weight: Number(row.slice(comma + 1)) / ROUNDS }
  })
  const random = seededRandom(rows.length)
  return Array.from({ length: ROUNDS }, () => shuffled(weighed, () => random.next())).flat()
}

const shuffled = (events: readonly Event[], random: () => number): readonly Event[] =>
  events
    .map(event => ({ event, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event)

/** Weights are sums of floating-point numbers in another order. */
const ROUNDING = 1e-9

const checkOne = (
  file: string,
  capacity: number,
  events: readonly Event[],
  exact: ReadonlyMap<string, number>,
): PopulationCheck => {
  const heavy = new HeavyKeys(capacity)
  const words = new KeyWords()
  for (const { key, weight } of events) {
    const bytes = Buffer.from(key)
    heavy.add(words.read(bytes, 0, bytes.length), 1, weight)
  }
  const counted = new Map<string, number>()
  heavy.forEach((key, _, __, weight) => counted.set(Buffer.from(key).toString('utf8'), weight))
  const error = heavy.error('bytes')
  let total = 0
  let above = 0
  let found = 0
  let violations = 0
  for (const [key, weight] of exact) {
    total += weight
    const low = counted.get(key) ?? 0
    if (low > weight * (1 + ROUNDING) || low + error < weight * (1 - ROUNDING)) violations++
    if (weight <= error) continue
    above++
    if (counted.has(key)) found++
  }
  const promisedShare = 4 / capacity
  if (error > promisedShare * total) violations++
  return {
    file,
    capacity,
    keys: exact.size,
    errorShare: error / total,
    promisedShare,
    above,
    found,
    violations,
  }
}
