import type { PartitionCount } from '../../core/model/index.ts'
import {
  type Convention,
  type ConventionName,
  conventions,
  hashDecides,
  type KeyChunk,
  keyCount,
  batchHash,
  SpreadTally,
} from '../../core/routing/index.ts'
import { type ChosenStrategy, checkFit, parseStrategy, type StrategyFlags } from '../strategy-option.ts'

/** One line of the comparison: a strategy under a convention on a number of partitions. */
export interface SimulatedColumn {
  readonly label: string
  readonly chosen: ChosenStrategy
  readonly convention: ConventionName
  readonly count: PartitionCount
  readonly tally: SpreadTally
}

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

/** Puts a chunk into every column; keys are hashed once for all columns of the same hash. */
export const addToColumns = (
  columns: readonly SimulatedColumn[],
  chunk: KeyChunk,
  fresh: Uint8Array | null,
): void => {
  const hashed = new Map<string, Int32Array>()
  for (const { chosen, convention, tally } of columns) {
    const facts: Convention = conventions[convention]
    if (!chosen.isHash || !hashDecides(chunk, facts)) {
      tally.add(chunk, fresh)
      continue
    }
    let keyHashes = hashed.get(facts.hash)
    if (keyHashes === undefined) {
      keyHashes = new Int32Array(keyCount(chunk.keys))
      batchHash(facts.hash)(chunk.keys, keyHashes)
      hashed.set(facts.hash, keyHashes)
    }
    tally.addHashed(chunk, keyHashes, facts, fresh)
  }
}
