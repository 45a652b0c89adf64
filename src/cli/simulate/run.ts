import { formatCount } from '../../core/model/index.ts'
import {
  type Convention,
  conventions,
  headWeights,
  type KeyGenerator,
  keyRuns,
  KeyTally,
  keySkewOf,
  perfectHash,
  type UnlistedKeys,
  viralTimeline,
  weightOf,
  writeRun,
} from '../../core/routing/index.ts'
import { type KeySource, refuseWeightless } from '../keys/key-source.ts'
import type { Progress } from '../progress.ts'
import type { World } from '../world.ts'
import { addToAll, type SimulatedColumn, type SimulatedMove } from './columns.ts'
import type { ColumnFigures, KeyFigures } from './report.ts'

/** What a run saw of the keys themselves. */
export interface Seen {
  readonly figures: KeyFigures
  /** Weights for the perfect hash, and what they leave out. */
  readonly weights: Float64Array
  readonly rest: UnlistedKeys
}

const HEAVIEST = 10
/** Weights that take part in the perfect hash one by one; lighter keys are spread evenly. */
const WEIGHTS_MAX = 1_000_000
/** From here on, equal keys are counted by their shared heads and not made one by one. */
const STRUCTURED_FROM = 1_000_000

/**
 * Takes a whole population through all columns and moves. Rejects with whatever the source finds wrong, or with the
 * reason of an interruption.
 */
export const run = async (
  world: World,
  source: KeySource,
  columns: readonly SimulatedColumn[],
  moves: readonly SimulatedMove[],
  progress: Progress,
): Promise<Seen> => {
  const { generator } = source
  const structured = generator === null ? [] : columns.filter(column => isStructured(generator, column))
  if (generator !== null && structured.length > 0) await countRuns(world, generator, structured, progress)
  const rest = columns.filter(column => !structured.includes(column))
  const tally = generator === null ? new KeyTally() : null
  let rows = 0
  if (rest.length > 0 || moves.length > 0 || tally !== null)
    for await (const chunk of source.chunks()) {
      if (world.io.interrupted.aborted) throw world.io.interrupted.reason
      const fresh = tally?.add(chunk) ?? null
      addToAll([...rest, ...moves], chunk, fresh, world.routePacked)
      rows += chunk.keys.offsets.length - 1
      progress.stage(`${formatCount(rows)} keys`)
      // Ctrl-C must be heard between two chunks of a generator, too
      await new Promise<void>(resolve => world.clock.soon(resolve))
    }
  if (generator !== null) return generated(generator)
  const seen = seenIn(tally ?? new KeyTally())
  refuseWeightless(source, seen.figures.total)
  return seen
}

/** Keys of equal weight under a murmur2 convention: counted by the heads that they share. */
const isStructured = (generator: KeyGenerator, { chosen, convention }: SimulatedColumn): boolean => {
  const { hash }: Convention = conventions[convention]
  const even = generator.kind === 'uniform' || generator.kind === 'sequential'
  return even && generator.keys >= STRUCTURED_FROM && chosen.isHash && hash === 'murmur2'
}

const countRuns = async (
  world: World,
  generator: KeyGenerator,
  columns: readonly SimulatedColumn[],
  progress: Progress,
): Promise<void> => {
  for (const { convention, count, tally } of columns) {
    const { reduction }: Convention = conventions[convention]
    let done = 0
    await world.countStructured({
      runs: keyRuns(generator),
      count,
      reduction,
      into: tally.loads,
      onCounted: keys => {
        done += keys
        progress.stage(
          `${count} lanes, ${convention}: ${formatCount(done)} of ${formatCount(generator.keys)} keys`,
        )
      },
      cancelled: () => world.io.interrupted.aborted,
    })
    if (world.io.interrupted.aborted) throw world.io.interrupted.reason
    tally.keysPerLane.set(tally.loads)
  }
}

const seenIn = (tally: KeyTally): Seen => {
  const keys = tally.result()
  const weights = keys.weights()
  const skew = keySkewOf(weights)
  const heaviest = keys.heaviest(HEAVIEST)
  const unlisted = keys.total - keys.keyless - skew.total
  return {
    figures: {
      distinct: keys.distinct,
      exact: keys.exact,
      rows: keys.rows,
      total: keys.total,
      keyless: keys.keyless,
      effectiveKeys: skew.effectiveKeys,
      topShare: (heaviest[0]?.weight ?? Number.NaN) / keys.total,
      heaviest: heaviest.map(({ key, weight }) => ({ key: Buffer.from(key).toString('utf8'), weight })),
    },
    weights,
    rest: { weight: unlisted, keys: Math.max(0, keys.distinct - weights.length) },
  }
}

const generated = (generator: KeyGenerator): Seen => {
  const { weights, rest } = headWeights(generator, WEIGHTS_MAX)
  const weight = weightOf(generator)
  const squares = weights.reduce((sum, each) => sum + each * each, 0)
  const unlisted: UnlistedKeys = { weight: rest, keys: generator.keys - weights.length }
  // the lightest keys are taken as equal: exact for equal ones, and nothing beside the head of a Zipf
  const tail = unlisted.keys > 0 ? unlisted.weight ** 2 / unlisted.keys : 0
  return {
    figures: {
      distinct: generator.keys,
      exact: true,
      rows: generator.keys,
      total: generator.keys,
      keyless: 0,
      effectiveKeys: generator.keys ** 2 / (squares + tail),
      topShare: weight(0) / generator.keys,
      heaviest:
        weight(0) > 1 ? [{ key: Buffer.from(firstKey(generator)).toString('utf8'), weight: weight(0) }] : [],
    },
    weights,
    rest: unlisted,
  }
}

/** The heaviest key of a generator. */
const firstKey = (generator: KeyGenerator): Uint8Array => {
  const [run] = keyRuns(generator)
  return run === undefined ? new Uint8Array(0) : writeRun({ ...run, to: run.from + 1 }).bytes
}

/** A column beside what chance would give, and over time where the keys have one. */
export const figuresOf = (
  column: SimulatedColumn,
  { generator }: KeySource,
  { weights, rest }: Seen,
): ColumnFigures => {
  const { chosen, tally, count } = column
  return {
    column,
    chance: chosen.isHash ? perfectHash(weights, tally.loads.length, rest) : null,
    timeline:
      generator?.kind === 'viral'
        ? viralTimeline(
            generator,
            tally.loads,
            chosen.strategy.lanesOf(chosen.describe(firstKey(generator)), count),
          )
        : null,
  }
}
