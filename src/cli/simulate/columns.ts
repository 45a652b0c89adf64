import type { PartitionCount } from '../../core/model/index.ts'
import {
  type Convention,
  type ConventionName,
  conventions,
  ChunkLanes,
  hashDecides,
  MoveTally,
  type KeyChunk,
  type RoutePacked,
  SpreadTally,
} from '../../core/routing/index.ts'
import { type ChosenStrategy, checkFit, parseStrategy, type StrategyFlags } from '../strategy-option.ts'

/** What takes in a population under a strategy and a convention. */
interface Simulated<Tally> {
  readonly label: string
  readonly chosen: ChosenStrategy
  readonly convention: ConventionName
  readonly tally: Tally
}

/** One line of the comparison: lanes on a number of partitions. */
export interface SimulatedColumn extends Simulated<SpreadTally> {
  readonly count: PartitionCount
}

/** What a change of the count moves. */
export type SimulatedMove = Simulated<MoveTally>

/**
 * All lines of a comparison. A strategy that looks at no hash is the same under every convention and has one line a
 * count. Refuses with USAGE where a strategy does not fit a count.
 */
export const columnsFor = (
  strategies: readonly string[],
  names: readonly ConventionName[],
  counts: readonly PartitionCount[],
  flags: StrategyFlags,
): readonly SimulatedColumn[] =>
  strategies.flatMap(text =>
    (HASHLESS.has(text) ? names.slice(0, 1) : names).flatMap(convention => {
      const chosen = parseStrategy(text, convention, flags)
      return counts.map(count => {
        checkFit(chosen, count)
        const tally = new SpreadTally(chosen.strategy, count, chosen.describe)
        return { label: text, chosen, convention, count, tally }
      })
    }),
  )

const HASHLESS = new Set(['sticky', 'round-robin', 'explicit', 'store-id', 'store-id-by-hand'])

/** Moves of every strategy and convention when the count changes. */
export const movesFor = (
  strategies: readonly string[],
  names: readonly ConventionName[],
  change: { readonly from: number; readonly to: number },
  flags: StrategyFlags,
): readonly SimulatedMove[] =>
  strategies.flatMap(label =>
    (HASHLESS.has(label) ? names.slice(0, 1) : names).map(convention => {
      const chosen = parseStrategy(label, convention, flags)
      for (const count of [change.from, change.to]) checkFit(chosen, count)
      const tally = new MoveTally(chosen.strategy, change.from, change.to, chosen.describe)
      return { label, chosen, convention, tally }
    }),
  )

/** Puts a chunk into everything; keys are routed once for all that place them alike. */
export const addToAll = (
  all: readonly (SimulatedColumn | SimulatedMove)[],
  chunk: KeyChunk,
  fresh: Uint8Array | null,
  routePacked: RoutePacked,
): void => {
  const lanes = new ChunkLanes(chunk.keys, routePacked)
  for (const { chosen, convention, tally } of all) {
    const facts: Convention = conventions[convention]
    if (chosen.isHash && hashDecides(chunk, facts))
      tally.addRouted(chunk, count => lanes.under(facts, count), fresh)
    else tally.add(chunk, fresh)
  }
}
